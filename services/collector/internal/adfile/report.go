package adfile

import (
	"fmt"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// report is a file in the reading.
type report struct {
	sheet   *tabular.Sheet
	header  *header
	options Options
	plan    *Plan
	decimal rune
	// order is dates.DayFirst or dates.MonthFirst.
	order string
	// from and to are the report's own period, as its first lines say; 0 when they do not.
	from, to int
	// spreadRange: no column says when, so costs are spread over the report's period.
	spreadRange bool

	cells map[cellKey]*cell
	// sequence is the cells in the order of their first rows.
	sequence []cellKey
	// broken are the days that have rows that could not be read; anyDay tells that such a row's day is not known.
	broken map[int]bool
	anyDay bool
	// spans are the periods of rows of several days: all of their days are taken, or none.
	spans []span
	// sum is what all rows come to, daySums those of a day, in millionths: what a total among them is compared with.
	sum     int64
	daySums map[int]int64
	// total is the file's own, in millionths; -1: none.
	total      int64
	hasTotal   bool
	shown      int64
	duplicates int
	periods    int
}

// cellKey is what makes a cost one: the same parts as of event.SpendKey.
type cellKey struct {
	day                                                      int
	platform, account, campaign, adGroup, ad, source, medium string
}

// cell is a cost in the making.
type cell struct {
	line     int
	original []byte
	row      values
	micros   int64
	// impressions and clicks are counts.
	impressions, clicks int64
}

// values are a row's texts.
type values struct {
	platform, account, campaignID, campaign, adGroupID, adGroup, adID, ad, currency, source, medium, channel, template string
}

func (r *report) warn(text string, args ...any) {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	r.plan.Warnings = append(r.plan.Warnings, text)
}

func (r *report) get(row *tabular.Row, c column) string {
	if at := r.header.at[c]; at >= 0 && at < len(row.Cells) {
		return row.Cells[at]
	}
	return ""
}

// label is a column's name in this file, for errors.
func (r *report) label(c column, otherwise string) string {
	if at := r.header.at[c]; at >= 0 {
		return r.sheet.Rows[r.header.row].Cells[at]
	}
	return otherwise
}

func (r *report) refuse(row *tabular.Row, field, code, reason string) {
	r.refused(row, &event.Error{Field: field, Code: code, Reason: reason})
}

func (r *report) refused(row *tabular.Row, err *event.Error) {
	r.plan.ErrorsTotal++
	if len(r.plan.Errors) < errorsShown {
		r.plan.Errors = append(r.plan.Errors, RowError{Line: row.Line, Field: err.Field, Code: err.Code, Reason: err.Reason})
	}
	r.plan.Items = append(r.plan.Items, Item{Err: err, Line: row.Line, Original: row.Raw})
}

// dated finds the report's period in the lines above the header, and decides what says when a cost was.
func (r *report) dated() error {
	for _, row := range r.sheet.Rows[:r.header.row] {
		line := strings.ToLower(strings.Join(row.Cells, " "))
		if isAside(line) {
			continue
		}
		if strings.Contains(line, "incomplete data: true") {
			r.warn("the platform says that the report's last days may be incomplete")
		}
		for _, text := range dates.InText(strings.Join(row.Cells, " ")) {
			if day, ok := dates.ParseDay(text, r.order); ok {
				if r.from == 0 || day < r.from {
					r.from = day
				}
				r.to = max(r.to, day)
			}
		}
	}
	if r.to-r.from >= event.MaxPeriod {
		r.from, r.to = 0, 0
	}
	if r.header.has(colDay) || r.header.has(colFrom) {
		return r.oneStart()
	}
	if r.from == 0 {
		return &event.Error{Field: "day", Code: event.CodeMissing, Reason: "no column says when a cost was: break the report down by day"}
	}
	r.spreadRange = true
	r.warn("no column says when a cost was: costs are spread evenly over %s to %s", dates.ISO(r.from), dates.ISO(r.to))
	return nil
}

// oneStart tells a report that is not broken down by day from one of a single day: all its rows begin on the first day of a longer period.
func (r *report) oneStart() error {
	if r.header.has(colDay) || r.header.has(colTo) || r.from == 0 || r.from == r.to {
		return nil
	}
	for i := r.header.row + 1; i < len(r.sheet.Rows); i++ {
		if day, ok := dates.ParseDay(r.get(&r.sheet.Rows[i], colFrom), r.order); ok && day != r.from {
			return nil
		}
	}
	r.spreadRange = true
	r.warn("all rows begin on %s: costs are spread evenly over %s to %s", dates.ISO(r.from), dates.ISO(r.from), dates.ISO(r.to))
	return nil
}

// when is a row's first and last day. It reports false when the row has been refused.
func (r *report) when(row *tabular.Row) (first, last int, ok bool) {
	if r.spreadRange {
		return r.from, r.to, true
	}
	c := colDay
	if !r.header.has(colDay) {
		c = colFrom
	}
	if first, ok = dates.ParseDay(r.get(row, c), r.order); !ok {
		r.anyDay = true
		r.refuse(row, r.label(c, "day"), event.CodeInvalid, "is not a date")
		return 0, 0, false
	}
	last = first
	if c == colFrom && r.header.has(colTo) {
		if last, ok = dates.ParseDay(r.get(row, colTo), r.order); !ok || last < first || last-first >= event.MaxPeriod {
			r.anyDay = true
			r.refuse(row, r.label(colTo, "to"), event.CodeInvalid, fmt.Sprintf("is not a date from the first day to %d days after it", event.MaxPeriod-1))
			return 0, 0, false
		}
	}
	return first, last, true
}

// currency is the row's, else the header's, else the sender's, else what stands beside the amount. An amount that bears another one is refused: one of the two is wrong.
func (r *report) currency(row *tabular.Row) (string, *event.Error) {
	code, beside := strings.ToUpper(r.get(row, colCurrency)), ""
	if r.header.has(colSpend) {
		beside = numbers.CurrencyOf(r.get(row, colSpend))
	}
	if code == "" {
		code = r.header.currency
	}
	if code == "" {
		code = strings.ToUpper(r.options.Currency)
	}
	if code == "" {
		code = beside
	}
	switch {
	case code == "":
		return "", &event.Error{Field: "currency", Code: event.CodeNoCurrency, Reason: "no column and no header says the currency: name it, as in ?currency=EUR"}
	case !money.IsCurrency(code):
		return "", &event.Error{Field: r.label(colCurrency, "currency"), Code: event.CodeUnknownCoin, Reason: "is not an ISO 4217 code with a minor unit"}
	case beside != "" && beside != code:
		return "", &event.Error{Field: r.label(colSpend, "cost"), Code: CodeConflict, Reason: "is in " + beside + ", and the row or file in " + code}
	}
	return code, nil
}
