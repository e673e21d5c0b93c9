// Package performance turns what ClickHouse holds into the table people decide by: spend beside what it earned, per channel or campaign,
// under one model and one date basis, with the unattributed line and the coverage always in it.
//
// Everything here is a pure function of its arguments. Money is integer minor units of one currency, counts are nano-units (1e-9 of one)
// because credit shares them out, and no float is ever summed.
package performance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Unattributed is the channel of what no touchpoint earned, as cells and reports spell it.
const Unattributed = "(unattributed)"

// NanoUnits is how many nano-units make one conversion, opportunity or customer.
const NanoUnits = 1_000_000_000

// Basis is the date a figure counts on.
type Basis string

// The date bases: when the touch happened, or when the conversion or the close did.
const (
	BasisTouch Basis = "touch"
	BasisClose Basis = "close"
)

// GroupBy is what a row stands for.
type GroupBy string

// The groupings. Every row also names its channel.
const (
	GroupByChannel     GroupBy = "channel"
	GroupByCampaign    GroupBy = "campaign"
	GroupByContent     GroupBy = "content"
	GroupByLandingPage GroupBy = "landing_page"
	GroupBySource      GroupBy = "source"
	GroupByMedium      GroupBy = "medium"
)

// Groupings are all of them.
func Groupings() []GroupBy {
	return []GroupBy{GroupByChannel, GroupByCampaign, GroupByContent, GroupByLandingPage, GroupBySource, GroupByMedium}
}

// HasDetail says that rows are finer than the roll-up: they come from credits and touchpoints, not from cells.
func (g GroupBy) HasDetail() bool { return g != GroupByChannel && g != GroupByCampaign }

// IsFinerThanSpend says that platforms bill by what is wider than a row: the cost of all ads of a campaign stands where no ad is named, and earns nothing there.
func (g GroupBy) IsFinerThanSpend() bool { return g == GroupByContent || g == GroupByLandingPage }

// ValueBasis is what counts as return in ROI, ROAS and the headline.
type ValueBasis string

// The value bases. Revenue is the amounts of won opportunities; conversion value is what conversions carried. Both is their sum: a shop has
// only the one, a B2B funnel mostly only the other, so the sum is right for either; a workspace whose purchases are also won opportunities
// picks one of the two, or it would count them twice.
const (
	ValueBoth            ValueBasis = "both"
	ValueRevenue         ValueBasis = "revenue"
	ValueConversionValue ValueBasis = "conversion_value"
)

// Day is a calendar day in UTC, in days since the Unix epoch.
type Day int32

const secondsPerDay = 24 * 60 * 60

// The first and the last day that ClickHouse's Date can hold: what bounds an open period.
const (
	FirstDay Day = 0
	LastDay  Day = 1<<16 - 1
)

// ParseDay reads a day written as 2026-01-31, from FirstDay to LastDay.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day written as 2026-01-31", s)
	}
	if t.Before(FirstDay.Time()) || t.After(LastDay.Time()) {
		return 0, fmt.Errorf("%s is not a day from %s to %s", s, FirstDay, LastDay)
	}
	return DayOf(t), nil
}

// DayOf is the day that t falls on in UTC.
func DayOf(t time.Time) Day {
	seconds := t.Unix()
	if seconds < 0 {
		seconds -= secondsPerDay - 1
	}
	return Day(seconds / secondsPerDay)
}

// Time is the day's midnight in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String writes the day as 2026-01-31.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// Period is a range of days, both ends included.
type Period struct {
	From, To Day
}

// Days is how many days the period has, 0 when it is empty.
func (p Period) Days() int { return max(0, int(p.To)-int(p.From)+1) }

// Extent is what facts cover, which decides what a question without a period or a currency means.
type Extent struct {
	// HasData is false when there is neither spend, nor touches, nor credit; the period is then meaningless.
	HasData bool
	// Period runs from the first to the last day with any figure.
	Period Period
	// Currencies of money other than zero, the one with most facts first.
	Currencies []string
}

// ExtentOf is what facts cover.
func ExtentOf(facts []Fact) Extent {
	var e Extent
	uses := map[string]int{}
	for _, f := range facts {
		if !e.HasData {
			e.HasData, e.Period = true, f.Days
		}
		e.Period = Period{From: min(e.Period.From, f.Days.From), To: max(e.Period.To, f.Days.To)}
		if f.hasMoney() {
			uses[f.Currency]++
		}
	}
	e.Currencies = slices.SortedFunc(maps.Keys(uses), func(a, b string) int {
		return cmp.Or(cmp.Compare(uses[b], uses[a]), cmp.Compare(a, b))
	})
	return e
}
