package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/query"
)

type modelsDiffCommand struct {
	modelsFlags
	Model   string `arg:"" help:"The shadow: NAME@VERSION, or NAME for the latest one."`
	Basis   string `help:"Date that counts: touch or close." enum:"touch,close" default:"touch"`
	From    day    `help:"First day, YYYY-MM-DD." placeholder:"DAY"`
	To      day    `help:"Last day, YYYY-MM-DD." placeholder:"DAY"`
	Measure string `help:"What journeys are ordered by: revenue, pipeline, conversion_value, customers, opportunities or conversions." placeholder:"M"`
	Limit   int    `help:"Journeys at most." default:"10"`
	Format  string `help:"table or json." enum:"table,json" default:"table"`
}

// Run prints the difference.
func (c *modelsDiffCommand) Run(ctx context.Context, s Streams) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	request.Model, request.Version, _ = attribution.SplitShadow(c.Model)
	request.Basis, request.From, request.To, request.Measure, request.Limit = c.Basis, string(c.From), string(c.To), c.Measure, strconv.Itoa(max(c.Limit, 1))
	d, err := query.AskModelsDiff(ctx, request)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(s.Out, d)
	}
	return printDiff(s.Out, d)
}

func printDiff(w io.Writer, d *query.ModelsDiff) error {
	fmt.Fprintln(w, d.Headline)
	for _, warning := range d.Warnings {
		fmt.Fprintln(w, "note:", warning)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nCHANNEL\tMEASURE\tNOW\tTHEN\tCHANGE\t")
	for i := range d.Channels {
		printDiffRow(table, d.Channels[i].Channel, &d.Channels[i])
	}
	for i := range d.Totals {
		printDiffRow(table, "total", &d.Totals[i])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(d.Journeys) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nJourneys in which most %s moves:\n", strings.ReplaceAll(d.Measure, "_", " "))
	for _, j := range d.Journeys {
		fmt.Fprintf(w, "%s  %s %s\n", j.JourneyID, j.Moved, j.Currency)
		for _, c := range j.Channels {
			fmt.Fprintf(w, "    %-24s %s -> %s\n", c.Channel, c.Now, c.Then)
		}
	}
	return nil
}

// printDiffRow prints the measures that there are any of.
func printDiffRow(w io.Writer, channel string, r *query.ModelsDiffRow) {
	line := func(measure, now, then, change string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", channel, measure, now, then, change)
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	for _, c := range []struct {
		name            string
		now, then, diff float64
	}{
		{"conversions", r.Conversions.Now, r.Conversions.Then, r.Conversions.Change},
		{"opportunities", r.Opportunities.Now, r.Opportunities.Then, r.Opportunities.Change},
		{"customers", r.Customers.Now, r.Customers.Then, r.Customers.Change},
	} {
		if c.now != 0 || c.then != 0 {
			line(c.name, number(c.now), number(c.then), number(c.diff))
		}
	}
	for _, m := range []struct{ name, now, then, diff string }{
		{"conversion value " + r.Currency, r.ConversionValue.Now, r.ConversionValue.Then, r.ConversionValue.Change},
		{"pipeline " + r.Currency, r.Pipeline.Now, r.Pipeline.Then, r.Pipeline.Change},
		{"revenue " + r.Currency, r.Revenue.Now, r.Revenue.Then, r.Revenue.Change},
	} {
		if strings.Trim(m.now+m.then, "0.") != "" {
			line(m.name, m.now, m.then, m.diff)
		}
	}
}
