package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap/zapcore"
)

// maxSpans bounds what a trace keeps; a question has some dozen.
const maxSpans = 200

// Trace is what one question spent its time on: statements, waits for others, work on rows in memory. What several questions share, one reading for
// all of them, is in the trace of the first.
type Trace struct {
	mu    sync.Mutex
	began time.Time
	spans []Span
}

// Span is a stretch of a question.
type Span struct {
	// What is the statement's word, or what was done here.
	What string
	// From counts from the beginning of the question.
	From, Took time.Duration
	// Rows and Bytes are what the server read, as it says.
	Rows, Bytes uint64
	// Detail says more, such as which parts were read.
	Detail string
}

type traceKey struct{}

// WithTrace has everything that ctx is given to noted.
func WithTrace(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{began: time.Now()}
	return context.WithValue(ctx, traceKey{}, t), t
}

func traceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// note keeps what began at a moment and ends now. A nil trace keeps nothing.
func (t *Trace) note(what string, started time.Time, s Span) {
	if t == nil {
		return
	}
	s.What, s.From, s.Took = what, started.Sub(t.began), time.Since(started)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.spans) < maxSpans {
		t.spans = append(t.spans, s)
	}
}

// Spans are what was noted, by their beginning.
func (t *Trace) Spans() []Span {
	t.mu.Lock()
	defer t.mu.Unlock()
	spans := slices.Clone(t.spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	return spans
}

// String is the span in a line.
func (s Span) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s+%s", s.What, s.From.Round(100*time.Microsecond), s.Took.Round(100*time.Microsecond))
	if s.Rows > 0 {
		fmt.Fprintf(&b, " %d rows %d KB", s.Rows, s.Bytes>>10)
	}
	if s.Detail != "" {
		fmt.Fprintf(&b, " [%s]", s.Detail)
	}
	return b.String()
}

// MarshalLogArray implements zapcore.ArrayMarshaler.
func (t *Trace) MarshalLogArray(to zapcore.ArrayEncoder) error {
	for _, s := range t.Spans() {
		to.AppendString(s.String())
	}
	return nil
}
