package query_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"testing"
)

// statements is how often each statement ran, whatever came of it.
func (w *world) statements() map[string]int {
	w.t.Helper()
	_, _, text := get(w.t, w.url+"/metrics")
	n := map[string]int{}
	for _, m := range regexp.MustCompile(`tributary_query_clickhouse_seconds_count\{result="[a-z_]+",statement="([^"]+)"\} (\d+)`).FindAllStringSubmatch(text, -1) {
		count, err := strconv.Atoi(m[2])
		w.check(err)
		n[m[1]] += count
	}
	return n
}

// TestHerd lets 200 clients ask the same questions at the moment at which everything remembered has become old: each is read once.
func TestHerd(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	for round := range 3 {
		w.spends(spend{day: "2026-01-12", channel: "Display", campaign: fmt.Sprint("new", round), currency: "USD", minor: 100})
		before := w.statements()
		var all sync.WaitGroup
		begin := make(chan struct{})
		for range 200 {
			all.Go(func() {
				<-begin
				for _, path := range []string{"/api/v1/channels?model=first_touch", "/api/v1/paths"} {
					response, err := http.Get(w.url + path) //nolint:noctx // ends with the service
					if err != nil || response.StatusCode != http.StatusOK {
						t.Errorf("%s: %v", path, err)
						return
					}
					_ = response.Body.Close()
				}
			})
		}
		close(begin)
		all.Wait()
		for name, n := range w.statements() {
			if n -= before[name]; n > most[name] {
				t.Errorf("round %d: %s was asked %d times", round, name, n)
			}
		}
	}
}

// most is how often a statement may run for 400 questions: once for each that differs, and for the version as often as looks fit in one after the other.
var most = map[string]int{
	"paths": 1, "facts": 2, "plans_mark": 1, "plans": 1, "version": 200,
	// Rows kept in memory: what is new of each of cells and spend, or each of the four slices of the two models whole.
	"mirror_count": 4, "mirror_cells": 4, "mirror_spend": 1,
	// Those of the metrics, which are asked for here: see newPipelineMetrics.
	"models": 3, "recorded": 3 + 2, "arrival": 20, "last_day": 4, "layers": 4, "layers_ledger": 4, "layers_crm": 4, "layers_revenue": 4, "refusals": 4,
}
