package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

type spendCommand struct {
	collectorFlags
	File        string `arg:"" help:"Report as downloaded from Google Ads, Meta, LinkedIn, Microsoft Advertising or TikTok, or any table with days and costs; - is standard input."`
	DryRun      bool   `help:"Show what would be imported, and import nothing."`
	Platform    string `help:"Platform, where the file does not tell: google_ads, meta_ads, linkedin_ads, microsoft_ads, tiktok_ads or a name of your own."`
	Account     string `help:"Ad account, where the file does not tell."`
	Currency    string `help:"Currency, where the file does not tell (ISO 4217)."`
	Decimal     string `help:"Decimal sign, where numbers do not tell."`
	Dates       string `help:"Order of dates, where they do not tell." enum:"dmy,mdy," default:""`
	UTMTemplate string `name:"utm-template" help:"Final URL suffix of the campaigns, with the platform's placeholders."`
	KeepRows    bool   `help:"Replace rows of the same campaign and day only, not whole days: for reports that do not have all campaigns."`
}

// uploadPatience is how long a file is sent again while the collector is away: somebody sits before it.
const uploadPatience = 10 * time.Second

// Run sends the file and prints what it was read as; any rejected row makes it fail.
func (c *spendCommand) Run(ctx context.Context, s Streams) error {
	cfg := replay.DefaultConfig()
	if err := c.target(&cfg); err != nil {
		return err
	}
	in := s.In
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	file, err := replay.ReadUpload(c.File, in)
	if err != nil {
		return err
	}
	cfg.RetryFor = uploadPatience
	sender, err := replay.NewSender(cfg, replay.NewTally())
	if err != nil {
		return err
	}
	defer sender.Close()
	got, err := sender.Upload(ctx, replay.EndpointSpend, c.query(), file)
	if err != nil {
		return err
	}
	printImport(s.Out, got)
	if got.Status != http.StatusOK || got.Rejected > 0 {
		return errSilent
	}
	return nil
}

func (c *spendCommand) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"platform": c.Platform, "account": c.Account, "currency": c.Currency, "decimal": c.Decimal, "dates": c.Dates, "utm_template": c.UTMTemplate,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if c.DryRun {
		q.Set("dry_run", "1")
	}
	if c.KeepRows {
		q.Set("replace", "rows")
	}
	return q
}

// printImport shows an answer about a file of costs.
func printImport(w io.Writer, got replay.Imported) {
	if got.Import == nil {
		fmt.Fprintf(w, "nothing was taken: %s\n", strings.TrimSpace(got.Field+" "+got.Reason))
		printResults(w, got)
		return
	}
	p := got.Import
	verb := "imported"
	if got.DryRun {
		verb = "would be imported"
	}
	fmt.Fprintf(w, "%s: %d rows on %d days from %s to %s, %d records %s\n", p.Platform, p.Rows, p.Days, p.From, p.To, got.Accepted, verb)
	fmt.Fprintf(w, "read as %s, separator %q, decimal %q, header on line %d; %d rows without a cost of their own left out\n", p.Encoding, p.Separator, p.Decimal, p.HeaderLine, p.Skipped)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "account\tcampaign id\tcampaign\tdays\tspend\t\t")
	for _, c := range p.Campaigns {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t\n", c.AccountID, c.CampaignID, c.Campaign, c.Days, c.Spend, c.Currency)
	}
	for _, sum := range p.Totals {
		fmt.Fprintf(t, "\t\ttotal\t\t%s\t%s\t\n", sum.Spend, sum.Currency)
	}
	_ = t.Flush() // a terminal that is gone reads no more
	for _, r := range p.Replaces {
		fmt.Fprintf(w, "replaces %d days of %s account %q, %s to %s\n", r.Days, r.Platform, r.AccountID, r.From, r.To)
	}
	for _, j := range got.Joins {
		fmt.Fprintf(w, "meets touches of %s: source %q, medium %q, campaign %q\n", j.Channel, j.Source, j.Medium, j.Campaign)
	}
	for _, warning := range p.Warnings {
		fmt.Fprintln(w, "note: "+warning)
	}
	printResults(w, got)
}

func printResults(w io.Writer, got replay.Imported) {
	for _, r := range got.Results {
		fmt.Fprintf(w, "line %d: %s: %s %s\n", r.Line, r.Code, r.Field, r.Reason)
	}
}
