package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/mirror"
)

// recordedText needs no FINAL: an older version of a row was recorded before. Whatever changes a cell changes one of basis touch.
const recordedText = `SELECT greatest(
    (SELECT max(recorded_at) FROM %[1]s WHERE workspace = {workspace:String} AND basis = 'touch'),
    (SELECT max(received_at) FROM %[2]s WHERE workspace = {workspace:String}))`

func recordedStatement(workspace string, t tables) statement {
	return statement{name: "recorded", text: fmt.Sprintf(recordedText, t.cells, t.spend), args: []any{ch.Named("workspace", workspace)}}
}

// The same of parts that were not read before.
const (
	newRecordedCells = `SELECT toString(_part), max(recorded_at) FROM %s WHERE workspace = {workspace:String} AND basis = 'touch' AND ` + isNew + ` GROUP BY _part`
	newRecordedSpend = `SELECT toString(_part), max(received_at) FROM %s WHERE workspace = {workspace:String} AND ` + isNew + ` GROUP BY _part`
)

// mark is the latest receipt in a table, as far as its parts were read.
type mark struct {
	mu   sync.Mutex
	seen mirror.Seen
	last time.Time
}

// RecordedAt reads the receipt of the latest event whose effect is in the tables; zero when there is none.
func (s *Store) RecordedAt(ctx context.Context, workspace string) (time.Time, error) {
	var at time.Time
	var err error
	if v, ok := VersionOf(ctx); ok && v.parts != nil {
		at, err = s.markedAt(ctx, v, workspace)
	} else {
		err = s.run(ctx, recordedStatement(workspace, s.tables()), func(rows driver.Rows) error { return rows.Scan(&at) })
	}
	if at.Unix() <= 0 { // max of no rows
		at = time.Time{}
	}
	return at, err
}

// markedAt reads no more than the parts that came since it was asked last.
func (s *Store) markedAt(ctx context.Context, v Version, workspace string) (time.Time, error) {
	var cells, spend time.Time
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		cells, err = s.marked(groupCtx, v, sliceKey{workspace: workspace}, newRecordedCells)
		return err
	})
	group.Go(func() (err error) {
		spend, err = s.marked(groupCtx, v, sliceKey{workspace: workspace, spend: true}, newRecordedSpend)
		return err
	})
	err := group.Wait()
	if spend.After(cells) {
		return spend, err
	}
	return cells, err
}

func (s *Store) marked(ctx context.Context, v Version, of sliceKey, text string) (time.Time, error) {
	s.marksMu.Lock()
	m := s.marks[of]
	if m == nil {
		m = &mark{}
		s.marks[of] = m
	}
	s.marksMu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	err := s.advance(ctx, v, of, text, m)
	if errors.Is(err, errMutated) { // and forgotten, so that all is read now
		err = s.advance(ctx, v, of, text, m)
	}
	return m.last, err
}

// advance reads the parts that came since; errMutated: a mutation changed what was read before.
func (s *Store) advance(ctx context.Context, v Version, of sliceKey, text string, m *mark) error {
	t := v.parts.Tables[of.table()]
	switch m.seen.Compare(t, v.parts.At) {
	case mirror.Current:
		return nil
	case mirror.Lost:
		m.seen, m.last = mirror.Seen{}, time.Time{}
	case mirror.Behind:
	}
	last, parts := m.last, []mirror.Part{}
	st := statement{name: "recorded", text: fmt.Sprintf(text, s.db.Table(of.table())), args: append(knownArgs(m.seen.Known()), ch.Named("workspace", of.workspace))}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var name string
		var at time.Time
		if err := rows.Scan(&name, &at); err != nil {
			return err
		}
		part, ok := mirror.ParsePart(name)
		if !ok {
			return fmt.Errorf("part %q has a name of another kind", name)
		}
		parts = append(parts, part)
		if at.After(last) {
			last = at
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !m.seen.Read(t, v.parts.At, parts, s.listings.Add(1)) {
		m.last = time.Time{}
		return errMutated
	}
	m.last = last
	return nil
}
