package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// story is two touches, a lead and a deal of one company, a purchase of a visitor nobody knows, and what they cost.
const (
	storyTouches = `{"type":"touch","id":"t1","occurred_at":"2026-03-01T10:00:00Z","contact_id":"c1","source":"summit","medium":"event","campaign":"spring","channel":"Event"}
{"type":"touch","id":"t2","occurred_at":"2026-03-10T10:00:00Z","contact_id":"c1","source":"webinar","medium":"webinar","campaign":"how-to","channel":"Webinar"}
{"type":"touch","id":"t3","occurred_at":"2026-03-12T09:00:00Z","anonymous_id":"v9","source":"partner","medium":"referral"}`
	storyStages = `[{"type":"contact","id":"k1","occurred_at":"2026-03-02T00:00:00Z","contact_id":"c1","email":"ada@acme.example","account_id":"acme","lead_created_at":"2026-03-02T00:00:00Z"},
{"type":"stage","id":"s1","occurred_at":"2026-03-11T00:00:00Z","opportunity_id":"o1","account_id":"acme","contact_ids":["c1"],"stage":"Qualified","amount":"900.00","currency":"EUR"},
{"type":"stage","id":"s2","occurred_at":"2026-03-20T00:00:00Z","opportunity_id":"o1","account_id":"acme","stage":"Closed Won","amount":"1000.01","currency":"EUR","is_won":true,"is_closed":true}]`
	storyTrack = `{"type":"track","event":"Order Completed","messageId":"buy","anonymousId":"v9","timestamp":"2026-03-12T10:00:00Z","properties":{"revenue":25.50,"currency":"EUR"}}`
	storySpend = `{"type":"spend","day":"2026-03-01","platform":"events","campaign":"spring","source":"summit","medium":"event","channel":"Event","currency":"EUR","spend":"200.00"}`
)

func (p *program) tell(t *testing.T) {
	t.Helper()
	p.post(t, "/v1/touches", storyTouches)
	p.post(t, "/v1/stages", storyStages)
	p.post(t, "/v1/track", storyTrack)
	p.post(t, "/v1/spend", storySpend)
}

// channelTable is what the test reads of /api/v1/channels.
type channelTable struct {
	Rows []struct{ Channel, Spend, Revenue, ConversionValue string }
}

func (p *program) revenue(t *testing.T, model string) map[string]string {
	t.Helper()
	var table channelTable
	p.channels(t, "from=2026-01-01&to=2026-12-31&currency=EUR&model="+model, &table)
	out := map[string]string{}
	for _, r := range table.Rows {
		out[r.Channel] = r.Revenue
	}
	return out
}

func TestUp_factsBecomeCreditAndStay(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir, "--secret-key", secretKey)
	if p.values["secret_key"] != secretKey || p.values["write_key"] == "" {
		t.Fatalf("keys in the ready line: %v", p.values)
	}
	p.tell(t)
	p.tell(t) // The same facts again change nothing.
	want := map[string]string{"Event": "500.01", "Webinar": "500.00", "Referral": "0.00"}
	linear := func() map[string]string {
		got := p.revenue(t, "linear")
		delete(got, "(unattributed)")
		return got
	}
	eventually(t, "linear revenue by channel", func() bool { return cmp.Equal(linear(), want) })
	eventually(t, "credit of the purchase", func() bool {
		return p.sql(t, "SELECT channel, amount_minor FROM credits WHERE journey_id = 'c:buy' AND model = 'last_touch' AND measure = 'conversion_value'") == "Referral\t2550"
	})
	if out, code := command(t, "up", "--data-dir", dir); code != 1 || !strings.Contains(out, "is in use by tributary up") {
		t.Errorf("a second up on the folder: exit %d\n%s", code, out)
	}
	if out, code := command(t, "rebuild", "--data-dir", dir); code != 1 || !strings.Contains(out, "stop it first") {
		t.Errorf("rebuild beside a running up: exit %d\n%s", code, out)
	}
	verifyClean(t, dir)
	p.stop(t)

	if out, code := command(t, "report", "--data-dir", dir); code != 1 || !strings.Contains(out, "no tributary is running") {
		t.Errorf("report without a running up: exit %d\n%s", code, out)
	}
	if out, code := command(t, "rebuild", "--data-dir", dir); code != 0 {
		t.Fatalf("rebuild: exit %d\n%s", code, out)
	}
	p = up(t, dir, "--secret-key", secretKey)
	if diff := cmp.Diff(linear(), want); diff != "" {
		t.Errorf("after a rebuild and a restart (-got, +want):\n%s", diff)
	}
	if out, code := command(t, "report", "--data-dir", dir, "--model", "linear", "--currency", "EUR"); code != 0 || !strings.Contains(out, "Webinar") {
		t.Errorf("report: exit %d\n%s", code, out)
	}
	verifyClean(t, dir)
	p.stop(t)
}

