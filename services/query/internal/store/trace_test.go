package store

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestTrace_saysWhatWasRead notes statements with what the server read, in the order of their beginning, no more than its bound, and nothing without a trace.
func TestTrace_saysWhatWasRead(t *testing.T) {
	s, _ := open(t, DefaultConfig())
	must(t, s.conn.Exec(t.Context(), `INSERT INTO models_rows (workspace, model) VALUES ('a', 'linear'), ('a', 'w_shaped')`))
	ctx, trace := WithTrace(t.Context())
	_, err := s.Models(ctx, "a")
	must(t, err)
	_, err = s.Version(ctx)
	must(t, err)
	spans := trace.Spans()
	if len(spans) != 2 || spans[0].What != "models" || spans[0].Rows != 2 || spans[0].Bytes == 0 || spans[1].What != "version" || spans[1].From < spans[0].Took {
		t.Errorf("got %v", spans)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	zap.New(core).Debug("spent", zap.Array("on", trace))
	if lines, ok := logs.All()[0].ContextMap()["on"].([]any); !ok || len(lines) != 2 || !strings.HasPrefix(lines[0].(string), "models 0s+") && !strings.Contains(lines[0].(string), " 2 rows 0 KB") {
		t.Errorf("logged %v", logs.All()[0].ContextMap())
	}
	for range 2 * maxSpans {
		trace.note("x", time.Now(), Span{})
	}
	if n := len(trace.Spans()); n != maxSpans {
		t.Errorf("%d spans are kept", n)
	}
	traceOf(t.Context()).note("x", time.Now(), Span{})
}
