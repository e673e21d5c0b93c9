package terminal

import (
	"encoding/csv"
	"strings"
	"testing"

	prettytext "github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func p[T any](v T) *T { return &v }

// sample is a B2B quarter with a channel whose name tries its luck.
func sample() *answer.Channels {
	row := func(channel, spend, revenue string, roi, roas *float64, conversions float64, cac *string) answer.Row {
		return answer.Row{Channel: channel, Currency: "USD", Figures: answer.Figures{
			Spend: spend, Revenue: revenue, Value: revenue, ConversionValue: "0.00", Pipeline: "0.00", ROI: roi, ROAS: roas, Conversions: conversions,
			Customers: conversions / 10, CAC: cac, Touchpoints: int64(conversions * 12),
		}}
	}
	a := &answer.Channels{
		Headline: "Email returns 18.1 for 1 spent; Display returns 0.36, the least of 2 channels with spend.",
		Model:    "position_based",
		Scope:    answer.Scope{Workspace: "default", Basis: "touch", From: "2026-01-01", To: "2026-03-31", Currency: "USD", GroupBy: "channel"},
		Rows: []answer.Row{
			row("Email", "2152.00", "38986.12", p(17.1), p(18.1), 556.9, p("92.75")),
			row("\x1b[31mred\x07\n=cmd", "0.00", "12.00", nil, nil, 1, nil),
			row("Display", "16145.50", "5742.00", p(-0.64), p(0.36), 256.2, p("1512.74")),
			row("(unattributed)", "0.00", "8359.00", nil, nil, 47.6, nil),
		},
		Totals: answer.Totals{Currency: "USD", Coverage: p(0.84), CoverageMeasure: "value"},
		Page:   answer.Page{Limit: 100, Total: 3},
	}
	a.Totals.Figures = row("", "18297.50", "53099.12", p(1.9), p(2.9), 861.7, p("212.00")).Figures
	return a
}

const want = `
  Email returns 18.1 for 1 spent; Display returns 0.36, the least of 2 channels with spend.

  model position_based · by date of touch · 2026-01-01 to 2026-03-31 · USD · workspace default

  Channel                       Touches      Spend    Revenue      ROI   ROAS  Conv.   Won       CAC
  ──────────────────────────────────────────────────────────────────────────────────────────────────
  Email           ████████████    6,682   2,152.00  38,986.12  +1,710%  18.10  556.9  55.7     92.75
  [31mred=cmd     ▏                  12          ·      12.00        –      –    1.0   0.1         –
  Display         █▊              3,074  16,145.50   5,742.00     -64%   0.36  256.2  25.6  1,512.74
  (unattributed)  ██▋               571          ·   8,359.00        –      –   47.6   4.8         –
  ──────────────────────────────────────────────────────────────────────────────────────────────────
  Total                          10,340  18,297.50  53,099.12    +190%   2.90  861.7  86.2    212.00

  Coverage: 84% of the value is attributed to touchpoints.
`

func TestTheTable(t *testing.T) {
	var b strings.Builder
	if err := Render(&b, sample(), Options{}); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTheTableFitsTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(60, 220).Draw(t, "width")
		var b strings.Builder
		if err := Render(&b, sample(), Options{Width: width, Color: rapid.Bool().Draw(t, "color")}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if got := prettytext.StringWidthWithoutEscSequences(strings.TrimRight(line, "\n")); got > width {
				t.Fatalf("%d columns in a terminal of %d: %s", got, width, line)
			}
		}
		for _, always := range []string{"Spend", "Revenue", "(unattributed)", "Total", "Coverage"} {
			if !strings.Contains(b.String(), always) {
				t.Fatalf("%q is gone at width %d:\n%s", always, width, b.String())
			}
		}
	})
}

func TestColorOnlyWhenAllowed(t *testing.T) {
	for color, wantEscape := range map[bool]bool{true: true, false: false} {
		var b strings.Builder
		if err := Render(&b, sample(), Options{Color: color}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "\x1b") != wantEscape || strings.Contains(b.String(), "\x07") {
			t.Errorf("color %v: escape sequences are there: %v", color, !wantEscape)
		}
		if strings.Contains(b.String(), "\x1b[31mred") {
			t.Error("a channel's name colours the terminal")
		}
	}
}

func TestAnEmptyAnswerIsASentence(t *testing.T) {
	var b strings.Builder
	a := &answer.Channels{Headline: answer.EmptyHeadline, Model: "linear", Scope: answer.Scope{Workspace: "default", Basis: "touch"}}
	if err := Render(&b, a, Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, answer.EmptyHeadline) || strings.Contains(got, "Total") {
		t.Errorf("got %s", got)
	}
}

func TestCSV(t *testing.T) {
	var b strings.Builder
	a := sample()
	a.Rows[1].Channel = `=HYPERLINK("http://x","y")`
	if err := Render(&b, a, Options{Format: FormatCSV}); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 5 {
		t.Fatalf("%d records: a header and four rows", len(records))
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	if got := records[1][column["revenue"]]; got != "38986.12" {
		t.Errorf("revenue %s is not exact", got)
	}
	if got := records[2][column["channel"]]; !strings.HasPrefix(got, "'=") {
		t.Errorf("a spreadsheet would run %s", got)
	}
	if got := records[2][column["cac"]]; got != "" {
		t.Errorf("a cost that does not exist is %q", got)
	}
}
