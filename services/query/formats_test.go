package query_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// tables are the answers that are tables too.
var tables = []string{
	"/api/v1/channels?group_by=campaign&compare_from=2025-01-01&compare_to=2025-12-31", "/api/v1/channels?group_by=landing_page", "/api/v1/compare?trend=month", "/api/v1/trend?interval=month",
	"/api/v1/trend?by=none", "/api/v1/journeys?limit=20", "/api/v1/journeys", "/api/v1/funnel", "/api/v1/paths", "/api/v1/weekly", "/api/v1/contributions?measure=revenue",
}

func TestFormats(t *testing.T) {
	w := newWorld(t, nil)
	newWholeWorld(w, 11, 60, "USD")
	for _, address := range tables {
		join := "?"
		if strings.Contains(address, "?") {
			join = "&"
		}
		status, header, text := get(t, w.url+address+join+"format=csv")
		if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") || !strings.Contains(header.Get("Content-Disposition"), ".csv") {
			t.Errorf("%s: %d %v %s", address, status, header, text)
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", address, len(rows), err)
			continue
		}
		_, accepted, byHeader := get(t, w.url+address, "Accept", "text/csv")
		if byHeader != text || accepted.Get("Content-Type") != header.Get("Content-Type") {
			t.Errorf("%s: the Accept header gets something else", address)
		}
		status, _, binary := get(t, w.url+address, "Accept", "application/vnd.apache.parquet")
		file, err := parquet.OpenFile(strings.NewReader(binary), int64(len(binary)))
		if err != nil || status != http.StatusOK {
			t.Errorf("%s as Parquet: %d %v", address, status, err)
			continue
		}
		if int(file.NumRows()) != len(rows)-1 || len(file.Schema().Fields()) != len(rows[0]) {
			t.Errorf("%s: Parquet has %d rows and %d columns, CSV %d and %d", address, file.NumRows(), len(file.Schema().Fields()), len(rows)-1, len(rows[0]))
		}
	}
	if status, _, body := get(t, w.url+"/api/v1/channels?format=xml"); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", status, body)
	}
	if status, header, body := get(t, w.url+"/api/v1/channels?model=nonsense&format=csv"); status != http.StatusUnprocessableEntity || header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a problem is a problem document in every format: %d %v %s", status, header, body)
	}
	// Everything, unless a limit says otherwise.
	_, _, all := get(t, w.url+"/api/v1/journeys?format=csv")
	_, _, some := get(t, w.url+"/api/v1/journeys?format=csv&limit=7")
	if a, b := strings.Count(all, "\n"), strings.Count(some, "\n"); a != 61 || b != 8 {
		t.Errorf("%d and %d lines", a, b)
	}
}

func TestExportsDisarmFormulas(t *testing.T) {
	w := newWorld(t, nil)
	w.cells(cell{basis: "touch", day: "2026-01-01", model: "linear", channel: "=HYPERLINK(1)", campaign: "@x", currency: "USD", revenue: -100, version: 1})
	_, _, text := get(t, w.url+"/api/v1/channels?group_by=campaign&format=csv&model=linear")
	if !strings.Contains(text, "'=HYPERLINK(1),'@x") || !strings.Contains(text, ",-1.00,") {
		t.Errorf("names are disarmed, amounts stay numbers:\n%s", text)
	}
}

func TestEntityTags(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	b2b(w) // once more, so that there is something to merge
	for _, address := range []string{"/api/v1/channels", "/api/v1/compare", "/api/v1/trend", "/api/v1/journeys", "/api/v1/funnel", "/api/v1/paths", "/api/v1/weekly", "/api/v1/contributions?measure=spend"} {
		_, header, body := get(t, w.url+address)
		tag := header.Get("ETag")
		if tag == "" || !strings.Contains(header.Get("Cache-Control"), "private") {
			t.Fatalf("%s: tag %q, %v %s", address, tag, header, body)
		}
		status, header, body := get(t, w.url+address, "If-None-Match", `"x", `+tag)
		if status != http.StatusNotModified || body != "" || header.Get("ETag") != tag {
			t.Errorf("%s: %d %s", address, status, body)
		}
		join := "?"
		if strings.Contains(address, "?") {
			join = "&"
		}
		for _, other := range []string{join + "workspace=other", join + "format=csv"} {
			if status, _, _ := get(t, w.url+address+other, "If-None-Match", tag); status != http.StatusOK {
				t.Errorf("%s%s takes another question's tag: %d", address, other, status)
			}
		}
	}
	_, header, _ := get(t, w.url+"/api/v1/channels")
	for _, table := range []string{"cells_rows", "spend_rows", "credits_rows", "ledger_rows"} {
		w.exec("OPTIMIZE TABLE " + table + " FINAL")
	}
	if status, _, _ := get(t, w.url+"/api/v1/channels", "If-None-Match", header.Get("ETag")); status != http.StatusNotModified {
		t.Errorf("merges change nothing, and yet %d", status)
	}
	w.spends(spend{day: "2026-01-12", channel: "Display", campaign: "new", currency: "USD", minor: 100})
	status, _, body := get(t, w.url+"/api/v1/channels", "If-None-Match", header.Get("ETag"))
	if status != http.StatusOK || !strings.Contains(body, "241.00") {
		t.Errorf("after new spend: %d %s", status, body)
	}
}

func TestCompression(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/api/v1/channels", nil)
	w.check(err)
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := transport.RoundTrip(request)
	w.check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	w.check(err)
	if response.Header.Get("Content-Encoding") != "gzip" || !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) || !strings.Contains(strings.Join(response.Header.Values("Vary"), ","), "Accept-Encoding") {
		t.Errorf("%v, %d bytes", response.Header, len(body))
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.MaxStreams = 1 })
	b2b(w)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/api/v1/events", nil)
	w.check(err)
	response, err := http.DefaultClient.Do(request)
	w.check(err)
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %s", got)
	}
	lines := bufio.NewScanner(response.Body)
	next := func() (f answer.Fresh) {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				w.check(json.Unmarshal([]byte(data), &f))
				return f
			}
		}
		t.Fatal("the stream ended")
		return f
	}
	first := next()
	if first.RecordedAt == nil || !first.RecordedAt.Equal(recorded) || *first.AgeSeconds != 120 || first.Version == "" {
		t.Errorf("%+v", first)
	}
	if second := next(); second.Version != first.Version {
		t.Errorf("nothing landed, and yet %+v", second)
	}
	w.spends(spend{day: "2026-01-12", channel: "Display", campaign: "new", currency: "USD", minor: 100})
	for f := next(); f.Version == first.Version; f = next() {
	}
	if status, header, body := get(t, w.url+"/api/v1/events"); status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "watch") {
		t.Errorf("one more than may watch: %d %s", status, body)
	}
	if _, _, metrics := get(t, w.url+"/metrics"); !strings.Contains(metrics, "tributary_query_streams 1\n") || !strings.Contains(metrics, "tributary_query_streams_refused_total 1\n") {
		t.Error("the metrics do not tell who watches and who was refused")
	}
	if status, _, _ := get(t, w.url+"/api/v1/events?workspace=third"); status != http.StatusUnprocessableEntity {
		t.Errorf("a workspace that is not there: %d", status)
	}
}
