// Package e2e_test runs the unmodified SDKs of Segment, RudderStack and Snowplow, in a real Chromium and in Node, against a real collector, and reads what it
// received from Kafka.
package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

const (
	publicKey = "pk_sdk"
	secretKey = "sk_sdk"
)

// need finds a program, or ends the test: skipped here, failed where everything has to be there.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	absent(t, names[0]+" is not installed")
	return ""
}

func absent(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s (REQUIRE_SERVICES=1)", why)
	}
	t.Skipf("%s: the SDKs are not tried", why)
}

// install brings the packages of the lock file, once.
func install(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("node_modules/@segment/analytics-node/package.json"); err == nil {
		return
	}
	cmd := exec.CommandContext(t.Context(), need(t, "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	if out, err := cmd.CombinedOutput(); err != nil {
		absent(t, fmt.Sprintf("npm ci: %v\n%s", err, out))
	}
}

// bundle is a page's script with the SDK in it, as a site's own build makes it.
func bundle(t *testing.T, page string) []byte {
	t.Helper()
	res := api.Build(api.BuildOptions{
		EntryPoints: []string{"pages/" + page + ".js"}, Bundle: true, Platform: api.PlatformBrowser, Format: api.FormatIIFE, LogLevel: api.LogLevelSilent,
		Define: map[string]string{"process.env.NODE_ENV": `"production"`},
	})
	if len(res.Errors) > 0 {
		t.Fatalf("bundle %s: %v", page, res.Errors)
	}
	return res.OutputFiles[0].Contents
}

func startCollector(t *testing.T) (kafka.Config, string) {
	t.Helper()
	k := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), k, 2, 1); err != nil {
		t.Fatal(err)
	}
	cfg := collector.DefaultConfig()
	cfg.HTTP.Addr, cfg.Kafka = "127.0.0.1:0", k
	cfg.Keys = []collector.Key{
		{Name: "server", Workspace: collector.DefaultWorkspace, Secret: true, Value: secretKey},
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

// startSite serves a page for every story, with the SDK that the story's name starts with.
func startSite(t *testing.T, collectorPort string) (port string) {
	t.Helper()
	scripts := map[string][]byte{}
	for _, sdk := range []string{"segment", "rudder", "snowplow"} {
		scripts["/"+sdk+".js"] = bundle(t, sdk)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if js, ok := scripts[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			_, _ = w.Write(js)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		story, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		sdk, _, _ := strings.Cut(story, "-")
		if _, ok := scripts["/"+sdk+".js"]; !ok {
			fmt.Fprint(w, "<!doctype html><title>elsewhere</title>")
			return
		}
		fmt.Fprintf(w, `<!doctype html><title>%s</title><body style="height:4000px"><script>window.writeKey=%q;window.collector="http://t.shop.test:%s"</script><script src="/%s.js"></script>`,
			story, publicKey, collectorPort, sdk)
	}))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// seen is what the browser saw of a story.
type seen struct {
	Failed     string
	Complaints []string
	SP         *struct {
		Value, Domain string
		HTTPOnly      bool
	}
	Duid    string
	Cookies []string
}

func drive(t *testing.T, chromium, sitePort, collectorPort string) map[string]seen {
	t.Helper()
	stdout := node(t, "run.mjs", "CHROMIUM="+chromium, "SITE_PORT="+sitePort, "COLLECTOR_PORT="+collectorPort)
	out := map[string]seen{}
	if err := json.Unmarshal(stdout, &out); err != nil {
		t.Fatalf("run.mjs printed %q: %v", stdout, err)
	}
	return out
}

func node(t *testing.T, script string, env ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, need(t, "node"), script)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.Bytes())
	}
	return stdout
}

// received reads events-v1 until it has what enough asks for: the last calls are sent by pages that are gone, and nobody waits for their answers.
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
	ids := map[string]bool{}
	for ctx.Err() == nil && !enough(out) {
		cl.PollFetches(ctx).EachRecord(func(rec *kgo.Record) {
			if bytes.Contains(bytes.ToLower(rec.Value), []byte("@acme")) {
				t.Errorf("a readable address is in Kafka: %q", rec.Value)
			}
			e := &tributaryv1.Event{}
			if err := e.UnmarshalVT(rec.Value); err != nil {
				t.Fatal(err)
			}
			if !ids[e.Id] {
				ids[e.Id] = true
				out = append(out, e)
			}
		})
	}
	return out
}
