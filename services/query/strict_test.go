package query_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// TestStrict asks what would be read as another question: a filter that cannot be read is no filter, and of two values the first counts.
func TestStrict(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	for path := range w.document().Paths {
		path = strings.NewReplacer("{id}", "x", "{month}", "2026-01").Replace(path)
		for query, want := range map[string]int{
			"workspace=%zz": 400, "workspace=default;x": 400, "workspace=%": 400, "%zz=1": 400, "workspace=default&workspace=other": 422, "workspace=default&workspace=default": 422, "workspace=%ff": 422,
		} {
			if strings.HasSuffix(path, "/close") || strings.HasSuffix(path, "/reopen") {
				continue // no GET
			}
			status, header, body := get(t, w.url+path+"?"+query)
			if status != want || header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s?%s: %d %s", path, query, status, body)
			}
		}
	}
	for query, want := range map[string]string{
		"channel=Em%zzail": "hexadecimal", "channel=Email;limit=1": "separated by &", "model=linear&model=first_touch": "model: is given more than once",
		"conversion_type=lead&conversion_type=demo": "separated by commas", "channel=%ff%fe": "UTF-8",
	} {
		if status, _, body := get(t, w.url+"/api/v1/channels?"+query); status < 400 || status > 422 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
}

// tagOf is an answer's entity tag.
func (w *world) tagOf(address string, headers ...string) string {
	w.t.Helper()
	status, header, body := get(w.t, w.url+address, headers...)
	if status != http.StatusOK || header.Get("ETag") == "" {
		w.t.Fatalf("%s: %d %s", address, status, body)
	}
	return header.Get("ETag")
}

// TestEntityTags_ratesPosted posts a rate that has not landed in ClickHouse: figures are converted by it already, so who has the older ones must not
// be told that nothing has changed.
func TestEntityTags_ratesPosted(t *testing.T) {
	w := deskWorld(t)
	w.cells(cell{basis: "touch", day: "2026-01-10", model: "linear", channel: "Email", currency: "EUR", revenue: 100_00, version: 1})
	const question = "/api/v1/channels?model=linear&currency=USD"
	before := w.tagOf(question, as("viewer")...)
	if status, body := send(t, "POST", w.url+"/api/v1/rates", "day,from,to,rate\n2026-01-01,EUR,USD,1.25\n", append(as("admin"), "Content-Type", "text/csv")...); status != http.StatusOK {
		t.Fatalf("post: %d %s", status, body)
	}
	status, _, body := get(t, w.url+question, append(as("viewer"), "If-None-Match", before)...)
	if status != http.StatusOK || decoded[answer.Channels](t, body).Totals.Revenue != "125.00" {
		t.Errorf("%d %s", status, body)
	}
}

// TestEntityTags_configuration starts over the same data with another configuration, and at another hour: tags of before no longer hold. The same
// configuration, as another replica has, gives the same tags.
func TestEntityTags_configuration(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	const question = "/api/v1/channels"
	first := w.tagOf(question)
	for name, change := range map[string]func(*query.Config){
		"the same": func(*query.Config) {},
		"margin":   func(c *query.Config) { c.Workspaces[0].GrossMargin = "0.5" },
		"rates": func(c *query.Config) {
			c.Rates = []query.Rate{{Day: "2026-01-01", From: "EUR", To: "USD", Rate: "1.1"}}
		},
		"currency":     func(c *query.Config) { c.Workspaces[0].BaseCurrency = "EUR" },
		"model":        func(c *query.Config) { c.Model = "linear" },
		"order":        func(c *query.Config) { c.StageOrder = []string{"Proposal"} },
		"channelrules": func(c *query.Config) { c.Workspaces[0].ChannelRulesVersion = "v2" },
	} {
		again := newWorldOn(t, w.db, change)
		if got := again.tagOf(question); (got == first) != (name == "the same") {
			t.Errorf("%s: tag %s, before %s", name, got, first)
		}
	}
	later := newWorldAt(t, w.db, now.Add(time.Hour))
	if later.tagOf(question) == first {
		t.Error("an hour later something may be silent for too long, and yet the tag is the same")
	}
}
