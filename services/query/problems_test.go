package query_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// refusal is a request that cannot be answered, and what it is told: status, type, the field, and words that say what to send instead.
type refusal struct {
	method, address, body string
	status                int
	kind, where, says     string
}

var refusals = []refusal{
	{"GET", "/api/v1/channels?limit=x", "", 422, "invalid-parameter", "query.limit", "whole number"},
	{"GET", "/api/v1/channels?limit=0", "", 422, "invalid-parameter", "query.limit", "1 or more"},
	{"GET", "/api/v1/channels?limit=1001", "", 422, "invalid-parameter", "query.limit", "1000 or less"},
	{"GET", "/api/v1/channels?basis=x", "", 422, "invalid-parameter", "query.basis", "must be one of touch, close"},
	{"GET", "/api/v1/channels?modle=linear", "", 422, "invalid-parameter", "query.modle", "model,"},
	{"GET", "/api/v1/channels?from=x", "", 422, "invalid-parameter", "query.from", "2026-01-31"},
	{"GET", "/api/v1/channels?from=2026-02-01&to=2026-01-01", "", 422, "invalid-parameter", "query.to", "ends before it begins"},
	{"GET", "/api/v1/channels?compare_from=2026-01-01", "", 422, "invalid-parameter", "query.compare_to", "both compare_from and compare_to"},
	{"GET", "/api/v1/channels?channel=" + strings.Repeat("x", 300), "", 422, "invalid-parameter", "query.channel", "200 characters or fewer"},
	{"GET", "/api/v1/channels?sort=x", "", 422, "invalid-parameter", "query.sort", "channel, campaign, or one of"},
	{"GET", "/api/v1/channels?model=x", "", 422, "invalid-parameter", "query.model", "there are: first_touch"},
	{"GET", "/api/v1/channels?workspace=zzz", "", 422, "unknown-workspace", "query.workspace", "you can read: default, other"},
	{"GET", "/api/v1/channels?cursor=x", "", 422, "invalid-parameter", "query.cursor", "first page"},
	{"GET", "/api/v1/channels?as_of=x", "", 422, "invalid-parameter", "query.as_of", "2026-03-01T12:00:00Z"},
	{"GET", "/api/v1/channels?as_of=2026-01-01&group_by=content", "", 422, "invalid-parameter", "query.group_by", "channels and campaigns"},
	{"GET", "/api/v1/channels?format=xml", "", 422, "invalid-parameter", "query.format", "json, csv, parquet"},
	{"GET", "/api/v1/compare?models=x", "", 422, "invalid-parameter", "query.model", "there are: first_touch"},
	{"GET", "/api/v1/trend?interval=x", "", 422, "invalid-parameter", "query.interval", "day, week, month"},
	{"GET", "/api/v1/contributions", "", 422, "invalid-parameter", "query.measure", "The figure"},
	{"GET", "/api/v1/contributions?measure=x", "", 422, "invalid-parameter", "query.measure", "spend"},
	{"GET", "/api/v1/contributions?measure=spend&books=closed", "", 422, "invalid-parameter", "query.books", "as_of"},
	{"GET", "/api/v1/weekly?week=x", "", 422, "invalid-parameter", "query.week", "2026-W46"},
	{"GET", "/api/v1/weekly?week=2026-W99", "", 422, "invalid-parameter", "query.week", "01 to 52"},
	{"GET", "/api/v1/journeys?state=x", "", 422, "invalid-parameter", "query.state", "open, won, lost, converted"},
	{"GET", "/api/v1/journeys?sort=x", "", 422, "invalid-parameter", "query.sort", "opened_on"},
	{"GET", "/api/v1/journeys/x", "", 404, "no-journey", "", "/api/v1/journeys"},
	{"GET", "/api/v1/journeys/x/explain", "", 404, "no-journey", "", "/api/v1/journeys"},
	{"GET", "/api/v1/ledger/bridge?measure=x", "", 422, "invalid-parameter", "query.measure", "revenue"},
	{"GET", "/api/v1/ledger/bridge?from=2026-02-01&to=2026-01-01", "", 422, "invalid-parameter", "query.to", "second"},
	{"GET", "/api/v1/ledger/postings?month=x", "", 422, "invalid-parameter", "query.month", "2026-10"},
	{"GET", "/api/v1/ledger/postings?cursor=x", "", 422, "invalid-parameter", "query.cursor", "first page"},
	{"GET", "/api/v1/ledger/causes/zz", "", 404, "not-found", "", "/api/v1/ledger/postings"},
	{"GET", "/api/v1/rates?currency=x", "", 422, "invalid-parameter", "query.currency", "ISO 4217"},
	{"GET", "/api/v1/audit?limit=-1", "", 422, "invalid-parameter", "query.limit", "1 or more"},
	{"GET", "/api/v1/views/none", "", 404, "not-found", "", "/api/v1/views"},
	{"GET", "/api/v1/links", "", 422, "invalid-parameter", "query.link", "missing"},
	{"POST", "/api/v1/links", "{", 400, "malformed-body", "body", "not JSON"},
	{"POST", "/api/v1/links", "", 400, "malformed-body", "", "body is needed"},
	{"POST", "/api/v1/links", `{"page":"::"}`, 422, "invalid-parameter", "body.address", "missing"},
	{"PUT", "/api/v1/views/a", "{}", 422, "invalid-parameter", "body.address", "missing"},
	{"PUT", "/api/v1/views/a%20b", "{}", 422, "invalid-parameter", "path.id", "Letters, digits"},
	{"PUT", "/api/v1/views/a", `{"name":1,"address":"/x"}`, 422, "invalid-parameter", "body.name", "must be text"},
	{"PUT", "/api/v1/views/a", `{"name":"n","address":"http://evil"}`, 422, "invalid-parameter", "body.address", "beginning with one /"},
	{"PUT", "/api/v1/views/a", `{"name":"n","address":"/x","more":1}`, 422, "invalid-parameter", "body.more", "leave it out"},
	{"POST", "/api/v1/rates", "nonsense", 422, "invalid-parameter", "body", "day, from, to and rate"},
	{"POST", "/api/v1/rates", `[{"day":1}]`, 422, "invalid-parameter", "body", "text in quotes"},
	{"POST", "/api/v1/rates", `[`, 422, "invalid-parameter", "body", "whole"},
	{"POST", "/api/v1/rates", "day,from,to,rate\n\"2026", 422, "invalid-parameter", "body", "quotation mark"},
	{"POST", "/api/v1/rates", "day,from,to,rate\n2026-01-01,EUR,USD,-1", 422, "invalid-parameter", "body", "positive"},
	{"POST", "/api/v1/rates", "", 400, "malformed-body", "", "body is needed"},
	{"POST", "/api/v1/rates", strings.Repeat("x", 17<<20), 413, "body-too-large", "", "in parts"},
	{"POST", "/api/v1/periods/x/close", "", 422, "invalid-parameter", "path.month", "2026-10"},
	{"POST", "/api/v1/periods/2026-01/close", "{}", 503, "read-only", "", "engines.kafka.brokers"},
	{"GET", "/api/v1/nothing", "", 404, "not-found", "", "/docs"},
	{"DELETE", "/api/v1/channels", "", 405, "method-not-allowed", "", "/docs"},
}

