// Package bench measures a running Tributary from outside: how long an acknowledged event takes until it is visible in ClickHouse, and how
// much memory the parts take.
package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/tributary/internal/demo"
)

// lookEvery is the resolution of the freshness measurement.
const lookEvery = 20 * time.Millisecond

// Freshness is how long acknowledged orders took until they were in the credits view.
type Freshness struct {
	// Sent is all events, Orders those that were watched, Missing those of them never seen.
	Sent, Orders, Missing int
	P50, P99, Max         time.Duration
	Took                  time.Duration
}

// String is the result in a line.
func (f Freshness) String() string {
	return fmt.Sprintf("freshness: %d events at %.0f/s, %d orders watched: p50 %s, p99 %s, max %s, %d never seen",
		f.Sent, float64(f.Sent)/f.Took.Seconds(), f.Orders, f.P50.Round(time.Millisecond), f.P99.Round(time.Millisecond), f.Max.Round(time.Millisecond), f.Missing)
}

// watch is which orders wait and how long the others took.
type watch struct {
	mu      sync.Mutex
	waiting map[string]time.Time
	times   []time.Duration
	total   int
}

func (w *watch) acknowledged(id string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[id] = at
	w.total++
}

func (w *watch) seen(id string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if since, ok := w.waiting[id]; ok {
		w.times = append(w.times, at.Sub(since))
		delete(w.waiting, id)
	}
}

func (w *watch) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// MeasureFreshness sends a load for a time and watches its orders appear in ClickHouse; after the load it waits up to grace for the rest.
func MeasureFreshness(ctx context.Context, to demo.Sender, store clickhouse.Config, rate int, length, grace time.Duration) (Freshness, error) {
	conn, err := clickhouse.Open(store)
	if err != nil {
		return Freshness{}, err
	}
	defer func() { _ = conn.Close() }()
	start := time.Now()
	prefix := fmt.Sprintf("bench%d", start.UnixNano())
	w := &watch{waiting: map[string]time.Time{}}
	look := func(ctx context.Context) error { return lookOnce(ctx, prefix, start, w, conn.Query) }
	loadCtx, stopLoad := context.WithTimeout(ctx, length)
	defer stopLoad()
	lookCtx, stopLooking := context.WithCancel(ctx)
	defer stopLooking()
	looked := make(chan error, 1)
	go func() {
		var err error
		for lookCtx.Err() == nil && err == nil {
			if err = look(lookCtx); lookCtx.Err() != nil {
				err = nil
			}
			select {
			case <-time.After(lookEvery):
			case <-lookCtx.Done():
			}
		}
		looked <- err
	}()
	load := demo.Load{Rate: rate, Seed: 1, Prefix: prefix, OnOrder: w.acknowledged}
	sent, err := load.Run(loadCtx, to, time.Now)
	took := time.Since(start)
	for until := time.Now().Add(grace); err == nil && w.left() > 0 && time.Now().Before(until) && ctx.Err() == nil; {
		<-time.After(lookEvery)
	}
	stopLooking()
	if err = errors.Join(err, <-looked); err != nil {
		return Freshness{}, err
	}
	return w.result(sent, took), nil
}

func (w *watch) result(sent int, took time.Duration) Freshness {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := Freshness{Sent: sent, Orders: w.total, Missing: len(w.waiting), Took: took}
	if len(w.times) > 0 {
		slices.Sort(w.times)
		at := func(q float64) time.Duration { return w.times[min(len(w.times)-1, int(q*float64(len(w.times))))] }
		f.P50, f.P99, f.Max = at(0.5), at(0.99), w.times[len(w.times)-1]
	}
	return f
}

// rows is what is used of the client's rows.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// lookOnce asks which orders have credit. The whole set is asked for each time: orders become visible in any order.
func lookOnce[R rows](ctx context.Context, prefix string, since time.Time, w *watch, query func(context.Context, string, ...any) (R, error)) (err error) {
	result, err := query(ctx, `SELECT DISTINCT journey_id FROM credits_rows
		WHERE key_date >= toDate(?) AND model = 'linear' AND startsWith(journey_id, ?) AND recorded_at >= ?`,
		since.UTC().AddDate(0, 0, -1).Format(time.DateOnly), "c:"+prefix, time.Now().Add(-15*time.Second))
	if err != nil {
		return fmt.Errorf("look for orders: %w", err)
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	at := time.Now()
	for result.Next() {
		var journey string
		if err := result.Scan(&journey); err != nil {
			return fmt.Errorf("look for orders: %w", err)
		}
		w.seen(strings.TrimPrefix(journey, "c:"), at)
	}
	return result.Err()
}

// Memory is resident memory of a process and those it started, by what they are.
type Memory struct {
	Name  string
	Bytes int64
}

// MeasureMemory reads a process's resident memory and its children's.
func MeasureMemory(pid int, names map[int]string) ([]Memory, error) {
	var out []Memory
	for _, id := range append([]int{pid}, slices.Sorted(maps.Keys(names))...) {
		bytes, err := resident(id)
		if err != nil {
			return nil, err
		}
		name := names[id]
		if id == pid {
			name = "services"
		}
		out = append(out, Memory{name, bytes})
	}
	return out, nil
}

// resident is VmRSS, in bytes.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("memory of process %d: no VmRSS", pid)
}
