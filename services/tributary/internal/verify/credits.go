package verify

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/attributor"
)

// groupLimit keeps the sums of a long ledger within a small server's memory.
const groupLimit = " SETTINGS max_bytes_before_external_group_by = 200000000"

// credit is what a credit's row shows of one measure. Of the unattributed line only the amount and currency mean something.
type credit struct {
	amount                                        int64
	currency, positions, channel, campaign, owner string
	parts, partsTotal                             uint64
	touchMS                                       int64
}

func (c *comparison) credits(ctx context.Context, p *Part) error {
	want := make(map[attributor.CreditKey]credit, len(c.truth.Credits))
	for key, t := range c.truth.Credits {
		if t.Amount == 0 {
			continue
		}
		w := credit{amount: t.Amount, currency: t.Currency}
		if key.Touchpoint != "" {
			w.positions, w.channel, w.campaign, w.owner = positionNames(t.Positions), t.Channel, t.Campaign, t.Person
			w.parts, w.partsTotal, w.touchMS = t.Parts, t.PartsTotal, t.TouchUS/1000
		}
		want[key] = w
	}
	var errs []error
	for _, table := range []string{"credits_rows", "shadow_credits_rows"} {
		errs = append(errs, c.creditRows(ctx, p, table, want))
	}
	missing(p, want)
	return errors.Join(errs...)
}

// creditRows compares the rows of one table.
func (c *comparison) creditRows(ctx context.Context, p *Part, table string, want map[attributor.CreditKey]credit) error {
	measures := []attribution.Measure{
		attribution.MeasureConversions, attribution.MeasureConversionValue, attribution.MeasureOpportunities, attribution.MeasurePipeline,
		attribution.MeasureCustomers, attribution.MeasureRevenue,
	}
	return c.db.each(ctx, `SELECT workspace, journey_id, model, touchpoint_id, currency, positions, channel, campaign, person_id, parts, parts_total,
		toUnixTimestamp64Milli(touched_at), conversions_nano, conversion_value_minor, opportunities_nano, pipeline_minor, customers_nano,
		revenue_minor`+c.db.current(table), func(scan func(...any) error) error {
		var key attributor.CreditKey
		var got credit
		var amounts [6]int64
		if err := scan(&key.Workspace, &key.Journey, &key.Model, &key.Touchpoint, &got.currency, &got.positions, &got.channel, &got.campaign,
			&got.owner, &got.parts, &got.partsTotal, &got.touchMS, &amounts[0], &amounts[1], &amounts[2], &amounts[3], &amounts[4],
			&amounts[5]); err != nil {
			return err
		}
		if key.Touchpoint == "" {
			got = credit{currency: got.currency}
		}
		for i, amount := range amounts {
			if amount == 0 {
				continue
			}
			got.amount, key.Measure = amount, measures[i]
			match(p, want, key, got)
			c.sums[sumKey{journeyKey{key.Workspace, key.Journey}, key.Model, key.Measure}] += amount
		}
		return nil
	})
}

// ledger compares the sum of all postings of each credit with the credit.
func (c *comparison) ledger(ctx context.Context, p *Part) error {
	want := make(map[attributor.CreditKey]int64, len(c.truth.Credits))
	for key, t := range c.truth.Credits {
		// Shadows have no postings.
		if _, _, shadow := attribution.SplitShadow(key.Model); !shadow && t.Amount != 0 {
			want[key] = t.Amount
		}
	}
	err := c.db.each(ctx, `SELECT workspace, journey_id, model, measure, touchpoint_id, sum(delta_minor) AS balance`+c.db.current("ledger_rows")+
		` GROUP BY workspace, journey_id, model, measure, touchpoint_id HAVING balance != 0`+groupLimit, func(scan func(...any) error) error {
		var key attributor.CreditKey
		var measure string
		var balance int64
		if err := scan(&key.Workspace, &key.Journey, &key.Model, &measure, &key.Touchpoint, &balance); err != nil {
			return err
		}
		key.Measure = attribution.Measure(measure)
		match(p, want, key, balance)
		return nil
	})
	missing(p, want)
	return err
}

func (c *comparison) cells(ctx context.Context, p *Part) error {
	want := make(map[attributor.CellKey]attributor.CellValues, len(c.truth.Cells))
	for key, v := range c.truth.Cells {
		want[key] = v
	}
	var errs []error
	for _, table := range []string{"cells_rows", "shadow_cells_rows"} {
		errs = append(errs, c.cellRows(ctx, p, table, want))
	}
	missing(p, want)
	return errors.Join(errs...)
}

// cellRows compares the rows of one table.
func (c *comparison) cellRows(ctx context.Context, p *Part, table string, want map[attributor.CellKey]attributor.CellValues) error {
	return c.db.each(ctx, `SELECT workspace, basis, toInt32(toRelativeDayNum(day)), model, channel, campaign, currency, touchpoints, conversions_nano,
		conversion_value_minor, opportunities_nano, pipeline_minor, customers_nano, revenue_minor`+c.db.current(table),
		func(scan func(...any) error) error {
			var key attributor.CellKey
			var got attributor.CellValues
			if err := scan(&key.Workspace, &key.Basis, &key.Day, &key.Model, &key.Channel, &key.Campaign, &key.Currency, &got.Touchpoints,
				&got.Conversions, &got.ConversionValue, &got.Opportunities, &got.Pipeline, &got.Customers, &got.Revenue); err != nil {
				return err
			}
			if got != (attributor.CellValues{}) {
				match(p, want, key, got)
			}
			return nil
		})
}

// positionNames words a set of positions as the rows do.
func positionNames(p attribution.Position) string {
	names := []string{"first_touch", "lead_creation", "opportunity_creation", "closed_won", "middle"}
	var held []string
	for i := range 32 {
		switch bit := attribution.Position(1) << i; {
		case p&bit == 0:
		case i < len(names):
			held = append(held, names[i])
		default:
			held = append(held, "stage_"+strconv.Itoa(i-len(names)+1))
		}
	}
	return strings.Join(held, ",")
}
