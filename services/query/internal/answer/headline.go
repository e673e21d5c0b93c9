package answer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// EmptyHeadline is the sentence of a workspace or a period without any figure.
const EmptyHeadline = "Nothing is recorded for this period yet."

// smallestSpendShare is how much of all spend a row needs to be named best or worst: a few coins that happened to meet a large deal are luck,
// not news.
const smallestSpendShare = 0.02

// headline says what is true now, in one sentence: where money comes back, where it does not. It claims nothing that the rows do not show.
func (b *builder) headline(t performance.Table) string {
	measure := t.MainMeasure(b.value)
	switch {
	case t.Totals.IsZero():
		return EmptyHeadline
	case measure == performance.MeasureValue && t.Totals.Spend > 0 && !b.groupBy.IsFinerThanSpend():
		return b.returns(t)
	case measure == performance.MeasureTouchpoints && t.Totals.Spend > 0:
		return fmt.Sprintf("%s spent, and no outcome is recorded yet.", b.money(t.Totals.Spend))
	case measure == performance.MeasureTouchpoints && t.Totals.Touchpoints == 0 && t.Totals.SpendMissing:
		return fmt.Sprintf("What was spent has no exchange rate to %s, and no outcome is recorded yet.", b.currency)
	case measure == performance.MeasureTouchpoints:
		return fmt.Sprintf("%s touchpoints, and no outcome is recorded yet.", readable.Integer(t.Totals.Touchpoints))
	}
	return b.largestShare(t, measure)
}

// money is an amount within a sentence: rounded for reading. What stands beside a sentence is exact.
func (b *builder) money(minor int64) string {
	return readable.Sum(money.FormatDecimal(minor, b.currency), b.currency)
}

// exact is an amount to the minor unit.
func (b *builder) exact(minor int64) string {
	return readable.Money(money.FormatDecimal(minor, b.currency), 2, b.currency)
}

// fewestOutcomes is how many customers, or conversions where there are none, a return has to rest on to be called best or worst: of fewer, one more or
// less turns the order round. The dashboard marks the same rows as "few".
const fewestOutcomes = 5

// restsOnFew says that a row's return rests on fewer than fewestOutcomes.
func restsOnFew(r performance.Row) bool {
	outcomes := r.Customers
	if outcomes == 0 {
		outcomes = r.Conversions
	}
	return outcomes < fewestOutcomes*performance.NanoUnits
}

// returns compares the best and the worst return among rows that cost something worth naming and rest on enough outcomes, and says when some do not:
// they may well return more.
func (b *builder) returns(t performance.Table) string {
	var paid, sure []performance.Row
	with := "spend"
	for _, r := range t.Rows {
		if float64(r.Spend) >= smallestSpendShare*float64(t.Totals.Spend) && r.Spend > 0 && !r.SpendMissing {
			paid = append(paid, r)
		} else if r.Spend > 0 {
			with = fmt.Sprintf("at least %.0f%% of the spend", 100*smallestSpendShare)
		}
	}
	if len(paid) == 0 {
		return b.largestShare(t, performance.MeasureValue)
	}
	slices.SortStableFunc(paid, func(x, y performance.Row) int {
		return compareFloat(*y.ROAS(b.value), *x.ROAS(b.value))
	})
	for _, r := range paid {
		if !restsOnFew(r) {
			sure = append(sure, r)
		}
	}
	if len(sure) == 0 {
		return b.tooFew(paid, with)
	}
	return b.bestAndWorst(paid, sure, with)
}

// bestAndWorst names the ends of the sure rows, best first; that one of all paid rows has returned nothing is said whatever it rests on.
func (b *builder) bestAndWorst(paid, sure []performance.Row, with string) string {
	best, worst, last := sure[0], sure[len(sure)-1], paid[len(paid)-1]
	sentence := fmt.Sprintf("%s returns %s for 1 spent%s", b.name(best), readable.Ratio(best.ROAS(b.value)), b.trend(best))
	if len(sure) < len(paid) {
		with += fmt.Sprintf(" and %d outcomes or more", fewestOutcomes)
	}
	switch {
	case len(paid) == 1:
		return sentence + "."
	case last.Value(b.value) <= 0 && best.Value(b.value) > 0:
		return fmt.Sprintf("%s; %s has cost %s and returned nothing.", sentence, b.name(last), b.money(last.Spend))
	case len(sure) == 1:
		return fmt.Sprintf("%s, the only %s with %s.", sentence, b.singular(), with)
	case readable.Ratio(best.ROAS(b.value)) == readable.Ratio(worst.ROAS(b.value)):
		return fmt.Sprintf("%s %s with %s return %s for 1 spent.", allOf(len(sure)), b.plural(), with, readable.Ratio(best.ROAS(b.value)))
	}
	return fmt.Sprintf("%s; %s returns %s, the least of %s %s with %s.",
		sentence, b.name(worst), readable.Ratio(worst.ROAS(b.value)), readable.Integer(int64(len(sure))), b.plural(), with)
}

