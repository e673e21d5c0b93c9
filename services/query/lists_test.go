package query_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

func TestJourneys_listsWhatThereIs(t *testing.T) {
	w := newWorld(t, nil)
	ww := newWholeWorld(w, 3, 40, "USD")
	states := map[string]int{}
	for _, j := range ww.journeys {
		states[j.state]++
	}
	all := answered[answer.JourneyList](w, "/api/v1/journeys?limit=100")
	if all.Page.Total != 40 || len(all.Rows) != 40 || all.Model != "linear" {
		t.Errorf("%d rows of %d by %s", len(all.Rows), all.Page.Total, all.Model)
	}
	for state, n := range states {
		list := answered[answer.JourneyList](w, "/api/v1/journeys?state="+state)
		if list.Page.Total != n {
			t.Errorf("%s: %d, want %d", state, list.Page.Total, n)
		}
	}
	for _, sort := range []string{"opened_on", "-opened_on", "closed_on", "amount", "-amount", "touches", "-touches", "recorded_at"} {
		seen, last := map[string]bool{}, 0.0
		for cursor := ""; ; {
			list := answered[answer.JourneyList](w, "/api/v1/journeys?limit=17&sort="+sort+"&cursor="+cursor)
			for _, r := range list.Rows {
				seen[r.JourneyID] = true
				if sort == "-touches" && len(seen) > 1 && float64(r.Touches) > last {
					t.Errorf("%s: %d after %v", sort, r.Touches, last)
				}
				last = float64(r.Touches)
			}
			if cursor = list.Page.NextCursor; cursor == "" {
				break
			}
		}
		if len(seen) != 40 {
			t.Errorf("sorted by %s the pages show %d journeys", sort, len(seen))
		}
	}
	one := all.Rows[0]
	for name, c := range map[string]struct {
		query string
		want  int
	}{
		"text in any case": {"q=" + strings.ToUpper(one.JourneyID), 1}, "nothing": {"q=no+such+thing", 0}, "account": {"account=" + one.AccountID + "x", 0},
		"kind": {"kind=conversion", states["converted"]}, "days": {"from=2030-01-01", 0},
	} {
		if list := answered[answer.JourneyList](w, "/api/v1/journeys?"+c.query); list.Page.Total < c.want || c.want == 0 && list.Page.Total != 0 {
			t.Errorf("%s: %d of %d", name, list.Page.Total, c.want)
		}
	}
	without := answered[answer.JourneyList](w, "/api/v1/journeys?channel=(unattributed)")
	for _, r := range without.Rows {
		if r.Touches != 0 || r.Days != nil {
			t.Errorf("unattributed, and yet %+v", r)
		}
	}
	for _, r := range answered[answer.JourneyList](w, "/api/v1/journeys?channel=Email&limit=100").Rows {
		if !strings.Contains(strings.Join(r.Channels, "|"), "Email") {
			t.Errorf("no Email in %v", r.Channels)
		}
	}
	if status, _, body := get(t, w.url+"/api/v1/journeys?state=gone"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "converted") {
		t.Errorf("%d %s", status, body)
	}
}

func TestPaths_agreeWithJourneysAndChannels(t *testing.T) {
	w := newWorld(t, nil)
	newWholeWorld(w, 5, 40, "USD")
	period := "from=2026-01-01&to=2026-12-31"
	channels := answered[answer.Channels](w, "/api/v1/channels?model=linear&basis=close&"+period)
	list := answered[answer.JourneyList](w, "/api/v1/journeys?limit=100")
	for _, collapse := range []string{"none", "exposure", "unique"} {
		p := answered[answer.Paths](w, "/api/v1/paths?basis=close&max_steps=3&limit=1000&collapse="+collapse+"&"+period)
		journeys, lengths, first := int64(0), int64(0), int64(0)
		sum := decimal(w, "0")
		for _, path := range p.Paths {
			journeys += path.Journeys
			sum.Add(sum, decimal(w, path.Value))
			if len(path.Channels) > 3 {
				t.Errorf("longer than asked: %v", path.Channels)
			}
		}
		for _, l := range p.Lengths {
			lengths += l.Journeys
		}
		for _, n := range p.Nodes {
			if n.Step == 1 {
				first += n.Journeys
			}
		}
		if journeys != p.Totals.Journeys || first != journeys || lengths != journeys+p.Totals.WithoutTouch || int(lengths) != list.Page.Total {
			t.Errorf("%s: %d on paths, %d first steps, %d by length, %d without touch, %d listed", collapse, journeys, first, lengths, p.Totals.WithoutTouch, list.Page.Total)
		}
		want := decimal(w, channels.Totals.Value)
		want.Sub(want, decimal(w, row(channels, "(unattributed)", "").Value))
		if sum.Cmp(want) != 0 || sum.Cmp(decimal(w, p.Totals.Value)) != 0 {
			t.Errorf("%s: paths are worth %s, channels %s", collapse, sum.FloatString(2), want.FloatString(2))
		}
	}
	seen := 0
	for cursor := ""; ; {
		p := answered[answer.Paths](w, "/api/v1/paths?limit=4&cursor="+cursor)
		seen += len(p.Paths)
		if cursor = p.Page.NextCursor; cursor == "" {
			if seen != p.Page.Total {
				t.Errorf("pages show %d of %d", seen, p.Page.Total)
			}
			break
		}
	}
}

