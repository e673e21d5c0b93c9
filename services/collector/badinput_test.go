package collector_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func gzipped(s string) string {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return buf.String()
}

// TestBadInput sends what goes wrong in practice: each answer is a 4xx that names code and field, and each refusal is on rejected-v1 with its bytes.
func TestBadInput(t *testing.T) {
	r := start(t)
	many := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	small := `{"type":"page","anonymousId":"a"}`
	for i, v := range []struct {
		name, path, key, body string
		header                http.Header
		status                int
		code, field           string
		noRaw                 bool
	}{
		{name: "malformed", path: "track", key: publicKey, body: `{"userId":"u",`, status: 400, code: "malformed_json"},
		{name: "empty", path: "track", key: publicKey, body: "", status: 400, code: "empty_body", noRaw: true},
		{name: "white", path: "batch", key: publicKey, body: " \n", status: 400, code: "empty_body"},
		{name: "wrong type", path: "track", key: publicKey, body: `{"userId":{},"event":"X"}`, status: 400, code: "wrong_type", field: "userId"},
		{name: "wrong type deep", path: "p", key: publicKey, body: `{"userId":"u","context":{"page":5}}`, status: 400, code: "wrong_type", field: "context.page"},
		{name: "no event name", path: "track", key: publicKey, body: `{"userId":"u"}`, status: 400, code: "missing_field", field: "event"},
		{name: "nobody", path: "page", key: publicKey, body: `{"name":"x"}`, status: 400, code: "no_user_anon_id", field: "anonymousId"},
		{name: "33 KB", path: "track", key: publicKey, body: `{"userId":"u","event":"X","properties":{"a":"` + strings.Repeat("x", 33<<10) + `"}}`, status: 413, code: "too_large"},
		{name: "2,501 items", path: "batch", key: publicKey, body: `{"batch":[` + many(2501, small) + `]}`, status: 413, code: "too_many_items", field: "batch"},
		{name: "2,501 lines", path: "import", key: secretKey, body: strings.Repeat(small+"\n", 2501), status: 413, code: "too_many_items"},
		{name: "501 KB", path: "batch", key: publicKey, body: strings.Repeat(" ", 501<<10) + small, status: 413, code: "body_too_large", noRaw: true},
		{name: "gzip bomb", path: "batch", key: publicKey, body: gzipped(strings.Repeat(" ", 64<<20)), header: header("Content-Encoding", "gzip"), status: 413, code: "body_too_large", noRaw: true},
		{name: "broken gzip", path: "track", key: publicKey, body: gzipped(small)[:20], header: header("Content-Encoding", "gzip"), status: 400, code: "body_unreadable", noRaw: true},
		{name: "no gzip at all", path: "track", key: publicKey, body: small, header: header("Content-Encoding", "gzip"), status: 400, code: "body_unreadable", noRaw: true},
		{name: "brotli", path: "track", key: publicKey, body: small, header: header("Content-Encoding", "br"), status: 415, code: "unsupported_encoding", noRaw: true},
		{name: "declared Latin-1", path: "page", key: publicKey, body: small, header: header("Content-Type", "text/plain; charset=ISO-8859-1"), status: 415, code: "unsupported_charset", field: "content-type", noRaw: true},
		{name: "undeclared Latin-1", path: "page", key: publicKey, body: "{\"anonymousId\":\"\xe9\"}", status: 400, code: "invalid_utf8"},
		{name: "future", path: "page", key: publicKey, body: `{"anonymousId":"a","timestamp":"2199-01-01T00:00:00Z"}`, status: 400, code: "clock_future", field: "timestamp"},
		{name: "nested", path: "track", key: publicKey, body: `{"userId":"u","event":"X","properties":{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}}`, status: 400, code: "too_deep"},
		{name: "nested to death", path: "batch", key: publicKey, body: strings.Repeat("[", 400_000), status: 400, code: "too_deep"},
		{name: "NUL", path: "track", key: publicKey, body: "{\"userId\":\"u\",\"event\":\"X\x00\"}", status: 400, code: "malformed_json", field: "event"},
		{name: "escaped NUL", path: "track", key: publicKey, body: `{"userId":"u","event":"X\u0000"}`, status: 400, code: "invalid_value", field: "event"},
		{name: "twice", path: "track", key: publicKey, body: `{"userId":"u","event":"X","event":"Y"}`, status: 400, code: "duplicate_field", field: "event"},
		{name: "messageId of 101", path: "track", key: publicKey, body: `{"messageId":"` + strings.Repeat("m", 101) + `","userId":"u","event":"X"}`, status: 400, code: "too_long", field: "messageId"},
		{name: "other type", path: "track", key: publicKey, body: `{"type":"page","userId":"u","event":"X"}`, status: 400, code: "invalid_value", field: "type"},
		{name: "unknown type", path: "batch", key: publicKey, body: `{"batch":[{"type":"deal","userId":"u"}]}`, status: 400, code: "unknown_type", field: "type"},
		{name: "currency of spend", path: "spend", key: secretKey, body: `{"day":"2026-07-15","platform":"x","spend":"1"}`, status: 400, code: "missing_currency", field: "currency"},
		{name: "public key on stages", path: "stages", key: publicKey, body: `{"opportunity_id":"o","stage":"s"}`, status: 403, code: "secret_key_needed", noRaw: true},
		{name: "public key on spend", path: "spend", key: valueKey, body: `{}`, status: 403, code: "secret_key_needed", noRaw: true},
		{name: "public key, touch in a batch", path: "batch", key: publicKey, body: `{"batch":[{"type":"touch","contact_id":"c","channel":"X"}]}`, status: 403, code: "secret_key_needed", field: "type"},
		{name: "another key in an item", path: "batch", body: `{"writeKey":"` + publicKey + `","batch":[{"type":"page","anonymousId":"a","writeKey":"` + otherKey + `"}]}`, status: 403, code: "key_mismatch", field: "writeKey"},
		{name: "unknown key", path: "track", key: "nobody", body: small, status: 401, code: "unknown_key", field: "authorization", noRaw: true},
		{name: "unknown key in the body", path: "page", body: `{"writeKey":"nobody","anonymousId":"a"}`, status: 401, code: "unknown_key", field: "writeKey"},
		{name: "no key", path: "page", body: small, status: 401, code: "missing_key", field: "writeKey"},
	} {
		before := r.metric("tributary_collector_rejected_total", "code", v.code)
		got := r.post("/v1/"+v.path, v.key, v.body, v.header)
		if got.Status != v.status || got.Code != v.code || got.Field != v.field || got.Reason == "" || got.Success {
			t.Errorf("%s: %d %.300s", v.name, got.Status, got.Raw)
			continue
		}
		if ct := got.Header.Get("Content-Type"); ct != "application/problem+json" {
			t.Errorf("%s: content type %q", v.name, ct)
		}
		if n := r.metric("tributary_collector_rejected_total", "code", v.code); n != before+1 {
			t.Errorf("%s: counted %v times, want once", v.name, n-before)
		}
		rejected := r.rejected()
		if len(rejected) != i+1 {
			t.Fatalf("%s: %d records on rejected-v1, want %d", v.name, len(rejected), i+1)
		}
		found := false
		for _, rec := range rejected {
			m := rec.Msg
			if m.Code != v.code || m.Field != v.field || m.Endpoint != "/v1/"+v.path {
				continue
			}
			raw := strings.TrimSpace(string(m.Raw))
			found = found || v.noRaw && raw == "" || !v.noRaw && (raw == "" || strings.Contains(v.body, raw)) && m.RawLength >= int64(len(m.Raw))
		}
		if !found {
			t.Errorf("%s: no record of it on rejected-v1", v.name)
		}
	}
	if events := r.events(); len(events) != 0 {
		t.Errorf("%d events were taken", len(events))
	}
}

