package store

import (
	"context"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/quality"
)

// QualityQuery asks for what tracking is judged by.
type QualityQuery struct {
	Workspace string
	// From and To are the days looked at, both included; nil: the last 28 up to Today, or up to the last with data where that is long ago.
	From, To *performance.Day
	Today    performance.Day
	// Channel and Campaign keep one; empty: all.
	Channel, Campaign string
}

// qualityDays is the length of the period when none is asked for.
const qualityDays = 28

// longAgo is after how many days without any data nobody waits for more: a history that was imported is judged by its own end. Whoever's data ended
// more recently wants to know that it did.
const longAgo = 60

// listMax bounds every list; what is beyond is rare by definition.
const listMax = 500

const (
	qualityExtentText = `SELECT toDate(greatest(
    (SELECT max(occurred_at) FROM %[1]s WHERE workspace = {workspace:String} AND occurred_at < now() + INTERVAL 2 DAY),
    (SELECT max(occurred_at) FROM %[2]s WHERE workspace = {workspace:String} AND occurred_at < now() + INTERVAL 2 DAY))) AS day, greatest(
    (SELECT max(received_at) FROM %[1]s WHERE workspace = {workspace:String}),
    (SELECT max(received_at) FROM %[2]s WHERE workspace = {workspace:String}),
    (SELECT max(received_at) FROM %[3]s WHERE workspace = {workspace:String})) AS received,
    (SELECT max(day) FROM %[3]s WHERE workspace = {workspace:String}) AS spent`

	// inQuestion is what the lists of touchpoints have in common. Constants of the texts, never a client's words.
	inQuestion = `workspace = {workspace:String} AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date}
      AND ({channel:String} = '' OR channel = {channel:String}) AND ({campaign:String} = '' OR campaign = {campaign:String})`

	qualityTotalsText = `SELECT toDate(occurred_at) >= {current:Date} AS is_current,
    toInt64(countIf(is_visit)), toInt64(countIf(is_visit AND evidence = 'utm')), toInt64(countIf(is_visit AND evidence = 'click_id' AND campaign = '')),
    toInt64(countIf(is_visit AND evidence = 'none')), toInt64(countIf(is_visit AND tag_faults NOT IN ('', 'self_referral', 'unassigned'))),
    toInt64(countIf(is_visit AND channel = 'Unassigned')), toInt64(countIf(is_visit AND has(splitByChar(',', tag_faults), 'self_referral'))),
    toInt64(countIf(is_visit AND consent = 'denied')), toInt64(countIf(is_bot = 1))
FROM (SELECT *, is_bot = 0 AND kind = 'visit' AS is_visit FROM %[1]s FINAL WHERE ` + inQuestion + `)
GROUP BY is_current`

	qualityCountsText = `SELECT is_current, toInt64(sum(conversions)), toInt64(sum(refused)) FROM (
    SELECT toDate(occurred_at) >= {current:Date} AS is_current, count() AS conversions, 0 AS refused FROM %[2]s FINAL
    WHERE workspace = {workspace:String} AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date} GROUP BY is_current
    UNION ALL
    SELECT toDate(received_at) >= {current:Date} AS is_current, 0, count() FROM %[4]s FINAL
    WHERE workspace = {workspace:String} AND toDate(received_at) BETWEEN {from:Date} AND {to:Date} GROUP BY is_current
) GROUP BY is_current`

	qualityFaultsText = `SELECT fault, channel, source, medium, campaign, any(landing_page), toInt64(countIf(fault != '')) AS visits, toInt64(any(of)), max(occurred_at)
FROM (
    SELECT *, count() OVER (PARTITION BY channel, source, medium, campaign) AS of FROM %[1]s FINAL WHERE is_bot = 0 AND kind = 'visit' AND ` + inQuestion + `
) ARRAY JOIN splitByChar(',', tag_faults) AS fault
WHERE fault NOT IN ('', 'self_referral')
GROUP BY fault, channel, source, medium, campaign ORDER BY visits DESC, fault, source, medium, campaign LIMIT {list:UInt32}`

	// A list is name, source, medium, campaign, page, count, last. Each of the next texts makes one.
	qualityClickOnlyText = `SELECT click_id_type, source, medium, '', any(landing_page), toInt64(count()) AS n, max(occurred_at) FROM %[1]s FINAL
WHERE is_bot = 0 AND kind = 'visit' AND evidence = 'click_id' AND campaign = '' AND ` + inQuestion + `
GROUP BY click_id_type, source, medium ORDER BY n DESC, click_id_type LIMIT {list:UInt32}`

	qualityUnassignedText = `SELECT '', source, medium, any(campaign), any(landing_page), toInt64(count()) AS n, max(occurred_at) FROM %[1]s FINAL
WHERE is_bot = 0 AND kind = 'visit' AND channel = 'Unassigned' AND ` + inQuestion + `
GROUP BY source, medium ORDER BY n DESC, source, medium LIMIT {list:UInt32}`

	qualitySelfText = `SELECT '', '', '', '', landing_page, toInt64(count()) AS n, max(occurred_at) FROM %[1]s FINAL
WHERE is_bot = 0 AND kind = 'visit' AND has(splitByChar(',', tag_faults), 'self_referral') AND ` + inQuestion + `
GROUP BY landing_page ORDER BY n DESC, landing_page LIMIT {list:UInt32}`

	qualityBotsText = `SELECT bot_reason, '', '', '', any(landing_page), toInt64(count()) AS n, max(occurred_at) FROM %[1]s FINAL
WHERE is_bot = 1 AND ` + inQuestion + ` GROUP BY bot_reason ORDER BY n DESC, bot_reason LIMIT {list:UInt32}`

	qualityRefusedText = `SELECT code, endpoint, any(reason), '', field, toInt64(count()) AS n, max(received_at) FROM %[4]s FINAL
WHERE workspace = {workspace:String} AND toDate(received_at) BETWEEN {from:Date} AND {to:Date}
GROUP BY code, endpoint, field ORDER BY n DESC, code, endpoint, field LIMIT {list:UInt32}`

	// What is paid is said by the channel's name: those of the shipped rules, and whatever a workspace calls Paid.
	qualityCampaignsText = `SELECT any(channel), source, medium, campaign, campaign_id, max(channel LIKE 'Paid %%' OR channel IN ('Display', 'Cross-network', 'Affiliates')),
    toInt64(count()) AS n, max(occurred_at) FROM %[1]s FINAL
WHERE is_bot = 0 AND (campaign != '' OR campaign_id != '') AND ` + inQuestion + `
GROUP BY source, medium, campaign, campaign_id ORDER BY n DESC, source, medium, campaign, campaign_id LIMIT {many:UInt32}`

	qualitySpendText = `SELECT any(platform), any(channel), any(source), any(medium), campaign, campaign_id, currency, any(exponent), toInt64(sum(spend_minor)) AS cost, toInt64(sum(clicks)), max(day)
FROM %[5]s FINAL
WHERE workspace = {workspace:String} AND day BETWEEN {from:Date} AND {to:Date} AND ({channel:String} = '' OR channel = {channel:String})
  AND ({campaign:String} = '' OR campaign = {campaign:String})
GROUP BY campaign, campaign_id, currency ORDER BY cost DESC, campaign, campaign_id LIMIT {many:UInt32}`

	qualityConversionsText = `SELECT type, toDate(occurred_at) AS day, toInt64(count()), toInt64(countIf(has_value = 1)), toInt64(countIf(has_value = 1 AND value_minor = 0)),
    toInt64(countIf(before > toDateTime64(0, 3, 'UTC') AND dateDiff('second', before, occurred_at) <= 60))
FROM (
    SELECT *, lagInFrame(occurred_at, 1, toDateTime64(0, 3, 'UTC')) OVER (
        PARTITION BY type, if(person_id != '', person_id, visitor_id) ORDER BY occurred_at, conversion_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
    FROM %[2]s FINAL
    WHERE workspace = {workspace:String} AND toDate(occurred_at) BETWEEN {history:Date} AND {last:Date}
) GROUP BY type, day ORDER BY type, day`
)

