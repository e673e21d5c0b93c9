package query_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
)

// TestSpent_isLogged says at debug level what a question spent its time on, and not of probes; at other levels nothing is noted.
func TestSpent_isLogged(t *testing.T) {
	db := enginetest.ClickHouse(t)
	for level, want := range map[zapcore.Level]int{zapcore.DebugLevel: 1, zapcore.InfoLevel: 0} {
		core, logs := observer.New(level)
		w := newWorldLogged(t, db, now, zap.New(core))
		for _, path := range []string{"/api/v1/channels", "/healthz"} {
			if status, _, _ := get(t, w.url+path); status != http.StatusOK {
				t.Fatalf("%s: %d", path, status)
			}
		}
		spent := logs.FilterMessage("spent").All()
		if len(spent) != want {
			t.Errorf("at level %s %d lines, want %d", level, len(spent), want)
			continue
		}
		if want > 0 {
			if on := fmt.Sprint(spent[0].ContextMap()["on"]); !strings.Contains(on, "version ") || !strings.Contains(on, "facts ") {
				t.Errorf("spent on %s", on)
			}
		}
	}
}
