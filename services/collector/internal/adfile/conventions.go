package adfile

import (
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
)

// conventions finds out how the file writes numbers and dates, by those of its cells that can be read in one way only.
func (r *report) conventions() error {
	seen, doubts := map[rune]int{}, map[rune]string{}
	orders := map[string]int{}
	needsOrder := false
	for i := r.header.row + 1; i < len(r.sheet.Rows); i++ {
		row := &r.sheet.Rows[i]
		for _, c := range []column{colSpend, colImpressions, colClicks} {
			text := r.get(row, c)
			sign, doubt := numbers.Evidence(text, c != colSpend)
			if seen[sign]++; doubt != 0 && doubts[doubt] == "" {
				doubts[doubt] = text
			}
		}
		for _, c := range []column{colDay, colFrom, colTo} {
			text := r.get(row, c)
			needsOrder = needsOrder || dates.IsNumbered(text)
			orders[dates.Order(text)]++
		}
	}
	if err := r.decimals(seen, doubts); err != nil {
		return err
	}
	if err := r.dayOrder(orders, needsOrder); err != nil {
		return err
	}
	if needsOrder {
		r.plan.Dates = r.order
	}
	return nil
}

// decimals decides on the decimal sign. Without evidence it is that of the file's language, but a fraction of three digits is never assumed: 1.234 is a thousand to half of the world.
func (r *report) decimals(seen map[rune]int, doubts map[rune]string) error {
	evident := true
	switch {
	case r.options.Decimal != "":
		r.decimal = rune(r.options.Decimal[0])
	case seen[','] > 0 && seen['.'] > 0:
		return &event.Error{Field: "decimal", Code: CodeConflict, Reason: "some numbers have a decimal comma, others a decimal point: say which, as in ?decimal=."}
	case seen[','] > 0:
		r.decimal = ','
	case seen['.'] > 0:
		r.decimal = '.'
	default:
		evident, r.decimal = false, '.'
		if r.header.isForeign || r.sheet.Comma == ';' {
			r.decimal = ','
		}
	}
	if doubts[r.decimal] != "" && !evident {
		return &event.Error{
			Field: "decimal", Code: CodeConflict,
			Reason: "nothing in the file tells whether costs such as " + doubts[r.decimal] + " have thousands or three decimals: say which sign is the decimal one, as in ?decimal=.",
		}
	}
	r.plan.Decimal = string(r.decimal)
	return nil
}

// dayOrder decides whether the day or the month comes first. LinkedIn and Microsoft write the month first, other languages and decimal commas go with the day first, and the
// report's own period may tell; else it has to be said.
func (r *report) dayOrder(orders map[string]int, needsOrder bool) error {
	switch {
	case r.options.Dates != "":
		r.order = map[string]string{"dmy": dates.DayFirst, "mdy": dates.MonthFirst}[r.options.Dates]
		return nil
	case orders[dates.DayFirst] > 0 && orders[dates.MonthFirst] > 0:
		return &event.Error{Field: "dates", Code: CodeConflict, Reason: "some dates have the day first, others the month: say which, as in ?dates=mdy"}
	case orders[dates.DayFirst] > 0:
		r.order = dates.DayFirst
		return nil
	case orders[dates.MonthFirst] > 0 || !needsOrder:
		r.order = dates.MonthFirst
		return nil
	}
	if r.order = r.orderOfPeriod(); r.order != "" {
		return nil
	}
	foreign := r.header.isForeign || r.sheet.Comma == ';' || r.decimal == ','
	switch {
	case r.plan.Platform == LinkedIn || r.plan.Platform == Microsoft:
		r.order = dates.MonthFirst
	case foreign:
		r.order = dates.DayFirst
	default:
		r.order = dates.MonthFirst
		if r.sameEitherWay() {
			return nil
		}
		return &event.Error{Field: "dates", Code: event.CodeMissing, Reason: "nothing in the file tells whether its dates have the day or the month first: say which, as in ?dates=mdy"}
	}
	r.warn("nothing in the file tells whether its dates have the day or the month first; they were read %s (?dates=dmy or mdy says otherwise)", r.order)
	return nil
}

// orderOfPeriod is the order by which all days are within the period that the lines above the header name in words; empty when both or none are.
func (r *report) orderOfPeriod() string {
	from, to := 0, 0
	for _, row := range r.sheet.Rows[:r.header.row] {
		if isAside(strings.ToLower(strings.Join(row.Cells, " "))) {
			continue
		}
		for _, text := range dates.InText(strings.Join(row.Cells, " ")) {
			day, ok := dates.ParseDay(text, dates.MonthFirst)
			if !ok || dates.IsNumbered(text) {
				continue
			}
			if from == 0 || day < from {
				from = day
			}
			to = max(to, day)
		}
	}
	fits := func(order string) bool {
		return r.eachDate(func(text string) bool {
			day, ok := dates.ParseDay(text, order)
			return !ok || day >= from && day <= to
		})
	}
	day, month := fits(dates.DayFirst), fits(dates.MonthFirst)
	switch {
	case from == 0 || day == month:
		return ""
	case day:
		return dates.DayFirst
	}
	return dates.MonthFirst
}

// sameEitherWay tells whether all dates are such as 07/07/2026.
func (r *report) sameEitherWay() bool {
	return r.eachDate(func(text string) bool {
		a, _ := dates.ParseDay(text, dates.DayFirst)
		b, _ := dates.ParseDay(text, dates.MonthFirst)
		return a == b
	})
}

// eachDate tells whether something holds of all dates of the table.
func (r *report) eachDate(holds func(text string) bool) bool {
	for i := r.header.row + 1; i < len(r.sheet.Rows); i++ {
		for _, c := range []column{colDay, colFrom, colTo} {
			if text := r.get(&r.sheet.Rows[i], c); dates.IsNumbered(text) && !holds(text) {
				return false
			}
		}
	}
	return true
}

// isAside tells whether a line above the header says when the file was made, or up to when its platform has data: that is not what it is about.
func isAside(line string) bool {
	return strings.Contains(line, "generated") || strings.Contains(line, "available") || strings.Contains(line, "created")
}
