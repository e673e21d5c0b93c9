package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestModels_learn: the golden paths ABC+ AC+ C+ B- A- as traffic; what a chain learns of them, the model that weighs by it, and a Shapley value that nobody has to learn.
func TestModels_learn(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir, "--secret-key", secretKey)
	if out, code := command(t, "models", "learn", "markov", "--dry-run", "--data-dir", dir); code != 1 || !strings.Contains(out, "nothing to learn from") && !strings.Contains(out, "no live model") {
		t.Errorf("learning from nothing: exit %d\n%s", code, out)
	}
	// The last one comes directly first, which is no evidence of anything.
	p.post(t, "/v1/page", `{"type":"page","messageId":"d5","anonymousId":"v5","timestamp":"2026-03-01T08:00:00Z","context":{"page":{"url":"https://shop.example/"}}}`)
	for i, path := range []string{"ABC+", "AC+", "C+", "B-", "A-"} {
		for day, channel := range strings.TrimRight(path, "+-") {
			p.post(t, "/v1/touches", fmt.Sprintf(`{"type":"touch","id":"t%d%c","occurred_at":"2026-03-%02dT09:00:00Z","anonymous_id":"v%d","channel":"%c","source":"%[2]c"}`,
				i+1, channel, day+2, i+1, channel))
		}
		if strings.HasSuffix(path, "+") {
			p.post(t, "/v1/track", fmt.Sprintf(`{"type":"track","messageId":"buy%d","anonymousId":"v%[1]d","timestamp":"2026-03-20T09:00:00Z","event":"Order Completed",`+
				`"properties":{"revenue":"33.00","currency":"EUR"}}`, i+1))
		}
	}
	eventually(t, "all touches and purchases", func() bool {
		return p.sql(t, "SELECT count(), uniqExact(visitor_id) FROM touchpoints") == "9\t5" && p.sql(t, "SELECT uniqExact(journey_id) FROM credits WHERE model = 'linear'") == "3"
	})
	value := func(model string) string {
		return p.sql(t, "SELECT arrayStringConcat(groupArray(concat(channel, ' ', toString(minor))), ', ') FROM (SELECT channel, sum(amount_minor) AS minor FROM credits WHERE model = '"+
			model+"' AND measure = 'conversion_value' GROUP BY channel ORDER BY channel)")
	}
	verifyClean(t, dir) // which waits: the credit of one model may come after that of another
	if got := value("shapley"); got != "A 2750, B 1100, C 6050" {
		t.Errorf("Shapley: %s, want 1/3 + 1/2, 1/3 and 1/3 + 1/2 + 1 of 33.00", got)
	}

	out := must(t, "models", "learn", "markov", "--dry-run", "--data-dir", dir)
	var rows []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	if diff := cmp.Diff(rows, []string{
		"Learned from 5 paths: 3 journeys converted, 2 did not.", "CHANNEL REMOVAL EFFECT SHARE", "C 1.0000 54.5455%", "A 0.5000 27.2727%", "B 0.3333 18.1818%",
	}); diff != "" {
		t.Errorf("what it learned (-got, +want):\n%s", diff)
	}
	if n := p.sql(t, "SELECT count() FROM ledger WHERE model LIKE 'markov%'"); n != "0" {
		t.Errorf("a dry run made %s postings", n)
	}

	must(t, "models", "learn", "markov", "--wait", "10m", "--data-dir", dir)
	if n := p.sql(t, "SELECT count() FROM ledger WHERE model LIKE 'markov%'"); n != "0" {
		t.Errorf("a shadow made %s postings", n)
	}
	must(t, "models", "promote", "markov", "--wait", "10m", "--data-dir", dir)
	eventually(t, "credit by what was learned", func() bool { return value("markov") == "A 2000, B 600, C 7300" })
	if got := p.sql(t, "SELECT DISTINCT reason FROM ledger WHERE model = 'markov'"); got != "model" {
		t.Errorf("reasons of its postings: %q", got)
	}
	if out := must(t, "models", "learn", "markov", "--data-dir", dir); !strings.Contains(out, "exactly these effects already") {
		t.Errorf("learned again: %s", out)
	}
	if out, code := command(t, "models", "learn", "markov", "--kind", "opportunity", "--dry-run", "--data-dir", dir); code != 1 || !strings.Contains(out, "nothing to learn from") {
		t.Errorf("learning from no deal: exit %d\n%s", code, out)
	}
	verifyClean(t, dir)

	// A new conversion is weighed as it comes.
	p.post(t, "/v1/track", `{"type":"track","messageId":"buy5","anonymousId":"v5","timestamp":"2026-03-20T09:00:00Z","event":"Order Completed","properties":{"revenue":"10.00","currency":"EUR"}}`)
	eventually(t, "credit of a new purchase", func() bool { return value("markov") == "A 3000, B 600, C 7300" })
	p.stop(t)
}
