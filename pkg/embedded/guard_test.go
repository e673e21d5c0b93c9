package embedded_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/tributary-attribution/tributary/pkg/embedded"
)

// refusals is the metric's value for an engine and a reason.
func refusals(t *testing.T, reg prometheus.Gatherer, engine, reason string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() == "tributary_embedded_refused_total" && labels["engine"] == engine && labels["reason"] == reason {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no metric of %s, %s", engine, reason)
	return 0
}

// head is a request as it goes over the wire.
func head(method, target, host, body string, headers ...string) string {
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: " + host, fmt.Sprintf("Content-Length: %d", len(body))}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// exchange sends a request on an open connection and returns its answer.
func exchange(t *testing.T, conn net.Conn, in *bufio.Reader, request string) (int, string) {
	t.Helper()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name := range response.Header {
		if strings.HasPrefix(name, "Access-Control-Allow-") {
			t.Errorf("%.80q: the answer says %s", request, name)
		}
	}
	return response.StatusCode, string(text)
}

// TestGuard_otherSites asks as browsers do for pages of other sites, as the first request of a connection and after others that are in order. None changes
// or reads anything, each is counted, and what a browser sends for the engine's own page goes through.
func TestGuard_otherSites(t *testing.T) {
	reg := prometheus.NewRegistry()
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir(), Registry: reg})
	mustHTTP(t, ch, "CREATE TABLE prey (a UInt8) ORDER BY a")
	own, drop := ch.HTTPAddr(), "DROP TABLE prey"
	read := "/?" + url.Values{"query": {"SELECT 'secret'"}, "add_http_cors_header": {"1"}}.Encode()
	_, port, _ := net.SplitHostPort(own)
	bad := []struct {
		what, reason, request string
		status                int
	}{
		{"a form's post", "site", head("POST", "/", own, drop, "Content-Type: text/plain", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"), 403},
		{"an older browser", "site", head("POST", "/", own, drop, "Content-Type: text/plain", "Origin: https://evil.example"), 403},
		{"a frame without an origin", "site", head("POST", "/", own, drop, "Origin: null"), 403},
		{"another port of this machine", "site", head("POST", "/", own, drop, "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: same-site"), 403},
		{"this port under another scheme's default", "site", head("POST", "/", own, drop, "Origin: http://127.0.0.1"), 403},
		{"headers in another case", "site", head("POST", "/", own, drop, "ORIGIN: https://evil.example"), 403},
		{"two origins", "site", head("POST", "/", own, drop, "Origin: http://"+own, "Origin: https://evil.example"), 403},
		{"reading with its own CORS", "site", head("GET", read, own, "", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"), 403},
		{"an image", "site", head("GET", read, own, "", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"), 403},
		{"a link to the page that runs statements", "site", head("GET", "/play?run=1", own, "", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"), 403},
		{"a preflight", "site", head("OPTIONS", "/", own, "", "Origin: https://evil.example", "Access-Control-Request-Method: POST"), 403},
		{"a web socket", "site", head("GET", read, own, "", "Origin: https://evil.example", "Connection: Upgrade", "Upgrade: websocket"), 403},
		{"a name made to lead here", "host", head("POST", "/", "evil.example:"+port, drop, "Origin: http://evil.example:"+port), 421},
		{"reading under that name", "host", head("GET", read, "evil.example:"+port, ""), 421},
		{"a name that looks like it", "host", head("POST", "/", "127.0.0.1.evil.example:"+port, drop, "Sec-Fetch-Site: same-origin"), 421},
		{"an address of the network", "host", head("POST", "/", "10.0.0.1", drop), 421},
		{"TLS", "protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400},
		{"no request", "protocol", "GET\r\n\r\n", 400},
	}
	good := []string{
		head("GET", "/?query=SELECT+1", own, ""),
		head("POST", "/", own, "SELECT 1", "Origin: http://"+own, "Sec-Fetch-Site: same-origin", "Content-Type: text/plain;charset=UTF-8"),
		"POST / HTTP/1.1\r\nHost: localhost:" + port + "\r\nTransfer-Encoding: chunked\r\n\r\n7;x=y\r\nSELECT \r\n1\r\n1\r\n0\r\n\r\n",
		"\r\n" + head("GET", "/?query=SELECT+1", "[::1]:"+port, ""),
		head("GET", "/?query=SELECT+1", "host.docker.internal:"+port, ""),
	}
	before := map[string]float64{}
	for _, c := range bad {
		for _, kept := range []bool{false, true} {
			conn, err := net.Dial("tcp", own)
			if err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(conn)
			for _, request := range good {
				if !kept {
					break
				}
				if status, text := exchange(t, conn, in, request); status != 200 || strings.TrimSpace(text) != "1" {
					t.Fatalf("%.200q: %d %s", request, status, text)
				}
			}
			status, text := exchange(t, conn, in, c.request)
			if status != c.status || strings.Contains(text, "secret") || len(text) < 30 {
				t.Errorf("%s (kept %t): %d %s", c.what, kept, status, text)
			}
			if _, err := in.ReadByte(); err == nil {
				t.Errorf("%s: the connection goes on", c.what)
			}
			_ = conn.Close()
			before[c.reason]++
		}
	}
	if got := mustHTTP(t, ch, "EXISTS TABLE prey"); got != "1" {
		t.Error("a page of another site dropped a table")
	}
	for reason, want := range before {
		eventually(t, "count of "+reason, func() bool { return refusals(t, reg, "clickhouse", reason) == want })
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// TestGuard_pipelined sends a request that is in order and one that is not in one go: the first is answered whole before the other is refused.
func TestGuard_pipelined(t *testing.T) {
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir()})
	conn, err := net.Dial("tcp", ch.HTTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	ask := head("GET", "/?query=SELECT+number+FROM+numbers(100000)", "localhost", "")
	if _, err := io.WriteString(conn, ask+head("POST", "/", "localhost", "SELECT 1", "Origin: https://evil.example")); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	first, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(first.Body)
	if err != nil || strings.Count(string(text), "\n") != 100000 {
		t.Fatalf("%d lines, %v", strings.Count(string(text), "\n"), err)
	}
	_ = first.Body.Close()
	second, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = second.Body.Close()
	if second.StatusCode != http.StatusForbidden {
		t.Errorf("the second is answered with %d", second.StatusCode)
	}
}

// TestGuard_clients uses what programs use over HTTP: the driver with each compression, a body that streams, a large refused one, a statement in a long line,
// progress within the headers, 100-continue, the engine's own page.
func TestGuard_clients(t *testing.T) {
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir()})
	base := "http://" + ch.HTTPAddr()
	mustHTTP(t, ch, "CREATE TABLE t (a UInt64, s String) ORDER BY a")
	for _, method := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD, clickhouse.CompressionGZIP} {
		conn, err := clickhouse.Open(&clickhouse.Options{
			Protocol: clickhouse.HTTP, Addr: []string{ch.HTTPAddr()}, Auth: clickhouse.Auth{Database: "default"}, Compression: &clickhouse.Compression{Method: method, Level: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO t")
		if err != nil {
			t.Fatal(method, err)
		}
		for i := range 20_000 {
			if err := batch.Append(uint64(i), strings.Repeat("x", i%50)); err != nil {
				t.Fatal(err)
			}
		}
		if err := batch.Send(); err != nil {
			t.Fatal(method, err)
		}
		var n uint64
		if err := conn.QueryRow(t.Context(), "SELECT count() FROM t").Scan(&n); err != nil || n == 0 || n%20_000 != 0 {
			t.Errorf("%s: %d rows, %v", method, n, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := mustHTTP(t, ch, "SELECT count() FROM t"); got != "80000" {
		t.Errorf("%s rows", got)
	}
	if got := mustHTTP(t, ch, "SELECT 1 /*"+strings.Repeat("x", 200_000)+"*/"); got != "1" {
		t.Errorf("a long statement: %s", got)
	}
	if status, text := fetch(t, http.MethodGet, base+"/?query="+url.QueryEscape("SELECT 2 /*"+strings.Repeat("x", 100_000)+"*/"), nil); status != 200 || text != "2\n" {
		t.Errorf("a statement in a long line: %d %.200s", status, text)
	}
	if status, text := fetch(t, http.MethodGet, base+"/play", nil, "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"); status != 200 || !strings.Contains(text, "<html") {
		t.Errorf("its own page: %d %.200s", status, text)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = io.WriteString(zip, "INSERT INTO t FORMAT TSV\n7\tpacked\n")
	_ = zip.Close()
	if status, text := fetch(t, http.MethodPost, base+"/", &packed, "Content-Encoding", "gzip", "Expect", "100-continue"); status != 200 {
		t.Errorf("a packed body: %d %s", status, text)
	}
	if status, text := fetch(t, http.MethodPost, base+"/", bytes.NewReader(make([]byte, 8<<20)), "Origin", "https://evil.example"); status != 403 || !strings.Contains(text, "another site") {
		t.Errorf("a large refused body: %d %s", status, text)
	}
	// Rows come out while others still go in.
	more, feed := io.Pipe()
	go func() {
		for i := range 5 {
			_, _ = fmt.Fprintf(feed, "%d\tstreamed\n", 100_000+i)
		}
		_ = feed.Close()
	}()
	if status, text := fetch(t, http.MethodPost, base+"/?query="+url.QueryEscape("INSERT INTO t FORMAT TSV"), more); status != 200 {
		t.Errorf("a streamed body: %d %s", status, text)
	}
	if got := mustHTTP(t, ch, "SELECT count() FROM t WHERE s = 'streamed'"); got != "5" {
		t.Errorf("%s streamed rows", got)
	}
	if got := raw(t, ch, head("GET", "/?"+url.Values{"query": {"SELECT sleepEachRow(0.1) FROM numbers(5) SETTINGS max_block_size = 1"}, "send_progress_in_http_headers": {"1"}, "http_headers_progress_interval_ms": {"50"}}.Encode(), "localhost", "", "Connection: close")); !strings.Contains(got, "X-ClickHouse-Progress") {
		t.Errorf("no progress in the headers: %s", got)
	}
	if got := raw(t, ch, "POST / HTTP/1.0\r\n\r\nSELECT 1"); !strings.Contains(got, " 411 ") {
		t.Errorf("a body without a length: %q", got)
	}
}

// raw sends bytes, ends its side and returns whatever comes.
func raw(t *testing.T, ch *embedded.ClickHouse, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", ch.HTTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fetch(t *testing.T, method, address string, body io.Reader, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 10 * time.Second}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestGuard_otherProtocols sends to the engines' other ports what a browser can send there: a request over HTTP whose body is up to the page. The engines go
// on, nothing waits for more, and real clients work beside it.
func TestGuard_otherProtocols(t *testing.T) {
	reg := prometheus.NewRegistry()
	ch := startClickHouse(t, embedded.ClickHouseOptions{DataDir: t.TempDir(), Registry: reg})
	k := startKafka(t, embedded.KafkaOptions{Registry: reg})
	metadata := "\x00\x00\x00\x13\x00\x03\x00\x01\x00\x00\x00\x01\x00\x01x\x00\x00\x00\x00"
	for engine, address := range map[string]string{"clickhouse": ch.Config().Addr[0], "kafka": k.Brokers()[0]} {
		requests := []string{
			head("POST", "/", address, metadata, "Origin: https://evil.example", "Content-Type: text/plain"),
			head("GET", "/", address, ""), "OPTIONS * HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		}
		if engine == "kafka" {
			requests = append(requests, "\x00\x00\x00\x20\x7f\xff\x00\x00\x00\x00\x00\x01\x00\x01x\x00\x00", "\x00\x00\x00\x01\x00\x12") // an unknown kind; too short for any
		}
		for _, request := range requests {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(patience))
			_, _ = io.WriteString(conn, request)
			if answer, err := io.ReadAll(conn); len(answer) > 0 || err != nil && strings.Contains(err.Error(), "timeout") {
				t.Errorf("%s: %.30q is answered with %q, %v", engine, request, answer, err)
			}
			_ = conn.Close()
		}
		eventually(t, "count of "+engine, func() bool { return refusals(t, reg, engine, "protocol") == float64(len(requests)) })
	}
	ensure(t, config(k))
	produce(t, config(k), 0, 10)
	consume(t, config(k), 10)
	mustHTTP(t, ch, "SELECT 1")
}