// Quality reads what tracking is judged by. Without any data the answer is empty.
func (s *Store) Quality(ctx context.Context, q QualityQuery) (*quality.Data, error) {
	d := &quality.Data{Workspace: q.Workspace}
	last, err := s.qualityExtent(ctx, q, d)
	if err != nil || d.RecordedAt.IsZero() {
		return d, err
	}
	if last < q.Today && q.Today-last <= longAgo {
		last = q.Today
	}
	to := last
	if q.To != nil {
		to = *q.To
	}
	from := to - qualityDays + 1
	if q.From != nil {
		from = *q.From
	}
	d.From, d.To, d.LastDay = int(from), int(to), int(last)
	if q.To != nil && *q.To < last {
		d.LastDay = int(*q.To)
	}
	p := qualityPeriod{q: q, from: from, to: to, last: performance.Day(d.LastDay)}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4) // the sections are many, and none is urgent
	for _, read := range []func(context.Context, qualityPeriod, *quality.Data) error{
		s.qualityTotals, s.qualityCounts, s.qualityFaults, s.qualityCampaigns, s.qualitySpend, s.qualityConversions, s.qualityLists,
	} {
		group.Go(func() error { return read(ctx, p, d) })
	}
	return d, group.Wait()
}

type qualityPeriod struct {
	q              QualityQuery
	from, to, last performance.Day
}

