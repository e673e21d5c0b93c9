package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// oddWorlds are workspaces that hold what nobody plans for, each with what is sent to it by path.
var oddWorlds = map[string]func() map[string][]string{
	"empty": func() map[string][]string { return nil },
	// Names of workspaces may not be odd, so that of its campaign is.
	"spend-only": func() map[string][]string {
		return map[string][]string{"/v1/spend": {
			oddSpend("2024-02-29", "x'\";--<b>\\\u202e日本", "12.34", "USD"), oddSpend("2025-03-30", "", "0", "USD"), oddSpend("2025-10-26", "c", "99999999.99", "XAU"),
		}}
	},
	"conversions-only": func() map[string][]string {
		return map[string][]string{"/v1/batch": {
			oddTrack("v1", "Order Completed", "2024-02-29T23:59:59.999Z", "0"), oddTrack("v2", "Order Completed", "2025-03-30T01:30:00+01:00", "10"), oddTrack("v3", "Lead Submitted", "2025-03-30T02:30:00+02:00", ""),
		}}
	},
	"direct": func() map[string][]string {
		var all []string
		for i := range 20 {
			all = append(all, oddPage(fmt.Sprint("d", i), "https://shop.example/", fmt.Sprintf("2026-05-%02dT08:00:00Z", 1+i)), oddTrack(fmt.Sprint("d", i), "Order Completed", fmt.Sprintf("2026-05-%02dT09:00:00Z", 1+i), "5"))
		}
		return map[string][]string{"/v1/batch": all}
	},
	"long": func() map[string][]string {
		var all []string
		for i := range 5000 {
			at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 15 * time.Minute)
			all = append(all, oddPage("one", fmt.Sprintf("https://shop.example/?utm_source=s%d&utm_medium=cpc&utm_campaign=c%d", i%7, i%11), at.Format(time.RFC3339)))
		}
		return map[string][]string{"/v1/batch": append(all, oddTrack("one", "Order Completed", "2026-06-25T00:00:00Z", "1000"))}
	},
	"wide": func() map[string][]string {
		var all []string
		for i := range 10_000 {
			all = append(all, oddSpend("2026-05-01", fmt.Sprint("campaign ", i), "0.01", "USD"))
		}
		return map[string][]string{"/v1/spend": all, "/v1/batch": {oddPage("w", "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=campaign+77", "2026-05-01T08:00:00Z"), oddTrack("w", "Order Completed", "2026-05-01T09:00:00Z", "3")}}
	},
	"deals": func() map[string][]string {
		return map[string][]string{
			"/v1/touches": {
				`{"type":"touch","id":"t1","occurred_at":"2026-04-01T09:00:00Z","account_id":"a","source":"fair","medium":"event","campaign":"Fair","channel":"Event"}`,
				`{"type":"touch","id":"t2","occurred_at":"2026-04-02T09:00:00Z","account_id":"b","source":"fair","medium":"event","campaign":"Fair","channel":"Event"}`,
			},
			"/v1/stages": {
				oddStage("d1", "a", "Open", "2026-04-10", "100", ""), oddStage("d1", "a", "Lost", "2026-04-20", "100", `,"is_closed":true`), oddStage("d1", "a", "Open", "2026-04-25", "150", `,"is_closed":false`),
				oddStage("d2", "b", "Won", "2026-04-10", "100", `,"is_won":true,"is_closed":true`), oddStage("d2", "b", "Won", "2026-04-20", "-250", `,"is_won":true,"is_closed":true`),
				oddStage("d3", "nobody", "Won", "2026-04-10", "0", `,"is_won":true,"is_closed":true`),
			},
		}
	},
	"yen": func() map[string][]string {
		return map[string][]string{"/v1/spend": {oddSpend("2026-05-01", "c", "1000", "JPY"), oddSpend("2026-05-01", "d", "1.234", "KWD")}, "/v1/batch": {
			oddPage("y", "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=c", "2026-05-01T08:00:00Z"),
			strings.Replace(oddTrack("y", "Order Completed", "2026-05-01T09:00:00Z", "99"), `"USD"`, `"JPY"`, 1), strings.Replace(oddTrack("z", "Order Completed", "2026-05-01T09:00:00Z", "1.234"), `"USD"`, `"KWD"`, 1),
		}}
	},
	"clocks": func() map[string][]string {
		return map[string][]string{"/v1/batch": {
			oddPage("k", "https://shop.example/?utm_source=google&utm_medium=cpc", "2009-01-01T00:00:00Z"), oddTrack("k", "Order Completed", "2009-01-02T00:00:00Z", "7"),
			oddPage("l", "https://shop.example/?utm_source=google&utm_medium=cpc", "2031-01-01T00:00:00Z"), oddTrack("l", "Order Completed", "2031-01-02T00:00:00Z", "7"),
		}, "/v1/spend": {oddSpend("2009-01-01", "c", "1", "USD"), oddSpend("2031-01-01", "c", "1", "USD")}}
	},
}

