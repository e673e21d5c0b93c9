package query_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// stay is a deal's stay in a stage.
type stay struct {
	stage         string
	entered, left time.Time
	minor         int64
}

// crmDeal is a deal as the CRM has told it so far.
type crmDeal struct {
	id, account, pipeline, currency string
	won, closed, hasAmount, deleted bool
	minor                           int64
	created, closedAt               time.Time
	stays                           []stay
	version                         uint64
	// posted is what the ledger holds of it, by measure and day.
	posted map[[2]string]int64
}

// past is a history under way: deals that change, touches and conversions that come in, each known from clock on.
type past struct {
	*world
	*rand.Rand
	clock   time.Time
	deals   []*crmDeal
	entries map[string]map[int64]bool
	n       int
}

func newPast(w *world, seed uint64) *past {
	p := &past{world: w, Rand: rand.New(rand.NewPCG(seed, 15)), clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), entries: map[string]map[int64]bool{}}
	for i := range 8 {
		p.deals = append(p.deals, &crmDeal{id: fmt.Sprint("d", i), posted: map[[2]string]int64{}})
	}
	w.exec("INSERT INTO models_rows VALUES ('default', 'linear')")
	return p
}

// step is one thing that becomes known.
func (p *past) step() {
	p.clock = p.clock.Add(time.Duration(1+p.IntN(40*3600_000)) * time.Millisecond)
	p.n++
	switch k := p.IntN(10); {
	case k == 0:
		p.exec(fmt.Sprintf(`INSERT INTO conversions_rows (workspace, conversion_id, type, person_id, occurred_at, received_at, version) VALUES ('default', 'c%d', '%s', 'p%d', %s, %s, 1)`,
			p.n, []string{"lead", "demo"}[p.IntN(2)], p.IntN(6), at(p.when()), at(p.clock)))
	case k < 3:
		person := p.IntN(6)
		p.exec(fmt.Sprintf(`INSERT INTO touchpoints_rows (workspace, touchpoint_id, visitor_id, person_id, occurred_at, received_at, channel, version) VALUES ('default', 't%d', 'v%d', '%s', %s, %s, '%s', 1)`,
			p.n, person, []string{"", fmt.Sprint("p", person)}[person%2], at(p.when()), at(p.clock), []string{"Email", "Display", "Direct"}[p.IntN(3)]))
	default:
		d := p.deals[p.IntN(len(p.deals))]
		p.change(d)
		p.write(d)
	}
}

// when is a time before now, often long before: what the CRM tells late.
func (p *past) when() time.Time {
	return p.clock.Add(-time.Duration(p.IntN(60*24)) * time.Hour).Truncate(time.Second)
}

func (p *past) change(d *crmDeal) {
	if d.version == 0 {
		d.account, d.pipeline, d.currency, d.created = "a0", []string{"sales", "partner"}[p.IntN(2)], "EUR", p.when()
	}
	switch p.IntN(9) {
	case 0:
		d.hasAmount, d.minor = true, p.Int64N(100_000)
	case 1:
		d.created = p.when() // corrected
	case 2:
		d.won, d.closed, d.closedAt = true, true, p.when()
		p.enter(d, "Won", d.closedAt)
	case 3:
		d.won, d.closed, d.closedAt = false, true, p.when()
		p.enter(d, "Lost", d.closedAt)
	case 4:
		d.won, d.closed, d.closedAt = false, false, time.Time{} // reopened
		d.stays = slices.DeleteFunc(d.stays, func(s stay) bool { return s.stage == "Won" || s.stage == "Lost" })
	case 5:
		d.deleted = !d.deleted
	case 6:
		d.account = fmt.Sprint("a", p.IntN(3))
	default:
		p.enter(d, []string{"Demo", "Offer", "Contract"}[p.IntN(3)], p.when())
	}
}

// enter adds a stay, in the order of entries, at a moment at which there is none.
func (p *past) enter(d *crmDeal, stage string, at time.Time) {
	for slices.ContainsFunc(d.stays, func(s stay) bool { return s.entered.Equal(at) }) {
		at = at.Add(time.Second)
	}
	d.stays = append(d.stays, stay{stage: stage, entered: at, minor: d.minor})
	slices.SortFunc(d.stays, func(a, b stay) int { return a.entered.Compare(b.entered) })
	for i := range d.stays {
		d.stays[i].left = time.Time{}
		if i+1 < len(d.stays) {
			d.stays[i].left = d.stays[i+1].entered
		}
	}
}

