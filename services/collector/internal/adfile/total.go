package adfile

import (
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// A total that is counted as a cost doubles the report, and a campaign that is taken for a total vanishes from it. So a row is a total by its place (it has no day where the others
// have one) or by its amount (it is the sum of the others), and never by its name alone.

// totalWords begin totals, as the platforms and spreadsheets write them.
func totalWords() []string {
	return []string{
		"total", "grand total", "overall total", "subtotal", "sub-total", "sub total", "sum", "gesamt", "gesamtsumme", "summe", "zwischensumme", "insgesamt", "totaal", "somme", "sous-total", "totale", "totaux", "suma",
		"razem", "celkem", "итого", "всего", "合計", "合计", "总计", "總計",
	}
}

// isTotalName tells whether a cell says of itself that it is a total: the word alone, or followed by what it is the total of ("Total: Account", "Total of 2 results", "Overall total - 12
// rows"). sure is what no campaign is called.
func isTotalName(cell string) (is, sure bool) {
	cell = strings.ToLower(strings.TrimSpace(cell))
	for _, word := range totalWords() {
		rest, ok := strings.CutPrefix(cell, word)
		switch {
		case !ok:
		case strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, " of ") || strings.HasPrefix(rest, " (") || strings.Contains(word, " "):
			return true, true
		case rest == "" || rest == "s" || strings.HasPrefix(rest, " - "):
			is = true
		}
	}
	return is, false
}

// looksTotal tells whether a cell begins as totals do, and campaigns may.
func looksTotal(cell string) bool {
	cell = strings.ToLower(cell)
	return slices.ContainsFunc(totalWords(), func(word string) bool { return strings.HasPrefix(cell, word) })
}

// name is the row's first text that is no date.
func (r *report) name(row *tabular.Row) string {
	for _, c := range row.Cells {
		if _, isDay := dates.ParseDay(c, r.order); !numbers.IsNothing(c) && !isDay {
			return c
		}
	}
	return ""
}

// isDated tells whether a row has a day of its own.
func (r *report) isDated(row *tabular.Row) bool {
	_, day := dates.ParseDay(r.get(row, colDay), r.order)
	_, from := dates.ParseDay(r.get(row, colFrom), r.order)
	return day || !r.header.has(colDay) && from
}

// isUnnamed tells whether no cell says what the row is about, although the report has columns for it.
func (r *report) isUnnamed(row *tabular.Row) bool {
	named := false
	for _, c := range []column{colCampaign, colCampaignID, colAdGroup, colAdGroupID, colAd, colAdID} {
		if named = named || r.header.has(c); !numbers.IsNothing(r.get(row, c)) {
			return false
		}
	}
	return named
}

// hasNoDay tells whether a row has nothing where others have their day, or a period, or the word that says it is a total.
func (r *report) hasNoDay(row *tabular.Row) bool {
	text := r.get(row, colDay)
	if !r.header.has(colDay) {
		text = r.get(row, colFrom)
	}
	return numbers.IsNothing(text) || looksTotal(text) || len(dates.InText(text)) > 1
}

// tally adds up what all rows come to, but those that say they are totals and have no day.
func (r *report) tally() {
	r.daySums = map[int]int64{}
	for i := r.header.row + 1; i < len(r.sheet.Rows); i++ {
		row := &r.sheet.Rows[i]
		n, ok := r.amount(row)
		if named, _ := isTotalName(r.name(row)); row.Err != nil || !ok || r.sum > largest || named && !r.isDated(row) {
			continue
		}
		r.sum += n
		if day, ok := dates.ParseDay(r.get(row, colDay), r.order); ok {
			r.daySums[day] += n
		}
	}
}

// isTotal tells whether a row sums others. The error is about one that says so and does not.
func (r *report) isTotal(row *tabular.Row) (bool, *event.Error) {
	name, n := r.name(row), int64(0)
	named, sure := isTotalName(name)
	named = named && numbers.IsNothing(r.get(row, colCampaignID))
	if r.header.has(colSpend) || r.header.has(colMicros) {
		n, _ = r.amount(row)
	}
	switch {
	case !r.isDated(row) && !r.spreadRange: // all costs have a day here
		return r.hasNoDay(row) && (looksTotal(name) || r.isUnnamed(row) || !r.namesColumns() && n*2 == r.sum), nil
	case !r.isDated(row):
		return r.settle(named && sure || r.isUnnamed(row) || looksTotal(name) && (n*2 == r.sum || n == r.sum), named)
	case !r.header.has(colDay):
		return r.settle(named && sure || r.isUnnamed(row) || named && n*2 == r.sum, named)
	}
	day, _ := dates.ParseDay(r.get(row, colDay), r.order)
	unnamed := r.isUnnamed(row)
	return r.settle((named || unnamed) && n*2 == r.daySums[day], named)
}

// settle is the judgement of a row that has the form of a cost.
func (r *report) settle(total, named bool) (bool, *event.Error) {
	if named && !total {
		return false, &event.Error{
			Field: r.label(colCampaign, "campaign"), Code: CodeConflict, Reason: "says that the row is a total, and its amount is not the sum of the others: take it out, or give the campaign's id beside its name",
		}
	}
	return total, nil
}

// namesColumns tells whether the report says what its costs are for.
func (r *report) namesColumns() bool {
	return slices.ContainsFunc([]column{colCampaign, colCampaignID, colAdGroup, colAdGroupID, colAd, colAdID}, r.header.has)
}
