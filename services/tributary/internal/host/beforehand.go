package host

import (
	"context"
	"fmt"
	"net"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// beforehand refuses what would end the start only after the engines and half of the services are up: stopping those again takes its time, and a
// consumer that is just joining its group would be cut off.
func (u *Up) beforehand(ctx context.Context) error {
	cfg := u.opts.Config
	store := u.engines.ClickHouse
	if u.engines.EmbedsClickHouse() {
		store = clickhouse.DefaultConfig() // its address is not known yet
	}
	if err := QueryConfig(cfg, kafka.Config{}, store, "").Validate(); err != nil {
		return fmt.Errorf("query service: %w", err)
	}
	for _, of := range []struct{ service, addr, flag string }{
		{"collector", cfg.Collector.Addr, "--collector-addr"}, {"query service", cfg.Query.Addr, "--query-addr"},
	} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", of.addr)
		if err != nil {
			return fmt.Errorf("%s (%s): %w", of.service, of.flag, err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}
