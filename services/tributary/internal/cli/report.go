package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
)

type reportCommand struct {
	dataDirFlag
	URL         address  `name:"query" help:"Query service's address; without it, the one running on the data folder." placeholder:"URL"`
	Token       string   `help:"API token." env:"TRIBUTARY_TOKEN" placeholder:"T"`
	Workspace   string   `help:"Workspace; without it, the first one." placeholder:"NAME"`
	Model       string   `help:"Attribution model; without it, the service's default." placeholder:"M"`
	By          string   `help:"What rows are: channel, campaign, content, landing_page, source or medium." default:"channel"`
	From        day      `help:"First day, YYYY-MM-DD." placeholder:"DAY"`
	To          day      `help:"Last day, YYYY-MM-DD." placeholder:"DAY"`
	CompareFrom day      `help:"First day of a period to compare with." placeholder:"DAY"`
	CompareTo   day      `help:"Last day of the period to compare with." placeholder:"DAY"`
	Channel     string   `help:"Rows of this channel only; totals stay those of all." placeholder:"NAME"`
	Sort        string   `help:"Measure to sort by, or channel; a leading - sorts downward." placeholder:"MEASURE"`
	Offset      int      `help:"Rows to leave out before the first." default:"0"`
	Basis       string   `help:"Date that counts: touch or close." enum:"touch,close," default:""`
	Currency    currency `help:"Currency of the figures." placeholder:"ISO"`
	Value       string   `help:"What return is computed from: revenue, conversion_value ..." placeholder:"V"`
	Conversion  string   `help:"Only conversions of these types, separated by commas." placeholder:"TYPES"`
	AsOf        moment   `help:"What was known then: a moment in RFC 3339, or a day, which means its end." placeholder:"WHEN"`
	Books       string   `help:"closed: later changes of closed months count in the month that took them." enum:"open,closed," default:""`
	Format      string   `help:"table, json or csv." enum:"table,json,csv" default:"table"`
	Limit       int      `help:"Rows at most." default:"0"`
}

// Run asks the query service and prints the table.
func (c *reportCommand) Run(ctx context.Context, s Streams) error {
	if err := errors.Join(inOrder("--from", c.From, "--to", c.To), inOrder("--compare-from", c.CompareFrom, "--compare-to", c.CompareTo),
		atLeast("--limit", c.Limit, 0), atLeast("--offset", c.Offset, 0)); err != nil {
		return err
	}
	request := query.ReportRequest{
		URL: string(c.URL), Token: c.Token, Workspace: c.Workspace, Model: c.Model, GroupBy: c.By, From: string(c.From), To: string(c.To), Basis: c.Basis,
		Currency: string(c.Currency), Value: c.Value, Limit: c.Limit, Offset: c.Offset, CompareFrom: string(c.CompareFrom), CompareTo: string(c.CompareTo),
		Channel: c.Channel, Sort: c.Sort, AsOf: string(c.AsOf), Books: c.Books,
	}
	if c.Conversion != "" {
		request.ConversionTypes = []string{c.Conversion}
	}
	if request.URL == "" {
		running, err := c.running()
		if errors.Is(err, datadir.ErrNotRunning) {
			return fmt.Errorf("%w; start one with \"tributary up\", or give --query", err)
		}
		if err != nil {
			return err
		}
		request.URL = running.Query
		if request.Token == "" {
			request.Token = running.QueryToken
		}
	}
	return printReport(ctx, s, request, c.Format)
}

func printReport(ctx context.Context, s Streams, request query.ReportRequest, format string) error {
	result, err := query.Report(ctx, request)
	if err != nil {
		return err
	}
	options := query.TerminalOptions(s.Out, os.Getenv)
	switch format {
	case "json":
		options.Format = query.FormatJSON
	case "csv":
		options.Format = query.FormatCSV
	}
	return query.RenderReport(s.Out, result, options)
}
