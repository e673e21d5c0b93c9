package main

import (
	"fmt"
	"math/big"
	"net/url"

	"pgregory.net/rapid"
)

// journeysAgree: as many conversions and deals are listed as the channels share, and the list of a page at a time is the list.
func journeysAgree(w *agreeWorld, rt *rapid.T, q url.Values, _ object) error {
	channels, err := w.ask("/api/v1/channels", with(q, "basis", "close"))
	if err != nil {
		return err
	}
	for kind, measure := range map[string]string{"conversion": "conversions", "opportunity": "opportunities"} {
		asked := with(q, "basis", "", "kind", kind, "limit", fmt.Sprint(rapid.IntRange(1, 60).Draw(rt, "limit of "+kind)))
		seen := map[string]bool{}
		for {
			list, err := w.ask("/api/v1/journeys", asked)
			if err != nil {
				return err
			}
			for _, r := range parts(list, "rows") {
				seen[text(r, "journey_id")] = true
			}
			page := list["page"].(object)
			if asked.Set("cursor", text(page, "next_cursor")); asked.Get("cursor") == "" {
				if err := differ("pages of "+kind, object{measure: len(seen)}, object{measure: page["total"]}, measure); err != nil {
					return err
				}
				break
			}
		}
		if err := differ("journeys", object{measure: len(seen)}, channels["totals"].(object), measure); err != nil {
			return err
		}
	}
	return nil
}

// pipelineAgrees: the sums that the reconciliation holds against each other are those of the channels.
func pipelineAgrees(w *agreeWorld, _ *rapid.T, q url.Values, _ object) error {
	channels, err := w.ask("/api/v1/channels", with(q, "basis", "close"))
	if err != nil {
		return err
	}
	pipeline, err := w.ask("/api/v1/pipeline", with(q, "basis", ""))
	if err != nil {
		return err
	}
	for _, check := range parts(pipeline, "checks") {
		if check["ok"] != true || number(check["facts"]).Cmp(number(check["ledger"])) != 0 {
			return fmt.Errorf("the pipeline's %v", check)
		}
		if measure := text(check, "name"); measure == "conversions" || measure == "opportunities" || measure == "customers" {
			if err := differ("pipeline", object{measure: check["ledger"]}, channels["totals"].(object), measure); err != nil {
				return err
			}
		}
	}
	return nil
}

// pathsAgree: paths, lengths and the steps of the diagram are of the same journeys, and with those that have no path they are all there are.
func pathsAgree(w *agreeWorld, rt *rapid.T, q url.Values, _ object) error {
	asked := with(q, "basis", "", "limit", fmt.Sprint(rapid.IntRange(1, 60).Draw(rt, "limit")), "collapse", rapid.SampledFrom([]string{"none", "exposure", "unique"}).Draw(rt, "collapse"))
	journeys, conversions, customers, value := new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)
	add := func(to *big.Rat, v any) { to.Add(to, number(v)) }
	for {
		paths, err := w.ask("/api/v1/paths", asked)
		if err != nil {
			return err
		}
		for _, p := range parts(paths, "paths") {
			add(journeys, p["journeys"])
			add(conversions, p["conversions"])
			add(customers, p["customers"])
			add(value, p["value"])
		}
		totals := paths["totals"].(object)
		lengths, firsts := new(big.Rat), new(big.Rat)
		for _, l := range parts(paths, "lengths") {
			if text(l, "touches") == "0" {
				if err := differ("length 0", object{"journeys": l["journeys"]}, object{"journeys": totals["without_touch"]}, "journeys"); err != nil {
					return err
				}
				continue
			}
			add(lengths, l["journeys"])
		}
		for _, n := range parts(paths, "nodes") {
			if text(n, "step") == "1" {
				add(firsts, n["journeys"])
			}
		}
		for what, sum := range map[string]*big.Rat{"lengths": lengths, "first steps": firsts} {
			if err := differ(what, object{"journeys": sum.RatString()}, totals, "journeys"); err != nil {
				return err
			}
		}
		if asked.Set("cursor", text(paths["page"].(object), "next_cursor")); asked.Get("cursor") == "" {
			got := object{"journeys": journeys.RatString(), "conversions": conversions.RatString(), "customers": customers.RatString(), "value": value.RatString()}
			return differ("paths", got, totals, "journeys", "conversions", "customers", "value")
		}
	}
}
