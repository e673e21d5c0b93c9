// Package terminal prints an answer for people at a terminal, and as CSV or JSON for programs. It computes nothing: figures are those of the
// answer, rounded for reading in the table and exact in the other formats.
package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// Format is how an answer is printed.
type Format string

// The formats.
const (
	FormatTable Format = "table"
	FormatJSON  Format = "json"
	FormatCSV   Format = "csv"
)

// Options say how to print.
type Options struct {
	// Format is table when empty.
	Format Format
	// Width is how many columns the terminal has. 0: no limit.
	Width int
	// Color allows escape sequences.
	Color bool
}

// Render prints an answer.
func Render(w io.Writer, a *answer.Channels, o Options) error {
	switch o.Format {
	case FormatTable, "":
		_, err := io.WriteString(w, text(a, o))
		return err
	case FormatJSON:
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(a)
	case FormatCSV:
		return writeCSV(w, a)
	}
	return fmt.Errorf("format %q: must be table, json or csv", o.Format)
}

// text is the whole report: the sentence, what it is about, the table, what is missing from it.
func text(a *answer.Channels, o Options) string {
	p := painter(o.Color)
	var b strings.Builder
	b.WriteString("\n")
	for _, line := range wrap(printable(a.Headline), o.Width-2*len(margin)) {
		b.WriteString(margin + p.bold(line) + "\n")
	}
	b.WriteString("\n")
	for _, line := range wrap(scope(a), o.Width-2*len(margin)) {
		b.WriteString(margin + p.dim(line) + "\n")
	}
	b.WriteString("\n")
	if len(a.Rows) == 0 {
		return b.String()
	}
	b.WriteString(fitted(a, o))
	b.WriteString("\n")
	for _, line := range notes(a) {
		for _, l := range wrap(line, o.Width-2*len(margin)) {
			b.WriteString(margin + l + "\n")
		}
	}
	return b.String()
}

// margin keeps the report off the edge.
const margin = "  "

// scope names the things that change what the figures mean.
func scope(a *answer.Channels) string {
	parts := []string{"model " + a.Model, basisWords[a.Basis]}
	if a.From != "" {
		parts = append(parts, a.From+" to "+a.To)
	}
	if a.Comparison != nil {
		parts = append(parts, "compared with "+a.Comparison.From+" to "+a.Comparison.To)
	}
	if a.Currency != "" {
		parts = append(parts, a.Currency)
	}
	if len(a.ConversionTypes) > 0 {
		parts = append(parts, "conversions: "+strings.Join(a.ConversionTypes, ", "))
	}
	return printable(strings.Join(append(parts, "workspace "+a.Workspace), " · "))
}

var basisWords = map[string]string{"touch": "by date of touch", "close": "by date of close"}

// notes are what belongs under the table: how much of it all is attributed, what is missing, how old it is.
func notes(a *answer.Channels) []string {
	var lines []string
	if c := a.Totals.Coverage; c != nil {
		lines = append(lines, fmt.Sprintf("Coverage: %s of %s is attributed to touchpoints.", readable.Percent(c), measureWords[a.Totals.CoverageMeasure]))
	}
	if shown := a.Page.Offset + min(a.Page.Limit, max(0, a.Page.Total-a.Page.Offset)); a.Page.Total > shown || a.Page.Offset > 0 {
		lines = append(lines, fmt.Sprintf("Rows %d to %d of %d; totals are of all.", a.Page.Offset+1, shown, a.Page.Total))
	}
	for _, warning := range a.Warnings {
		lines = append(lines, "Warning: "+printable(warning.Detail))
	}
	if age := a.Freshness.AgeSeconds; age != nil && *age < dayInSeconds {
		lines = append(lines, fmt.Sprintf("Latest event received %s s ago.", readable.Fixed(*age, 0)))
	} else if a.Freshness.RecordedAt != nil {
		lines = append(lines, "Latest event received on "+a.Freshness.RecordedAt.Format("2006-01-02 15:04")+" UTC.")
	}
	return lines
}

const dayInSeconds = 24 * 60 * 60

var measureWords = map[string]string{
	string(performance.MeasureValue): "the value", string(performance.MeasureCustomers): "customers",
	string(performance.MeasureOpportunities): "opportunities", string(performance.MeasureConversions): "conversions",
	string(performance.MeasureTouchpoints): "touchpoints",
}

// printable drops what a terminal would obey instead of show: names come from the addresses that visitors open, which anybody can write.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}

// painter emits escape sequences, or nothing.
type painter bool

func (p painter) bold(s string) string { return p.paint("1", s) }
func (p painter) dim(s string) string  { return p.paint("2", s) }
func (p painter) bar(s string) string  { return p.paint("36", s) }

func (p painter) paint(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// wrap breaks a text at spaces into lines of at most width; a width below that of a short sentence does not wrap.
func wrap(s string, width int) []string {
	if width < 20 {
		return []string{s}
	}
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(s) {
		size := len([]rune(word))
		if length > 0 && length+1+size > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+size
	}
	return append(lines, line)
}
