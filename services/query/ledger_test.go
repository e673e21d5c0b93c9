package query_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// posting is a row of ledger_rows; what tests do not care about is left to its defaults.
type posting struct {
	workspace, journey, model, measure, touch, channel, campaign string
	minor                                                        int64
	currency, reason, cause                                      string
	touchDay, closeDay                                           string
	recorded                                                     time.Time
}

var postingNumber int

func (w *world) postings(rows ...posting) {
	w.t.Helper()
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO ledger_rows (workspace, posting_id, journey_id, journey_kind, model, model_version, measure,
		touchpoint_id, channel, campaign, delta_minor, exponent, currency, reason, cause_event_id, effective_at, recorded_at, version, close_date, touch_date)`)
	w.check(err)
	for _, p := range rows {
		workspace, exponent := p.workspace, uint8(2)
		if workspace == "" {
			workspace = "default"
		}
		if p.measure == "customers" || p.measure == "opportunities" || p.measure == "conversions" {
			exponent = 9
		}
		touchDay := p.touchDay
		if touchDay == "" {
			touchDay = p.closeDay
		}
		postingNumber++
		w.check(batch.Append(workspace, fmt.Sprintf("p%06d", postingNumber), p.journey, "opportunity", p.model, "1", p.measure, p.touch, p.channel, p.campaign,
			p.minor, exponent, p.currency, p.reason, p.cause, p.recorded, p.recorded, uint64(postingNumber), day(w.t, p.closeDay), day(w.t, touchDay)))
	}
	w.check(batch.Send())
}

// ledgerWorld posts a random ledger and writes the cells that it adds up to, with touchpoints, and spend in two versions.
func ledgerWorld(w *world, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	cells := map[cell]int64{}
	var postings []posting
	for i := range 400 {
		p := posting{
			journey: fmt.Sprint("o:", random.IntN(40)), model: pick("linear", "w_shaped"), measure: pick("revenue", "pipeline", "customers"), touch: "t1",
			channel: pick("Email", "Paid Search", "(unattributed)"), campaign: pick("", "brand"), minor: random.Int64N(20_001) - 10_000, currency: pick("USD", "USD", "EUR"),
			reason: pick("won", "late_touch", "amount"), cause: fmt.Sprint("e", i), touchDay: fmt.Sprintf("2025-12-%02d", 1+random.IntN(28)),
			closeDay: fmt.Sprintf("2026-%02d-%02d", 1+random.IntN(2), 1+random.IntN(28)),
			recorded: recorded.Add(-time.Duration(random.IntN(90*24)) * time.Hour),
		}
		postings = append(postings, p)
		for basis, day := range map[string]string{"touch": p.touchDay, "close": p.closeDay} {
			key := cell{basis: basis, day: day, model: p.model, channel: p.channel, campaign: p.campaign, currency: p.currency, workspace: p.measure}
			cells[key] += p.minor
		}
	}
	w.postings(postings...)
	merged := map[cell]cell{}
	for key, minor := range cells {
		measure := key.workspace
		key.workspace = ""
		c := merged[key]
		switch measure {
		case "revenue":
			c.revenue += minor
		case "pipeline":
			c.pipeline += minor
		case "customers":
			c.customers += minor
		}
		merged[key] = c
	}
	var list []cell
	for key, values := range merged {
		key.revenue, key.pipeline, key.customers, key.version = values.revenue, values.pipeline, values.customers, 1
		list = append(list, key)
	}
	list = append(list, cell{basis: "touch", day: "2026-01-10", channel: "Email", campaign: "brand", touchpoints: 2, version: 1})
	w.cells(list...)
	w.exec(`INSERT INTO touchpoints_rows (workspace, touchpoint_id, occurred_at, received_at, channel, campaign, is_bot, version) VALUES
		('default', 't1', '2026-01-10 10:00:00', '2026-01-10 10:00:01', 'Email', 'brand', 0, 1),
		('default', 't2', '2026-01-10 10:00:00', '2026-03-20 00:00:00', 'Email', 'brand', 0, 1),
		('default', 't3', '2026-01-10 10:00:00', '2026-01-10 10:00:00', 'Email', 'brand', 1, 1)`)
	w.spends(spend{day: "2026-01-10", channel: "Paid Search", campaign: "brand", currency: "USD", minor: 12_500, impressions: 900, clicks: 30})
	w.exec(`INSERT INTO spend_versions_rows (workspace, day, spend_key, version, channel, campaign, currency, exponent, spend_minor, impressions, clicks, received_at) VALUES
		('default', '2026-01-10', 'Paid Searchbrand', 1, 'Paid Search', 'brand', 'USD', 2, 10000, 800, 20, '2026-01-11 00:00:00'),
		('default', '2026-01-10', 'Paid Searchbrand', 1, 'Paid Search', 'brand', 'USD', 2, 10000, 800, 20, '2026-01-11 00:00:00'),
		('default', '2026-01-10', 'Paid Searchbrand', 2, 'Paid Search', 'brand', 'USD', 2, 12500, 900, 30, '2026-02-15 00:00:00')`)
}

func (w *world) exec(statement string) {
	w.t.Helper()
	w.check(w.conn.Exec(w.t.Context(), statement))
}

// TestAsOf_nowIsWhatCellsSay asks every model, basis and grouping as of now and without: every figure is the same, touchpoints and spend too.
func TestAsOf_nowIsWhatCellsSay(t *testing.T) {
	w := newWorld(t, nil)
	ledgerWorld(w, 1)
	for _, model := range []string{"linear", "w_shaped"} {
		for _, basis := range []string{"touch", "close"} {
			for _, rest := range []string{"&currency=USD", "&group_by=campaign&currency=EUR", "&from=2026-01-05&to=2026-02-03&currency=USD&trend=month"} {
				question := "/api/v1/channels?model=" + model + "&basis=" + basis + rest
				want := answered[answer.Channels](w, question)
				for _, moment := range []string{"&as_of=" + now.Format(time.RFC3339), "&books=closed"} {
					got := answered[answer.Channels](w, question+moment)
					got.AsOf, got.Books, got.Page.NextCursor = nil, "open", want.Page.NextCursor
					got.Totals.Explain = want.Totals.Explain // which name the moment
					for i := range min(len(got.Rows), len(want.Rows)) {
						got.Rows[i].Explain = want.Rows[i].Explain
					}
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("%s%s (-now, +as of now):\n%s", question, moment, d)
					}
				}
			}
		}
	}
}

func TestAsOf_then(t *testing.T) {
	w := newWorld(t, nil)
	ledgerWorld(w, 1)
	for asOf, want := range map[string]struct {
		spend       string
		touchpoints int64
	}{
		"2026-01-05": {"0.00", 0}, "2026-01-10T10:00:01Z": {"0.00", 1}, "2026-01-11": {"100.00", 1}, "2026-02-14": {"100.00", 1}, "2026-02-15": {"125.00", 1}, "2026-03-20": {"125.00", 2},
	} {
		a := answered[answer.Channels](w, "/api/v1/channels?model=linear&currency=USD&as_of="+asOf)
		if a.Totals.Spend != want.spend || a.Totals.Touchpoints != want.touchpoints {
			t.Errorf("as of %s: spend %s, %d touchpoints, want %+v", asOf, a.Totals.Spend, a.Totals.Touchpoints, want)
		}
		if a.AsOf == nil {
			t.Error("the answer does not say as of when")
		}
	}
}

// TestBridge_addsUp bridges every measure by everything, between moments and over business periods: exact, and the ends are what channels say.
func TestBridge_addsUp(t *testing.T) {
	w := newWorld(t, nil)
	ledgerWorld(w, 2)
	for _, measure := range []string{"revenue", "customers"} {
		for _, by := range []string{"reason", "channel", "month"} {
			for _, period := range []string{"", "&effective_from=2026-01-01&effective_to=2026-01-31"} {
				b := answered[answer.Bridge](w, "/api/v1/ledger/bridge?model=linear&currency=USD&from=2026-02-10&to=2026-03-10&measure="+measure+"&by="+by+period)
				if !b.Check.Exact || len(b.Steps) == 0 || len(b.ByCurrency) != map[bool]int{true: 0, false: 2}[measure == "customers"] {
					t.Fatalf("%s by %s: %+v", measure, by, b)
				}
				total := cents(t, b.From.Amount)
				for _, step := range b.Steps {
					rows := int64(0)
					for _, row := range step.Rows {
						rows += cents(t, row.Amount)
					}
					if rows != cents(t, step.Amount) || step.Sentence == "" {
						t.Errorf("%s by %s: the rows of %+v add up to %d", measure, by, step, rows)
					}
					total += cents(t, step.Amount)
					if by == "reason" {
						w.checkPostings(measure, step)
					}
				}
				if total != cents(t, b.To.Amount) {
					t.Errorf("%s by %s: steps lead to %d, not to %s", measure, by, total, b.To.Amount)
				}
				for end, amount := range map[string]string{"2026-02-10": b.From.Amount, "2026-03-10": b.To.Amount} {
					a := answered[answer.Channels](w, "/api/v1/channels?model=linear&basis=close&currency=USD&as_of="+end+strings.ReplaceAll(period, "effective_", ""))
					got := map[string]string{"revenue": a.Totals.Revenue, "pipeline": a.Totals.Pipeline, "customers": fmt.Sprintf("%.9f", a.Totals.Customers)}[measure]
					if cents(t, got) != cents(t, amount) {
						t.Errorf("%s as of %s: the bridge says %s, channels %s", measure, end, amount, got)
					}
				}
			}
		}
	}
}

// TestBridge_withoutABeginning: where nothing bounds it, a bridge begins before the first posting, with nothing, and names no moment for that.
func TestBridge_withoutABeginning(t *testing.T) {
	w := newWorld(t, nil)
	ledgerWorld(w, 2)
	status, _, body := get(t, w.url+"/api/v1/ledger/bridge?model=linear&currency=USD&measure=revenue&to=2026-03-10")
	var b answer.Bridge
	if err := json.Unmarshal([]byte(body), &b); err != nil || status != http.StatusOK {
		t.Fatalf("%d %v %s", status, err, body)
	}
	if b.From.AsOf != nil || cents(t, b.From.Amount) != 0 || !b.Check.Exact || b.To.AsOf == nil || strings.Contains(body, "0001-01-01") {
		t.Errorf("from %+v to %+v: %s", b.From, b.To, body)
	}
}

// cents reads a decimal as an integer of ninths of a decimal place, so that amounts and counts compare exactly.
func cents(t *testing.T, decimal string) int64 {
	t.Helper()
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(decimal, "-"), ".")
	n, err := strconv.ParseInt(whole+(fraction + "000000000")[:9], 10, 64)
	if err != nil {
		t.Fatalf("%q: %v", decimal, err)
	}
	if strings.HasPrefix(decimal, "-") {
		n = -n
	}
	return n
}

// checkPostings follows a step to its postings: as many as it says, and of one currency what it says.
func (w *world) checkPostings(measure string, step answer.BridgeStep) {
	w.t.Helper()
	p := answered[answer.Postings](w, step.Link+"&limit=3")
	if int64(p.Page.Total) != step.Postings {
		w.t.Errorf("%s: %d postings, the step says %d", step.Link, p.Page.Total, step.Postings)
	}
	if measure == "customers" && cents(w.t, p.Sums[0].Amount) != cents(w.t, step.Amount) {
		w.t.Errorf("%s adds up to %s, the step says %s", step.Link, p.Sums[0].Amount, step.Amount)
	}
}

func TestPostings_pages(t *testing.T) {
	w := newWorld(t, nil)
	ledgerWorld(w, 3)
	seen, cursor := map[string]bool{}, ""
	for {
		p := answered[answer.Postings](w, "/api/v1/ledger/postings?limit=90&cursor="+url.QueryEscape(cursor))
		for _, row := range p.Rows {
			if seen[row.PostingID] {
				t.Errorf("%s comes twice", row.PostingID)
			}
			seen[row.PostingID] = true
		}
		if cursor = p.Page.NextCursor; cursor == "" {
			break
		}
	}
	if len(seen) != 400 {
		t.Errorf("%d postings on all pages", len(seen))
	}
	status, _, body := get(t, w.url+"/api/v1/ledger/postings?reason=won&cursor="+url.QueryEscape(answered[answer.Postings](w, "/api/v1/ledger/postings?limit=1").Page.NextCursor))
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "another question") {
		t.Errorf("a cursor of another question: %d %s", status, body)
	}
}

// TestCurrencyChange is a deal whose currency is corrected: reversed in the one, posted in the other, and every moment shows both right.
func TestCurrencyChange(t *testing.T) {
	w := newWorld(t, nil)
	post := func(minor int64, currency, reason string, at time.Time) posting {
		return posting{journey: "o:d", model: "linear", measure: "revenue", touch: "t", channel: "Email", minor: minor, currency: currency, reason: reason, closeDay: "2026-02-01", recorded: at}
	}
	before, after := recorded.Add(-48*time.Hour), recorded.Add(-time.Hour)
	w.postings(post(100_00, "USD", "won", before), post(-100_00, "USD", "amount", after), post(90_00, "EUR", "amount", after))
	b := answered[answer.Bridge](w, "/api/v1/ledger/bridge?model=linear&currency=EUR&from="+before.Format(time.RFC3339))
	want := []answer.BridgeCurrency{
		{Currency: "EUR", From: "0.00", Steps: "90.00", To: "90.00"}, {Currency: "USD", From: "100.00", Steps: "-100.00", To: "0.00"},
	}
	if d := cmp.Diff(want, b.ByCurrency); d != "" || b.To.Amount != "90.00" || !b.Check.Exact {
		t.Errorf("to %s, by currency (-want, +got):\n%s", b.To.Amount, d)
	}
	if len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0].Detail, "USD to EUR") {
		t.Errorf("a rate is missing and the answer says %v", b.Warnings)
	}
	w.exec("INSERT INTO models_rows VALUES ('default', 'linear')")
	for asOf, amount := range map[string]string{before.Format(time.RFC3339): "USD 100.00", after.Format(time.RFC3339): "EUR 90.00"} {
		if a := answered[answer.Channels](w, "/api/v1/channels?model=linear&as_of="+asOf); a.Currency+" "+a.Totals.Revenue != amount {
			t.Errorf("as of %s: %s %s, want %s", asOf, a.Currency, a.Totals.Revenue, amount)
		}
	}
}

// send asks with a body and returns status and answer.
func send(t *testing.T, method, address, body string, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	conforms(t, method, address, response.StatusCode, response.Header, string(text))
	return response.StatusCode, string(text)
}

func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
