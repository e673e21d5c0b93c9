package attributor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/attributor/internal/outputs"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/eventlog"
)

// patience is how long a condition may take. Conditions end as soon as they hold.
const patience = 4 * time.Minute

// childEnv makes the test binary an attributor: a childSpec in JSON.
const childEnv = "TRIBUTARY_ATTRIBUTOR_TEST_CHILD"

type childSpec struct {
	Kafka    kafka.Config
	StateDir string
	Sessions int
}

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		if err := runChild(spec); err != nil {
			fmt.Fprintln(os.Stdout, "ended:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	enginetest.Main(m)
}

// runChild is an attributor process: it runs until SIGTERM or an error, and says when it has committed for the first time.
func runChild(text string) error {
	var spec childSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return err
	}
	cfg := config(spec.Kafka, spec.StateDir)
	cfg.Sessions = spec.Sessions
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	registry := prometheus.NewRegistry()
	svc, err := attributor.New(cfg, attributor.Dependencies{Registry: registry})
	if err != nil {
		return err
	}
	if err := svc.Start(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for said := false; ctx.Err() == nil; {
		select {
		case <-ctx.Done():
		case <-svc.Done():
			return svc.Err()
		case <-tick.C:
			if !said && counter(registry, "tributary_attributor_transactions_total", "committed") > 0 {
				fmt.Fprintln(os.Stdout, "committed")
				said = true
				tick.Reset(time.Hour)
			}
		}
	}
	stop, cancelStop := context.WithTimeout(context.Background(), patience)
	defer cancelStop()
	if err := svc.Stop(stop); err != nil {
		return err
	}
	return svc.Err()
}

// counter is the sum of a counter's series with a label value.
func counter(registry *prometheus.Registry, name, label string) float64 {
	families, err := registry.Gather()
	if err != nil {
		return 0
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, s := range f.GetMetric() {
			for _, l := range s.GetLabel() {
				if l.GetValue() == label {
					sum += s.GetCounter().GetValue() + s.GetGauge().GetValue()
				}
			}
		}
	}
	return sum
}

func config(broker kafka.Config, dir string) attributor.Config {
	cfg := attributor.DefaultConfig()
	cfg.Kafka, cfg.StateDir, cfg.Partitions, cfg.Sessions = broker, dir, 4, 2
	cfg.CommitInterval, cfg.SessionTimeout, cfg.Embedded = 20*time.Millisecond, 6*time.Second, true
	cfg.MemTableBytes, cfg.StoreCacheBytes, cfg.CacheBytes = 1<<20, 4<<20, 32<<20
	cfg.TouchPause = 100 * time.Microsecond
	return cfg
}

// world is a broker of any kind with the topics, and the events sent to it.
type world struct {
	t      *testing.T
	kafka  kafka.Config
	events *eventlog.Writer
	made   *traffic
	sent   int
}

func newWorld(t *testing.T, made *traffic) *world {
	t.Helper()
	broker := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), broker, 4, 1); err != nil {
		t.Fatal(err)
	}
	w, err := eventlog.NewWriter(broker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return &world{t: t, kafka: broker, events: w, made: made}
}

// send sends n events and waits until they are acknowledged. One in fifty is sent twice, as clients do.
func (w *world) send(n int) {
	w.t.Helper()
	for range n {
		_, key, value := w.made.next()
		w.events.Write(key, value)
		if w.made.IntN(50) == 0 {
			w.events.Write(key, value)
		}
		w.sent++
	}
	if err := w.events.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start(cfg attributor.Config) *attributor.Service {
	w.t.Helper()
	log := zap.NewNop()
	if os.Getenv("TRIBUTARY_TEST_LOG") != "" {
		log, _ = zap.NewDevelopment()
	}
	svc, err := attributor.New(cfg, attributor.Dependencies{Logger: log, Registry: prometheus.NewRegistry()})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := svc.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.stop(svc) })
	return svc
}

func (w *world) stop(svc *attributor.Service) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), patience)
	defer cancel()
	if err := svc.Stop(ctx); err != nil {
		w.t.Error(err)
	}
}

// differences compares everything on the output topics with what the events say.
func (w *world) differences(cfg attributor.Config) []string {
	w.t.Helper()
	truth, err := attributor.Recompute(w.t.Context(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := outputs.Read(w.t.Context(), w.kafka)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(truth.Credits) == 0 {
		w.t.Fatal("the events give no credit: this test checks nothing")
	}
	return got.Compare(truth, 10)
}

// settled waits until the outputs are what the events say. It gives up when they have not changed for a while.
func (w *world) settled(cfg attributor.Config) {
	w.t.Helper()
	last, changed := "", time.Now()
	for {
		started := time.Now()
		diff := w.differences(cfg)
		if len(diff) == 0 {
			return
		}
		if now := strings.Join(diff, "\n"); now != last {
			last, changed = now, time.Now()
		}
		if time.Since(changed) > patience {
			w.t.Fatalf("outputs are not what the events say:\n%s", last)
		}
		select {
		case <-time.After(max(100*time.Millisecond, time.Since(started))): // looking takes the same cores as settling
		case <-w.t.Context().Done():
			w.t.Fatal(w.t.Context().Err())
		}
	}
}
