// Package store reads ClickHouse for the query service. It is the only place of this service that knows tables or SQL.
//
// A question is a struct whose SQL method returns a constant text chosen from a few, and the values as server-side parameters: nothing that a
// client sent is ever part of the text. Every statement is limited, read-only, names its workspace, and is cancelled with its context.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

// Config limits what one question may cost.
type Config struct {
	// MaxExecution ends a statement on the server after so long. At least a second.
	MaxExecution time.Duration
	// MaxResultRows refuses answers with more groups; there is no cut answer.
	MaxResultRows int
	// MaxMemoryBytes bounds one statement's memory on the server.
	MaxMemoryBytes int64
	// Readers are users who see one workspace each, by its name. When there are any, a statement without a reader for its workspace is refused.
	Readers map[string]Reader
	// MirrorBytes is about how much memory rows of the roll-up may take, of which questions are answered without reading them again. 0: none.
	MirrorBytes int64
}

// Reader is a user of ClickHouse.
type Reader struct{ Username, Password string }

// DefaultConfig suits a dashboard: what takes longer than ten seconds nobody waits for.
func DefaultConfig() Config {
	return Config{MaxExecution: 10 * time.Second, MaxResultRows: 100_000, MaxMemoryBytes: 2 << 30, MirrorBytes: 64 << 20}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.MaxExecution < time.Second {
		errs = append(errs, errors.New("max_execution: must be at least 1s, the server counts whole seconds"))
	}
	if c.MaxResultRows <= 0 || c.MaxMemoryBytes <= 0 {
		errs = append(errs, errors.New("max_result_rows and max_memory_bytes must be positive"))
	}
	if c.MirrorBytes < 0 {
		errs = append(errs, errors.New("mirror_bytes: must not be negative; 0 keeps nothing in memory"))
	}
	return errors.Join(errs...)
}

// ErrTooLarge is an answer beyond the limits of Config: the client must ask for less.
var ErrTooLarge = errors.New("the answer is larger than one question may be")

// ErrTooSlow is a question that took longer than Config allows.
var ErrTooSlow = errors.New("the question took longer than one may")

// ErrUnavailable is a server that could not be asked.
var ErrUnavailable = errors.New("ClickHouse cannot be reached")

// Store reads one database.
type Store struct {
	cfg     Config
	db      clickhouse.Config
	conn    driver.Conn
	readers map[string]driver.Conn
	metrics *metrics
	mirrors *mirrors
	// listings orders listings of parts and what was read of them.
	listings atomic.Uint64
	marksMu  sync.Mutex
	marks    map[sliceKey]*mark
}

