package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// must runs a command that has to succeed and returns what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, code := command(t, args...)
	if code != 0 {
		t.Fatalf("%s: exit %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestModels_shadowDiffPromoteAndRules goes the whole way on the real program: a new version beside the live one, the difference, its promotion, a change
// of channel rules, a model changed in the configuration, and a rebuild; verify is clean after each.
func TestModels_shadowDiffPromoteAndRules(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir, "--secret-key", secretKey)
	p.tell(t)
	was := map[string]string{"Event": "500.01", "Webinar": "500.00", "Referral": "0.00"}
	revenue := func(model string) map[string]string {
		got := p.revenue(t, model)
		delete(got, "(unattributed)")
		return got
	}
	eventually(t, "linear revenue by channel", func() bool { return cmp.Equal(revenue("linear"), was) })

	if out, code := command(t, "models", "promote", "linear@2", "--data-dir", dir); code != 1 || !strings.Contains(out, "no shadow linear@2 is known") {
		t.Errorf("promoting what is not there: exit %d\n%s", code, out)
	}
	shadow := write(t, "{name: linear, version: \"2\", rule: first_touch}")
	must(t, "models", "shadow", shadow, "--wait", "10m", "--data-dir", dir)
	if diff := cmp.Diff(revenue("linear"), was); diff != "" {
		t.Errorf("a shadow changed what reports say (-got, +want):\n%s", diff)
	}
	if n := p.sql(t, "SELECT count() FROM credits WHERE model LIKE '%@%'"); n != "0" {
		t.Errorf("the view credits shows %s rows of shadows", n)
	}
	if n := p.sql(t, "SELECT count() FROM ledger WHERE model LIKE '%@%' OR reason = 'model'"); n != "0" {
		t.Errorf("a shadow made %s postings", n)
	}
	var out string
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(out)
		}
	})
	eventually(t, "the difference", func() bool {
		var code int
		out, code = command(t, "models", "diff", "linear@2", "--data-dir", dir)
		return code == 0 && strings.Contains(out, "Event gains most") && strings.Contains(out, "-500.00") && !strings.Contains(out, "still being computed") &&
			strings.Contains(out, "o:o1  500.00 EUR")
	})
	verifyClean(t, dir)

	must(t, "models", "promote", "linear@2", "--wait", "10m", "--data-dir", dir)
	now := map[string]string{"Event": "1000.01", "Webinar": "0.00", "Referral": "0.00"}
	eventually(t, "revenue under the promoted version", func() bool { return cmp.Equal(revenue("linear"), now) })
	if got := p.sql(t, "SELECT sum(delta_amount_minor), max(delta_amount_minor) FROM ledger WHERE reason = 'model' AND measure = 'revenue'"); got != "0\t50000" {
		t.Errorf("postings of the promotion: sum and largest %q", got)
	}
	if n := p.sql(t, "SELECT count() FROM shadow_credits_rows FINAL"); n != "0" {
		t.Errorf("%s rows of the shadow are left", n)
	}
	if out := must(t, "models", "promote", "linear@2", "--data-dir", dir); !strings.Contains(out, "already") {
		t.Errorf("promoted twice: %s", out)
	}
	if out := must(t, "models", "list", "--data-dir", dir); !strings.Contains(out, "control") || strings.Contains(out, "shadow") {
		t.Errorf("models: %s", out)
	}
	verifyClean(t, dir)
	tryRules(t, p, dir)

	p.stop(t)
	config := write(t, "models:\n  - {name: last_touch, version: \"1\", rule: first_touch}\n")
	p = up(t, dir, "--secret-key", secretKey, "--config", config)
	eventually(t, "the model changed in the configuration", func() bool {
		return cmp.Equal(revenue("last_touch"), map[string]string{"Event": "1000.01", "Webinar": "0.00", "Partners": "0.00", "Referral": "0.00"})
	})
	verifyClean(t, dir) // which waits: postings may come after the figures
	if n := p.sql(t, "SELECT count() FROM ledger WHERE reason = 'model' AND cause_event_id = 'config' AND measure = 'revenue'"); n != "2" {
		t.Errorf("%s postings of revenue by the changed configuration, want 2", n)
	}
	p.stop(t)
	must(t, "rebuild", "--data-dir", dir, "--config", config)
	p = up(t, dir, "--secret-key", secretKey, "--config", config)
	if got := revenue("linear")["Event"]; got != "1000.01" {
		t.Errorf("the promoted version after a rebuild: %s", got)
	}
	verifyClean(t, dir)
	p.stop(t)
}

