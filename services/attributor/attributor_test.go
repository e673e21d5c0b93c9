package attributor_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/attributor"
)

// Everything on the output topics is what a batch over the same events says, credits, rows, cells and the ledger's sums, also after a restart
// without the disk.
func TestService_outputsAreWhatTheEventsSay(t *testing.T) {
	w := newWorld(t, newTraffic(1, 150))
	cfg := config(w.kafka, t.TempDir())
	svc := w.start(cfg)
	w.send(3000)
	w.settled(cfg)
	if err := svc.Ready(); err != nil {
		t.Error(err)
	}
	w.stop(svc)
	if err := os.RemoveAll(cfg.StateDir); err != nil {
		t.Fatal(err)
	}
	svc = w.start(cfg)
	w.send(1000)
	w.settled(cfg)
	w.stop(svc)
	if err := svc.Err(); err != nil {
		t.Error(err)
	}
	if diff := w.differences(cfg); len(diff) > 0 {
		t.Errorf("after the stop:\n%s", strings.Join(diff, "\n"))
	}
}

// A rebuild drops what is derived, and everything comes out the same.
func TestRebuild_givesTheSame(t *testing.T) {
	w := newWorld(t, newTraffic(2, 80))
	cfg := config(w.kafka, t.TempDir())
	svc := w.start(cfg)
	w.send(1500)
	w.settled(cfg)
	if err := rebuild(t, cfg); err == nil {
		t.Error("rebuilt under a running attributor")
	}
	w.stop(svc)
	if err := rebuild(t, cfg); err != nil {
		t.Fatal(err)
	}
	if diff := w.differences(cfg); len(diff) == 0 {
		t.Error("the outputs are still there after a rebuild")
	}
	svc = w.start(cfg)
	w.settled(cfg)
	w.send(300)
	w.settled(cfg)
	w.stop(svc)
	if err := svc.Err(); err != nil {
		t.Error(err)
	}
}

func rebuild(t *testing.T, cfg attributor.Config) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return attributor.Rebuild(ctx, cfg)
}

func TestConfig_validate(t *testing.T) {
	if err := attributor.DefaultConfig().Validate(); err == nil || !strings.Contains(err.Error(), "state folder") {
		t.Errorf("the defaults lack only the state folder: %v", err)
	}
	good := config(attributor.DefaultConfig().Kafka, t.TempDir())
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*attributor.Config){
		"no partitions":                 func(c *attributor.Config) { c.Partitions = 0 },
		"more sessions than partitions": func(c *attributor.Config) { c.Sessions = 5 },
		"no group":                      func(c *attributor.Config) { c.Group = "" },
		"commit interval too long":      func(c *attributor.Config) { c.CommitInterval = time.Minute },
		"negative ordinal":              func(c *attributor.Config) { c.Ordinal = -1 },
		"negative cache":                func(c *attributor.Config) { c.CacheBytes = -1 },
		"no brokers":                    func(c *attributor.Config) { c.Kafka.Brokers = nil },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Validate(); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := attributor.New(bad, attributor.Dependencies{}); err == nil {
			t.Errorf("%s: New accepted it", name)
		}
	}
}
