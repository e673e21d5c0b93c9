package query_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/query"
)

// visit is a row of touchpoints_rows.
type visit struct {
	workspace, source, medium, campaign, channel, evidence, faults, consent, bot, clickIDType, page string
	daysAgo, times                                                                                  int
}

func (w *world) visits(rows ...visit) {
	w.t.Helper()
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO touchpoints_rows (workspace, touchpoint_id, visitor_id, occurred_at, received_at, kind, channel, source, medium,
		campaign, click_id_type, landing_page, evidence, is_bot, bot_reason, consent, tag_faults, version)`)
	w.check(err)
	for i, v := range rows {
		if v.workspace == "" {
			v.workspace = "default"
		}
		bot := uint8(0)
		if v.bot != "" {
			bot = 1
		}
		for n := range max(v.times, 1) {
			at := recorded.AddDate(0, 0, -v.daysAgo).Add(-time.Duration(n) * time.Second)
			w.check(batch.Append(v.workspace, fmt.Sprintf("t%d-%d", i, n), fmt.Sprintf("v%d-%d", i, n), at, at, "visit", v.channel, v.source, v.medium,
				v.campaign, v.clickIDType, v.page, v.evidence, bot, v.bot, v.consent, v.faults, uint64(1)))
		}
	}
	w.check(batch.Send())
}

// leads adds n conversions on a day, gap apart, by one visitor when together.
func (w *world) leads(workspace, kind string, daysAgo, n int, gap time.Duration, together, valued bool) {
	w.t.Helper()
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO conversions_rows (workspace, conversion_id, type, visitor_id, occurred_at, received_at, has_value, value_minor, exponent, currency, version)`)
	w.check(err)
	for i := range n {
		at := recorded.AddDate(0, 0, -daysAgo).Add(-time.Duration(i) * gap)
		visitor, has, value := fmt.Sprintf("%s-%d-%d", kind, daysAgo, i), uint8(0), int64(0)
		if together {
			visitor = kind
		}
		if valued {
			has, value = 1, 990
		}
		w.check(batch.Append(workspace, fmt.Sprintf("%s-%d-%d", kind, daysAgo, i), kind, visitor, at, at, has, value, uint8(2), "USD", uint64(1)))
	}
	w.check(batch.Send())
}

type qualityReport struct {
	Headline, Status, From, To string
	Totals, Previous           map[string]int64
	Sections                   []struct {
		ID, Title, Status string
		Findings          []struct {
			Code, Status, Sentence, Fix, Example, Spend, Currency string
			Subject                                               map[string]string
			Count, Of                                             int64
		}
	}
}

func (w *world) quality(path string) (r qualityReport) {
	w.t.Helper()
	status, _, body := get(w.t, w.url+path)
	if status != http.StatusOK {
		w.t.Fatalf("%d %s", status, body)
	}
	w.check(json.Unmarshal([]byte(body), &r))
	return r
}

func (r qualityReport) findings(id string) string {
	var out []string
	for _, s := range r.Sections {
		for _, f := range s.Findings {
			if s.ID == id {
				out = append(out, fmt.Sprintf("%s %d/%d %s%s%s", f.Code, f.Count, f.Of, f.Subject["campaign"], f.Subject["conversion_type"], f.Subject["field"]))
			}
		}
	}
	return strings.Join(out, "; ")
}