// tryReturn requires cost and value of the partner under one channel, now and as of a moment before its rules changed.
func tryReturn(t *testing.T, p *program, before time.Time) {
	t.Helper()
	returns := func(parameters, channel string) string {
		var got struct {
			Rows []struct {
				Channel, Spend string
				Value          string `json:"conversion_value"`
			}
		}
		p.channels(t, "model=last_touch&from=2026-03-01&to=2026-03-31&currency=EUR"+parameters, &got)
		for _, r := range got.Rows {
			if r.Channel == channel {
				return r.Spend + " for " + r.Value
			}
		}
		return "none"
	}
	eventually(t, "cost beside value in the new channel", func() bool {
		return returns("", "Partners") == "15.00 for 25.50" && returns("", "Referral") == "1.00 for 0.00"
	})
	asOf := "&as_of=" + url.QueryEscape(before.UTC().Format(time.RFC3339Nano))
	if new, old := returns(asOf, "Partners"), returns(asOf, "Referral"); new != "none" && new != "0.00 for 0.00" || old != "11.00 for 25.50" {
		t.Errorf("as of before the change: %s in the new channel, %s in the old one", new, old)
	}
}

// tryRules replaces the channel rules of a running system.
func tryRules(t *testing.T, p *program, dir string) {
	t.Helper()
	rules := write(t, `version: "1"
rules:
  - {channel: Partners, any: [{source: {in: [partner-network]}}]}
aliases:
  - {field: source, from: [partner], to: partner-network}
`)
	cost := func(day, more, spend string) {
		p.post(t, "/v1/spend", `{"type":"spend","day":"2026-03-`+day+`","platform":"partner","campaign":"c`+day+`","source":"partner","medium":"referral","currency":"EUR","spend":"`+spend+`"`+more+`}`)
	}
	cost("10", "", "10.00")
	cost("11", `,"channel":"Referral"`, "1.00")
	was := p.sql(t, "SELECT DISTINCT rules_version FROM touchpoints WHERE medium = 'referral'")
	spend := func() string {
		return p.sql(t, "SELECT channel, sum(spend_minor), arraySort(groupUniqArray(source)), arraySort(groupUniqArray(rules_version)) FROM spend WHERE platform = 'partner' GROUP BY channel ORDER BY channel")
	}
	eventually(t, "the costs by the shipped rules", func() bool {
		return spend() == "Referral\t1100\t['partner']\t['explicit','"+was+"']"
	})
	before := time.Now()
	must(t, "rules", "set", rules, "--wait", "10m", "--data-dir", dir)
	eventually(t, "the cost in its new channel, and what the sender named in its own", func() bool {
		return spend() == "Partners\t1000\t['partner-network']\t['"+was+"+1']\nReferral\t100\t['partner-network']\t['explicit']"
	})
	cost("12", "", "5.00") // the collector knows nothing of these rules
	eventually(t, "a cost that came later", func() bool { return strings.HasPrefix(spend(), "Partners\t1500\t") })
	if got := p.sql(t, "SELECT reason, channel, cause_event_id != '', spend_minor FROM spend_changes WHERE toDayOfMonth(day) = 10 AND campaign = 'c10' ORDER BY recorded_at"); got !=
		"received\tReferral\t0\t1000\nrules\tPartners\t1\t1000" {
		t.Errorf("history of the cost: %q", got)
	}
	tryReturn(t, p, before)
	touch := "SELECT DISTINCT channel, source, endsWith(rules_version, '+1') FROM touchpoints WHERE medium = 'referral'"
	eventually(t, "the touch in its new channel", func() bool { return p.sql(t, touch) == "Partners\tpartner-network\t1" })
	if got := p.sql(t, "SELECT channel, amount_minor FROM credits WHERE journey_id = 'c:buy' AND model = 'last_touch' AND measure = 'conversion_value'"); got != "Partners\t2550" {
		t.Errorf("credit of the purchase: %q", got)
	}
	if got := p.sql(t, "SELECT DISTINCT reason FROM ledger WHERE journey_id = 'c:buy' AND channel = 'Partners'"); got != "rules" {
		t.Errorf("reasons of the new channel's postings: %q", got)
	}
	// The collector does not know these rules.
	p.post(t, "/v1/touches", `{"type":"touch","id":"t4","occurred_at":"2026-03-12T09:30:00Z","anonymous_id":"v9","source":"partner","medium":"referral"}`)
	eventually(t, "a touch that came later", func() bool {
		return p.sql(t, "SELECT count() FROM touchpoints WHERE medium = 'referral'") == "2" && p.sql(t, touch) == "Partners\tpartner-network\t1"
	})
	if out := must(t, "rules", "list", "--data-dir", dir); !strings.Contains(out, "partner-network") {
		t.Errorf("rules: %s", out)
	}
	verifyClean(t, dir)
}
