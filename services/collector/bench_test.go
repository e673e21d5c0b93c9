package collector_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// benchEvent is what a browser sends, 405 bytes; %ID% becomes unique.
const benchEvent = `{"type":"page","anonymousId":"6f1f9a52-0d0b-4e1a-9d3e-2b7f3f0f%ID%","messageId":"ajs-next-1784149385000-%ID%","timestamp":"2026-07-15T21:03:04.900Z",` +
	`"context":{"page":{"referrer":"https://www.google.com/","url":"https://www.acme.example/pricing?utm_source=google&utm_medium=cpc&utm_campaign=brand"},` +
	`"locale":"en-GB","library":{"name":"analytics.js"}},"properties":{"title":"Pricing - Acme"}}`

var benchID atomic.Int64

func benchBody(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(benchEvent, "%ID%", strconv.FormatInt(benchID.Add(1), 10))
	}
	if n == 1 {
		return items[0]
	}
	return "[" + strings.Join(items, ",") + "]"
}

// bareEnv carries the brokers of a process that runs the bare handler.
const bareEnv = "TRIBUTARY_TEST_BARE"

// runBareHandler is the least that a collector could do, with the same producer: check that the body is JSON, produce one record for each item, wait for the acknowledgements.
func runBareHandler() {
	spec := os.Getenv(bareEnv)
	if spec == "" {
		return
	}
	var k kafka.Config
	if err := json.Unmarshal([]byte(spec), &k); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cl, err := kafka.NewProducer(k)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		items := []json.RawMessage{body}
		if err == nil && body[0] == '[' {
			err = json.Unmarshal(body, &items)
		}
		records := make([]*kgo.Record, len(items))
		for i, item := range items {
			records[i] = &kgo.Record{Topic: k.Topic("events-v1"), Value: item}
			if !json.Valid(item) {
				err = io.ErrUnexpectedEOF
			}
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if err := cl.ProduceSync(context.WithoutCancel(r.Context()), records...).FirstErr(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	fmt.Fprintln(os.Stdout, strings.TrimPrefix(s.URL, "http://"))
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// benched is a server in a process of its own, so that its CPU and memory are not the load generator's.
type benched struct {
	pid    int
	url    string
	client *http.Client
}

func benchCollector(b *testing.B) benched {
	b.Helper()
	cfg := testConfig(topics(b))
	cfg.Kafka.Logger, cfg.Kafka.Registry = nil, nil
	cfg.Limits.PerKey.PerSecond = 0
	spec, err := json.Marshal(cfg)
	if err != nil {
		b.Fatal(err)
	}
	return benchChild(b, childEnv+"="+string(spec))
}

func benchBare(b *testing.B) benched {
	b.Helper()
	k := topics(b)
	k.Logger, k.Registry = nil, nil
	spec, err := json.Marshal(k)
	if err != nil {
		b.Fatal(err)
	}
	return benchChild(b, bareEnv+"="+string(spec))
}

func benchChild(b *testing.B, env string) benched {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	// Both with the settings that the program gives a collector.
	cmd.Env, cmd.Stderr = append(os.Environ(), env, "GOGC=300", "GOMEMLIMIT=192MiB"), os.Stderr
	_, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return benched{
		pid: cmd.Process.Pid, url: "http://" + strings.TrimSpace(addr),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}},
	}
}

// cpu is the process's CPU time so far, rss its memory in MB.
func (s benched) cpu(b *testing.B) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+2:]))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // clock ticks of 1/100 s
}

func (s benched) rss(b *testing.B) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.pid))
	if err != nil {
		b.Fatal(err)
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(raw))[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20)
}

func (s benched) post(n int) error {
	path := "/v1/page"
	if n > 1 {
		path = "/v1/batch"
	}
	req, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(benchBody(n)))
	if err != nil {
		return err
	}
	req.SetBasicAuth(secretKey, "")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// BenchmarkCollector drives the collector and a bare handler as fast as they answer, each request waiting for its acknowledgement. Load generator and broker share the machine;
// events/core-s counts the server's own CPU alone.
func BenchmarkCollector(b *testing.B) {
	for _, n := range []int{1, 10, 20, 100} {
		for name, start := range map[string]func(*testing.B) benched{"collector": benchCollector, "bare": benchBare} {
			b.Run(fmt.Sprintf("batch=%d/%s", n, name), func(b *testing.B) {
				s := start(b)
				before := s.cpu(b)
				b.SetParallelism(64)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := s.post(n); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.StopTimer()
				events := float64(b.N * n)
				b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
				b.ReportMetric(events/(s.cpu(b)-before).Seconds(), "events/core-s")
				b.ReportMetric(s.rss(b), "MB")
			})
		}
	}
}

// BenchmarkHalfLoad finds out how much a server takes, then sends half of that at a steady rate, however long the answers take, and reports their time from when each was
// due. The bare handler beside it tells how much of that time is the machine's, the broker's and the generator's.
func BenchmarkHalfLoad(b *testing.B) {
	for _, n := range []int{1, 20} {
		for _, server := range []struct {
			name  string
			start func(*testing.B) benched
		}{{"collector", benchCollector}, {"bare", benchBare}} {
			b.Run(fmt.Sprintf("batch=%d/%s", n, server.name), func(b *testing.B) {
				s := server.start(b)
				rate := s.saturate(b, n, 4*time.Second) / 2
				for range b.N {
					times := s.steady(b, n, rate, 10*time.Second)
					slices.Sort(times)
					at := func(q float64) float64 { return float64(times[int(q*float64(len(times)-1))].Microseconds()) / 1000 }
					b.ReportMetric(rate, "req/s")
					b.ReportMetric(at(0.5), "p50-ms")
					b.ReportMetric(at(0.99), "p99-ms")
					b.ReportMetric(s.rss(b), "MB")
				}
			})
		}
	}
}

// saturate is how many requests a second are answered when 128 wait at any time.
func (s benched) saturate(b *testing.B, n int, d time.Duration) float64 {
	b.Helper()
	var done atomic.Int64
	var wg sync.WaitGroup
	until := time.Now().Add(d)
	for range 128 {
		wg.Go(func() {
			for time.Now().Before(until) {
				if err := s.post(n); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / d.Seconds()
}

func (s benched) steady(b *testing.B, n int, rate float64, d time.Duration) []time.Duration {
	b.Helper()
	var mu sync.Mutex
	var times []time.Duration
	var wg sync.WaitGroup
	begun := time.Now()
	for i := 0; ; i++ {
		due := begun.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if due.Sub(begun) > d {
			break
		}
		if wait := time.Until(due); wait > 0 {
			<-time.After(wait)
		}
		wg.Go(func() {
			if err := s.post(n); err != nil {
				b.Error(err)
				return
			}
			mu.Lock()
			times = append(times, time.Since(due))
			mu.Unlock()
		})
	}
	wg.Wait()
	return times
}

// BenchmarkDecode is the collector's own work on one event, without HTTP and Kafka.
func BenchmarkDecode(b *testing.B) {
	workspaces, err := testConfig(kafka.DefaultConfig()).EventWorkspaces()
	if err != nil {
		b.Fatal(err)
	}
	p, rec, raw := event.NewParser(), &event.Record{}, []byte(benchBody(1))
	del := &event.Delivery{Workspace: workspaces["acme"], ReceivedUS: time.Now().UnixMicro(), FutureMaxUS: 1 << 50}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Parse(rec, raw, event.TypePage, nil); err != nil {
			b.Fatal(err)
		}
		e, err := rec.Event(del)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.MarshalVT(); err != nil {
			b.Fatal(err)
		}
	}
}