// TestBatch_takesTheGoodOnes refuses some of a batch: the others are on events-v1, the refused ones on rejected-v1, and the answer says which is which.
func TestBatch_takesTheGoodOnes(t *testing.T) {
	r := start(t)
	got := r.post("/v1/batch", publicKey, `[{"type":"page","messageId":"good1","anonymousId":"a"},{"type":"track","messageId":"bad1","anonymousId":"a"},
		{"type":"page","messageId":"big","anonymousId":"a","name":"`+strings.Repeat("x", 33<<10)+`"},7,{"type":"page","messageId":"good2","anonymousId":"a"}]`)
	if got.Status != 200 || got.Success || got.Accepted != 2 || got.Rejected != 3 || len(got.Results) != 5 {
		t.Fatalf("%d %s", got.Status, got.Raw)
	}
	for i, want := range []string{"0 good1 200  ", "1 bad1 400 event missing_field", "2  413  too_large", "3  400  wrong_type", "4 good2 200  "} {
		x := got.Results[i]
		if s := fmt.Sprintf("%d %s %d %s %s", x.Index, x.ID, x.Status, x.Field, x.Code); s != want {
			t.Errorf("result %d: %q, want %q", i, s, want)
		}
	}
	if n := len(r.events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
	rejected := r.rejected()
	if len(rejected) != 3 || rejected[0].Key != "site" || rejected[0].Msg.Workspace != "acme" || rejected[0].Msg.Stage != "collector" {
		t.Errorf("rejected: %v", rejected)
	}
	if got := r.post("/v1/batch", publicKey, `[{"type":"track"},{"type":"page"}]`); got.Status != 400 || got.Accepted != 0 || len(got.Results) != 2 {
		t.Errorf("all bad: %d %s", got.Status, got.Raw)
	}
}

// TestUnclearForms takes what is odd but well-formed: any content type, gzip, lines, records over several lines.
func TestUnclearForms(t *testing.T) {
	r := start(t)
	page := func(id string) string { return `{"anonymousId":"a","messageId":"` + id + `"}` }
	for id, h := range map[string]http.Header{
		"plain": header("Content-Type", "text/plain"), "json8": header("Content-Type", "application/json; charset=UTF-8"),
		"form": header("Content-Type", "application/x-www-form-urlencoded"), "odd": header("Content-Type", "nonsense;;"), "none": nil,
	} {
		if got := r.post("/v1/page", publicKey, page(id), h); got.Status != 200 {
			t.Errorf("%s: %d %s", id, got.Status, got.Raw)
		}
	}
	if got := r.post("/v1/page", publicKey, gzipped(page("gz")), header("Content-Encoding", "gzip")); got.Status != 200 {
		t.Errorf("gzip: %d %s", got.Status, got.Raw)
	}
	r.ok("/v1/page", publicKey, page("l1")+"\n"+page("l2")+"\n", 2)
	r.ok("/v1/page", publicKey, "["+page("a1")+"]", 1)
	got := r.post("/v1/page", publicKey, "{oops\n"+page("l3"), header("Content-Type", "application/x-ndjson"))
	if got.Status != 200 || got.Accepted != 1 || got.Rejected != 1 {
		t.Errorf("declared lines: %d %s", got.Status, got.Raw)
	}
	if n := len(r.events()); n != 10 {
		t.Errorf("%d events, want 10", n)
	}
}
