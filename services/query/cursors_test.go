package query_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// page is what every list has.
type page struct {
	Rows, Paths []json.RawMessage
	Page        struct {
		NextCursor string `json:"next_cursor"`
		Total      int
	}
}

// names are the rows without figures, which may move while rows come in.
func (p page) names(w *world, fields ...string) []string {
	var names []string
	for _, raw := range append(p.Rows, p.Paths...) {
		row := decoded[map[string]any](w.t, string(raw))
		if row["channel"] == "(unattributed)" && row["id"] == nil && row["posting_id"] == nil && row["journey_id"] == nil {
			continue // on every page
		}
		var name []string
		for _, field := range fields {
			name = append(name, fmt.Sprint(row[field]))
		}
		names = append(names, strings.Join(name, "|"))
	}
	return names
}

func (w *world) page(address string) page {
	w.t.Helper()
	status, _, body := get(w.t, w.url+address)
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", address, status, body)
	}
	return decoded[page](w.t, body)
}

// TestCursors_whileRowsComeIn turns pages while rows land before, between and behind them: nothing is shown twice, and whatever was there at the
// start is shown.
func TestCursors_whileRowsComeIn(t *testing.T) {
	for address, fields := range map[string][]string{
		"/api/v1/journeys?sort=opened_on&":                                   {"journey_id"},
		"/api/v1/journeys?sort=-amount&":                                     {"journey_id"},
		"/api/v1/contributions?measure=conversions&":                         {"id", "on", "channel", "campaign"},
		"/api/v1/contributions?measure=spend&":                               {"id", "on", "channel", "campaign"},
		"/api/v1/contributions?measure=touchpoints&":                         {"id"},
		"/api/v1/channels?group_by=campaign&sort=campaign&model=linear&":     {"channel", "campaign"},
		"/api/v1/channels?group_by=campaign&sort=-conversions&model=linear&": {"channel", "campaign"},
		"/api/v1/ledger/postings?model=linear&":                              {"posting_id"},
	} {
		t.Run(address, func(t *testing.T) {
			w := newWorld(t, nil)
			newWholeWorld(w, 11, 25, "USD")
			for i := range 12 {
				w.landSome(100 + i)
			}
			start := map[string]bool{}
			whole := w.page(address + "limit=1000")
			for _, name := range whole.names(w, fields...) {
				start[name] = true
			}
			if len(start) < 8 {
				t.Fatalf("only %d rows to turn pages of: %v", len(start), start)
			}
			seen, pages := map[string]int{}, 0
			for cursor := ""; ; pages++ {
				p := w.page(address + "limit=3&cursor=" + cursor)
				for _, name := range p.names(w, fields...) {
					seen[name]++
				}
				if cursor = p.Page.NextCursor; cursor == "" || pages > 500 {
					break
				}
				if pages < 6 {
					w.landSome(1000 + pages)
				}
			}
			for name, n := range seen {
				if n > 1 {
					t.Errorf("%s is shown %d times", name, n)
				}
			}
			for name := range start {
				if seen[name] == 0 {
					t.Errorf("%s was there at the start and is not shown", name)
				}
			}
		})
	}
}

// landSome lands new rows of every kind: their number decides where they stand in any order.
func (w *world) landSome(n int) {
	w.t.Helper()
	on := wholeFirst.AddDate(0, 0, (n*37)%90)
	id := fmt.Sprintf("%02x-%d", (n*151)%256, n)
	date := on.Format(time.DateOnly)
	w.exec(`INSERT INTO conversions_rows (workspace, conversion_id, type, person_id, occurred_at, received_at, has_value, value_minor, exponent, currency, version)
		VALUES ('default', '` + id + `', 'lead', 'p', '` + date + `', '` + date + `', 1, ` + fmt.Sprint(n*911%5000) + `, 2, 'USD', 1)`)
	w.exec(`INSERT INTO touchpoints_rows (workspace, touchpoint_id, visitor_id, occurred_at, received_at, kind, channel, campaign, version)
		VALUES ('default', 't` + id + `', 'v', '` + date + `', '` + date + `', 'visit', 'Email', '` + id + `', 1)`)
	w.exec(`INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, conversion_type, channel, campaign, parts, parts_total, conversions_nano,
		exponent, currency, touched_at, opened_date, close_date, recorded_at, version)
		SELECT 'default', '` + date + `', 'c:` + id + `', arrayJoin(['first_touch', 'linear']), 't` + id + `', 'conversion', 'lead', 'Email', '` + id + `', 1, 1, 1000000000, 2, 'USD', '` + date + `', '` + date + `', '` + date + `', now64(3), 1`)
	w.cells(cell{basis: "touch", day: date, model: "linear", channel: "Email", campaign: id, currency: "USD", conversions: nano, version: 1})
	w.spends(spend{day: date, channel: "Email", campaign: id, currency: "USD", minor: int64(1 + n*613%9000)})
	w.postings(posting{journey: "c:" + id, model: "linear", measure: "conversions", touch: "t" + id, channel: "Email", campaign: id, minor: nano, reason: "conversion", closeDay: date, recorded: on})
}
