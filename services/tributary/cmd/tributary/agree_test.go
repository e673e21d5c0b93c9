package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAgree holds all faces of the same numbers against each other over a world that came in through the collector, the attributor and the sink: whatever is
// asked, each says what /channels says. Every face is asked many random questions; of those that differ the smallest is printed.
// TRIBUTARY_SEED chooses the world, -rapid.checks how many questions.
func TestAgree(t *testing.T) {
	needEngine(t)
	fewByDefault(t)
	seed := uint64(11)
	if given, err := strconv.ParseUint(os.Getenv("TRIBUTARY_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("TRIBUTARY_SEED=%d", seed)
	w := newAgreeWorld(t, seed)
	w.isWorthIt(t)
	for _, face := range agreeFaces() {
		t.Run(face.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				q := w.question(rt, face)
				channels, err := w.ask("/api/v1/channels", q)
				if err == nil {
					err = face.diff(w, rt, q, channels)
				}
				if err != nil {
					rt.Fatalf("%s\n%s", q.Encode(), err)
				}
			})
		})
	}
}

// fewByDefault asks fewer questions than rapid would, each is several requests, and the same ones every time. -rapid.checks asks more, -rapid.seed others.
func fewByDefault(t *testing.T) {
	t.Helper()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": "5", "rapid.seed": "11"} {
		if given["rapid.checks"] || given["rapid.seed"] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
}

// isWorthIt refuses a world in which the comparisons would compare little.
func (w *agreeWorld) isWorthIt(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"erased touches":        "SELECT count() > 0 FROM credits WHERE channel = '(erased)'",
		"currencies of credits": "SELECT uniqExactIf(currency, currency != '') = 3 FROM credits",
		"currencies of costs":   "SELECT uniqExact(currency) = 3 FROM spend",
		"adjustments":           "SELECT sum(is_adjustment) > 0 FROM ledger",
		"late changes":          fmt.Sprintf("SELECT countIf(recorded_at > '%s') > 0 FROM ledger", w.between.Format("2006-01-02 15:04:05.000")),
		"unattributed":          "SELECT count() > 0 FROM credits WHERE touchpoint_id = '' AND measure = 'conversion_value'",
		"shared deals":          "SELECT count() > 0 FROM credits WHERE measure = 'revenue' AND weight < 0.5 AND model = 'linear'",
	} {
		if w.sql(t, query) != "1" {
			t.Errorf("this world has no %s", what)
		}
	}
}

// agreeFace is a way to see numbers that must be those of /channels.
type agreeFace struct {
	name string
	// knows are the parameters beyond model, basis and period that the face understands.
	knows []string
	diff  func(*agreeWorld, *rapid.T, url.Values, object) error
}

func agreeFaces() []agreeFace {
	all := []string{"currency", "conversion_type", "value", "as_of", "books", "channel"}
	return []agreeFace{
		{"grouped", all, groupedAgrees},
		{"trend", all, trendAgrees},
		{"compare", all, compareAgrees},
		{"before", all, beforeAgrees},
		{"now", []string{"currency", "conversion_type", "value"}, nowAgrees},
		{"contributions", []string{"currency", "conversion_type", "value", "as_of"}, contributionsAgree},
		{"bridge", []string{"currency", "as_of"}, bridgeAgrees},
		{"postings", []string{"as_of"}, postingsAgree},
		{"report", all, reportAgrees},
		{"export", all, exportAgrees},
		{"weekly", []string{"currency", "value"}, weeklyAgrees},
		{"funnel", []string{"currency"}, funnelAgrees},
		{"journeys", []string{"as_of"}, journeysAgree},
		{"pipeline", nil, pipelineAgrees},
		{"paths", []string{"currency", "as_of"}, pathsAgree},
		{"view per day", []string{"value"}, dailyViewAgrees},
		{"view credits", []string{"conversion_type", "as_of"}, creditsViewAgrees},
	}
}

// question draws a question that the face understands. What comes first in each list is the simplest: failures are brought down to it.
func (w *agreeWorld) question(rt *rapid.T, face agreeFace) url.Values {
	q := url.Values{}
	set := func(name string, choices ...string) {
		if choice := rapid.SampledFrom(choices).Draw(rt, name); choice != "" {
			q.Set(name, choice)
		}
	}
	set("model", "linear", "first_touch", "w_shaped", "time_decay")
	set("basis", "close", "touch")
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 100).Draw(rt, "first"))
	if !rapid.Bool().Draw(rt, "part") { // so that half of the questions are of everything
		first = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	}
	last := first.AddDate(0, 0, rapid.IntRange(0, 40).Draw(rt, "days"))
	if first.Year() == 2025 {
		last = first.AddDate(2, 0, 0)
	}
	q.Set("from", first.Format(time.DateOnly))
	q.Set("to", last.Format(time.DateOnly))
	choices := map[string][]string{
		"currency": {"", "EUR", "USD", "JPY"}, "conversion_type": {"", "purchase", "lead,demo"}, "value": {"", "revenue", "conversion_value"},
		"as_of": {"", w.between.Format("2006-01-02T15:04:05.000Z07:00")}, "books": {"", "closed"}, "channel": {"", "Paid Search", "(unattributed)", "no such channel"},
	}
	for _, name := range face.knows {
		set(name, choices[name]...)
	}
	return q
}
