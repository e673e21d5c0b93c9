package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func startKafka(t *testing.T, o embedded.KafkaOptions) *embedded.Kafka {
	t.Helper()
	k, err := embedded.StartKafka(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = k.Stop(ctx)
	})
	return k
}

func config(k *embedded.Kafka) kafka.Config {
	return kafka.Config{Brokers: k.Brokers(), ClientID: "test"}
}

// produce writes n records to events-v1 and returns when all are acknowledged.
func produce(t *testing.T, cfg kafka.Config, from, n int) {
	t.Helper()
	p, err := kafka.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: cfg.Topic("events-v1"), Key: fmt.Appendf(nil, "k%d", from+i), Value: fmt.Appendf(nil, "v%d", from+i)}
	}
	if err := p.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// consume reads events-v1 until n different keys have been seen.
func consume(t *testing.T, cfg kafka.Config, n int) {
	t.Helper()
	c, err := kafka.NewReader(cfg, "test", kgo.ConsumeTopics(cfg.Topic("events-v1")))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen := map[string]string{}
	for len(seen) < n {
		fs := c.PollFetches(ctx)
		if err := errors.Join(fs.Err0(), ctx.Err()); err != nil {
			t.Fatalf("%d of %d records are there: %v", len(seen), n, err)
		}
		fs.EachRecord(func(r *kgo.Record) { seen[string(r.Key)] = string(r.Value) })
	}
	for i := range n {
		if got := seen[fmt.Sprintf("k%d", i)]; got != fmt.Sprintf("v%d", i) {
			t.Fatalf("k%d is %q", i, got)
		}
	}
}

func ensure(t *testing.T, cfg kafka.Config) {
	t.Helper()
	if err := kafka.EnsureTopics(t.Context(), cfg, 4, 1); err != nil {
		t.Fatal(err)
	}
}

func TestKafka_stopAndStartKeepsTopicsAndRecords(t *testing.T) {
	dir := t.TempDir()
	k := startKafka(t, embedded.KafkaOptions{DataDir: dir})
	ensure(t, config(k))
	produce(t, config(k), 0, 100)
	addr := k.Brokers()[0]
	if err := k.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := k.Err(); err != nil {
		t.Errorf("a stopped broker has no reason: %v", err)
	}
	again := startKafka(t, embedded.KafkaOptions{DataDir: dir, Addr: addr})
	if got := again.Brokers()[0]; got != addr {
		t.Errorf("advertises %s, asked for %s", got, addr)
	}
	if again.UncleanStart() {
		t.Error("a stopped broker starts clean")
	}
	ensure(t, config(again)) // the same topics with the same partitions
	consume(t, config(again), 100)
}

func TestKafka_kill9KeepsWhatWasAcknowledged(t *testing.T) {
	for _, sync := range []bool{false, true} {
		t.Run(fmt.Sprintf("synced writes %t", sync), func(t *testing.T) {
			dir := t.TempDir()
			const rounds, each = 5, 200
			o := embedded.KafkaOptions{DataDir: dir, SyncWrites: sync}
			for i := range rounds {
				k := startKafka(t, o)
				if got := k.UncleanStart(); got != (i > 0) {
					t.Fatalf("start %d: unclean %t", i, got)
				}
				ensure(t, config(k))
				produce(t, config(k), i*each, each)
				kill9(t, k.Pid())
				<-k.Done()
				if err := k.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
					t.Fatalf("reason %v", err)
				}
			}
			k := startKafka(t, o)
			consume(t, config(k), rounds*each)
			uncleanUntilRecovered(t, k, o)
		})
	}
}

// uncleanUntilRecovered checks that an orderly stop in the middle of a rebuild does not pass for a rebuild.
func uncleanUntilRecovered(t *testing.T, k *embedded.Kafka, o embedded.KafkaOptions) {
	t.Helper()
	for _, recover := range []bool{false, true} {
		if !k.UncleanStart() {
			t.Fatal("unclean until recovered")
		}
		if recover {
			if err := k.Recovered(); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		k = startKafka(t, o)
	}
	if k.UncleanStart() {
		t.Error("clean after recovery and an orderly stop")
	}
}

func TestKafka_diesWithItsParentInOrder(t *testing.T) {
	dir := t.TempDir()
	cmd, pid := startParent(t, "kafka", dir)
	if !alive(pid) {
		t.Fatal("the engine must live while its parent does")
	}
	kill9(t, cmd.Process.Pid)
	_ = cmd.Wait()
	eventually(t, "engine ends after its parent", func() bool { return !alive(pid) })
	if startKafka(t, embedded.KafkaOptions{DataDir: dir}).UncleanStart() {
		t.Error("a broker whose parent was killed has closed its files by itself")
	}
}

func TestKafka_refusesWhatCannotWork(t *testing.T) {
	dir := t.TempDir()
	k := startKafka(t, embedded.KafkaOptions{DataDir: dir})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, c := range []struct {
		name, want string
		limit      time.Duration
		o          embedded.KafkaOptions
	}{
		{"folder in use", "in use by another process", time.Second, embedded.KafkaOptions{DataDir: dir}}, // which is waited for as long as it may
		{"port taken", "address already in use", patience, embedded.KafkaOptions{Addr: ln.Addr().String()}},
		{"not loopback", "not on loopback", patience, embedded.KafkaOptions{Addr: "0.0.0.0:0"}},
		{"no port", "not host:port", patience, embedded.KafkaOptions{Addr: "127.0.0.1"}},
		{"folder is a file", "not a directory", patience, embedded.KafkaOptions{DataDir: filepath.Join(dir, "kafka.log", "x")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			got, err := embedded.StartKafka(ctx, c.o)
			if err == nil {
				_ = got.Stop(ctx)
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
	if !alive(k.Pid()) {
		t.Error("the first broker goes on")
	}
}
