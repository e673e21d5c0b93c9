package telemetry_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/telemetry"
)

func TestNewLogger_writesJSONFromItsLevelOn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "log")
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: "warn", Format: telemetry.FormatJSON, Output: out})
	if err != nil {
		t.Fatal(err)
	}
	log.Info("below the level")
	log.Warn("insert rows", zap.Error(errors.New("connection refused")))
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if err := json.Unmarshal(b, &line); err != nil {
		t.Fatalf("one JSON object expected, got %q: %v", b, err)
	}
	if line["msg"] != "insert rows" || line["error"] != "connection refused" || line["level"] != "warn" || line["time"] == nil {
		t.Errorf("line %v", line)
	}
}

func TestNewLogger_repeatsAreSampled(t *testing.T) {
	out := filepath.Join(t.TempDir(), "log")
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: "info", Format: telemetry.FormatConsole, Output: out})
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 {
		log.Info("again")
	}
	b, _ := os.ReadFile(out)
	if n := strings.Count(string(b), "again"); n < 100 || n > 1000 {
		t.Errorf("%d of 5000 equal lines written; want 100 per second and every 100th after", n)
	}
}

func TestLogConfig_Validate(t *testing.T) {
	if err := telemetry.DefaultLogConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := telemetry.LogConfig{Level: "loud", Format: "xml"}.Validate()
	for _, want := range []string{"log.level", "log.format", "log.output"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

func TestNewRegistry_hasBuildAndRuntime(t *testing.T) {
	reg := telemetry.NewRegistry()
	for _, name := range []string{"tributary_build_info", "go_goroutines", "process_start_time_seconds"} {
		n, err := testutil.GatherAndCount(reg, name)
		if err != nil || n != 1 {
			t.Errorf("%s: %d series, %v; want 1", name, n, err)
		}
	}
}
