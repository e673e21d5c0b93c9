package rows

import (
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

type cellColumns struct {
	Workspace       []string    `ch:"workspace"`
	Basis           []string    `ch:"basis"`
	Day             []time.Time `ch:"day"`
	Model           []string    `ch:"model"`
	Channel         []string    `ch:"channel"`
	Campaign        []string    `ch:"campaign"`
	Currency        []string    `ch:"currency"`
	Exponent        []uint8     `ch:"exponent"`
	Touchpoints     []int64     `ch:"touchpoints"`
	Conversions     []int64     `ch:"conversions_nano"`
	ConversionValue []int64     `ch:"conversion_value_minor"`
	Opportunities   []int64     `ch:"opportunities_nano"`
	Pipeline        []int64     `ch:"pipeline_minor"`
	Customers       []int64     `ch:"customers_nano"`
	Revenue         []int64     `ch:"revenue_minor"`
	RecordedAt      []int64     `ch:"recorded_at"`
	Version         []uint64    `ch:"version"`
}

type cells struct {
	table  Table
	cols   cellColumns
	models *models
	msg    pb.Cell
	// shadows takes the totals of shadow models.
	shadows *cells
}

func newCells(m *models) *cells {
	c := &cells{models: m}
	c.table = Table{Name: "cells_rows", columns: &c.cols}
	c.shadows = &cells{}
	c.shadows.table = Table{Name: "shadow_cells_rows", columns: &c.shadows.cols}
	return c
}

func (c *cells) tables() []*Table { return []*Table{&c.table, &c.shadows.table} }

func (c *cells) add(r Record) error {
	m := &c.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.Key == nil || m.Key.Basis == 0 {
		return missing("key")
	}
	if isShadow(m.Key.Model) {
		c.shadows.row(m)
		return nil
	}
	c.row(m)
	c.models.seen(m.Key.Workspace, m.Key.Model)
	return nil
}

func (c *cells) row(m *pb.Cell) {
	c.key(m.Key)
	v := m.GetValues()
	t := &c.cols
	push(&t.Touchpoints, v.GetTouchpoints())
	push(&t.Conversions, v.GetConversions())
	push(&t.ConversionValue, v.GetConversionValue())
	push(&t.Opportunities, v.GetOpportunities())
	push(&t.Pipeline, v.GetPipeline())
	push(&t.Customers, v.GetCustomers())
	push(&t.Revenue, v.GetRevenue())
	push(&t.RecordedAt, millis(m.RecordedUs))
	push(&t.Version, version(m.Version))
	c.table.added(m.RecordedUs)
}

func (c *cells) key(k *pb.CellKey) {
	t := &c.cols
	push(&t.Workspace, k.Workspace)
	push(&t.Basis, bases.of(int32(k.Basis)))
	push(&t.Day, date(k.Day))
	push(&t.Model, k.Model)
	push(&t.Channel, k.Channel)
	push(&t.Campaign, k.Campaign)
	push(&t.Currency, k.Currency)
	push(&t.Exponent, exponent(k.Currency))
}
