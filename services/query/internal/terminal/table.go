package terminal

import (
	"math"
	"math/big"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// column is one figure of every row.
type column struct {
	title string
	cell  func(answer.Figures) string
	// keep orders columns by what can be done without: on a narrow terminal those with the lowest go first.
	keep int
}

// Names longer than this are cut in the table; exact ones are in the other formats.
const maxNameWidth = 32

// barWidth is the width of the largest bar.
const barWidth = 12

func columns(a *answer.Channels) []column {
	places := moneyPlaces(a)
	money := func(pick func(answer.Figures) string) func(answer.Figures) string {
		return func(f answer.Figures) string { return blankZero(readable.Decimal(pick(f), places)) }
	}
	cost := func(pick func(answer.Figures) *string) func(answer.Figures) string {
		return func(f answer.Figures) string {
			if s := pick(f); s != nil {
				return blankZero(readable.Decimal(*s, 2))
			}
			return readable.None
		}
	}
	count := func(pick func(answer.Figures) float64) func(answer.Figures) string {
		places := countPlaces(a, pick)
		return func(f answer.Figures) string { return blankZero(readable.Fixed(pick(f), places)) }
	}
	all := []column{
		{"Touches", count(func(f answer.Figures) float64 { return float64(f.Touchpoints) }), 2},
		{"Clicks", count(func(f answer.Figures) float64 { return float64(f.Clicks) }), 1},
		{"Spend", money(func(f answer.Figures) string { return f.Spend }), 10},
		{"Revenue", money(func(f answer.Figures) string { return f.Revenue }), 11},
		{"Conv. value", money(func(f answer.Figures) string { return f.ConversionValue }), 11},
		{"ROI", func(f answer.Figures) string { return readable.SignedPercent(f.ROI) }, 9},
		{"ROAS", ratio, 3},
		{"Conv.", count(func(f answer.Figures) float64 { return f.Conversions }), 8},
		{"CPL", cost(func(f answer.Figures) *string { return f.CPL }), 6},
		{"Opps", count(func(f answer.Figures) float64 { return f.Opportunities }), 5},
		{"Pipeline", money(func(f answer.Figures) string { return f.Pipeline }), 4},
		{"Won", count(func(f answer.Figures) float64 { return f.Customers }), 7},
		{"CAC", cost(func(f answer.Figures) *string { return f.CAC }), 6},
	}
	var used []column
	for _, c := range all {
		if says := c.cell(a.Totals.Figures); says != blank && says != readable.None {
			used = append(used, c)
		}
	}
	return used
}

func ratio(f answer.Figures) string {
	if f.ROAS == nil {
		return readable.None
	}
	return readable.Fixed(*f.ROAS, 2)
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

// blank stands for zero in the table, where a row of zeros hides the figures.
const blank = "·"

func blankZero(s string) string {
	if strings.Trim(s, "0.,") == "" {
		return blank
	}
	return s
}

// moneyPlaces drops the decimals where amounts are so large that nobody reads them.
func moneyPlaces(a *answer.Channels) int {
	large := big.NewRat(100_000, 1)
	for _, exact := range []string{a.Totals.Spend, a.Totals.Value, a.Totals.Pipeline} {
		if value, ok := new(big.Rat).SetString(exact); ok && value.Abs(value).Cmp(large) >= 0 {
			return 0
		}
	}
	return 2
}

// tableOf draws the given columns.
func tableOf(a *answer.Channels, o Options, columns []column, bars bool) string {
	p := painter(o.Color)
	t := table.NewWriter()
	t.SetStyle(style())
	names := nameColumns(a)
	header := append(table.Row{}, names.titles...)
	if bars {
		header = append(header, "")
	}
	for _, c := range columns {
		header = append(header, c.title)
	}
	t.AppendHeader(header)
	largest := largestBar(a)
	line := func(name table.Row, f answer.Figures, bar string) table.Row {
		row := append(table.Row{}, name...)
		if bars {
			row = append(row, p.bar(bar))
		}
		for _, c := range columns {
			row = append(row, c.cell(f))
		}
		return row
	}
	for _, r := range a.Rows {
		t.AppendRow(line(names.of(r), r.Figures, bar(barValue(a, r.Figures), largest)))
	}
	total := table.Row{"Total"}
	for len(total) < len(names.titles) {
		total = append(total, "")
	}
	t.AppendFooter(line(total, a.Totals.Figures, ""))
	t.SetColumnConfigs(configs(len(header), len(names.titles), bars))
	return t.Render()
}

// fitted leaves out columns until the table fits the terminal; six columns of figures are worth more than the bars, and the bars more than the rest.
func fitted(a *answer.Channels, o Options) string {
	shown, bars := columns(a), true
	rendered := tableOf(a, o, shown, bars)
	for o.Width > 0 && widest(rendered) > o.Width && (bars || len(shown) > 2) {
		if len(shown) > 6 || !bars {
			shown = withoutLeast(shown)
		} else {
			bars = false
		}
		rendered = tableOf(a, o, shown, bars)
	}
	return indented(rendered) + "\n"
}

// indented gives the rules the margin that the cells have.
func indented(rendered string) string {
	lines := strings.Split(rendered, "\n")
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, rule+rule); ok {
			lines[i] = margin + rest
		}
	}
	return strings.Join(lines, "\n")
}

