package terminal

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

var csvHeader = []string{
	"workspace", "model", "basis", "from", "to", "channel", "campaign", "currency", "spend", "impressions", "clicks", "touchpoints", "conversions",
	"conversion_value", "opportunities", "customers", "pipeline", "revenue", "value", "roi", "roas", "cpl", "cost_per_opportunity", "cac",
}

// writeCSV writes the rows, the unattributed one included. There is no row of totals: summing a column is what the file is for.
func writeCSV(w io.Writer, a *answer.Channels) error {
	out := csv.NewWriter(w)
	header := slices.Clone(csvHeader)
	if a.GroupBy != "" && a.GroupBy != "channel" {
		header[slices.Index(header, "campaign")] = a.GroupBy
	}
	records := [][]string{header}
	for _, r := range a.Rows {
		records = append(records, []string{
			guarded(a.Workspace), guarded(a.Model), a.Basis, a.From, a.To, guarded(r.Channel), guarded(r.Name()), r.Currency,
			r.Spend, strconv.FormatInt(r.Impressions, 10), strconv.FormatInt(r.Clicks, 10), strconv.FormatInt(r.Touchpoints, 10),
			decimal(&r.Conversions), r.ConversionValue, decimal(&r.Opportunities), decimal(&r.Customers), r.Pipeline, r.Revenue, r.Value,
			decimal(r.ROI), decimal(r.ROAS), orEmpty(r.CPL), orEmpty(r.CostPerOpportunity), orEmpty(r.CAC),
		})
	}
	return out.WriteAll(records)
}

// guarded keeps a spreadsheet from running a name as a formula: names come from the addresses that visitors open.
func guarded(name string) string {
	if strings.ContainsAny(name[:min(1, len(name))], "=+-@\t\r") {
		return "'" + name
	}
	return name
}

func decimal(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