// write says what is known of a deal now as the sink and the attributor would.
func (p *past) write(d *crmDeal) {
	d.version++
	stage := ""
	if n := len(d.stays); n > 0 {
		stage = d.stays[n-1].stage
	}
	same := fmt.Sprintf("'default', '%s', '%s', '%s', '%s', %d, %d, %d, %d, 2, '%s', %s, %s, %d, %d",
		d.id, d.account, d.pipeline, stage, flagOf(d.won), flagOf(d.closed), flagOf(d.hasAmount), d.minor, d.currency, at(d.created), at(d.closedAt), d.version, flagOf(d.deleted))
	const columns = "workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at, version, is_deleted"
	p.exec("INSERT INTO opportunities_rows (" + columns + ") VALUES (" + same + ")")
	if p.entries[d.id] == nil {
		p.entries[d.id] = map[int64]bool{}
	}
	gone, rows := p.entries[d.id], []string{}
	p.entries[d.id] = map[int64]bool{}
	var stages, sources, entered, left, amounts, chances []string
	for _, s := range d.stays {
		ms := s.entered.UnixMilli()
		delete(gone, ms)
		p.entries[d.id][ms] = true
		rows = append(rows, fmt.Sprintf("('default', '%s', %d, '%s', %s, %s, %d, 'EUR', 2, %d, %d)", d.id, ms*1000, s.stage, at(s.entered), at(s.left), s.minor, d.version, flagOf(d.deleted)))
		stages, sources = append(stages, "'"+s.stage+"'"), append(sources, "''")
		entered, left = append(entered, fmt.Sprint(ms)), append(left, fmt.Sprint(max(0, s.left.UnixMilli())))
		amounts, chances = append(amounts, fmt.Sprint(s.minor)), append(chances, "-1")
	}
	for ms := range gone {
		rows = append(rows, fmt.Sprintf("('default', '%s', %d, '', %s, %s, 0, '', 0, %d, 1)", d.id, ms*1000, at(time.UnixMilli(ms)), at(time.Time{}), d.version))
	}
	if len(rows) > 0 {
		p.exec("INSERT INTO opportunity_stages_rows (workspace, opportunity_id, entered_us, stage, entered_at, left_at, amount_minor, currency, exponent, version, is_deleted) VALUES " + strings.Join(rows, ", "))
	}
	lists := ""
	for _, l := range [][]string{stages, sources, entered, left, amounts, chances} {
		lists += ", [" + strings.Join(l, ", ") + "]"
	}
	for range 1 + p.IntN(2) { // a replay writes it again
		p.exec("INSERT INTO opportunity_versions_rows (" + columns + ", recorded_at, exact_from, visit_stages, visit_source_stages, visit_entered_ms, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm) VALUES (" +
			same + ", " + at(p.clock) + ", " + at(p.clock) + lists + ")")
	}
	p.post(d)
}

// post writes the deal's credit, all of it on one touch, and the postings that lead there.
func (p *past) post(d *crmDeal) {
	channel := []string{"Email", "Display"}[int(d.id[1])%2]
	opened := d.created.Format(time.DateOnly)
	want, credit := map[[2]string]int64{}, map[string]int64{}
	hold := func(measure, day string, units int64) {
		if units != 0 {
			want[[2]string{measure, day}], credit[measure] = units, units
		}
	}
	if !d.deleted {
		hold("opportunities", opened, nano)
		switch closed := d.closedAt.Format(time.DateOnly); {
		case d.won:
			hold("customers", closed, nano)
			hold("revenue", closed, d.minor)
		case !d.closed:
			hold("pipeline", opened, d.minor)
		}
	}
	post := func(key [2]string, units int64, departure bool) {
		p.n++
		p.exec(fmt.Sprintf(`INSERT INTO ledger_rows (workspace, posting_id, journey_id, journey_kind, model, measure, touchpoint_id, channel, delta_minor, exponent, currency, reason, effective_at, recorded_at,
			version, close_date, touch_date, is_departure) VALUES ('default', 'x%d', 'o:%s', 'opportunity', 'linear', '%s', 'deal-%s', '%s', %d, 2, 'EUR', 'stage', %s, %s, %d, '%s', '2025-12-01', %d)`,
			p.n, d.id, key[0], d.id, channel, units, at(p.clock), at(p.clock), d.version, key[1], flagOf(departure)))
	}
	for key, units := range d.posted {
		if want[key] == 0 {
			_, moves := credit[key[0]]
			post(key, -units, moves)
		}
	}
	for key, units := range want {
		if change := units - d.posted[key]; change != 0 {
			post(key, change, false)
		}
	}
	d.posted = want
	p.exec(fmt.Sprintf(`INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, channel, parts, parts_total, opportunities_nano, pipeline_minor, customers_nano,
		revenue_minor, exponent, currency, touched_at, opened_date, close_date, account_id, recorded_at, version) VALUES ('default', '1970-01-01', 'o:%s', 'linear', 'deal-%s', 'opportunity', '%s', 1, 1, %d, %d, %d, %d, 2,
		'EUR', '2025-12-01', '%s', %s, '%s', %s, %d)`, d.id, d.id, channel, credit["opportunities"], credit["pipeline"], credit["customers"], credit["revenue"], opened,
		"toDate("+at(d.closedAt)+")", d.account, at(p.clock), d.version))
}

func at(t time.Time) string {
	return fmt.Sprintf("fromUnixTimestamp64Milli(%d, 'UTC')", max(0, t.UnixMilli()))
}

func flagOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// questions are asked at a moment and, later, as of it.
func (p *past) questions() []string {
	period := "model=linear&currency=EUR&from=2025-10-01&to=2026-12-31"
	list := []string{
		"/api/v1/funnel?" + period, "/api/v1/funnel?" + period + "&pipeline=sales&conversion_type=lead",
		"/api/v1/funnel?model=linear&currency=EUR&from=2026-01-01&to=2026-01-31&compare_from=2025-12-01&compare_to=2025-12-31",
		"/api/v1/journeys?model=linear&limit=100", "/api/v1/journeys?model=linear&limit=3&sort=-amount&state=open&state=won", "/api/v1/journeys?model=linear&pipeline=sales&stage=Demo",
		"/api/v1/journeys?model=linear&account=a1&kind=opportunity&sort=opened_on&format=csv", "/api/v1/funnel?" + period + "&format=csv",
	}
	for _, d := range p.deals[:5] {
		list = append(list, "/api/v1/journeys/o:"+d.id+"?model=linear")
	}
	return list
}

// ask answers a question without what names the moment of asking.
func (p *past) ask(question string, asOf time.Time) string {
	address := question
	if !asOf.IsZero() {
		address += "&as_of=" + url.QueryEscape(asOf.Format(time.RFC3339Nano))
	}
	status, _, body := get(p.t, p.url+address)
	if status != 200 {
		return fmt.Sprint(status)
	}
	switch {
	case strings.Contains(question, "format=csv"):
		return withoutMoment(body)
	case strings.HasPrefix(question, "/api/v1/funnel"):
		var f answer.Funnel
		p.check(json.Unmarshal([]byte(body), &f))
		f.AsOf, f.Freshness = nil, answer.Freshness{}
		return written(p, f)
	case strings.HasPrefix(question, "/api/v1/journeys?"):
		var l answer.JourneyList
		p.check(json.Unmarshal([]byte(body), &l))
		l.AsOf, l.Freshness = nil, answer.Freshness{}
		l.Page.NextCursor = fmt.Sprint(l.Page.NextCursor != "") // which names the question
		for i := range l.Rows {
			// Postings tell when credit changed, rows also when what stands beside it did.
			l.Rows[i].Explain, l.Rows[i].RecordedAt = "", time.Time{}
			if l.Rows[i].State == "open" {
				l.Rows[i].Days = nil // until then, or until now
			}
		}
		return written(p, l)
	default:
		var j answer.Journey
		p.check(json.Unmarshal([]byte(body), &j))
		if len(j.Credits) == 0 {
			return "404" // without credit it is not there now, and is not known as of then
		}
		return written(p, []any{j.Stages, j.AccountID, j.OpenedOn, j.ClosedOn, j.Sums})
	}
}

func written(p *past, v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	p.check(err)
	return string(text)
}

// withoutMoment takes out of a CSV what names the moment of asking.
func withoutMoment(body string) string {
	lines := strings.Split(strings.TrimSpace(body), "\n")
	drop := map[int]bool{}
	for i, name := range strings.Split(strings.TrimSpace(lines[0]), ",") {
		drop[i] = name == "as_of" || name == "days" || name == "recorded_at"
	}
	for i, line := range lines {
		cells := strings.Split(strings.TrimSpace(line), ",")
		kept := []string{}
		for k, cell := range cells {
			if !drop[k] {
				kept = append(kept, cell)
			}
		}
		lines[i] = strings.Join(kept, ",")
	}
	return strings.Join(lines, "\n")
}

// TestKnown_asOfIsWhatWasAnswered is the law of two times: what is answered as of a moment, however much became known since, is what was answered then.
// Deals change stage, amount, dates, owner, are won, lost, reopened and deleted, often told late; touches and conversions come in.
func TestKnown_asOfIsWhatWasAnswered(t *testing.T) {
	seeds := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("TRIBUTARY_WORLDS"), 10, 64); err == nil {
		seeds = max(1, n/500)
	}
	for seed := range seeds {
		p := newPast(newWorld(t, nil), seed)
		type moment struct {
			at      time.Time
			answers []string
		}
		var moments []moment
		questions := p.questions()
		for range 4 {
			for range 22 {
				p.step()
			}
			m := moment{at: p.clock}
			for _, q := range questions {
				m.answers = append(m.answers, p.ask(q, time.Time{}))
			}
			moments = append(moments, m)
		}
		for _, m := range moments {
			for i, q := range questions {
				if d := cmp.Diff(m.answers[i], p.ask(q, m.at)); d != "" {
					t.Fatalf("seed %d: %s as of %s (-as answered then, +as of then):\n%s", seed, q, m.at.Format(time.RFC3339Nano), d)
				}
			}
		}
		last := moments[len(moments)-1]
		if f := last.answers[0]; !strings.Contains(f, `"kind": "stage"`) || strings.Count(f, "Display") == 0 {
			t.Errorf("seed %d has no funnel to speak of:\n%s", seed, f)
		}
		for i, q := range questions {
			if d := cmp.Diff(last.answers[i], p.ask(q, p.clock.Add(time.Hour))); d != "" {
				t.Errorf("seed %d: %s as of now is not what is answered now:\n%s", seed, q, d)
			}
		}
	}
}
