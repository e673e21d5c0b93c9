package verify

import (
	"context"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/attributor"
)

// Prefixes of journey ids.
const (
	conversionPrefix  = "c:"
	opportunityPrefix = "o:"
)

// touchpoint is what a touchpoint's row shows.
type touchpoint struct {
	visitor, person, account, kind, channel, source, medium, campaign string
	ms                                                                int64
	bot                                                               bool
}

func (c *comparison) touchpoints(ctx context.Context, p *Part) error {
	want := make(map[attributor.ID]touchpoint, len(c.truth.Touchpoints))
	for id, t := range c.truth.Touchpoints {
		want[id] = touchpoint{
			t.Visitor, t.PersonID, t.Account, string(t.Kind), t.Channel, t.Source, t.Medium, t.Campaign, t.Key.OccurredUS / 1000, t.IsBot,
		}
	}
	err := c.db.each(ctx, `SELECT workspace, touchpoint_id, visitor_id, person_id, account_id, kind, channel, source, medium, campaign,
		toUnixTimestamp64Milli(occurred_at), is_bot`+c.db.current("touchpoints_rows"), func(scan func(...any) error) error {
		var id attributor.ID
		var got touchpoint
		var bot uint8
		if err := scan(&id.Workspace, &id.ID, &got.visitor, &got.person, &got.account, &got.kind, &got.channel, &got.source, &got.medium,
			&got.campaign, &got.ms, &bot); err != nil {
			return err
		}
		got.bot = bot == 1
		match(p, want, id, got)
		return nil
	})
	missing(p, want)
	return err
}

// conversion is what a conversion's row shows.
type conversion struct {
	kind, visitor, person, account, currency string
	ms, value                                int64
	primary, hasValue                        bool
}

func (c *comparison) conversions(ctx context.Context, p *Part) error {
	want := make(map[attributor.ID]conversion, len(c.truth.Conversions))
	for id, v := range c.truth.Conversions {
		want[id] = conversion{
			v.Type, v.Visitor, v.Person, v.Account, v.Currency, v.Key.OccurredUS / 1000, v.ValueMinor, v.IsPrimary, v.HasValue,
		}
	}
	err := c.db.each(ctx, `SELECT workspace, conversion_id, type, visitor_id, person_id, account_id, currency, toUnixTimestamp64Milli(occurred_at),
		value_minor, is_primary, has_value`+c.db.current("conversions_rows"), func(scan func(...any) error) error {
		var id attributor.ID
		var got conversion
		var primary, hasValue uint8
		if err := scan(&id.Workspace, &id.ID, &got.kind, &got.visitor, &got.person, &got.account, &got.currency, &got.ms, &got.value,
			&primary, &hasValue); err != nil {
			return err
		}
		got.primary, got.hasValue = primary == 1, hasValue == 1
		match(p, want, id, got)
		fact := attribution.Conversion{HasValue: got.hasValue, ValueMinor: got.value}
		c.expected[journeyKey{id.Workspace, conversionPrefix + id.ID}] = fact.Measures()
		return nil
	})
	missing(p, want)
	return err
}

// opportunity is what an opportunity's row shows.
type opportunity struct {
	account, pipeline, stage, currency, system string
	won, closed, hasAmount                     bool
	amount, createdMS, closedMS                int64
	chance                                     int32
}

func (c *comparison) opportunities(ctx context.Context, p *Part) error {
	want := map[attributor.ID]opportunity{}
	for id, o := range c.truth.Opportunities {
		if !o.IsDeleted {
			want[id] = opportunity{
				o.Account, o.Pipeline, o.Stage, o.Currency, o.SourceSystem, o.IsWon, o.IsClosed, o.HasAmount, o.AmountMinor,
				o.CreatedUS / 1000, o.ClosedUS / 1000, chance(o.Probability),
			}
		}
	}
	err := c.db.each(ctx, `SELECT workspace, opportunity_id, account_id, pipeline, stage, currency, source_system, is_won, is_closed, has_amount,
		amount_minor, toUnixTimestamp64Milli(created_at), toUnixTimestamp64Milli(closed_at), probability_ppm`+c.db.current("opportunities_rows"),
		func(scan func(...any) error) error {
			var id attributor.ID
			var got opportunity
			var won, closed, hasAmount uint8
			if err := scan(&id.Workspace, &id.ID, &got.account, &got.pipeline, &got.stage, &got.currency, &got.system, &won, &closed, &hasAmount,
				&got.amount, &got.createdMS, &got.closedMS, &got.chance); err != nil {
				return err
			}
			got.won, got.closed, got.hasAmount = won == 1, closed == 1, hasAmount == 1
			match(p, want, id, got)
			fact := attribution.Opportunity{IsWon: got.won, IsClosed: got.closed, HasAmount: got.hasAmount, AmountMinor: got.amount}
			c.expected[journeyKey{id.Workspace, opportunityPrefix + id.ID}] = fact.Measures()
			return nil
		})
	missing(p, want)
	return err
}

// visitKey addresses a stay in a stage.
type visitKey struct {
	attributor.ID
	enteredUS int64
}

type visit struct {
	stage, sourceStage string
	leftMS, amount     int64
	chance             int32
}

// chance is a probability as the tables have it.
func chance(p attribution.Probability) int32 {
	if !p.IsKnown {
		return -1
	}
	return int32(p.PPM) //nolint:gosec // at most a million
}

func (c *comparison) stages(ctx context.Context, p *Part) error {
	want := map[visitKey]visit{}
	for id, o := range c.truth.Opportunities {
		if o.IsDeleted {
			continue
		}
		for _, v := range o.Visits {
			want[visitKey{id, v.EnteredUS}] = visit{v.Stage, v.SourceStage, v.LeftUS / 1000, v.AmountMinor, chance(v.Probability)}
		}
	}
	err := c.db.each(ctx, `SELECT workspace, opportunity_id, entered_us, stage, source_stage, toUnixTimestamp64Milli(left_at), amount_minor, probability_ppm`+
		c.db.current("opportunity_stages_rows"), func(scan func(...any) error) error {
		var key visitKey
		var got visit
		if err := scan(&key.Workspace, &key.ID.ID, &key.enteredUS, &got.stage, &got.sourceStage, &got.leftMS, &got.amount, &got.chance); err != nil {
			return err
		}
		match(p, want, key, got)
		return nil
	})
	missing(p, want)
	return err
}

// match compares one row with what it should be, and ticks it off.
func match[K, V comparable](p *Part, want map[K]V, key K, got V) {
	p.Compared++
	w, ok := want[key]
	switch {
	case !ok:
		p.differ(key, " is in ClickHouse, and should not be: %+v", got)
	case w != got:
		p.differ(key, " is %+v in ClickHouse, and should be %+v", got, w)
	}
	delete(want, key)
}

// missing reports what was not ticked off.
func missing[K, V comparable](p *Part, want map[K]V) {
	for key, w := range want {
		p.Compared++
		p.differ(key, " is missing in ClickHouse: %+v", w)
	}
}
