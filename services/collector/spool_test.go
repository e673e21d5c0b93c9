package collector_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// outageEnv is how long TestSpool_kafkaAwayAndKilled keeps the broker away; without it a few seconds.
const outageEnv = "TRIBUTARY_OUTAGE"

// TestSpool_kafkaAwayAndKilled takes the broker away under load and kills the collector in the middle of it: requests go on being acknowledged, and after the broker is back
// every acknowledged event is on events-v1, those of each visitor first seen in the order in which they were acknowledged.
func TestSpool_kafkaAwayAndKilled(t *testing.T) {
	away, err := time.ParseDuration(os.Getenv(outageEnv))
	if err != nil {
		away = 3 * time.Second
	}
	ctx, dir := t.Context(), t.TempDir()
	broker, err := embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	k := kafka.DefaultConfig()
	k.Brokers = broker.Brokers()
	if err := kafka.EnsureTopics(ctx, k, partitions, 1); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(k)
	cfg.Spool.Dir, cfg.Spool.After, cfg.Spool.SegmentBytes = t.TempDir(), 300*time.Millisecond, 256<<10
	cfg.Produce.PingInterval = 200 * time.Millisecond

	l := &load{url: &atomic.Value{}, acknowledged: map[string][]string{}}
	cmd, url := startChild(t, cfg)
	l.url.Store(url)
	l.run(8)
	await(t, "acknowledged by Kafka", func() bool { return l.count() > 200 })
	if err := broker.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	gone := time.Now()
	for kill := range 2 {
		before := l.count()
		await(t, "acknowledged while Kafka is away", func() bool {
			return l.count() > before+200 && time.Since(gone) > away*time.Duration(kill+1)/3
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		cmd, url = startChild(t, cfg)
		l.url.Store(url)
	}
	spooled := l.count()
	await(t, "the end of the outage", func() bool { return l.count() > spooled+200 && time.Since(gone) > away })
	if broker, err = embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: dir, Addr: k.Brokers[0]}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = broker.Stop(stop)
	})
	back := l.count()
	await(t, "acknowledged afterwards", func() bool { return l.count() > back+200 })
	l.stop()
	l.compare(t, &rig{t: t, kafka: k})
}

// load is senders that each send one visitor's events, one after the other, and repeat what is not acknowledged.
type load struct {
	url *atomic.Value

	mu           sync.Mutex
	acknowledged map[string][]string
	n            int
	over         atomic.Bool
	running      sync.WaitGroup
}

func (l *load) run(senders int) {
	for s := range senders {
		visitor := fmt.Sprintf("v%d", s)
		l.running.Go(func() {
			for i := 0; !l.over.Load(); i++ {
				id := fmt.Sprintf("%s-%06d", visitor, i)
				body := fmt.Sprintf(`[{"type":"page","anonymousId":%q,"messageId":%q}]`, visitor, id)
				for !postTo(l.url.Load().(string), body) {
					if l.over.Load() {
						return
					}
				}
				l.mu.Lock()
				l.acknowledged[visitor] = append(l.acknowledged[visitor], id)
				l.n++
				l.mu.Unlock()
			}
		})
	}
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func (l *load) stop() {
	l.over.Store(true)
	l.running.Wait()
}

// compare waits until as much is stored as was acknowledged, and compares.
func (l *load) compare(t *testing.T, r *rig) {
	t.Helper()
	var first map[string][]string
	var stored, total int
	await(t, "the spool is delivered", func() bool {
		first, total = map[string][]string{}, 0
		seen := map[string]bool{}
		for _, e := range r.events() {
			total++
			if !seen[e.Msg.Id] {
				seen[e.Msg.Id] = true
				first[e.Msg.VisitorId] = append(first[e.Msg.VisitorId], e.Msg.Id)
			}
		}
		stored = len(seen)
		return stored >= l.n
	})
	for visitor, want := range l.acknowledged {
		// What was not acknowledged may be there all the same, at the end.
		if got := first[visitor]; len(got) < len(want) || fmt.Sprint(got[:len(want)]) != fmt.Sprint(want) {
			t.Errorf("%s: %d acknowledged, %d stored, or in another order", visitor, len(want), len(got))
		}
	}
	t.Logf("%d events acknowledged, %d stored, %d more copies of them", l.n, stored, total-stored)
}