// tooFew ranks nobody: it says what the paid rows return together, and that each rests on chance.
func (b *builder) tooFew(paid []performance.Row, with string) string {
	var sum performance.Figures
	for _, r := range paid {
		sum.Add(r.Figures)
	}
	if len(paid) == 1 {
		return fmt.Sprintf("%s returns %s for 1 spent%s, on fewer than %d outcomes.", b.name(paid[0]), readable.Ratio(sum.ROAS(b.value)), b.trend(paid[0]), fewestOutcomes)
	}
	return fmt.Sprintf("%s %s with %s return %s for 1 spent together; none rests on %d outcomes, too few to rank them.",
		allOf(len(paid)), b.plural(), with, readable.Ratio(sum.ROAS(b.value)), fewestOutcomes)
}

// allOf begins a sentence about all of so many.
func allOf(n int) string {
	if n == 2 {
		return "Both"
	}
	return fmt.Sprintf("All %d", n)
}

// trend compares with the period before, where there is one to compare with.
func (b *builder) trend(r performance.Row) string {
	if r.Previous == nil {
		return ""
	}
	before := r.Previous.ROAS(b.value)
	if before == nil {
		return ""
	}
	word := "as before"
	switch now := *r.ROAS(b.value); {
	case readable.Ratio(&now) == readable.Ratio(before):
		return ", " + word
	case now > *before:
		word = "up"
	default:
		word = "down"
	}
	return fmt.Sprintf(", %s from %s", word, readable.Ratio(before))
}

// largestShare is the sentence where nothing was spent: who brings most of what there is.
func (b *builder) largestShare(t performance.Table, m performance.Measure) string {
	all := m.Of(t.Totals.Figures, b.value)
	what := counted(readable.Count(count(all)), m)
	if m == performance.MeasureValue {
		what = b.money(all)
	}
	var top performance.Row
	for _, r := range t.Rows {
		if m.Of(r.Figures, b.value) > m.Of(top.Figures, b.value) {
			top = r
		}
	}
	if top.Key == (performance.Key{}) {
		return fmt.Sprintf("None of %s is attributed to any %s.", what, b.singular())
	}
	share := float64(m.Of(top.Figures, b.value)) / float64(all)
	sentence := fmt.Sprintf("%s brings %s of %s", b.name(top), readable.Percent(&share), what)
	if len(t.Rows) > 1 {
		sentence += fmt.Sprintf(", the most of %s %s", readable.Integer(int64(len(t.Rows))), b.plural())
	}
	switch {
	case t.Totals.SpendMissing:
		sentence += fmt.Sprintf("; spend in other currencies has no rate to %s, so there is no return to show", b.currency)
	case t.Totals.Spend == 0:
		sentence += "; no spend is recorded, so there is no return to show"
	}
	return sentence + "."
}

func (b *builder) name(r performance.Row) string {
	switch {
	case b.groupBy == performance.GroupByChannel:
		return r.Channel
	case r.Campaign+r.Detail == "":
		return r.Channel + " without a " + b.singular()
	}
	return fmt.Sprintf("%s in %s", r.Campaign+r.Detail, r.Channel)
}

func (b *builder) singular() string { return strings.ReplaceAll(string(b.groupBy), "_", " ") }

func (b *builder) plural() string {
	switch b.groupBy {
	case performance.GroupByMedium:
		return "media"
	case performance.GroupByChannel, performance.GroupByCampaign, performance.GroupByContent, performance.GroupByLandingPage, performance.GroupBySource:
	}
	return b.singular() + "s"
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
