package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// biPassword is that of every BI user of these tests.
const biPassword = "bi-0123456789-of-tests"

// agreeConfig is a workspace whose money comes in three currencies, one of them without cents, another workspace beside it, and BI users with the
// settings of each tool.
const agreeConfig = `workspaces:
  - {name: default, currency: USD, base_currency: EUR}
  - {name: other, currency: USD, base_currency: USD}
rates:
  - {day: 2025-12-01, from: USD, to: EUR, rate: 0.91}
  - {day: 2026-02-10, from: USD, to: EUR, rate: 0.9345}
  - {day: 2026-01-20, from: EUR, to: JPY, rate: 163.27}
  - {day: 2025-12-01, from: EUR, to: JPY, rate: 161.5}
query:
  bi_users:
    - {name: bi_default, tool: metabase, workspaces: [default], password_file: PASSWORD}
    - {name: grafana_default, tool: grafana, workspaces: [default], password_file: PASSWORD}
    - {name: bi_other, tool: superset, workspaces: [other], password_file: PASSWORD}
    - {name: grafana_other, tool: grafana, workspaces: [other], password_file: PASSWORD}
    - {name: bi_all, tool: looker, password_file: PASSWORD}
`

// agreeWorld is a running program with a random world that came in through its collector.
type agreeWorld struct {
	*program
	dir    string
	random *rand.Rand
	// between is a moment after which deals changed, touches came late, spend was corrected and a person was erased.
	between time.Time
}

