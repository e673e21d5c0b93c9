// Package clickhouse is the only constructor of ClickHouse connections, and applies the migrations of schemas/clickhouse. Every setting
// of a connection is made here, each with its reason.
package clickhouse

import (
	"crypto/tls"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Limits of one connection pool. A service has few concurrent statements; more connections only cost memory on the server.
const (
	defaultMaxConns    = 8
	defaultDialTimeout = 5 * time.Second
	defaultReadTimeout = 5 * time.Minute
)

// Open returns a pool of native-protocol connections. It dials nothing until the first statement. The caller closes it.
func Open(cfg Config) (driver.Conn, error) {
	o, err := options(cfg)
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(o)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse %v: %w", cfg.Addr, err)
	}
	return conn, nil
}

func options(cfg Config) (*clickhouse.Options, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	o := &clickhouse.Options{
		Protocol:    clickhouse.Native, // columns go as they are; HTTP would add a text or chunk layer
		Addr:        cfg.Addr,
		Auth:        clickhouse.Auth{Database: cfg.Database, Username: cfg.Username, Password: cfg.Password},
		DialTimeout: orDuration(cfg.DialTimeout, defaultDialTimeout),
		// A statement that answers nothing for this long is taken for dead; longer than any insert or report, so it only ends broken connections.
		ReadTimeout:          orDuration(cfg.ReadTimeout, defaultReadTimeout),
		MaxOpenConns:         orInt(cfg.MaxConns, defaultMaxConns),
		MaxIdleConns:         orInt(cfg.MaxConns, defaultMaxConns),
		ConnMaxLifetime:      time.Hour, // a balancer in front of replicas gets to spread them anew
		ConnOpenStrategy:     clickhouse.ConnOpenInOrder,
		Compression:          &clickhouse.Compression{Method: clickhouse.CompressionLZ4}, // 4-10 times fewer bytes for little CPU
		BlockBufferSize:      2,                                                          // blocks read ahead; the default of 2 is enough and bounds memory
		MaxCompressionBuffer: 1 << 20,                                                    // flush compressed data every MiB instead of holding a whole block twice
		ClientInfo:           clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{Name: "tributary"}}},
	}
	if cfg.TLS {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cfg.TLSServerName}
	}
	return o, nil
}

func orDuration(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

func orInt(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