// internals are words that nobody who asks can do anything with: of Go, of ClickHouse, of the schema behind the views.
var internals = regexp.MustCompile(`DB::|Code: \d|SELECT |json:|strconv|unmarshal|unexpected EOF|unexpected end|invalid character|goroutine|\.go:|_rows\b|<nil>|validation failed|expected (string|value|number|required|length)|pattern \^`)

// TestProblems_everyRefusal holds each refusal to what is promised of all of them: a stable type, the field where there is one, what to do next in words, nothing of
// the machinery, and a place in the document of the API.
func TestProblems_everyRefusal(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	_, _, document := get(t, w.url+"/api/openapi.json")
	paths := decoded[struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]json.RawMessage
			}
		}
	}](t, document).Paths
	for _, r := range refusals {
		name := fmt.Sprintf("%s %.60s %.40s", r.method, r.address, r.body)
		status, body := send(t, r.method, w.url+r.address, r.body)
		var p struct {
			Type, Title, Detail string
			Status              int
			Errors              []struct{ Message, Location string }
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != r.status || p.Status != status || p.Type != "urn:tributary:problem:"+r.kind {
			t.Errorf("%s: %d %.400s, want %d %s", name, status, body, r.status, r.kind)
			continue
		}
		if !strings.Contains(p.Detail, r.says) || len(strings.Fields(p.Detail)) < 4 {
			t.Errorf("%s: says %q, want %q in it", name, p.Detail, r.says)
		}
		if r.where != "" && (len(p.Errors) == 0 || p.Errors[0].Location != r.where || !strings.Contains(p.Detail, p.Errors[0].Message)) {
			t.Errorf("%s: the field is %+v, want %s", name, p.Errors, r.where)
		}
		if found := internals.FindString(body); found != "" || len(body) > 2000 {
			t.Errorf("%s: tells %q: %.600s", name, found, body)
		}
		if path := template(r.address); paths[path] != nil && r.status != http.StatusMethodNotAllowed {
			documented := paths[path][strings.ToLower(r.method)].Responses[fmt.Sprint(r.status)]
			if _, ok := documented.Content["application/problem+json"]; !ok {
				t.Errorf("%s: the document of %s has no problem %d", name, path, r.status)
			}
		}
	}
}

var templated = regexp.MustCompile(`/(journeys|views|causes|periods)/[^/?]+`)

// template is the path of the document that an address is of.
func template(address string) string {
	path, _, _ := strings.Cut(address, "?")
	path = templated.ReplaceAllString(path, "/$1/{id}")
	return strings.Replace(path, "/periods/{id}", "/periods/{month}", 1)
}
