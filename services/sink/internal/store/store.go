// Package store writes batches of rows to ClickHouse: one synchronous native insert per table and batch. It is the sink's only user of
// the ClickHouse client.
package store

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	chpool "github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

// Store inserts into one database.
type Store struct {
	conn driver.Conn
	cfg  chpool.Config

	book      *rulebook.Book
	onRefused func(error)

	mu sync.Mutex
	// standings are the channel rules that were read last, done those that all costs were brought to.
	standings, done []rulebook.Standing
}

// UseRules makes the store keep costs in the channels that the rules in force say; onRefused is told of rules that this build cannot read. Without it costs stay as they were given.
func (s *Store) UseRules(book *rulebook.Book, onRefused func(error)) {
	s.book, s.onRefused = book, onRefused
}

// Open returns a store. It dials nothing until the first insert. The caller closes it.
func Open(cfg chpool.Config) (*Store, error) {
	conn, err := chpool.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &Store{conn: conn, cfg: cfg}, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.conn.Close() }

// insertSettings go with every insert.
func insertSettings(token string) clickhouse.Settings {
	return clickhouse.Settings{
		"async_insert":               0, // we batch ourselves; the answer must mean "written"
		"insert_deduplicate":         1, // honour the token below
		"insert_deduplication_token": token,
		// On a cluster the distributed table writes to the shards before it answers; its default is to answer first and spool.
		"distributed_foreground_insert": 1,
		// A replay of old events touches every period at once; the limit is meant for tables partitioned by hour.
		"max_partitions_per_insert_block": 0,
		// The server builds dictionaries faster than the client, which looks every single value up in a map of interfaces.
		"low_cardinality_allow_in_native_format": 0,
	}
}

// Insert writes the table's rows and returns once the server has acknowledged them. After an error the rows may or may not have been
// written: rows are idempotent, so writing them again is always right. The token lets the server skip a batch that it already has.
func (s *Store) Insert(ctx context.Context, t *rows.Table, token string) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings(token)))
	cols := t.Columns()
	batch, err := s.conn.PrepareBatch(ctx, insertSQL(s.cfg.Table(t.Name), cols), driver.WithReleaseConnection())
	if err != nil {
		return fmt.Errorf("prepare insert into %s: %w", t.Name, err)
	}
	for i, c := range cols {
		if err := batch.Column(i).Append(c.Values); err != nil {
			_ = batch.Abort() // the column's error is the one that says what is wrong
			return fmt.Errorf("append column %s.%s: %w", t.Name, c.Name, err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert %d rows into %s: %w", t.Rows(), t.Name, err)
	}
	from, to, ok := t.Span()
	if ok {
		if err := s.withdraw(ctx, from, to); err != nil {
			return err
		}
	}
	switch {
	case ok && t.Name == rows.TableSpend:
		return s.classify(ctx, from, to)
	case t.Name == rows.TableStandings:
		return s.ClassifySpend(ctx)
	}
	return nil
}

func insertSQL(table string, cols []rows.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ")"
}

// Exec runs a statement that answers nothing.
func (s *Store) Exec(ctx context.Context, stmt string, args ...any) error {
	return s.conn.Exec(ctx, stmt, args...)
}
