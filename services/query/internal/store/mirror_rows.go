package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/mirror"
)

// The figures of the kinds of slices, in the order of their columns.
const (
	figuresOfCells = 6
	figuresOfSpend = 3
)

func (k sliceKey) table() string {
	if k.spend {
		return "spend_rows"
	}
	return "cells_rows"
}

func (k sliceKey) isTouches() bool { return !k.spend && k.model == "" }

func (k sliceKey) empty() *mirror.Rows {
	switch {
	case k.spend:
		return mirror.NewRows(figuresOfSpend, true)
	case k.isTouches():
		return mirror.NewRows(1, false)
	}
	return mirror.NewRows(figuresOfCells, false)
}

const (
	countOfCells = `SELECT count() FROM %s WHERE workspace = {workspace:String} AND basis = {basis:String} AND model = {model:String}`
	countOfSpend = `SELECT count() FROM %s WHERE workspace = {workspace:String}`
)

// countRows tells how many rows a slice has at most.
func (s *Store) countRows(ctx context.Context, k sliceKey) (int64, error) {
	st := statement{name: "mirror_count", text: countOfCells, args: []any{ch.Named("workspace", k.workspace), ch.Named("basis", k.basis), ch.Named("model", k.model)}}
	if k.spend {
		st.text = countOfSpend
	}
	st.text = fmt.Sprintf(st.text, s.db.Table(k.table()))
	var n uint64
	err := s.run(ctx, st, func(rows driver.Rows) error { return rows.Scan(&n) })
	return int64(n), err //nolint:gosec // no table has so many rows
}

// Rows of parts that were not read, a line per group with a list per column: a tenth of the work of a line per row. No FINAL: versions are compared where they
// are kept.
const (
	newCells = `SELECT toString(model), toString(channel), toString(campaign), toString(currency), groupUniqArray(toString(_part)), groupArray(toInt32(day)), groupArray(version),
    groupArray(''), groupArray(toUInt8(0)), groupArray(conversions_nano), groupArray(conversion_value_minor), groupArray(opportunities_nano), groupArray(pipeline_minor),
    groupArray(customers_nano), groupArray(revenue_minor), groupArray(touchpoints)
FROM %s
WHERE workspace = {workspace:String} AND basis = {basis:String} AND model IN {models:Array(String)} AND ` + isNew + `
GROUP BY model, channel, campaign, currency`
	newSpend = `SELECT '', toString(channel), toString(campaign), toString(currency), groupUniqArray(toString(_part)), groupArray(toInt32(day)), groupArray(version),
    groupArray(spend_key), groupArray(is_deleted), groupArray(spend_minor), groupArray(impressions), groupArray(clicks), emptyArrayInt64(), emptyArrayInt64(),
    emptyArrayInt64(), emptyArrayInt64()
FROM %s
WHERE workspace = {workspace:String} AND ` + isNew + `
GROUP BY channel, campaign, currency`
)

// isNew keeps rows of parts that are not known, told by the blocks in their names: partition, first and last block. The server leaves out the others without opening them.
const isNew = `NOT arrayExists((known, first, last) -> known = splitByChar('_', _part)[1] AND first <= toInt64(splitByChar('_', _part)[2]) AND toInt64(splitByChar('_', _part)[3]) <= last,
    {known:Array(String)}, {first:Array(Int64)}, {last:Array(Int64)})`

// knownArgs are the parameters of isNew.
func knownArgs(known mirror.Known) []any {
	partitions, first, last := known.Ranges()
	return []any{ch.Named("known", partitions), ch.Named("first", first), ch.Named("last", last)}
}

// batch is what was read for a slice.
type batch struct {
	groups []groupRows
	parts  []mirror.Part
}

// groupRows are the rows of a group, by column.
type groupRows struct {
	mirror.Group
	days     []int32
	versions []uint64
	keys     []string
	deleted  []uint8
	figures  [figuresOfCells + 1][]int64
}

// readRows reads what the parts that are not known hold of slices of one table, workspace and basis.
func (s *Store) readRows(ctx context.Context, keys []sliceKey, known mirror.Known) ([]batch, error) {
	models := make([]string, len(keys))
	for i, k := range keys {
		models[i] = k.model
	}
	st := statement{name: "mirror_cells", text: newCells, rows: s.cfg.MaxResultRows * 10, args: append(knownArgs(known),
		ch.Named("workspace", keys[0].workspace), ch.Named("basis", keys[0].basis), ch.Named("models", models))}
	if keys[0].spend {
		st.name, st.text = "mirror_spend", newSpend
	}
	st.text = fmt.Sprintf(st.text, s.db.Table(keys[0].table()))
	batches := make([]batch, len(keys))
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var g groupRows
		var model string
		var parts []string
		err := rows.Scan(&model, &g.Channel, &g.Campaign, &g.Currency, &parts, &g.days, &g.versions, &g.keys, &g.deleted,
			&g.figures[0], &g.figures[1], &g.figures[2], &g.figures[3], &g.figures[4], &g.figures[5], &g.figures[6])
		if err != nil {
			return err
		}
		i := slices.Index(models, model)
		if i < 0 {
			return fmt.Errorf("rows of model %q, which was not asked for", model)
		}
		b := &batches[i]
		for _, name := range parts {
			part, ok := mirror.ParsePart(name)
			if !ok {
				return fmt.Errorf("part %q has a name of another kind", name)
			}
			if !slices.ContainsFunc(b.parts, func(p mirror.Part) bool { return p.Name == name }) {
				b.parts = append(b.parts, part)
			}
		}
		if keys[i].isTouches() {
			g.figures[0] = g.figures[figuresOfCells]
		}
		b.groups = append(b.groups, g)
		return nil
	})
	return batches, err
}

// putInto puts the rows where they are kept and tells how many there were. What counts is what the statement for the same figures counts: any figure of cells, every cost that stands.
func (b batch) putInto(rows *mirror.Rows) (n int) {
	for _, g := range b.groups {
		n += len(g.days)
		row := mirror.Row{Group: g.Group, Figures: make([]int64, rows.Width())}
		for i, day := range g.days {
			row.Day, row.Version, row.Key = day, g.versions[i], g.keys[i]
			row.Counts = row.Key != ""
			for k := range row.Figures {
				row.Figures[k] = g.figures[k][i]
				row.Counts = row.Counts || row.Figures[k] != 0
			}
			row.Counts = row.Counts && g.deleted[i] == 0
			rows.Put(row)
		}
	}
	return n
}

func partNames(parts []mirror.Part) string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Name
	}
	return strings.Join(names, " ")
}
