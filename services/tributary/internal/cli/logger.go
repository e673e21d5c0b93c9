package cli

import (
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/telemetry"
)

// newLogger logs to standard error: standard output belongs to results.
func newLogger(cfg *config.Config) (*zap.Logger, error) {
	c := telemetry.DefaultLogConfig()
	c.Level, c.Format = cfg.Log.Level, cfg.Log.Format
	return telemetry.NewLogger(c)
}
