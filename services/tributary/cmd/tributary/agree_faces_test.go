package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// groupedAgrees: finer rows add up to channels, and totals are the same.
func groupedAgrees(w *agreeWorld, rt *rapid.T, q url.Values, channels object) error {
	groupings := []string{"campaign"}
	if q.Get("as_of") == "" && q.Get("books") == "" {
		groupings = append(groupings, "source", "medium", "content", "landing_page")
	}
	fine, err := w.ask("/api/v1/channels", with(q, "group_by", rapid.SampledFrom(groupings).Draw(rt, "group_by"), "limit", "1000"))
	if err != nil {
		return err
	}
	if err := differ("totals", fine["totals"].(object), channels["totals"].(object), additive...); err != nil {
		return err
	}
	return differBy("sum", "channel", grouped(parts(fine, "rows"), "channel"), grouped(parts(channels, "rows"), "channel"), additive...)
}

// trendAgrees: points add up to rows, and to totals.
func trendAgrees(w *agreeWorld, rt *rapid.T, q url.Values, channels object) error {
	trend, err := w.ask("/api/v1/trend", with(q, "interval", rapid.SampledFrom([]string{"month", "week", "day"}).Draw(rt, "interval")))
	if err != nil {
		return err
	}
	if err := differ("points of totals", sums(parts(trend, "totals")), channels["totals"].(object), additive...); err != nil {
		return err
	}
	for _, s := range parts(trend, "series") {
		if row := find(parts(channels, "rows"), "channel", text(s, "channel")); row == nil {
			return fmt.Errorf("a series of %s, which is no row", text(s, "channel"))
		} else if err := differ("points of "+text(s, "channel"), sums(parts(s, "points")), row, additive...); err != nil {
			return err
		}
	}
	return nil
}

func compareAgrees(w *agreeWorld, _ *rapid.T, q url.Values, channels object) error {
	compare, err := w.ask("/api/v1/compare", with(q, "model", "", "models", "last_touch,"+q.Get("model")))
	if err != nil {
		return err
	}
	if err := differ("totals", find(parts(compare, "totals"), "model", q.Get("model")), channels["totals"].(object), additive...); err != nil {
		return err
	}
	got := map[string][]object{}
	for _, r := range parts(compare, "rows") {
		got[text(r, "channel")] = []object{find(parts(r, "models"), "model", q.Get("model"))}
	}
	return differBy("row", "channel", got, grouped(parts(channels, "rows"), "channel"), additive...)
}

// beforeAgrees: what stands as previous is the answer of that period.
func beforeAgrees(w *agreeWorld, _ *rapid.T, q url.Values, _ object) error {
	from, _ := time.Parse(time.DateOnly, q.Get("from"))
	later := with(q, "compare_from", q.Get("from"), "compare_to", q.Get("to"), "from", from.AddDate(0, 0, 30).Format(time.DateOnly), "to", from.AddDate(3, 0, 0).Format(time.DateOnly))
	if later.Get("currency") == "" {
		later.Set("currency", "EUR")
	}
	before, err := w.ask("/api/v1/channels", with(q, "currency", later.Get("currency"), "channel", ""))
	if err != nil {
		return err
	}
	compared, err := w.ask("/api/v1/channels", with(later, "channel", ""))
	if err != nil {
		return err
	}
	got := map[string][]object{}
	for _, r := range parts(compared, "rows") {
		if previous, ok := r["previous"].(object); ok {
			got[text(r, "channel")] = []object{previous}
		}
	}
	if err := differ("totals before", compared["totals"].(object)["previous"].(object), before["totals"].(object), additive...); err != nil {
		return err
	}
	return differBy("before", "channel", got, grouped(parts(before, "rows"), "channel"), additive...)
}

// nowAgrees: as of now, from postings, is what cells say.
func nowAgrees(w *agreeWorld, _ *rapid.T, q url.Values, channels object) error {
	known, err := w.ask("/api/v1/channels", with(q, "as_of", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)))
	if err != nil {
		return err
	}
	if err := differ("totals as of now", known["totals"].(object), channels["totals"].(object), additive...); err != nil {
		return err
	}
	return differBy("as of now", "channel", grouped(parts(known, "rows"), "channel"), grouped(parts(channels, "rows"), "channel"), additive...)
}

