package query_test

import (
	"cmp"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// speedTraces are what the service under TestSpeed says at debug level of each question: what it spent its time on.
var speedTraces traces

type traces struct {
	mu  sync.Mutex
	all []tracedQuestion
	// keep says how many of the slowest are printed; 0: none.
	keep int
}

type tracedQuestion struct {
	took time.Duration
	on   []string
	gcs  int64
}

// speedLog is a log that keeps traces when TRIBUTARY_SPEED_TRACE says how many of the slowest questions of each measurement to print, and nothing else: what is measured must not wait for the test's
// own output.
func speedLog(t *testing.T) *zap.Logger {
	t.Helper()
	keep, err := strconv.Atoi(os.Getenv("TRIBUTARY_SPEED_TRACE"))
	if err != nil || keep <= 0 {
		return zap.NewNop()
	}
	speedTraces.keep = keep
	return zap.New(traceCore{zapcore.NewNopCore()})
}

// traceCore keeps traces.
type traceCore struct{ zapcore.Core }

func (traceCore) Enabled(zapcore.Level) bool { return true }

func (c traceCore) With([]zapcore.Field) zapcore.Core { return c }

func (c traceCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if e.Message == "spent" {
		return ce.AddCore(e, c)
	}
	return ce
}

func (traceCore) Write(_ zapcore.Entry, fields []zapcore.Field) error {
	to := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(to)
	}
	var q tracedQuestion
	q.took, _ = to.Fields["took"].(time.Duration)
	if on, ok := to.Fields["on"].([]any); ok {
		for _, line := range on {
			if text, ok := line.(string); ok {
				q.on = append(q.on, text)
			}
		}
	}
	var gc debug.GCStats
	debug.ReadGCStats(&gc)
	q.gcs = gc.NumGC
	speedTraces.mu.Lock()
	defer speedTraces.mu.Unlock()
	speedTraces.all = append(speedTraces.all, q)
	return nil
}

// readsMuch says that a span read rows that no moment of traffic leaves.
func readsMuch(span string) bool {
	for _, what := range []string{"mirror_cells ", "mirror_spend ", "facts "} {
		if !strings.HasPrefix(span, what) {
			continue
		}
		fields := strings.Fields(span)
		for i, word := range fields {
			if n, err := strconv.Atoi(fields[max(0, i-1)]); word == "rows" && err == nil && n > 10_000 {
				return true
			}
		}
	}
	return false
}

// traced prints the slowest questions until the function it returns is called.
func traced(t *testing.T) func() {
	t.Helper()
	speedTraces.mu.Lock()
	defer speedTraces.mu.Unlock()
	speedTraces.all = nil
	var before debug.GCStats
	debug.ReadGCStats(&before)
	return func() {
		if speedTraces.keep == 0 {
			return
		}
		var after debug.GCStats
		debug.ReadGCStats(&after)
		speedTraces.mu.Lock()
		defer speedTraces.mu.Unlock()
		slices.SortFunc(speedTraces.all, func(a, b tracedQuestion) int { return cmp.Compare(b.took, a.took) })
		for _, q := range speedTraces.all[:min(speedTraces.keep, len(speedTraces.all))] {
			t.Logf("    %s after %d collections:\n        %s", q.took.Round(100*time.Microsecond), q.gcs-before.NumGC, strings.Join(q.on, "\n        "))
		}
		large := 0
		for _, q := range speedTraces.all {
			if slices.ContainsFunc(q.on, readsMuch) {
				large++
			}
		}
		t.Logf("    %d of %d read more than they need", large, len(speedTraces.all))
		t.Logf("    %d collections of garbage stopped everything for %s together", after.NumGC-before.NumGC, after.PauseTotal-before.PauseTotal)
	}
}
