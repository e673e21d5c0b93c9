package collector_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/collector"
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

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// drive posts bodies of n events from many connections and reports events per second.
func drive(b *testing.B, url string, n int) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}}
	path := "/v1/page"
	if n > 1 {
		path = "/v1/batch"
	}
	b.SetParallelism(64)
	before := cpuTime(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req, err := http.NewRequest(http.MethodPost, url+path, strings.NewReader(benchBody(n)))
			if err != nil {
				b.Error(err)
				return
			}
			req.SetBasicAuth(secretKey, "")
			resp, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				b.Errorf("status %d", resp.StatusCode)
				return
			}
		}
	})
	// CPU of load generator and collector, without the broker, which is a process of its own: comparable between machines that have other things to do.
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N*n), "cpu-us/event")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCollector measures requests that wait for the acknowledgement; load generator and broker share the machine.
func BenchmarkCollector(b *testing.B) {
	for _, n := range []int{1, 20} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := start(b, func(c *collector.Config) { c.Limits.PerKey.PerSecond = 0 })
			drive(b, r.url, n)
		})
	}
}

// BenchmarkBare is the least that a collector could do: encoding/json to check the body, the body itself produced, the acknowledgement awaited.
func BenchmarkBare(b *testing.B) {
	for _, n := range []int{1, 20} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			k := topics(b)
			cl, err := kafka.NewProducer(k)
			if err != nil {
				b.Fatal(err)
			}
			defer cl.Close()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || !json.Valid(body) {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				if err := cl.ProduceSync(context.WithoutCancel(r.Context()), &kgo.Record{Topic: k.Topic("events-v1"), Value: body}).FirstErr(); err != nil {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}))
			defer s.Close()
			drive(b, s.URL, n)
		})
	}
}