// contributionsAgree: what a figure is made of adds up to it, for a total, a channel or a finer row.
func contributionsAgree(w *agreeWorld, rt *rapid.T, q url.Values, channels object) error {
	measure := rapid.SampledFrom(additive).Draw(rt, "measure")
	of, key := channels["totals"].(object), ""
	if rows := parts(channels, "rows"); len(rows) > 0 && rapid.Bool().Draw(rt, "row") {
		of = rapid.SampledFrom(rows).Draw(rt, "of")
		key = text(of, "channel")
	}
	asked := with(q, "measure", measure, "limit", "1000", "channel", key)
	if key != "" && rapid.Bool().Draw(rt, "campaign") {
		fine, err := w.ask("/api/v1/channels", with(q, "channel", key, "group_by", "campaign", "limit", "1000"))
		if err != nil {
			return err
		}
		of = rapid.SampledFrom(slices.DeleteFunc(parts(fine, "rows"), func(r object) bool { return text(r, "channel") != key })).Draw(rt, "finer")
		asked.Set("campaign", text(of, "campaign"))
	}
	answer, err := w.ask("/api/v1/contributions", asked)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("contributions to %s of %q %q", measure, key, asked["campaign"])
	if err := differ(what, object{measure: answer["figure"]}, of, measure); err != nil {
		return err
	}
	sum := new(big.Rat)
	if rest := text(answer, "rest"); rest != "" {
		sum = number(rest)
	}
	for _, r := range parts(answer, "rows") {
		sum.Add(sum, number(r["amount"]))
	}
	if len(parts(answer, "parts")) > 0 { // a sum of measures has no rows
		sum = number(answer["figure"])
	}
	for _, warning := range parts(answer, "warnings") {
		if text(warning, "code") != "not_converted" {
			return fmt.Errorf("%s: %v", what, warning)
		}
	}
	return differ(what+", added up", object{measure: sum.RatString()}, of, measure)
}

// bridgeAgrees: what is known now, whole and by channel.
func bridgeAgrees(w *agreeWorld, rt *rapid.T, q url.Values, channels object) error {
	measure := rapid.SampledFrom(ledgered).Draw(rt, "measure")
	asked := with(q, "measure", measure, "from", "", "to", q.Get("as_of"), "as_of", "", "effective_from", q.Get("from"), "effective_to", q.Get("to"), "by", "channel")
	asked.Set("currency", text(channels, "currency"))
	if from := rapid.SampledFrom([]string{"", "2026-01-01", w.between.Format(time.RFC3339Nano)}).Draw(rt, "known"); from != "" && q.Get("as_of") == "" {
		asked.Set("from", from)
	}
	bridge, err := w.ask("/api/v1/ledger/bridge", asked)
	if err != nil {
		return err
	}
	if bridge["check"].(object)["exact"] != true {
		return fmt.Errorf("the bridge does not add up: %v", bridge["check"])
	}
	if err := differ("end of the bridge", object{measure: bridge["to"].(object)["amount"]}, channels["totals"].(object), measure); err != nil {
		return err
	}
	if rows := parts(channels, "rows"); len(rows) > 0 {
		row := rapid.SampledFrom(rows).Draw(rt, "of")
		one, err := w.ask("/api/v1/ledger/bridge", with(asked, "channel", text(row, "channel")))
		if err != nil {
			return err
		}
		if err := differ("end of the bridge of "+text(row, "channel"), object{measure: one["to"].(object)["amount"]}, row, measure); err != nil {
			return err
		}
	}
	return nil
}

// postingsAgree: postings of a currency add up to the bridge's end in that currency.
func postingsAgree(w *agreeWorld, rt *rapid.T, q url.Values, _ object) error {
	measure := rapid.SampledFrom(ledgered).Draw(rt, "measure")
	asked := with(q, "measure", measure, "from", "", "to", q.Get("as_of"), "as_of", "", "effective_from", q.Get("from"), "effective_to", q.Get("to"))
	bridge, err := w.ask("/api/v1/ledger/bridge", asked)
	if err != nil {
		return err
	}
	postings, err := w.ask("/api/v1/ledger/postings", asked)
	if err != nil {
		return err
	}
	for _, c := range parts(bridge, "by_currency") {
		sum := new(big.Rat)
		for _, s := range parts(postings, "sums") {
			if text(s, "currency") == text(c, "currency") {
				sum.Add(sum, number(s["amount"]))
			}
		}
		if err := differ("postings in "+text(c, "currency"), object{measure: sum.RatString()}, object{measure: c["to"]}, measure); err != nil {
			return err
		}
	}
	return nil
}

// exportAgrees: the file has the rows of the answer.
func exportAgrees(w *agreeWorld, rt *rapid.T, q url.Values, channels object) error {
	path := rapid.SampledFrom([]string{"/api/v1/channels", "/api/v1/trend"}).Draw(rt, "of")
	printed, err := w.askText(path, with(q, "format", "csv"))
	if err != nil {
		return err
	}
	rows, err := csvRows(printed)
	if err != nil {
		return err
	}
	if q.Get("channel") != "" && path == "/api/v1/trend" {
		rows = slices.DeleteFunc(rows, func(r object) bool {
			return text(r, "channel") == "(unattributed)" && q.Get("channel") != "(unattributed)"
		})
		channels = object{"rows": []any{}}
		if answer, err := w.ask("/api/v1/channels", q); err != nil {
			return err
		} else if row := find(parts(answer, "rows"), "channel", q.Get("channel")); row != nil {
			channels["rows"] = []any{row}
		}
	}
	return differBy("file", "channel", grouped(rows, "channel"), grouped(parts(channels, "rows"), "channel"), additive...)
}