// statement fills a text's tables in, and gives it every parameter that any of the texts has.
func (s *Store) qualityStatement(name, text string, p qualityPeriod, from performance.Day) statement {
	t := s.tables()
	return statement{
		name: "quality_" + name,
		text: fmt.Sprintf(text, t.touchpoints, s.db.Table("conversions_rows"), t.spend, s.db.Table("rejected_rows"), t.spend),
		args: []any{
			ch.Named("workspace", p.q.Workspace), ch.Named("from", from.String()), ch.Named("to", p.to.String()), ch.Named("current", p.from.String()),
			ch.Named("channel", p.q.Channel), ch.Named("campaign", p.q.Campaign), ch.Named("list", uint32(listMax)), ch.Named("many", uint32(20*listMax)),
			ch.Named("history", (p.last - quality.HistoryDays + 1).String()), ch.Named("last", p.last.String()),
		},
	}
}

func (s *Store) qualityExtent(ctx context.Context, q QualityQuery, d *quality.Data) (last performance.Day, err error) {
	t := s.tables()
	st := statement{
		name: "quality_extent", text: fmt.Sprintf(qualityExtentText, t.touchpoints, s.db.Table("conversions_rows"), t.spend), args: []any{ch.Named("workspace", q.Workspace)},
	}
	var day, received, spent time.Time
	err = s.run(ctx, st, func(rows driver.Rows) error { return rows.Scan(&day, &received, &spent) })
	if day.Unix() <= 0 {
		day = spent // nothing but costs so far
	}
	if received.Unix() > 0 {
		d.RecordedAt = received
	}
	return performance.DayOf(day), err
}

func (s *Store) qualityTotals(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	before := p.from - (p.to - p.from + 1)
	return s.run(ctx, s.qualityStatement("totals", qualityTotalsText, p, before), func(rows driver.Rows) error {
		var current uint8
		var t quality.Counts
		if err := rows.Scan(&current, &t.Visits, &t.Tagged, &t.ClickOnly, &t.Direct, &t.Faulty, &t.Unassigned, &t.SelfReferral, &t.Denied, &t.Bots); err != nil {
			return err
		}
		into := &d.Before
		if current == 1 {
			into = &d.Current
		}
		// Conversions and refusals are counted elsewhere, at the same time.
		into.Visits, into.Tagged, into.ClickOnly, into.Direct, into.Faulty = t.Visits, t.Tagged, t.ClickOnly, t.Direct, t.Faulty
		into.Unassigned, into.SelfReferral, into.Denied, into.Bots = t.Unassigned, t.SelfReferral, t.Denied, t.Bots
		return nil
	})
}

