package page

import (
	"math"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// tableView is the table under the chart.
type tableView struct {
	ByCampaign     bool
	Heads          []head
	Rows           []tableRow
	Total          []cell
	Previous, Next string
	Range          string
}

// head is a column's title, which sorts by it.
type head struct {
	Label, Hint, Href string
	// Sorted is ascending, descending or empty, as aria-sort has it.
	Sorted string
}

type tableRow struct {
	Channel, Campaign, Color, Drill string
	IsUnattributed                  bool
	Cells                           []cell
}

// cell is a figure, rounded for reading and exact on hover.
type cell struct {
	Text, Exact string
	// Tone is gain, loss, zero or empty.
	Tone string
}

// tableColumn is one figure of every row.
type tableColumn struct {
	sort, label, hint string
	cell              func(answer.Figures) cell
}

func tableColumns(a *answer.Channels) []tableColumn {
	money := func(pick func(answer.Figures) string) func(answer.Figures) cell {
		return func(f answer.Figures) cell {
			exact := pick(f)
			c := cell{Text: readable.Decimal(exact, placesOf(a)), Exact: exact + " " + a.Currency}
			if approximately(exact) == 0 {
				c = cell{Text: "0", Tone: "zero"}
			}
			return c
		}
	}
	cost := func(pick func(answer.Figures) *string) func(answer.Figures) cell {
		return func(f answer.Figures) cell {
			exact := pick(f)
			switch {
			case exact == nil:
				return cell{Text: readable.None, Tone: "zero"}
			case approximately(*exact) == 0:
				return cell{Text: "0", Tone: "zero"}
			}
			return cell{Text: readable.Decimal(*exact, 2), Exact: *exact + " " + a.Currency}
		}
	}
	count := func(pick func(answer.Figures) float64) func(answer.Figures) cell {
		places := countPlaces(a, pick)
		return func(f answer.Figures) cell {
			if pick(f) == 0 {
				return cell{Text: "0", Tone: "zero"}
			}
			return cell{Text: readable.Fixed(pick(f), places)}
		}
	}
	return []tableColumn{
		{"touchpoints", "Touches", "Touchpoints in the period", count(func(f answer.Figures) float64 { return float64(f.Touchpoints) })},
		{"clicks", "Clicks", "Clicks as the ad platforms report them", count(func(f answer.Figures) float64 { return float64(f.Clicks) })},
		{"spend", "Spend", "Cost in the period", money(func(f answer.Figures) string { return f.Spend })},
		{"revenue", "Revenue", "Credited amount of won opportunities", money(func(f answer.Figures) string { return f.Revenue })},
		{"conversion_value", "Conv. value", "Credited value of conversions", money(func(f answer.Figures) string { return f.ConversionValue })},
		{"roi", "ROI", "(return − spend) / spend", returnCell},
		{"roas", "ROAS", "Return for 1 spent", roasCell},
		{"conversions", "Conv.", "Credited conversions", count(func(f answer.Figures) float64 { return f.Conversions })},
		{"cpl", "CPL", "Spend per conversion", cost(func(f answer.Figures) *string { return f.CPL })},
		{"opportunities", "Opps", "Credited opportunities", count(func(f answer.Figures) float64 { return f.Opportunities })},
		{"cost_per_opportunity", "Cost / opp", "Spend per opportunity", cost(func(f answer.Figures) *string { return f.CostPerOpportunity })},
		{"pipeline", "Pipeline", "Credited amount of open opportunities", money(func(f answer.Figures) string { return f.Pipeline })},
		{"customers", "Won", "Credited won opportunities", count(func(f answer.Figures) float64 { return f.Customers })},
		{"cac", "CAC", "Spend per customer won", cost(func(f answer.Figures) *string { return f.CAC })},
	}
}

// returnCell shows a return with its sign in words as well as in colour.
func returnCell(f answer.Figures) cell {
	c := cell{Text: readable.SignedPercent(f.ROI)}
	switch {
	case f.ROI == nil:
		c.Tone = "zero"
	case *f.ROI < 0:
		c.Tone = "loss"
	case *f.ROI > 0:
		c.Tone = "gain"
	}
	return c
}

func roasCell(f answer.Figures) cell {
	if f.ROAS == nil {
		return cell{Text: readable.None, Tone: "zero"}
	}
	return cell{Text: readable.Fixed(*f.ROAS, 2)}
}

// countPlaces is one for all rows of a column in which credit is split anywhere, so that its points stand below each other.
func countPlaces(a *answer.Channels, pick func(answer.Figures) float64) int {
	for _, r := range a.Rows {
		if n := pick(r.Figures); math.Abs(n-math.Round(n)) >= 0.05 {
			return 1
		}
	}
	return 0
}

// tableOf leaves out columns that are nothing in total: a shop has no pipeline, and a column of zeros hides the figures.
func tableOf(a *answer.Channels, at address) tableView {
	v := tableView{ByCampaign: a.GroupBy == string(performance.GroupByCampaign)}
	var columns []tableColumn
	for _, c := range tableColumns(a) {
		total := c.cell(a.Totals.Figures)
		if total.Tone == "zero" {
			continue
		}
		columns = append(columns, c)
		v.Total = append(v.Total, total)
		v.Heads = append(v.Heads, headOf(c, at))
	}
	for _, r := range a.Rows {
		row := tableRow{Channel: r.Channel, Color: channelColor(r.Channel), IsUnattributed: r.Channel == performance.Unattributed}
		if r.Campaign != nil {
			row.Campaign = *r.Campaign
		} else if !row.IsUnattributed {
			row.Drill = at.with("group_by", "campaign", "channel", r.Channel)
		}
		for _, c := range columns {
			row.Cells = append(row.Cells, c.cell(r.Figures))
		}
		v.Rows = append(v.Rows, row)
	}
	v.pages(a, at)
	return v
}

// headOf sorts downward first; a second click turns it round.
func headOf(c tableColumn, at address) head {
	h := head{Label: c.label, Hint: c.hint, Href: at.with("sort", "-"+c.sort)}
	switch word, descending := strings.CutPrefix(at.values.Sort, "-"); {
	case word != c.sort:
	case descending:
		h.Sorted, h.Href = "descending", at.with("sort", c.sort)
	default:
		h.Sorted = "ascending"
	}
	return h
}

func (v *tableView) pages(a *answer.Channels, at address) {
	from, to := a.Page.Offset, min(a.Page.Offset+a.Page.Limit, a.Page.Total)
	if from > 0 {
		v.Previous = at.with("offset", readableOffset(max(0, from-a.Page.Limit)))
	}
	if to < a.Page.Total {
		v.Next = at.with("offset", readableOffset(to))
	}
	if v.Previous != "" || v.Next != "" {
		v.Range = readable.Integer(int64(from+1)) + " to " + readable.Integer(int64(to)) + " of " + readable.Integer(int64(a.Page.Total))
	}
}