// rule is what the style draws rules with.
const rule = "─"

func withoutLeast(columns []column) []column {
	least := 0
	for i, c := range columns {
		if c.keep < columns[least].keep {
			least = i
		}
	}
	return append(append([]column{}, columns[:least]...), columns[least+1:]...)
}

func widest(rendered string) int {
	width := 0
	for line := range strings.Lines(rendered) {
		width = max(width, prettytext.StringWidthWithoutEscSequences(strings.TrimRight(line, "\n")))
	}
	return width
}

// style has rules above and below the rows and nothing else.
func style() table.Style {
	s := table.StyleLight
	s.Name = "tributary"
	s.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
	s.Format = table.FormatOptions{Header: prettytext.FormatDefault, Footer: prettytext.FormatDefault}
	s.Box.PaddingLeft, s.Box.PaddingRight = margin, ""
	return s
}

func configs(all, names int, bars bool) []table.ColumnConfig {
	var list []table.ColumnConfig
	for i := 1; i <= all; i++ {
		c := table.ColumnConfig{Number: i, Align: prettytext.AlignRight, AlignHeader: prettytext.AlignRight, AlignFooter: prettytext.AlignRight}
		if i <= names || (bars && i == names+1) {
			c.Align, c.AlignHeader, c.AlignFooter = prettytext.AlignLeft, prettytext.AlignLeft, prettytext.AlignLeft
		}
		list = append(list, c)
	}
	return list
}

// naming is the first columns: the channel, or channel and campaign.
type naming struct {
	titles table.Row
	of     func(answer.Row) table.Row
}

func nameColumns(a *answer.Channels) naming {
	name := func(s string) string {
		s = printable(s)
		if prettytext.StringWidth(s) <= maxNameWidth {
			return s
		}
		return prettytext.Snip(s, maxNameWidth, "…")
	}
	if a.GroupBy == "channel" {
		return naming{table.Row{"Channel"}, func(r answer.Row) table.Row { return table.Row{name(r.Channel)} }}
	}
	title := strings.ReplaceAll(a.GroupBy, "_", " ")
	if title != "" {
		title = strings.ToUpper(title[:1]) + title[1:]
	}
	return naming{table.Row{"Channel", title}, func(r answer.Row) table.Row { return table.Row{name(r.Channel), name(r.Name())} }}
}

// barValue is the length of a row's bar before scaling: its part of the measure that tells the table's story.
func barValue(a *answer.Channels, f answer.Figures) float64 {
	switch a.Totals.CoverageMeasure {
	case "value":
		return approximately(f.Value)
	case "customers":
		return f.Customers
	case "opportunities":
		return f.Opportunities
	case "conversions":
		return f.Conversions
	}
	return float64(f.Touchpoints)
}

func largestBar(a *answer.Channels) float64 {
	largest := 0.0
	for _, r := range a.Rows {
		largest = max(largest, barValue(a, r.Figures))
	}
	return largest
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

// eighths draw a bar finer than a character.
var eighths = []rune(" ▏▎▍▌▋▊▉")

func bar(value, largest float64) string {
	if value <= 0 || largest <= 0 {
		return ""
	}
	length := max(1, int(value/largest*barWidth*8+0.5)) // what is there shows, however little
	drawn := strings.Repeat("█", length/8)
	if rest := length % 8; rest > 0 {
		drawn += string(eighths[rest])
	}
	return drawn
}