// verifyClean runs verify and wants it to have compared something and found nothing.
func verifyClean(t *testing.T, dir string) {
	t.Helper()
	out, code := command(t, "verify", "--data-dir", dir)
	if code != 0 || !strings.Contains(out, "clean: no difference") || strings.Contains(out, "credits                  0 compared") {
		t.Fatalf("verify: exit %d\n%s", code, out)
	}
}

func TestVerify_findsWhatIsWrong(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir, "--secret-key", secretKey)
	p.tell(t)
	eventually(t, "credit of the deal", func() bool {
		return p.sql(t, "SELECT sum(amount_minor) FROM credits WHERE journey_id = 'o:o1' AND model = 'linear' AND measure = 'revenue'") == "100001"
	})
	verifyClean(t, dir)
	// A cent more, in a later version of one credit.
	p.sql(t, `INSERT INTO credits_rows SELECT * REPLACE (revenue_minor + 1 AS revenue_minor, version + 1000 AS version) FROM credits_rows FINAL
		WHERE journey_id = 'o:o1' AND model = 'linear' AND touchpoint_id != '' LIMIT 1`)
	out, code := command(t, "verify", "--data-dir", dir)
	if code != 1 || !strings.Contains(out, "credits: {Workspace:default Journey:o:o1 Model:linear Measure:revenue") ||
		!strings.Contains(out, "conservation: default/o:o1: revenue under linear adds up to 100002, and should to 100001") {
		t.Errorf("exit %d\n%s", code, out)
	}
	p.stop(t)
}

func TestReplay_olist(t *testing.T) {
	needEngine(t)
	data := filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	leads, deals := filepath.Join(data, "olist-qualified-leads.csv"), filepath.Join(data, "olist-closed-deals.csv")
	if _, err := os.Stat(leads); err != nil {
		t.Skip("the real data is not beside the project: ../shared/data is missing")
	}
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir)
	for range 2 { // The second time changes nothing.
		out, code := command(t, "replay", "--data-dir", dir, leads, deals)
		if code != 0 || !strings.Contains(out, "accepted 17684, rejected 0") {
			t.Fatalf("replay: exit %d\n%s", code, out)
		}
	}
	verifyClean(t, dir)
	got := p.sql(t, "SELECT count(), countIf(is_won = 1) FROM opportunities")
	if touches := p.sql(t, "SELECT count() FROM touchpoints"); got != "842\t842" || touches != "8000" {
		t.Errorf("%s opportunities and won, %s touchpoints; want 842, 842, 8000", got, touches)
	}
	sums := p.sql(t, "SELECT model, sum(amount_minor), countDistinct(journey_id) FROM credits WHERE measure = 'revenue' GROUP BY model ORDER BY model")
	lines := strings.Split(sums, "\n")
	if len(lines) != 11 {
		t.Errorf("%d models have revenue, want 11:\n%s", len(lines), sums)
	}
	for _, line := range lines {
		if !strings.Contains(line, "\t6178400600\t") {
			t.Errorf("revenue does not add up to 61,784,006.00 BRL: %s", line)
		}
	}
	// 690 of the deals were won within 90 days of the first contact; the credit of the others is unattributed.
	if attributed := p.sql(t, "SELECT uniqExact(journey_id) FROM credits WHERE measure = 'customers' AND model = 'first_touch' AND touchpoint_id != ''"); attributed != "690" {
		t.Errorf("%s deals have a touch, want 690", attributed)
	}
	p.stop(t)
}

func TestReplay_rejectedRecordsFailAndSayWhy(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir)
	file := filepath.Join(t.TempDir(), "mixed.ndjson")
	records := `{"type":"page","anonymousId":"v1","messageId":"p1"}
{"type":"track","anonymousId":"v1","messageId":"p2"}
{nonsense
`
	if err := os.WriteFile(file, []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := command(t, "replay", "--data-dir", dir, file)
	if code != 1 || !strings.Contains(out, "accepted 1, rejected 2") || !strings.Contains(out, "malformed_json") {
		t.Errorf("exit %d\n%s", code, out)
	}
	p.stop(t)
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		args string
		code int
		want string
	}{
		{"version", 0, "tributary dev"},
		{"check-config --defaults", 0, "models:"},
		{"models", 0, "w_shaped"},
		{"check-config", 2, "name a file"},
		{"nonsense", 2, "nonsense is not known here"},
		{"up --nonsense", 2, "unknown flag --nonsense"},
		{"collector", 1, "needs a Kafka cluster"},
		{"sink --brokers 127.0.0.1:1", 1, "needs a ClickHouse"},
		{"replay --data-dir /nowhere x.csv", 1, "no tributary is running"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			out, code := command(t, strings.Fields(tc.args)...)
			if code != tc.code || !strings.Contains(out, tc.want) {
				t.Errorf("exit %d, want %d with %q:\n%s", code, tc.code, tc.want, out)
			}
		})
	}
}

func TestCheckConfig_saysWhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("log:\n  levle: debug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := command(t, "check-config", file)
	if want := fmt.Sprintf("%s:2: unknown key log.levle: did you mean level?", file); code != 1 || !strings.Contains(out, want) {
		t.Errorf("exit %d, want %q:\n%s", code, want, out)
	}
}