// TestQuality counts a world with one of everything that can be wrong.
func TestQuality(t *testing.T) {
	w := newWorld(t, nil)
	w.visits(
		visit{source: "google", medium: "cpc", campaign: "spring", channel: "Paid Search", evidence: "utm", times: 30, page: "a.example/"},
		visit{source: "google", medium: "cpc", campaign: "Spring", channel: "Paid Search", evidence: "utm", faults: "upper_case", times: 4, page: "a.example/x"},
		visit{source: "meta", medium: "paid", campaign: "{x}", channel: "Paid Social", evidence: "utm", faults: "missing,placeholder", times: 2},
		visit{source: "odd", medium: "thing", campaign: "c", channel: "Unassigned", evidence: "utm", faults: "unassigned", times: 3},
		visit{source: "google", medium: "cpc", channel: "Paid Search", evidence: "click_id", clickIDType: "gclid", times: 5},
		visit{source: "(direct)", medium: "(none)", channel: "Direct", evidence: "none", times: 6},
		visit{source: "(direct)", medium: "(none)", channel: "Direct", evidence: "none", faults: "self_referral", page: "a.example/pricing", times: 7},
		visit{source: "(direct)", medium: "(none)", channel: "Direct", evidence: "none", consent: "denied"},
		visit{channel: "Direct", evidence: "none", bot: "INTERNAL", times: 8},
		visit{source: "old", medium: "cpc", campaign: "old", channel: "Paid Search", evidence: "utm", daysAgo: 40, times: 9},
		visit{workspace: "other", source: "theirs", medium: "x", channel: "Unassigned", evidence: "utm", times: 99},
	)
	w.spends(spend{day: "2026-03-20", channel: "Paid Search", campaign: "Spring", currency: "USD", minor: 5000, clicks: 40},
		spend{day: "2026-03-20", channel: "Paid Social", campaign: "nobody came", currency: "USD", minor: 7000, clicks: 40})
	for d := range 35 {
		if d >= 3 {
			w.leads("default", "lead", d, 5, time.Hour, false, false)
		}
		w.leads("default", "purchase", d, 3, time.Hour, false, d >= 7)
		signups := 5
		if d < 7 {
			signups = 11
		}
		w.leads("default", "étude", d, signups, time.Hour, false, false)
		w.leads("other", "lead", d, 1, time.Hour, false, false)
	}
	w.leads("default", "demo", 0, 12, 20*time.Second, true, false)
	err := w.conn.Exec(t.Context(), `INSERT INTO rejected_rows (workspace, rejected_id, received_at, stage, endpoint, field, code, reason, raw_length) VALUES
		('default', 'r1', '2026-04-01 10:00:00', 'collector', '/v1/track', 'event', 'missing_field', 'is needed', 5)`)
	w.check(err)

	r := w.quality("/api/v1/quality")
	if r.From != "2026-03-05" || r.To != "2026-04-01" || r.Status != "error" {
		t.Errorf("%s to %s: %s %s", r.From, r.To, r.Status, r.Headline)
	}
	for name, want := range map[string]int64{
		"visits": 58, "tagged": 39, "click_only": 5, "direct": 14, "faulty": 6, "unassigned": 3, "self_referral": 7, "denied": 1, "bots": 8, "refused": 1,
	} {
		if r.Totals[name] != want {
			t.Errorf("%s: %d, want %d", name, r.Totals[name], want)
		}
	}
	if r.Previous["visits"] != 9 {
		t.Errorf("%d visits before, want 9", r.Previous["visits"])
	}
	for id, want := range map[string]string{
		"tags":          "missing 2/2 {x}; placeholder 2/2 {x}; upper_case 4/4 Spring",
		"unknown":       "unassigned 3/58 c",
		"untagged":      "click_id_without_tags 5/58 ",
		"self_referral": "self_referral 7/58 ",
		"spend":         "spend_without_visits 40/0 nobody came",
		"conversions":   "conversions_lost_value 21/21 purchase; conversions_stopped 0/0 lead; conversions_doubled 77/0 étude; conversions_repeated 11/12 demo",
		"refused":       "refused 1/1 event",
		"visitors":      "bot 8/66 INTERNAL",
	} {
		if got := r.findings(id); got != want {
			t.Errorf("%s: %s\n  want %s", id, got, want)
		}
	}
	if sentences := fmt.Sprint(r.Sections); !strings.Contains(sentences, "Étude came in 77 times within a week, where 35 are usual.") {
		t.Errorf("a type's name is a word of its sentence: %s", sentences)
	}
	only := w.quality("/api/v1/quality?channel=Paid+Social&from=2026-03-20&to=2026-04-01")
	if only.Totals["visits"] != 2 || only.findings("spend") != "spend_without_visits 40/0 nobody came" {
		t.Errorf("one channel: %v %s", only.Totals, only.findings("spend"))
	}
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestLinks builds and checks links by the workspace's conventions.
func TestLinks(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.Tokens = nil })
	resp, err := http.Post(w.url+"/api/v1/links", "application/json",
		strings.NewReader(`{"address":"https://shop.example/p?x=1#top","source":"Google","medium":"cpc","campaign":"Spring Sale"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := text(t, resp)
	if want := `"link":"https://shop.example/p?x=1\u0026utm_source=google\u0026utm_medium=cpc\u0026utm_campaign=spring_sale#top"`; !strings.Contains(body, want) &&
		!strings.Contains(body, strings.ReplaceAll(want, `\u0026`, "&")) {
		t.Errorf("%s, want %s", body, want)
	}
	if !strings.Contains(body, `"channel":"Paid Search"`) || !strings.Contains(body, `"ok":true`) {
		t.Error(body)
	}
	status, _, checked := get(t, w.url+"/api/v1/links?link="+url.QueryEscape("https://a.example/?utm_source=x&utm_medium=y&utm_campaign=z"))
	if status != http.StatusOK || !strings.Contains(checked, `"code":"unassigned"`) || !strings.Contains(checked, `"ok":false`) {
		t.Errorf("%d %s", status, checked)
	}
	bad, err := http.Post(w.url+"/api/v1/links", "application/json", strings.NewReader(`{"address":"nowhere"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Body.Close()
	if bad.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", bad.StatusCode, text(t, bad))
	}
}
