package store

import (
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// branch is one source of facts. Each is summed on its own, by as few keys as it has, before they come together: grouping some hundred thousand rows by
// all seven keys of a fact cost as much as reading them.
type branch struct {
	// text selects day, channel, campaign, the keys named below, and figures.
	text string
	// model, currency and detail say which keys the branch has; what it lacks is empty in all its rows.
	model, currency, detail bool
	figures                 []string
}

// outcomes are the figures that credit shares out.
var outcomes = []string{"conversions", "conversion_value", "opportunities", "pipeline", "customers", "revenue"}

// allFigures are the columns of a fact, in the order that Facts scans them.
var allFigures = append([]string{"spend", "impressions", "clicks", "touchpoints"}, outcomes...)

// groupKey is a column of a fact and the expression that a branch groups by; a constant is no key.
type groupKey struct{ name, expression string }

func (k groupKey) isConstant() bool { return k.expression == "''" || k.expression == "toDate(0)" }

// keys are what a branch is grouped by.
func (q FactsQuery) keys(b branch) []groupKey {
	campaign, day := byChannel, "toDate(0)"
	if q.Convert && b.currency {
		campaign, day = byForeignCampaign, "if(currency NOT IN ('', {currency:String}), day, toDate(0))"
	}
	if q.GroupBy == performance.GroupByCampaign {
		campaign = byCampaign
	}
	of := func(has bool, column string) string {
		if has {
			return column
		}
		return "''"
	}
	return []groupKey{
		{"channel_key", "channel"},
		{"campaign_key", campaign},
		{"detail_key", of(b.detail, "detail")},
		{"model_key", of(b.model, "model")},
		{"currency_key", of(b.currency, "currency")},
		{"rate_day", day},
		{"step", q.step()},
	}
}

// sums is a branch summed by its keys. The keys are text from here on: a union would turn what has few values into text row by row otherwise.
func (q FactsQuery) sums(b branch) string {
	columns, groups := []string{}, []string{}
	for _, key := range q.keys(b) {
		switch {
		case key.isConstant():
			columns = append(columns, key.expression+" AS "+key.name)
		case strings.HasSuffix(key.name, "_key"):
			columns = append(columns, "toString("+key.expression+") AS "+key.name)
			groups = append(groups, key.expression)
		default:
			columns = append(columns, key.expression+" AS "+key.name)
			groups = append(groups, key.expression)
		}
	}
	columns = append(columns, "min(day) AS first_day", "max(day) AS last_day")
	for _, figure := range allFigures {
		if slices.Contains(b.figures, figure) {
			columns = append(columns, "sum("+figure+") AS of_"+figure)
		} else {
			columns = append(columns, "toInt64(0) AS of_"+figure)
		}
	}
	return "SELECT " + strings.Join(columns, ", ") + "\nFROM (" + b.text + ")\nGROUP BY " + strings.Join(groups, ", ")
}

// summed is the statement that sums branches and brings them together.
func (q FactsQuery) summed(branches []branch) string {
	parts, figures, counts := []string{}, []string{}, []string{}
	for _, b := range branches {
		parts = append(parts, q.sums(b))
	}
	for _, figure := range allFigures {
		figures = append(figures, "sum(of_"+figure+") AS "+figure)
		counts = append(counts, figure+" != 0")
	}
	return "SELECT channel_key, campaign_key, detail_key, model_key, currency_key, rate_day, step, min(first_day), max(last_day),\n    " +
		strings.Join(figures, ", ") + "\nFROM (\n" + strings.Join(parts, "\nUNION ALL\n") +
		"\n)\nGROUP BY channel_key, campaign_key, detail_key, model_key, currency_key, rate_day, step\nHAVING " + strings.Join(counts, " OR ")
}
