package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// run runs a command as the program does and returns its exit code and what it said, both streams together.
func run(t *testing.T, ctx context.Context, args ...string) (int, string) { //nolint:revive // the test comes first, as in all helpers
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code := Run(ctx, args, Streams{In: strings.NewReader(""), Out: out, Err: out}, "test")
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text)
}

// raw is what only the libraries below say.
var raw = regexp.MustCompile(`dial tcp|unsupported protocol|goroutine|panic|strconv|x509:|tls:|\bon \d+\.\d+\.\d+\.\d+:53|EOF|invalid character|\bjson:|(Get|Post) "|context (canceled|deadline)|no such file or directory|bind: |short flag|<nil>|%!|\x1b|\x00`)

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// answering is a server that answers everything with a status and a body.
func answering(t *testing.T, status int, contentType, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestRun_wrong calls every command with what cannot work. Each says in plain words what is wrong and what would be right, with the exit code of its kind.
func TestRun_wrong(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty, binary, facts := file("empty", ""), file("binary.yaml", "\x00\x1b[31m\xff: x"), file("facts.ndjson", `{"type":"stage"}`+"\n")
	closed := closedPort(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(cut.Close)
	page := answering(t, 200, "text/html", "<html>Welcome to nginx")
	older := answering(t, 200, "application/json", `{"rows":[]}`)
	newer := answering(t, 200, "application/json", `{"headline":"x","rows":{"channels":[]}}`)
	list := answering(t, 200, "application/json", `[1,2]`)
	lost := answering(t, 404, "text/plain", "404 page not found")
	token := answering(t, 401, "application/problem+json", `{"title":"Unauthorized","status":401,"detail":"Send the API token."}`)
	role := answering(t, 403, "application/problem+json", `{"title":"Forbidden","status":403,"detail":"This needs the role admin."}`)
	away := answering(t, 503, "application/problem+json", `{"title":"ClickHouse is away","status":503,"detail":"The question could not be asked now."}`)
	field := answering(t, 422, "application/problem+json", `{"title":"Unprocessable Entity","status":422,"errors":[{"message":"must be one of x, y","location":"query.group_by"}]}`)
	key := answering(t, 401, "application/json", `{"code":"unknown_key","field":"authorization","reason":"the key is not known","status":401}`)
	for _, c := range []struct {
		call string
		code int
		says string
	}{
		{"", 2, "name a command; see: tributary --help"},
		{"nonsense", 2, "nonsense is not known here; see: tributary --help"},
		{"report --nonsense", 2, "unknown flag --nonsense; see: tributary report --help"},
		{"report extra", 2, "extra is not known here"},
		{"report --query nonsense", 2, `--query: "nonsense" is not the address of a service; it looks like http://`},
		{"report --query localhost:8090", 2, "it looks like http://"},
		{"report --query ftp://localhost", 2, "it looks like http://"},
		{"report --query http://", 2, "it looks like http://"},
		{"report --query http://localhost:99999", 2, "1 to 65535"},
		{"report --query http://user:pw@localhost", 2, "more than an address"},
		{"report --query " + closed, 1, closed + ": nothing listens there; is \"tributary up\" running there?"},
		{"report --query " + secure.URL, 1, "SSL_CERT_FILE"},
		{"report --query " + strings.Replace(secure.URL, "https", "http", 1), 1, "write https://"},
		{"report --query " + strings.Replace(page, "http", "https", 1), 1, "write http://"},
		{"report --query " + cut.URL, 1, "ended the connection without an answer"},
		{"report --query " + page, 1, "not in the form of this build's query service"},
		{"report --query " + older, 1, "much older or newer"},
		{"report --query " + newer, 1, "much older or newer"},
		{"report --query " + list, 1, "much older or newer"},
		{"report --query " + lost, 1, "not Tributary's query service (HTTP status 404)"},
		{"report --query " + token, 1, "--token or in TRIBUTARY_TOKEN"},
		{"report --query " + role, 1, "token of another role"},
		{"report --query " + away, 1, "ClickHouse is away: The question could not be asked now."},
		{"report --by z --query " + field, 2, "--by: must be one of x, y"},
		{"report --from yesterday", 2, `--from: "yesterday" is not a day; write it as 2026-01-31`},
		{"report --to 2026-02-30", 2, "--to: "},
		{"report --from 2026-03-02 --to 2026-03-01", 2, "ends before it begins"},
		{"report --as-of never", 2, "neither a moment nor a day"},
		{"report --currency euro", 2, "EUR"},
		{"report --limit abc", 2, `"abc" is not a whole number`},
		{"report --limit -1", 2, "joined to its flag"},
		{"report --limit=-1", 2, "at least 0"},
		{"report --offset=-1", 2, "at least 0"},
		{"report --basis click", 2, `must be one of "touch","close" but got "click"`},
		{"report --data-dir " + dir, 1, "no tributary is running on this data folder"},
		{"models --query " + lost, 1, "not Tributary's query service"},
		{"models --query nonsense", 2, "it looks like http://"},
		{"models shadow " + dir + "/none", 1, "there is no such file or folder"},
		{"models shadow " + empty, 1, "is empty"},
		{"models diff x --from x", 2, "is not a day"},
		{"models promote x --data-dir " + dir, 1, "no tributary is running"},
		{"rules set " + dir + "/none", 1, "there is no such file or folder"},
		{"rates", 2, "name what to do: import"},
		{"rates import " + empty + " --query " + closed, 1, "is empty"},
		{"rates import " + dir + " --query " + closed, 1, "it is a folder"},
		{"rates import " + facts + " --query " + role, 1, "token of another role"},
		{"replay", 2, "<files>"},
		{"replay none.ndjson --key k --collector " + closed, 1, "none.ndjson: there is no such file or folder"},
		{"replay " + facts + " --key k --collector nonsense", 2, "it looks like http://"},
		{"replay " + facts + " --parallel 0", 2, "1 to 64"},
		{"replay " + facts + " --retry-for x", 2, "write it as 30s, 5m or 1h"},
		{"replay " + facts + " --key k --retry-for 1ms --collector " + closed, 1, "nothing listens there"},
		{"replay " + facts + " --key k --collector " + key, 1, "refuses the key: the key is not known; give a secret key"},
		{"replay " + facts + " --key k --collector " + lost, 1, "not Tributary's collector (HTTP status 404)"},
		{"replay " + facts + " --data-dir " + dir, 1, "give --collector and --key"},
		{"spend " + facts + " --key k --collector " + key, 1, "refuses the key"},
		{"spend " + facts + " --key k --collector " + lost, 1, "not Tributary's collector"},
		{"spend " + empty + " --key k --collector " + closed, 1, "is empty"},
		{"spend none --key k --collector " + closed, 1, "there is no such file"},
		{"erase", 2, "say whom to erase"},
		{"erase --email a@b.example --data-dir " + dir, 1, "no tributary is running"},
		{"demo --until x", 2, "is not a day"},
		{"demo --days x", 2, "is not a whole number"},
		{"demo --rate x", 2, "is not a number"},
		{"demo --for x", 2, "is not a length of time"},
		{"demo --out " + dir + "/none/x", 1, "there is no such file or folder"},
		{"verify --brokers nonsense", 2, "--brokers: \"nonsense\" is not host:port"},
		{"verify --brokers " + strings.TrimPrefix(closed, "http://") + " --clickhouse clickhouse://127.0.0.1:1/x", 1, "nothing listens there"},
		{"verify --data-dir " + dir, 1, "give --brokers and --clickhouse"},
		{"query --clickhouse nonsense", 2, "clickhouse://user:password@host:9000/tributary"},
		{"query", 1, "give --clickhouse"},
		{"sink", 1, "give --brokers"},
		{"collector", 1, "give --brokers"},
		{"attributor", 1, "give --brokers"},
		{"bench --data-dir " + dir, 1, "no tributary is running"},
		{"rebuild --config none", 1, "there is no such file"},
		{"conformance --data-dir " + dir, 1, "give --collector, --query and --key"},
		{"conformance --case none", 2, "--list names all"},
		{"check-config", 2, "name a file, or ask for --defaults"},
		{"check-config none.yaml", 1, "there is no such file or folder"},
		{"check-config " + dir, 1, "it is a folder"},
		{"check-config " + binary, 1, "is no text"},
		{"clickhouse-users", 1, "neither query.readers nor query.bi_users"},
		{"lint-url", 2, "name a link"},
		{"lint-url --workspace none https://a.example", 2, "no workspace"},
		{"lint-url nonsense", 1, "1 of 1 links need mending"},
		{"up --data-dir /dev/null", 1, "name another folder with --data-dir"},
		{"up --collector-addr nonsense", 1, `"nonsense" is not host:port`},
		{"up --data-dir " + dir + "/up --collector-addr " + strings.TrimPrefix(page, "http://"), 1, "(--collector-addr): another program has "},
		{"up --data-dir " + dir + "/up --collector-addr 127.0.0.1:0 --query-addr 0.0.0.0:0", 1, "query.tokens"},
	} {
		t.Run(c.call, func(t *testing.T) {
			code, said := run(t, t.Context(), strings.Fields(c.call)...)
			if code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("exit code %d, said %q; want %d and %q", code, said, c.code, c.says)
			}
			if found := raw.FindString(said); found != "" {
				t.Errorf("says %q: %s", found, said)
			}
		})
	}
}

// TestInWords_network words what depends on the network or the disk, which a test cannot have at will.
func TestInWords_network(t *testing.T) {
	for said, want := range map[string]string{
		`x: Get "http://a.example/y?z": dial tcp: lookup a.example on 10.0.0.53:53: no such host`:                                "x: there is no host named a.example",
		`x: dial tcp: lookup a.example on 10.0.0.53:53: read udp 10.0.0.2:5->10.0.0.53:53: i/o timeout`:                          "x: the name a.example cannot be looked up now",
		`x: Get "https://a.example": tls: failed to verify certificate: x509: certificate is valid for b.example, not a.example`: "x: its certificate is for b.example, not for a.example",
		`x: Get "http://a.example": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`:                  "x: no answer in time",
		`start: open /d/a b: no space left on device`:                                                                            "start: /d/a b: the disk is full",
		`start: mkdir /d/a: permission denied`:                                                                                   "start: /d/a: this user may not read or write it",
		`listen on 127.0.0.1:80: listen tcp 127.0.0.1:80: bind: permission denied`:                                               "listen on 127.0.0.1:80: this user may not listen on 127.0.0.1:80: ports from 1024 on are free to all",
		`read the configuration: open /x: no such file or directory`:                                                             "read the configuration: /x: there is no such file or folder",
	} {
		if got := inWords(errors.New(said)); got != want {
			t.Errorf("%q\n is %q\nwant %q", said, got, want)
		}
	}
	if got := inWords(errors.New("a\x1b[31m\xff\u009bb")); got != "a?[31m??b" {
		t.Errorf("%q", got)
	}
}

// TestRun_stopped stops a command in the middle: it says so, in words of its own.
func TestRun_stopped(t *testing.T) {
	asked := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	defer hanging.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if code, said := run(t, ctx, "report", "--query", hanging.URL); code != 1 || said != "tributary: stopped before it was done\n" {
		t.Errorf("%d: %s", code, said)
	}
}
