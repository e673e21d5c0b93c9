package main

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// read asks ClickHouse as a BI user, in JSON lines.
func (w *agreeWorld) read(user, query string) ([]object, error) {
	status, body, err := request(http.MethodPost, w.values["clickhouse_http"]+"/?database=tributary", query+" FORMAT JSONEachRow", user)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s: %s: %d %s", user, query, status, body)
	}
	if err != nil {
		return nil, err
	}
	var rows []object
	for line := range strings.Lines(body) {
		row, err := decode(line)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// whose is a user who sees this workspace: with each tool's settings, or every workspace.
func whose(rt *rapid.T) (user, condition string) {
	return rapid.SampledFrom([]string{"bi_default", "grafana_default", "bi_all"}).Draw(rt, "user"), "workspace = 'default'"
}

// dailyViewAgrees: sums of channel_performance_daily in the base currency.
func dailyViewAgrees(w *agreeWorld, rt *rapid.T, q url.Values, _ object) error {
	user, condition := whose(rt)
	// Sums of numbers with two decimals, which is what the base currency has: what a binary fraction adds is rounded away.
	base := func(columns string) string { return "toString(round(sum(" + columns + "), 2))" }
	counted := func(column string) string { return "toString(toDecimal128(sum(" + column + "_nano), 9) / 1000000000)" }
	value := map[string]string{"": "revenue_base + conversion_value_base", "revenue": "revenue_base", "conversion_value": "conversion_value_base"}[q.Get("value")]
	columns := []string{"sum(impressions) AS impressions", "sum(clicks) AS clicks", "sum(touchpoints) AS touchpoints", base(value) + " AS value"}
	for _, measure := range []string{"spend", "conversion_value", "pipeline", "revenue"} {
		columns = append(columns, base(measure+"_base")+" AS "+measure)
	}
	for _, measure := range []string{"conversions", "opportunities", "customers"} {
		columns = append(columns, counted(measure)+" AS "+measure)
	}
	rows, err := w.read(user, fmt.Sprintf("SELECT channel, %s FROM channel_performance_daily AS p WHERE %s AND model = '%s' AND basis = '%s' AND day BETWEEN '%s' AND '%s' GROUP BY channel",
		strings.NewReplacer("(spend", "(p.spend", "(impressions", "(p.impressions", "(clicks", "(p.clicks", "(touchpoints", "(p.touchpoints").Replace(strings.Join(columns, ", ")), condition,
		q.Get("model"), q.Get("basis"), q.Get("from"), q.Get("to")))
	if err != nil {
		return err
	}
	want, err := w.ask("/api/v1/channels", with(q, "currency", "EUR"))
	if err != nil {
		return err
	}
	return differBy("view", "channel", grouped(rows, "channel"), grouped(parts(want, "rows"), "channel"), additive...)
}

// creditsViewAgrees: counts of the views of credits, now and as of a moment, and money in the base currency to half a minor unit for each credit, since
// the view rounds nothing.
func creditsViewAgrees(w *agreeWorld, rt *rapid.T, q url.Values, _ object) error {
	user, condition := whose(rt)
	view, opened := "credits", "opened_date"
	if at := q.Get("as_of"); at != "" {
		view, opened = "credits_as_of(as_of = '"+strings.NewReplacer("T", " ", "Z", "").Replace(at)+"')", "close_date"
	}
	day := "if(measure IN ('opportunities', 'pipeline'), " + opened + ", close_date)"
	if q.Get("basis") == "touch" {
		day = "if(touchpoint_id = '', " + day + ", touch_date)"
	}
	types := ""
	if given := q.Get("conversion_type"); given != "" {
		types = "AND (measure NOT IN ('conversions', 'conversion_value') OR conversion_type IN ('" + strings.ReplaceAll(given, ",", "','") + "'))"
	}
	rows, err := w.read(user, fmt.Sprintf(`SELECT channel, measure, toString(toDecimal128(sumIf(amount_minor, measure IN ('conversions', 'opportunities', 'customers')), 9) / 1000000000) AS counted,
		toString(sumIf(amount_base, currency != '')) AS money, count() AS credits
		FROM %s WHERE %s AND model = '%s' AND %s BETWEEN '%s' AND '%s' %s GROUP BY channel, measure`, view, condition, q.Get("model"), day, q.Get("from"), q.Get("to"), types))
	if err != nil {
		return err
	}
	want, err := w.ask("/api/v1/channels", with(q, "currency", "EUR"))
	if err != nil {
		return err
	}
	for _, measure := range ledgered {
		for _, row := range parts(want, "rows") {
			got := object{}
			for _, r := range rows {
				if text(r, "channel") == text(row, "channel") && text(r, "measure") == measure {
					got = r
				}
			}
			if slices.Contains([]string{"conversions", "opportunities", "customers"}, measure) {
				if err := differ(user+": "+view+" of "+text(row, "channel"), object{measure: got["counted"]}, row, measure); err != nil {
					return err
				}
			} else if q.Get("basis") == "close" { // the view's rate is that of the close
				allowed := new(big.Rat).Mul(number(got["credits"]), big.NewRat(1, 100))
				if d := new(big.Rat).Sub(number(got["money"]), number(row[measure])); d.Abs(d).Cmp(allowed) > 0 {
					return fmt.Errorf("%s: %s: %s of %s is %v, in the API %v", user, view, measure, text(row, "channel"), got["money"], row[measure])
				}
			}
		}
	}
	return nil
}

// reportAgrees: the terminal prints the API's answer, as JSON, as CSV and as a table.
func reportAgrees(w *agreeWorld, rt *rapid.T, q url.Values, channels object) error {
	args := []string{"report", "--query", w.values["query"]}
	for parameter, flag := range map[string]string{
		"model": "--model", "basis": "--basis", "from": "--from", "to": "--to", "currency": "--currency", "value": "--value", "channel": "--channel",
		"conversion_type": "--conversion", "as_of": "--as-of", "books": "--books",
	} {
		if q.Get(parameter) != "" {
			args = append(args, flag, q.Get(parameter))
		}
	}
	format := rapid.SampledFrom([]string{"csv", "json", "table"}).Draw(rt, "format")
	out, err := exec.Command(binary, append(args, "--format", format)...).CombinedOutput() //nolint:noctx // answers within its own limit
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	switch format {
	case "csv":
		rows, err := csvRows(string(out))
		if err != nil {
			return err
		}
		return differBy("report", "channel", grouped(rows, "channel"), grouped(parts(channels, "rows"), "channel"), additive...)
	case "json":
		report, err := decode(string(out))
		if err != nil {
			return err
		}
		if err := differ("report", report["totals"].(object), channels["totals"].(object), additive...); err != nil {
			return err
		}
		return differBy("report", "channel", grouped(parts(report, "rows"), "channel"), grouped(parts(channels, "rows"), "channel"), additive...)
	}
	return tableAgrees(string(out), channels)
}

// tableColumns are the table's columns that add up, as it calls them.
var tableColumns = map[string]string{
	"Touches": "touchpoints", "Clicks": "clicks", "Spend": "spend", "Revenue": "revenue", "Conv. value": "conversion_value", "Conv.": "conversions", "Opps": "opportunities",
	"Pipeline": "pipeline", "Won": "customers",
}

// tableAgrees reads the table back: cells are rounded by at most half of what they show, and a point stands for zero.
func tableAgrees(printed string, channels object) error {
	if !strings.Contains(printed, text(channels, "headline")) {
		return fmt.Errorf("the report does not say %q:\n%s", text(channels, "headline"), printed)
	}
	names, seen := []string{}, 0
	for line := range strings.Lines(printed) {
		cells := splitCells(line)
		if len(cells) > 1 && cells[0] == "Channel" {
			names = cells
			continue
		}
		row := find(parts(channels, "rows"), "channel", cells[0])
		if cells[0] == "Total" {
			row = channels["totals"].(object)
		}
		if row == nil || len(names) == 0 {
			continue
		}
		seen++
		bars := len(cells) - len(names) // a row has a bar or none
		for i := 1; i < len(names); i++ {
			measure, known := tableColumns[names[i]]
			if !known {
				continue
			}
			cell := strings.NewReplacer(",", "", "−", "-", "·", "0").Replace(cells[i+bars])
			_, decimals, _ := strings.Cut(cell, ".")
			half := big.NewRat(1, 2)
			for range decimals {
				half.Mul(half, big.NewRat(1, 10))
			}
			if cell == "0" {
				half = big.NewRat(1, 2)
			}
			if d := new(big.Rat).Sub(number(cell), number(row[measure])); d.Abs(d).Cmp(half) > 0 {
				return fmt.Errorf("the table says %q of %s for %s, the API %v:\n%s", cells[i+bars], measure, cells[0], row[measure], printed)
			}
		}
	}
	if rows := len(parts(channels, "rows")); rows > 0 && seen != rows+1 {
		return fmt.Errorf("the table has %d lines of %d rows and the total:\n%s", seen, rows, printed)
	}
	return nil
}

// splitCells cuts a line of the table where two blanks or more are; a bar is a cell.
func splitCells(line string) []string {
	var cells []string
	for _, cell := range strings.Split(strings.TrimSpace(line), "  ") {
		if cell = strings.TrimSpace(cell); cell != "" {
			cells = append(cells, cell)
		}
	}
	if len(cells) == 0 {
		return []string{""}
	}
	return cells
}
