// Package telemetry is the only constructor of loggers and metric registries, so that every program of the project logs and counts alike.
package telemetry

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Formats of log lines.
const (
	FormatJSON    = "json"
	FormatConsole = "console"
)

// LogConfig says what is logged and how.
type LogConfig struct {
	// Level is debug, info, warn or error. Lower lines are dropped.
	Level string `yaml:"level"`
	// Format is json (one object per line, for machines) or console (for people).
	Format string `yaml:"format"`
	// Output is a file's path, "stderr" or "stdout".
	Output string `yaml:"output"`
}

// DefaultLogConfig logs from info on, as JSON, to standard error: standard output belongs to the commands' results.
func DefaultLogConfig() LogConfig {
	return LogConfig{Level: "info", Format: FormatJSON, Output: "stderr"}
}

// Validate names every setting that cannot work.
func (c LogConfig) Validate() error {
	var errs []error
	if _, err := zapcore.ParseLevel(c.Level); err != nil {
		errs = append(errs, fmt.Errorf("log.level: %w", err))
	}
	if c.Format != FormatJSON && c.Format != FormatConsole {
		errs = append(errs, fmt.Errorf("log.format: %q is neither %s nor %s", c.Format, FormatJSON, FormatConsole))
	}
	if c.Output == "" {
		errs = append(errs, errors.New("log.output: a path, stderr or stdout is needed"))
	}
	return errors.Join(errs...)
}

// NewLogger returns a logger. It repeats a message at most 100 times a second (then every 100th), so that a failing dependency cannot
// fill the disk.
func NewLogger(c LogConfig) (*zap.Logger, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	level, err := zap.ParseAtomicLevel(c.Level)
	if err != nil {
		return nil, err
	}
	enc := zap.NewProductionEncoderConfig()
	enc.TimeKey, enc.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	enc.EncodeDuration = zapcore.StringDurationEncoder
	if c.Format == FormatConsole {
		enc.EncodeTime, enc.EncodeLevel = zapcore.TimeEncoderOfLayout("15:04:05.000"), zapcore.CapitalLevelEncoder
	}
	cfg := zap.Config{
		Level:             level,
		Sampling:          &zap.SamplingConfig{Initial: 100, Thereafter: 100},
		Encoding:          c.Format,
		EncoderConfig:     enc,
		OutputPaths:       []string{c.Output},
		ErrorOutputPaths:  []string{"stderr"},
		DisableCaller:     true, // messages name the component; a file and line per message helps only whoever has this very source open
		DisableStacktrace: true, // errors are wrapped with what was being done
	}
	log, err := cfg.Build()
	if err != nil {
		return nil, fmt.Errorf("open log output %s: %w", c.Output, err)
	}
	return log, nil
}

// NewRegistry returns a registry with build information and the Go runtime's and process's own metrics.
func NewRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	b := Build()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "tributary_build_info",
		Help:        "Always 1; its labels say which build this is.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go},
	})
	info.Set(1)
	reg.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// BuildInfo says which build a program is.
type BuildInfo struct {
	// Version is the module's version, or "(devel)".
	Version string
	// Revision is the commit, with "+dirty" when the tree had changes. Empty when it was built outside a checkout.
	Revision string
	// Go is the toolchain's version.
	Go string
}

// Build reads this program's build information, as the toolchain stamped it.
func Build() BuildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return BuildInfo{Version: "(unknown)"}
	}
	b := BuildInfo{Version: info.Main.Version, Go: info.GoVersion}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if b.Revision != "" {
		b.Revision += dirty
	}
	return b
}