// New returns a store on db; it dials nothing yet.
func New(cfg Config, db clickhouse.Config, reg prometheus.Registerer) (*Store, error) {
	if err := errors.Join(cfg.Validate(), db.Validate()); err != nil {
		return nil, err
	}
	m, err := newMetrics(reg)
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(db)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, db: db, conn: conn, readers: map[string]driver.Conn{}, metrics: m, marks: map[sliceKey]*mark{}}
	s.mirrors = newMirrors(s, cfg.MirrorBytes)
	for workspace, r := range cfg.Readers {
		as := db
		as.Username, as.Password = r.Username, r.Password
		if s.readers[workspace], err = clickhouse.Open(as); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Ping asks the server for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.conn.Ping(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Close ends what is read in the background, and the connections.
func (s *Store) Close() error {
	s.mirrors.close()
	errs := []error{s.conn.Close()}
	for _, reader := range s.readers {
		if reader != nil {
			errs = append(errs, reader.Close())
		}
	}
	return errors.Join(errs...)
}

// connOf is the connection that may answer a statement: the reader's of its workspace. A statement without a workspace reads no workspace's data,
// only what the server says of itself.
func (s *Store) connOf(st statement) (driver.Conn, error) {
	if len(s.readers) == 0 {
		return s.conn, nil
	}
	for _, arg := range st.args {
		if named, ok := arg.(driver.NamedValue); ok && named.Name == "workspace" {
			workspace, _ := named.Value.(string)
			if reader := s.readers[workspace]; reader != nil {
				return reader, nil
			}
			return nil, fmt.Errorf("%s: workspace %q has no reader", st.name, workspace)
		}
	}
	return s.conn, nil
}

// statement is a text and the values of its parameters.
type statement struct {
	// name is the statement's word in metrics and in the server's query log.
	name string
	text string
	args []any
	// rows raises the limit on rows for answers that are handed on one by one. 0: Config's.
	rows int
}

// run asks the server and hands every row to scan.
func (s *Store) run(ctx context.Context, st statement, scan func(driver.Rows) error) (err error) {
	started, trace := time.Now(), traceOf(ctx)
	var read, bytes atomic.Uint64 // the driver may still tell when a statement was given up
	defer func() {
		s.metrics.observe(st.name, started, err)
		trace.note(st.name, started, Span{Rows: read.Load(), Bytes: bytes.Load()})
	}()
	conn, err := s.connOf(st)
	if err != nil {
		return err
	}
	asked, sign, done := s.awake(ctx)
	defer done()
	if trace != nil {
		asked = ch.Context(asked, ch.WithProgress(func(p *ch.Progress) { read.Add(p.Rows); bytes.Add(p.Bytes) }))
	}
	rows, err := conn.Query(s.limited(asked, st), st.text, st.args...)
	if err != nil {
		return classify(asked, st.name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		sign(false) // what the reader of the rows takes its time for is not the server's
		if err := scan(rows); err != nil {
			return fmt.Errorf("read answer of %s: %w", st.name, err)
		}
		sign(true)
	}
	if err := rows.Err(); err != nil {
		return classify(asked, st.name, err)
	}
	return nil
}

// graceOfServer is how much longer than its own limit a server may take to say anything.
const graceOfServer = 5 * time.Second

// errNoSign ends a statement on a server that says nothing.
var errNoSign = errors.New("the server gives no sign")

// awake is ctx that ends when the server says nothing for longer than its own limit allows: a server that hangs, or a network that swallows packets,
// does not end a statement by itself, and whoever asked would wait for minutes. sign(true) says that something is waited for again, sign(false) that
// nothing is.
func (s *Store) awake(ctx context.Context) (asked context.Context, sign func(bool), done func()) {
	asked, cancel := context.WithCancelCause(ctx)
	limit := s.cfg.MaxExecution + graceOfServer
	timer := time.AfterFunc(limit, func() { cancel(errNoSign) })
	sign = func(waits bool) {
		if waits {
			timer.Reset(limit)
		} else {
			timer.Stop()
		}
	}
	return asked, sign, func() { timer.Stop(); cancel(nil) }
}

// limited puts the limits of one question on ctx.
func (s *Store) limited(ctx context.Context, st statement) context.Context {
	return ch.Context(ctx, ch.WithSettings(ch.Settings{
		"readonly":             2, // nothing asked here may write; 2 and not 1, which would refuse the settings below
		"max_execution_time":   int(s.cfg.MaxExecution.Seconds()),
		"max_result_rows":      max(s.cfg.MaxResultRows, st.rows),
		"result_overflow_mode": "throw", // a cut answer would look like a whole one
		"max_memory_usage":     s.cfg.MaxMemoryBytes,
		// Dates of keys are immutable, so a key's versions never lie in two partitions: years are read without comparing them.
		"do_not_merge_across_partitions_select_final": 1,
		"log_comment": "tributary query: " + st.name,
	}))
}

// ClickHouse's codes of what a limit or its absence means to the client.
const (
	codeTooManyRows      = 158
	codeTimeout          = 159
	codeTooSlow          = 160
	codeTooManyBytes     = 307
	codeMemoryLimit      = 241
	codeTooManyRowsBytes = 396
)

// classify tells what the client can act on: ask for less, try later.
func classify(ctx context.Context, name string, err error) error {
	if errors.Is(context.Cause(ctx), errNoSign) {
		return fmt.Errorf("%s: %w: %w", name, ErrUnavailable, errNoSign)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, ctx.Err())
	}
	var exception *ch.Exception
	if !errors.As(err, &exception) {
		return fmt.Errorf("%s: %w: %w", name, ErrUnavailable, err)
	}
	switch exception.Code {
	case codeTooManyRows, codeTooManyBytes, codeTooManyRowsBytes, codeMemoryLimit:
		return fmt.Errorf("%s: %w: %w", name, ErrTooLarge, err)
	case codeTimeout, codeTooSlow:
		return fmt.Errorf("%s: %w: %w", name, ErrTooSlow, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
