// Package e2e_test drives a real Chromium, with the pixel on sites of one company, against a real collector, and reads what it received from Kafka.
package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

const publicKey = "pk_pixel"

// need finds a program, or ends the test: skipped here, failed where everything has to be there.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s is required (REQUIRE_SERVICES=1) and not installed", names[0])
	}
	t.Skipf("%s is not installed: the pixel is not tried in a browser", names[0])
	return ""
}

// install brings the packages of the lock file, once.
func install(t *testing.T) {
	t.Helper()
	_, err := os.Stat("node_modules/playwright-core/package.json")
	if _, tscErr := os.Stat("node_modules/typescript/bin/tsc"); err == nil && tscErr == nil {
		return
	}
	cmd := exec.CommandContext(t.Context(), need(t, "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	if out, err := cmd.CombinedOutput(); err != nil {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
		t.Skipf("npm cannot install playwright-core and typescript here: the pixel is neither tried in a browser nor type-checked: %v", err)
	}
}

func startCollector(t *testing.T) (kafka.Config, string) {
	t.Helper()
	k := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), k, 2, 1); err != nil {
		t.Fatal(err)
	}
	cfg := collector.DefaultConfig()
	cfg.HTTP.Addr, cfg.Kafka, cfg.DemoPage = "127.0.0.1:0", k, true
	cfg.Keys = []collector.Key{
		{Name: "server", Workspace: collector.DefaultWorkspace, Secret: true, Value: "sk_pixel"},
		{Name: "site", Workspace: collector.DefaultWorkspace, Value: publicKey},
	}
	svc, err := collector.New(cfg, collector.Dependencies{})
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := svc.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	_, port, err := net.SplitHostPort(svc.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return k, port
}

// drive runs the stories and returns what the browser saw of each.
func drive(t *testing.T, chromium, sitePort, collectorPort string) map[string]json.RawMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, need(t, "node"), "run.mjs")
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium, "SITE_PORT="+sitePort, "COLLECTOR_PORT="+collectorPort)
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("run.mjs: %v\n%s", err, stderr.Bytes())
	}
	out := map[string]json.RawMessage{}
	if err := json.Unmarshal(stdout, &out); err != nil {
		t.Fatalf("run.mjs printed %q: %v", stdout, err)
	}
	return out
}

// received reads events-v1 until it has what enough asks for: the last calls are sent by pages that are gone, and nobody waits for their answers. An event
// that was sent twice, as the pixel may, counts once.
func received(t *testing.T, k kafka.Config, enough func([]*tributaryv1.Event) bool) []*tributaryv1.Event {
	t.Helper()
	cl, err := kafka.NewReader(k, "test", kgo.ConsumeTopics(k.Topic("events-v1")), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out []*tributaryv1.Event
	seen := map[string]bool{}
	for ctx.Err() == nil && !enough(out) {
		cl.PollFetches(ctx).EachRecord(func(rec *kgo.Record) {
			if bytes.Contains(bytes.ToLower(rec.Value), []byte("ann@acme")) {
				t.Errorf("a readable address is in Kafka: %q", rec.Value)
			}
			e := &tributaryv1.Event{}
			if err := e.UnmarshalVT(rec.Value); err != nil {
				t.Fatal(err)
			}
			if !seen[e.Id] {
				seen[e.Id] = true
				out = append(out, e)
			}
		})
	}
	return out
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// landed are the page calls whose landing page has a prefix, in the order of their times.
func landed(events []*tributaryv1.Event, prefix string) []*tributaryv1.Event {
	return sorted(events, func(e *tributaryv1.Event) bool {
		return e.GetPage() != nil && strings.HasPrefix(e.GetPage().GetOrigin().GetLandingPage(), prefix)
	})
}

// tracked are the track calls of a name.
func tracked(events []*tributaryv1.Event, name string) []*tributaryv1.Event {
	return sorted(events, func(e *tributaryv1.Event) bool { return e.GetTrack().GetName() == name })
}
