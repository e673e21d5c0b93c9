package chaos

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// latencies collects times; safe for concurrent use.
type latencies struct {
	mu    sync.Mutex
	times []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times = append(l.times, d)
}

// Quantiles are of a set of times.
type Quantiles struct {
	N        int
	P50, P99 time.Duration
	Max      time.Duration
}

func (l *latencies) quantiles() Quantiles {
	l.mu.Lock()
	defer l.mu.Unlock()
	return quantilesOf(l.times)
}

func quantilesOf(times []time.Duration) Quantiles {
	if len(times) == 0 {
		return Quantiles{}
	}
	sorted := slices.Sorted(slices.Values(times))
	at := func(q float64) time.Duration { return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))] }
	return Quantiles{N: len(sorted), P50: at(0.5), P99: at(0.99), Max: sorted[len(sorted)-1]}
}

const (
	// scrapeEvery is the resolution of the restart's measurement.
	scrapeEvery = 10 * time.Millisecond
	// committed is the attributor's counter of transactions that ended well.
	committed = `tributary_attributor_transactions_total{outcome="committed"}`
)

// firstCommit waits until a process that was just started has committed a transaction, as its metrics say. False when ctx ends before.
func firstCommit(ctx context.Context, addr string) bool {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(scrapeEvery)
	defer tick.Stop()
	for {
		if metric(ctx, client, addr, committed) >= 1 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// metric is a value of a process's /metrics, 0 while it does not answer.
func metric(ctx context.Context, client *http.Client, addr, name string) float64 {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return 0
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, _ := strconv.ParseFloat(value, 64)
			return v
		}
	}
	return 0
}