func csvRows(printed string) ([]object, error) {
	lines, err := csv.NewReader(strings.NewReader(printed)).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, errors.Join(err, errors.New("no CSV with a header"))
	}
	var rows []object
	for _, line := range lines[1:] {
		row := object{}
		for i, name := range lines[0] {
			if row[name] = line[i]; line[i] == "" {
				row[name] = nil
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// weeklyAgrees: every finding of a channel or campaign is the figure at the address that it names.
func weeklyAgrees(w *agreeWorld, rt *rapid.T, q url.Values, _ object) error {
	week := fmt.Sprintf("2026-W%02d", rapid.IntRange(2, 16).Draw(rt, "week"))
	weeks := fmt.Sprint(rapid.IntRange(1, 6).Draw(rt, "weeks"))
	review, err := w.ask("/api/v1/weekly", with(q, "from", "", "to", "", "week", week, "weeks", weeks))
	if err != nil {
		return err
	}
	for _, section := range parts(review, "sections") {
		for _, f := range parts(section, "findings") {
			path, query, _ := strings.Cut(text(f, "query"), "?")
			asked, err := url.ParseQuery(query)
			if err != nil || path != "/api/v1/channels" {
				continue
			}
			answer, err := w.ask(path, asked)
			if err != nil {
				return err
			}
			if err := findingAgrees(f, answer, number(weeks)); err != nil {
				return fmt.Errorf("%s: %s: %w", week, text(f, "sentence"), err)
			}
		}
	}
	return nil
}

func findingAgrees(f, answer object, weeks *big.Rat) error {
	subject, of := f["subject"].(object), answer["totals"].(object)
	if channel := text(subject, "channel"); channel != "" {
		of = nil
		for _, r := range parts(answer, "rows") {
			if text(r, "channel") == channel && text(r, "campaign") == text(subject, "campaign") {
				of = r
			}
		}
		if of == nil {
			return fmt.Errorf("no row of %v", subject)
		}
	}
	measure, hundredth := text(f, "measure"), big.NewRat(1, 100)
	if _, known := of[measure]; !known || f["value"] == nil {
		return nil
	}
	if measure == "roas" {
		hundredth = big.NewRat(1, 1_000_000)
	}
	if d := new(big.Rat).Sub(number(f["value"]), number(of[measure])); d.Abs(d).Cmp(hundredth) > 0 || measure != "roas" && d.Sign() != 0 {
		return fmt.Errorf("%s is %v, at its address %v", measure, f["value"], of[measure])
	}
	previous, _ := of["previous"].(object)
	if f["previous"] == nil || previous == nil {
		return nil
	}
	was := number(previous[measure])
	if measure != "roas" {
		was.Quo(was, weeks)
		hundredth = big.NewRat(1, 1)
		if text(f, "currency") != "JPY" {
			hundredth = big.NewRat(1, 100)
		}
	}
	if d := new(big.Rat).Sub(number(f["previous"]), was); d.Abs(d).Cmp(hundredth) > 0 {
		return fmt.Errorf("%s was %v, at its address %v in %v weeks", measure, f["previous"], previous[measure], weeks)
	}
	return nil
}

// funnelAgrees: opportunities that were created in the period, and their channels.
func funnelAgrees(w *agreeWorld, _ *rapid.T, q url.Values, _ object) error {
	channels, err := w.ask("/api/v1/channels", with(q, "basis", "close"))
	if err != nil {
		return err
	}
	funnel, err := w.ask("/api/v1/funnel", q)
	if err != nil {
		return err
	}
	step := find(parts(funnel, "steps"), "kind", "opportunity")
	if step == nil {
		return errors.New("no step of opportunities")
	}
	if err := differ("funnel", object{"opportunities": step["reached"]}, channels["totals"].(object), "opportunities"); err != nil {
		return err
	}
	got := map[string][]object{}
	for _, c := range parts(funnel, "by_channel") {
		if at := find(parts(c, "steps"), "kind", "opportunity"); at != nil {
			got[text(c, "channel")] = []object{{"opportunities": at["reached"]}}
		}
	}
	return differBy("funnel", "channel", got, grouped(parts(channels, "rows"), "channel"), "opportunities")
}