// newAgreeWorld sends a world in two parts, closes a month between them, and erases a person who made touches and bought.
func newAgreeWorld(t *testing.T, seed uint64) *agreeWorld {
	t.Helper()
	folder := t.TempDir()
	password := filepath.Join(folder, "password")
	if err := os.WriteFile(password, []byte(biPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &agreeWorld{dir: filepath.Join(folder, "data"), random: rand.New(rand.NewPCG(seed, 5))}
	w.program = up(t, w.dir, "--secret-key", secretKey, "--config", write(t, strings.ReplaceAll(agreeConfig, "PASSWORD", password)))
	visitors, deals := w.visitors(40), w.deals(18)
	w.batch(t, visitors)
	w.post(t, "/v1/stages", array(deals))
	w.post(t, "/v1/touches", strings.Join(w.offline(24), "\n"))
	w.post(t, "/v1/spend", strings.Join(w.spends(60, 0), "\n"))
	w.settle(t)
	w.between = w.lastPosting(t)
	w.change(t, "/api/v1/periods/2026-02/close", `{"note":"agreed"}`)
	w.post(t, "/v1/stages", array(w.changes(18)))
	w.post(t, "/v1/touches", strings.Join(w.offline(40)[24:], "\n"))
	w.post(t, "/v1/spend", strings.Join(w.spends(20, 1), "\n"))
	w.settle(t)
	must(t, "erase", "--data-dir", w.dir, "--user-id", "user-3", "--wait", "2m")
	must(t, "erase", "--data-dir", w.dir, "--contact-id", "contact-2", "--wait", "2m")
	w.settle(t)
	return w
}

// settle waits until the tables are what a batch computation over the same events says.
func (w *agreeWorld) settle(t *testing.T) {
	t.Helper()
	eventually(t, "verify without a difference", func() bool {
		_, code := command(t, "verify", "--data-dir", w.dir)
		return code == 0
	})
}

// lastPosting is the moment of the latest posting: what is known then is everything so far.
func (w *agreeWorld) lastPosting(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05.000", w.sql(t, `SELECT greatest((SELECT max(recorded_at) FROM ledger), (SELECT max(received_at) FROM touchpoints), (SELECT max(received_at) FROM spend))`))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func oneOf[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func (w *agreeWorld) at(first, days int) string {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, first+w.random.IntN(days)).Add(time.Duration(w.random.IntN(86400)) * time.Second).Format(time.RFC3339)
}

func record(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // maps of text and numbers
	}
	return string(text)
}

func array(records []string) string { return "[" + strings.Join(records, ",\n") + "]" }

var agreeLandings = []string{
	"https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_content=red", "https://shop.example/a?utm_source=google&utm_medium=cpc&utm_campaign=spring",
	"https://shop.example/a?utm_source=bing&utm_medium=cpc&utm_campaign=brand", "https://shop.example/b?utm_source=news&utm_medium=email&utm_campaign=spring&utm_content=blue",
	"https://shop.example/b?gclid=click", "https://shop.example/", "https://shop.example/c?utm_source=site&utm_medium=banner&utm_campaign=spring",
}

// visitors come by several ways, some say who they are, most become a lead or buy something in one of three currencies.
func (w *agreeWorld) visitors(n int) []string {
	var all []string
	add := func(visitor string, fields map[string]any) {
		fields["anonymousId"], fields["messageId"] = visitor, fmt.Sprintf("m%d", len(all))
		all = append(all, record(fields))
	}
	for i := range n {
		visitor := fmt.Sprintf("visitor-%d", i)
		for range w.random.IntN(5) {
			add(visitor, map[string]any{"type": "page", "timestamp": w.at(0, 80), "context": map[string]any{"page": map[string]any{"url": oneOf(w.random, agreeLandings...)}}})
		}
		if i%3 == 0 {
			add(visitor, map[string]any{"type": "identify", "userId": fmt.Sprintf("user-%d", i), "timestamp": w.at(20, 40), "traits": map[string]any{"email": fmt.Sprintf("v%d@mail.example", i)}})
		}
		if i%4 != 1 {
			add(visitor, map[string]any{"type": "track", "event": "Order Completed", "timestamp": w.at(40, 60), "properties": map[string]any{
				"revenue": fmt.Sprintf("%d.%02d", 1+w.random.IntN(300), w.random.IntN(100)), "currency": oneOf(w.random, "EUR", "USD", "USD"),
			}})
		}
		if i%5 == 0 {
			add(visitor, map[string]any{"type": "track", "event": oneOf(w.random, "Lead Submitted", "Demo Requested"), "timestamp": w.at(30, 60), "properties": map[string]any{}})
		}
	}
	return all
}

func (w *agreeWorld) batch(t *testing.T, events []string) {
	t.Helper()
	for len(events) > 0 {
		n := min(len(events), 50)
		w.post(t, "/v1/batch", `{"batch":`+array(events[:n])+`}`)
		events = events[n:]
	}
}

// deals have a contact each, a stage or two, and an amount in one of three currencies.
func (w *agreeWorld) deals(n int) []string {
	var all []string
	for i := range n {
		contact, account := fmt.Sprintf("contact-%d", i), fmt.Sprintf("account-%d", i%12)
		all = append(all, record(map[string]any{
			"type": "contact", "id": fmt.Sprintf("k%d", i), "occurred_at": w.at(0, 10), "contact_id": contact, "email": fmt.Sprintf("c%d@firm%d.example", i, i%12),
			"account_id": account, "lead_created_at": w.at(0, 20),
		}))
		all = append(all, w.stage(i, account, "Qualified", w.at(20, 30), nil))
		if i%3 != 0 {
			all = append(all, w.stage(i, account, "Proposal", w.at(50, 10), nil))
		}
		if i%3 == 1 {
			all = append(all, w.stage(i, account, "Closed Won", w.at(60, 30), map[string]any{"is_won": true, "is_closed": true}))
		}
	}
	return all
}

func (w *agreeWorld) stage(deal int, account, stage, at string, more map[string]any) string {
	fields := map[string]any{
		"type": "stage", "id": fmt.Sprintf("s%d-%s-%s", deal, stage, at), "occurred_at": at, "opportunity_id": fmt.Sprintf("deal-%d", deal), "account_id": account, "stage": stage,
		"amount": fmt.Sprint(100 + w.random.IntN(9000)), "currency": []string{"EUR", "USD", "JPY"}[deal%3],
	}
	for k, v := range more {
		fields[k] = v
	}
	return record(fields)
}

// changes win, lose, reopen and re-amount deals; one changes its currency.
func (w *agreeWorld) changes(n int) []string {
	var all []string
	for i := range n {
		account := fmt.Sprintf("account-%d", i%12)
		switch i % 6 {
		case 0:
			all = append(all, w.stage(i, account, "Closed Won", w.at(60, 40), map[string]any{"is_won": true, "is_closed": true}))
		case 1:
			all = append(all, w.stage(i, account, "Closed Won", w.at(60, 40), map[string]any{"is_won": true, "is_closed": true, "currency": "USD"}))
		case 2:
			all = append(all, w.stage(i, account, "Closed Lost", w.at(60, 40), map[string]any{"is_won": false, "is_closed": true}))
		case 4:
			all = append(all, w.stage(i, account, "Proposal", w.at(95, 5), map[string]any{"is_won": false, "is_closed": false}))
		}
	}
	return all
}

// offline touches are of contacts; the later ones lie in the past.
func (w *agreeWorld) offline(n int) []string {
	var all []string
	for i := range n {
		all = append(all, record(map[string]any{
			"type": "touch", "id": fmt.Sprintf("o%d", i), "occurred_at": w.at(0, 75), "contact_id": fmt.Sprintf("contact-%d", i%18),
			"source": oneOf(w.random, "summit", "fair"), "medium": "event", "campaign": oneOf(w.random, "spring", "", "autumn"), "channel": oneOf(w.random, "Event", "Webinar"),
		}))
	}
	return all
}

// spends are costs per day and campaign; a later round replaces some of the former.
func (w *agreeWorld) spends(n, round int) []string {
	var all []string
	for i := range n {
		way := oneOf(w.random, [2]string{"google", "cpc"}, [2]string{"bing", "cpc"}, [2]string{"news", "email"}, [2]string{"site", "banner"}, [2]string{"paper", "print"})
		all = append(all, record(map[string]any{
			"type": "spend", "day": fmt.Sprintf("2026-%02d-%02d", 1+(i+round)%3, 1+i%28), "platform": "google_ads", "campaign_id": fmt.Sprint(i % 7),
			"campaign": oneOf(w.random, "brand", "spring", "autumn"), "source": way[0], "medium": way[1], "currency": oneOf(w.random, "EUR", "USD", "JPY"), "spend": fmt.Sprint(w.random.IntN(400)),
			"impressions": w.random.IntN(5000), "clicks": w.random.IntN(90),
		}))
	}
	return all
}