// oddRefused is how many records of a world an endpoint must refuse: what has no rate and no minor unit (gold), lies in the future, or is owed by a won deal.
var oddRefused = map[string]int{"spend-only/v1/spend": 1, "clocks/v1/batch": 2, "clocks/v1/spend": 1, "deals/v1/stages": 1}

func oddPage(visitor, address, at string) string {
	return record(map[string]any{"type": "page", "anonymousId": visitor, "messageId": visitor + at, "timestamp": at, "context": map[string]any{"page": map[string]any{"url": address}}})
}

func oddTrack(visitor, event, at, revenue string) string {
	properties := map[string]any{}
	if revenue != "" {
		properties["revenue"], properties["currency"] = revenue, "USD"
	}
	return record(map[string]any{"type": "track", "event": event, "anonymousId": visitor, "messageId": visitor + event + at, "timestamp": at, "properties": properties})
}

func oddSpend(day, campaign, spend, currency string) string {
	return record(map[string]any{
		"type": "spend", "day": day, "platform": "google_ads", "campaign_id": campaign, "campaign": campaign, "source": "google", "medium": "cpc", "currency": currency, "spend": spend,
	})
}

func oddStage(deal, account, stage, day, amount, more string) string {
	return fmt.Sprintf(`{"type":"stage","id":"%s-%s-%s","occurred_at":"%sT10:00:00Z","opportunity_id":%q,"account_id":%q,"stage":%q,"amount":%q,"currency":"USD"%s}`, deal, stage, day, day, deal, account, stage, amount, more)
}

