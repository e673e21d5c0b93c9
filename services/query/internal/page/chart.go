package page

import (
	"fmt"
	"hash/fnv"
	"math/big"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// chart is a pair of bars per row: what it earned in the channel's colour, what it cost in grey.
type chart struct {
	// Title says what the bars show to be true, Legend what they are.
	Title, Legend string
	Bars          []bars
	HasSpend      bool
	// More is how many rows the chart leaves to the table.
	More int
}

type bars struct {
	Name, Campaign string
	// Color is a CSS class.
	Color string
	// Earned and Spent are widths in percent of the chart.
	Earned, Spent          string
	EarnedLabel, SpendText string
	ReturnText             string
	IsUnattributed         bool
	IsLoss                 bool
}

// chartRows is how many rows can be compared at a glance.
const chartRows = 10

func chartOf(a *answer.Channels) chart {
	earned, label, title := chartMeasure(a)
	c := chart{HasSpend: approximately(a.Totals.Spend) != 0, Legend: title + " per " + a.GroupBy}
	c.Title = chartTitle(a, earned, strings.ToLower(title))
	if c.HasSpend {
		c.Legend += ", spend in grey below"
	}
	comparable := a.Totals.CoverageMeasure == string(performance.MeasureValue) // spend and value share a unit and so a scale
	shown := a.Rows
	if len(shown) > chartRows+1 {
		c.More = len(shown) - chartRows - 1
		shown = append(append([]answer.Row{}, shown[:chartRows]...), shown[len(shown)-1])
	}
	largestEarned, largestSpend := 0.0, 0.0
	for _, r := range shown {
		largestEarned, largestSpend = max(largestEarned, earned(r.Figures)), max(largestSpend, approximately(r.Spend))
	}
	if comparable {
		largestEarned = max(largestEarned, largestSpend)
		largestSpend = largestEarned
	}
	for _, r := range shown {
		b := bars{
			Name: r.Channel, Color: channelColor(r.Channel), IsUnattributed: r.Channel == performance.Unattributed,
			Earned: percent(earned(r.Figures), largestEarned), EarnedLabel: label(r.Figures),
			Spent: percent(approximately(r.Spend), largestSpend),
		}
		if r.Campaign != nil {
			b.Campaign = *r.Campaign
		}
		if c.HasSpend && !b.IsUnattributed {
			b.SpendText = "no spend"
			if approximately(r.Spend) != 0 {
				b.SpendText = readable.Decimal(r.Spend, placesOf(a)) + " spent"
			}
		}
		if r.ROAS != nil && comparable {
			b.ReturnText = readable.Ratio(r.ROAS) + " for 1"
			b.IsLoss = *r.ROAS < 1
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// chartTitle says who brings most, and at what part of the spend.
func chartTitle(a *answer.Channels, earned func(answer.Figures) float64, what string) string {
	var top *answer.Row
	for i, r := range a.Rows {
		if r.Channel != performance.Unattributed && earned(r.Figures) > 0 && (top == nil || earned(r.Figures) > earned(top.Figures)) {
			top = &a.Rows[i]
		}
	}
	all, spend := earned(a.Totals.Figures), approximately(a.Totals.Spend)
	if top == nil || all <= 0 {
		return fmt.Sprintf("No %s has any %s yet.", a.GroupBy, what)
	}
	name := top.Channel
	if top.Campaign != nil && *top.Campaign != "" {
		name = *top.Campaign + " in " + top.Channel
	}
	share := earned(top.Figures) / all
	title := fmt.Sprintf("Of the rows shown, %s brings the most: %s of all %s", name, readable.Percent(&share), what)
	if a.Page.Total <= a.Page.Limit {
		title = fmt.Sprintf("%s brings the most: %s of all %s", name, readable.Percent(&share), what)
	}
	switch cost := approximately(top.Spend); {
	case spend > 0 && cost == 0:
		return title + ", without any spend."
	case spend > 0:
		part := cost / spend
		return fmt.Sprintf("%s, for %s of the spend.", title, readable.Percent(&part))
	}
	return title + "."
}

// chartMeasure is what the bars show: the measure that tells this answer's story.
func chartMeasure(a *answer.Channels) (earned func(answer.Figures) float64, label func(answer.Figures) string, title string) {
	counts := func(pick func(answer.Figures) float64, title string) (func(answer.Figures) float64, func(answer.Figures) string, string) {
		return pick, func(f answer.Figures) string { return readable.Count(pick(f)) }, title
	}
	switch a.Totals.CoverageMeasure {
	case "customers":
		return counts(func(f answer.Figures) float64 { return f.Customers }, "Customers")
	case "opportunities":
		return counts(func(f answer.Figures) float64 { return f.Opportunities }, "Opportunities")
	case "conversions":
		return counts(func(f answer.Figures) float64 { return f.Conversions }, "Conversions")
	case "touchpoints":
		return counts(func(f answer.Figures) float64 { return float64(f.Touchpoints) }, "Touchpoints")
	}
	title = "Revenue"
	switch {
	case approximately(a.Totals.Revenue) == 0 || a.ValueBasis == string(performance.ValueConversionValue):
		title = "Conversion value"
	case approximately(a.Totals.ConversionValue) != 0 && a.ValueBasis == string(performance.ValueBoth):
		title = "Revenue with conversion value"
	}
	return func(f answer.Figures) float64 { return approximately(f.Value) },
		func(f answer.Figures) string { return readable.Decimal(f.Value, placesOf(a)) }, title
}

func percent(value, largest float64) string {
	if value <= 0 || largest <= 0 {
		return "0"
	}
	return fmt.Sprintf("%.2f%%", max(0.3, value/largest*100)) // what is there shows, however little
}

// approximately is good for lengths only.
func approximately(exact string) float64 {
	value, ok := new(big.Rat).SetString(exact)
	if !ok {
		return 0
	}
	f, _ := value.Float64()
	return f
}

// placesOf drops the decimals where amounts are so large that nobody reads them.
func placesOf(a *answer.Channels) int {
	const large = 10_000
	if max(approximately(a.Totals.Spend), approximately(a.Totals.Value), approximately(a.Totals.Pipeline)) >= large {
		return 0
	}
	return 2
}

// colors is how many channel colours the style has.
const colors = 10

// knownColors keep neighbours in the usual order apart; any other channel keeps the colour its name gives it.
var knownColors = map[string]int{
	"Paid Search": 0, "Organic Search": 4, "Direct": 9, "Email": 1, "Paid Social": 6, "Organic Social": 3, "Referral": 2, "Display": 5,
	"Affiliates": 7, "Organic Video": 8, "Paid Video": 8, "Webinar": 8, "Events": 7,
}

func channelColor(channel string) string {
	if channel == performance.Unattributed {
		return "none"
	}
	i, known := knownColors[channel]
	if !known {
		h := fnv.New32a()
		_, _ = h.Write([]byte(channel))
		i = int(h.Sum32() % colors)
	}
	return fmt.Sprintf("c%d", i)
}