func TestFunnel_byHand(t *testing.T) {
	w := newWorld(t, nil)
	deal(w)
	w.check(w.conn.Exec(t.Context(), `INSERT INTO opportunities_rows (workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor, exponent, currency, created_at, closed_at, version) VALUES
		('default', 'a', 'x', 'sales', 'Won', 1, 1, 1, 100000, 2, 'EUR', '2026-01-01', '2026-01-21', 1), ('default', 'b', 'x', 'sales', 'Lost', 0, 1, 1, 50000, 2, 'EUR', '2026-01-01', '2026-01-09', 1),
		('default', 'c', 'x', 'sales', 'Demo', 0, 0, 1, 20000, 2, 'EUR', '2026-01-01', '1970-01-01', 1), ('other', 'd', 'x', 'secret', 'Demo', 0, 0, 1, 20000, 2, 'EUR', '2026-01-01', '1970-01-01', 1)`))
	w.check(w.conn.Exec(t.Context(), `INSERT INTO opportunity_stages_rows (workspace, opportunity_id, entered_us, stage, entered_at, version) VALUES
		('default', 'a', 1, 'Demo', '2026-01-03', 1), ('default', 'a', 2, 'Offer', '2026-01-07', 1), ('default', 'a', 3, 'Won', '2026-01-21', 1),
		('default', 'b', 1, 'Offer', '2026-01-05', 1), ('default', 'b', 2, 'Lost', '2026-01-09', 1), ('default', 'c', 1, 'Demo', '2026-01-02', 1)`))
	w.check(w.conn.Exec(t.Context(), `INSERT INTO conversions_rows (workspace, conversion_id, type, person_id, occurred_at, version) VALUES
		('default', 'x1', 'lead', 'p1', '2025-12-05', 1), ('default', 'x2', 'lead', 'p2', '2026-01-01', 1)`))
	f := answered[answer.Funnel](w, "/api/v1/funnel?from=2025-11-01&to=2026-02-28&currency=EUR&compare_from=2024-01-01&compare_to=2024-12-31")
	var got []string
	for _, s := range f.Steps {
		amount := "-"
		if s.Amount != nil {
			amount = *s.Amount
		}
		line := fmt.Sprint(s.Step, " ", s.Reached, " ", amount, " open ", s.Open, " lost ", s.Lost)
		if s.MedianDays != nil {
			line += fmt.Sprint(" after ", *s.MedianDays)
		}
		got = append(got, line)
	}
	// The lead of p2 came before its touch, so p1 alone converted, 3.58 days after; b skipped Demo, and counts as having passed it.
	want := "touched 2 - open 0 lost 0|identified 2 - open 0 lost 0|converted 1 - open 0 lost 0 after 3.58|opportunity 3 1700.00 open 0 lost 0|" +
		"Demo 3 1700.00 open 1 lost 0 after 2|Offer 2 1500.00 open 0 lost 1 after 4|won 1 1000.00 open 0 lost 0 after 14"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
	if f.Headline != "1 of 3 opportunities won so far; most are lost after Offer: 1 of 2 that came there; 1 still open." || strings.Join(f.Pipelines, "") != "sales" {
		t.Errorf("headline: %s, pipelines %v", f.Headline, f.Pipelines)
	}
	if f.ByChannel[0].Steps[0].Reached+f.ByChannel[1].Steps[0].Reached != 2 || *f.Steps[0].Previous != 0 {
		t.Errorf("channels: %+v", f.ByChannel)
	}
}