// TestOddWorlds sends worlds that nobody plans for through the collector and asks every endpoint about each, in every format: each answers, and no answer has a
// number that is none or a sentence about nothing.
func TestOddWorlds(t *testing.T) {
	needEngine(t)
	config := "workspaces:\n  - {name: default, currency: USD}\n"
	keys := "keys:\n"
	for name := range oddWorlds {
		currency := map[string]string{"yen": "JPY"}[name]
		if currency == "" {
			currency = "USD"
		}
		config += fmt.Sprintf("  - {name: %s, currency: %s}\n", name, currency)
		keys += fmt.Sprintf("  - {name: k-%[1]s, kind: secret, workspace: %[1]s, key: sk_odd_0123456789_%[1]s}\n", name)
	}
	dir := t.TempDir() + "/data"
	p := up(t, dir, "--secret-key", secretKey, "--config", write(t, config+keys))
	for name, world := range oddWorlds {
		for path, records := range world() {
			for part := range slices.Chunk(records, 1000) {
				body := array(part)
				if path == "/v1/batch" {
					body = `{"batch":` + body + `}`
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.values["collector"]+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.SetBasicAuth("sk_odd_0123456789_"+name, "")
				text, status := do(t, r)
				answer, err := decode(text)
				if want := oddRefused[name+path]; err != nil || status != http.StatusOK || number(answer["rejected"]).Cmp(number(want)) != 0 {
					t.Errorf("%s %s: %d, want %d refused: %.900s", name, path, status, want, text)
				}
			}
		}
	}
	if said, code := command(t, "verify", "--data-dir", dir); code != 0 {
		t.Errorf("verify: %s", said)
	}
	for name := range oddWorlds {
		t.Run(name, func(t *testing.T) { oddAnswers(t, p, name) })
	}
}

// oddWords are numbers that are none, and sentences about nothing.
var oddWords = regexp.MustCompile(`(?i)\bNaN\b|[^a-z]Inf\b|%!|<nil>|\b0 ?% of 0\b|\b0 of 0\b|[^0-9.,]1 (channels|journeys|deals|campaigns|conversions|customers|days|touches)\b|returns? (0|0\.00) for 1 spent.*best|\$\{|undefined|0001-01-01|1970-01-01|2106-|2149-|2299-`)

// oddAnswers asks everything about a workspace. What it says is logged, to be read.
func oddAnswers(t *testing.T, p *program, workspace string) {
	base := p.values["query"]
	paths := []string{
		"channels", "channels?group_by=campaign", "channels?group_by=landing_page", "channels?basis=close&model=first_touch", "channels?from=2025-01-01&to=2031-12-31&compare_from=2008-01-01&compare_to=2009-12-31",
		"channels?as_of=1999-01-01", "channels?as_of=2031-01-01", "channels?as_of=2026-05-01&group_by=campaign", "channels?books=closed", "channels?currency=JPY", "channels?currency=KWD", "channels?conversion_type=purchase",
		"trend?interval=day", "trend?interval=month", "trend?as_of=1999-01-01", "compare", "compare?models=linear,last_touch", "journeys", "journeys?as_of=1999-01-01", "journeys?limit=1", "paths", "paths?collapse=unique", "paths?as_of=1999-01-01",
		"funnel", "funnel?as_of=1999-01-01", "ledger/bridge?measure=revenue", "ledger/bridge?measure=conversions&by=channel", "ledger/bridge?from=1999-01-01&measure=conversion_value", "ledger/postings?measure=revenue", "quality", "pipeline", "weekly", "weekly?week=2024-W09",
		"weekly?week=2009-W01", "contributions?measure=revenue", "contributions?measure=spend", "contributions?measure=conversions", "models", "models/learned", "periods", "views", "rates", "audit",
	}
	for _, path := range paths {
		for _, format := range []string{"", "csv", "parquet"} {
			if format != "" && !slices.Contains([]string{"channels", "trend", "journeys", "paths"}, path) {
				continue
			}
			address := base + "/api/v1/" + path
			query := url.Values{"workspace": {workspace}}
			if format != "" {
				query.Set("format", format)
			}
			if strings.Contains(path, "?") {
				address += "&" + query.Encode()
			} else {
				address += "?" + query.Encode()
			}
			status, text, err := request(http.MethodGet, address, "", "")
			switch {
			case err != nil:
				t.Errorf("%s: %v", path, err)
			case status == 422 && path == "models/learned", status == 422 && format != "", status == 406 && format != "":
			case status != 200:
				t.Errorf("%s %s: %d %.400s", path, format, status, text)
			case format != "parquet":
				for _, found := range oddWords.FindAllStringIndex(text, 3) {
					t.Errorf("%s %s: …%s…", path, format, text[max(0, found[0]-120):min(len(text), found[1]+80)])
				}
			}
			if format == "" {
				oddHeadline(t, path, text)
			}
		}
	}
	oddPaging(t, base, workspace)
}

func oddHeadline(t *testing.T, path, text string) {
	answer, err := decode(text)
	if err != nil {
		t.Errorf("%s: %v: %.200s", path, err, text)
		return
	}
	t.Logf("%s: %v", path, answer["headline"])
}

// oddPaging reads journeys page by page: every one once.
func oddPaging(t *testing.T, base, workspace string) {
	seen, cursor := map[string]bool{}, ""
	for range 200 {
		status, text, err := request(http.MethodGet, base+"/api/v1/journeys?"+url.Values{"workspace": {workspace}, "limit": {"3"}, "cursor": {cursor}}.Encode(), "", "")
		if err != nil || status != 200 {
			t.Fatalf("journeys at %q: %d %s %v", cursor, status, text, err)
		}
		answer, err := decode(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range parts(answer, "rows") {
			id := fmt.Sprint(r["journey_id"])
			if seen[id] {
				t.Errorf("%s comes twice", id)
			}
			seen[id] = true
			for _, of := range []string{"", "/explain"} {
				if status, text, err := request(http.MethodGet, base+"/api/v1/journeys/"+url.PathEscape(id)+of+"?workspace="+workspace, "", ""); err != nil || status != 200 || oddWords.MatchString(text) && !strings.Contains(text, "1970") {
					t.Errorf("journey %s%s: %d %.300s %v", id, of, status, text, err)
				}
			}
		}
		page := answer["page"].(object)
		if cursor = fmt.Sprint(page["next_cursor"]); cursor == "" || page["next_cursor"] == nil {
			if total := fmt.Sprint(page["total"]); total != fmt.Sprint(len(seen)) {
				t.Errorf("%d journeys of %s", len(seen), total)
			}
			return
		}
	}
}
