package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

// database reads rows one by one. It is made of functions so that this package needs no ClickHouse client of its own.
type database struct {
	cfg   clickhouse.Config
	each  func(ctx context.Context, sql string, row func(scan func(dest ...any) error) error) error
	close func() error
}

func open(cfg clickhouse.Config) (*database, error) {
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		return nil, err
	}
	db := &database{cfg: cfg, close: conn.Close}
	db.each = func(ctx context.Context, sql string, row func(scan func(dest ...any) error) error) (err error) {
		rows, err := conn.Query(ctx, sql)
		if err != nil {
			return fmt.Errorf("query: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			if err := row(rows.Scan); err != nil {
				return fmt.Errorf("read a row: %w", err)
			}
		}
		return rows.Err()
	}
	return db, nil
}

// current is the FROM of a table's current rows.
func (d *database) current(table string) string { return " FROM " + d.cfg.Table(table) + " FINAL" }