func (s *Store) qualityCounts(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	before := p.from - (p.to - p.from + 1)
	return s.run(ctx, s.qualityStatement("counts", qualityCountsText, p, before), func(rows driver.Rows) error {
		var current uint8
		var converted, refused int64
		if err := rows.Scan(&current, &converted, &refused); err != nil {
			return err
		}
		into := &d.Before
		if current == 1 {
			into = &d.Current
		}
		into.Conversions, into.Refused = converted, refused
		return nil
	})
}

func (s *Store) qualityFaults(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	return s.run(ctx, s.qualityStatement("faults", qualityFaultsText, p, p.from), func(rows driver.Rows) error {
		var f quality.Fault
		err := rows.Scan(&f.Code, &f.Channel, &f.Source, &f.Medium, &f.Campaign, &f.Page, &f.Visits, &f.Of, &f.LastAt)
		d.Faults = append(d.Faults, f)
		return err
	})
}

func (s *Store) qualityCampaigns(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	return s.run(ctx, s.qualityStatement("campaigns", qualityCampaignsText, p, p.from), func(rows driver.Rows) error {
		var c quality.Campaign
		var paid uint8
		err := rows.Scan(&c.Channel, &c.Source, &c.Medium, &c.Campaign, &c.CampaignID, &paid, &c.Visits, &c.LastAt)
		c.IsPaid = paid == 1
		d.Campaigns = append(d.Campaigns, c)
		return err
	})
}

func (s *Store) qualitySpend(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	return s.run(ctx, s.qualityStatement("spend", qualitySpendText, p, p.from), func(rows driver.Rows) error {
		var c quality.Cost
		var last time.Time
		err := rows.Scan(&c.Platform, &c.Channel, &c.Source, &c.Medium, &c.Campaign, &c.CampaignID, &c.Currency, &c.Exponent, &c.Minor, &c.Clicks, &last)
		c.LastDay = int(performance.DayOf(last))
		d.Spend = append(d.Spend, c)
		return err
	})
}

func (s *Store) qualityConversions(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	return s.run(ctx, s.qualityStatement("conversions", qualityConversionsText, p, p.from), func(rows driver.Rows) error {
		var c quality.ConversionDay
		var day time.Time
		err := rows.Scan(&c.Type, &day, &c.Count, &c.Valued, &c.Zero, &c.Duplicates)
		c.Day = int(performance.DayOf(day))
		d.Conversions = append(d.Conversions, c)
		return err
	})
}

func (s *Store) qualityLists(ctx context.Context, p qualityPeriod, d *quality.Data) error {
	for _, list := range []struct {
		name, text string
		into       *[]quality.Group
	}{
		{"click_only", qualityClickOnlyText, &d.ClickOnly},
		{"unassigned", qualityUnassignedText, &d.Unassigned},
		{"self", qualitySelfText, &d.SelfReferrals},
		{"bots", qualityBotsText, &d.Bots},
		{"refused", qualityRefusedText, &d.Refusals},
	} {
		err := s.run(ctx, s.qualityStatement(list.name, list.text, p, p.from), func(rows driver.Rows) error {
			var g quality.Group
			err := rows.Scan(&g.Name, &g.Source, &g.Medium, &g.Campaign, &g.Page, &g.Count, &g.LastAt)
			if list.name == "refused" {
				g.Field, g.Page = g.Page, ""
			}
			*list.into = append(*list.into, g)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
