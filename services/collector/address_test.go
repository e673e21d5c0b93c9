package collector_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/tributary-attribution/tributary/services/collector"
)

const (
	mail     = "Ann.Smith@secret-mail.example"
	pipeUser = "pipedrive:hunter22hunter22"
)

// trace is what must be nowhere: the local part in any case, before any form of the "@".
const trace = "ann.smith"

// sent is a request with an address in it.
type sent struct{ path, key, contentType, body string }

// everywhere has the address in every place where people put one, whether it belongs there or not, in records that are taken and in ones that are refused.
func everywhere() map[string]sent {
	q := url.QueryEscape(mail)
	page := func(location string) string {
		return `{"anonymousId":"v1","context":{"page":{"url":"` + location + `"}}}`
	}
	snow := func(fields string) string {
		return `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"e":"pv","aid":"` + publicKey + `","duid":"d1",` + fields + `}]}`
	}
	b64 := base64.URLEncoding.EncodeToString
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune("Email\tDate\n" + mail + "\tnever\n")) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return map[string]sent{
		"traits":              {"/v1/identify", publicKey, "", `{"anonymousId":"v1","traits":{"email":"` + mail + `","name":"` + mail + `"}}`},
		"context traits":      {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"X","context":{"traits":{"email":"` + mail + `"}}}`},
		"properties":          {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"X","properties":{"email":"` + mail + `","plan":"` + mail + `","nested":{"a":["` + mail + `"]}}}`},
		"form":                {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"Lead Submitted","properties":{"form":"` + mail + `","work_email":"` + mail + `"}}`},
		"event name":          {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"Invited ` + mail + `"}`},
		"page name":           {"/v1/page", publicKey, "", `{"anonymousId":"v1","name":"Profile of ` + mail + `"}`},
		"query":               {"/v1/page", publicKey, "", page("https://acme.example/?email=" + q)},
		"query, plain":        {"/v1/page", publicKey, "", page("https://acme.example/?email=" + mail)},
		"path":                {"/v1/page", publicKey, "", page("https://acme.example/users/" + mail + "/edit")},
		"path, escaped":       {"/v1/page", publicKey, "", page("https://acme.example/users/" + url.PathEscape(mail))},
		"campaign":            {"/v1/page", publicKey, "", page("https://acme.example/?utm_source=crm&utm_medium=email&utm_campaign=" + q + "&utm_content=" + mail + "&utm_term=to+" + q + "&gclid=" + q)},
		"campaign of context": {"/v1/page", publicKey, "", `{"anonymousId":"v1","context":{"campaign":{"name":"` + mail + `","source":"` + mail + `"}}}`},
		"referrer":            {"/v1/page", publicKey, "", `{"anonymousId":"v1","context":{"page":{"url":"https://acme.example/","referrer":"https://` + mail + `/?u=` + q + `"}}}`},
		"user":                {"/v1/track", publicKey, "", `{"userId":"` + mail + `","event":"X"}`},
		"user with more":      {"/v1/track", publicKey, "", `{"userId":"` + mail + `:7","event":"X"}`},
		"visitor":             {"/v1/track", publicKey, "", `{"anonymousId":"` + mail + `","event":"X"}`},
		"message":             {"/v1/track", publicKey, "", `{"messageId":"` + mail + `-1","anonymousId":"v1","event":"X"}`},
		"group":               {"/v1/group", publicKey, "", `{"groupId":"` + mail + `","userId":"u1","traits":{"plan":"` + mail + `","industry":"` + mail + `"}}`},
		"alias":               {"/v1/alias", publicKey, "", `{"userId":"u1","previousId":"` + mail + `"}`},
		"escaped":             {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"\u0041nn.Smith\u0040secret-mail.example"}`},
		"denied":              {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"` + mail + `","userId":"` + mail + `","context":{"consent":"denied"}}`},
		"unknown field":       {"/v1/stages", secretKey, "", `{"type":"contact","contact_id":"c9","occurred_at":"2026-07-01T00:00:00Z","` + mail + `":1}`},
		"stage":               {"/v1/stages", secretKey, "", `{"type":"stage","id":"` + mail + `","occurred_at":"2026-07-01T00:00:00Z","opportunity_id":"` + mail + `","account_id":"` + mail + `","contact_ids":["` + mail + `"],"contact_emails":["` + mail + `"],"pipeline":"` + mail + `","stage":"` + mail + `","source_system":"` + mail + `"}`},
		"contact":             {"/v1/stages", secretKey, "", `{"type":"contact","contact_id":"` + mail + `","email":"` + mail + `","account_id":"` + mail + `","anonymous_id":"` + mail + `","occurred_at":"2026-07-01T00:00:00Z"}`},
		"account":             {"/v1/stages", secretKey, "", `{"type":"account","account_id":"` + mail + `","domain":"acme.example","occurred_at":"2026-07-01T00:00:00Z","attributes":{"plan":"` + mail + `","industry":"` + mail + `"}}`},
		"touch":               {"/v1/touches", secretKey, "", `{"type":"touch","occurred_at":"2026-07-01T00:00:00Z","email":"` + mail + `","source":"` + mail + `","campaign":"call with ` + mail + `","content":"` + mail + `"}`},
		"spend":               {"/v1/spend", secretKey, "", `{"type":"spend","day":"2026-07-01","platform":"x","account_id":"` + mail + `","campaign":"` + mail + `","currency":"EUR","spend":"1"}`},
		"table":               {"/v1/touches", secretKey, "text/csv", "email,date,campaign\n" + mail + ",2026-07-01,webinar of " + mail + "\n"},
		"table, refused":      {"/v1/touches", secretKey, "text/csv", "email,date,campaign\n" + mail + ",never," + mail + "\n"},
		"table, unreadable":   {"/v1/touches", secretKey, "text/csv", "who\n" + mail + "\n"},
		"table, utf-16":       {"/v1/touches", secretKey, "text/csv", string(wide)},
		"malformed":           {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"X","properties":{"email":"` + mail + `"`},
		"malformed, escaped":  {"/v1/track", publicKey, "", `{"anonymousId":"v1","event":"ann.smith\u0040secret-mail.example"`},
		"no identity":         {"/v1/track", publicKey, "", `{"event":"` + mail + `"}`},
		"wrong type":          {"/v1/stages", secretKey, "", `{"type":"contact","email":"` + mail + `","contact_id":{"` + mail + `":1},"occurred_at":"2026-07-01T00:00:00Z"}`},
		"stranger":            {"/v1/track", "guess", "", `{"anonymousId":"` + mail + `","event":"X"}`},
		"path of request":     {"/v1/webhooks/hubspot/" + mail, "", "", `[]`},
		"media type":          {"/v1/track", publicKey, "text/plain; charset=utf-16; x=" + mail, `{}`},
		"long":                {"/v1/track", publicKey, "", `{"x":"` + strings.Repeat(" "+mail, 3_000) + `"`},
		"snowplow":            {"/com.snowplowanalytics.snowplow/tp2", "", "", snow(`"url":"https://acme.example/?email=` + q + `","page":"` + mail + `","uid":"` + mail + `"`)},
		"snowplow contexts":   {"/com.snowplowanalytics.snowplow/tp2", "", "", snow(`"cx":"` + b64([]byte(`{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":[{"schema":"iglu:com.acme/user/jsonschema/1-0-0","data":{"email":"`+mail+`"}}]}`)) + `"`)},
		"snowplow structured": {"/com.snowplowanalytics.snowplow/tp2", "", "", strings.Replace(snow(`"se_ca":"`+mail+`","se_ac":"`+mail+`","se_la":"`+mail+`"`), `"pv"`, `"se"`, 1)},
		"snowplow, refused":   {"/com.snowplowanalytics.snowplow/tp2", "", "", strings.Replace(snow(`"ue_pr":"`+mail+`"`), `"pv"`, `"ue"`, 1)},
		"rudder beacon":       {"/beacon/v1/batch?writeKey=" + publicKey, "", "", `{"batch":[{"type":"track","userId":"` + mail + `","event":"` + mail + `"}]}`},
	}
}

// sendEverywhere sends all of it, and pictures.
func (r *rig) sendEverywhere() {
	r.t.Helper()
	for name, s := range everywhere() {
		h := header("User-Agent", "Mozilla/5.0 "+mail)
		if s.contentType != "" {
			h.Set("Content-Type", s.contentType)
		}
		if got := r.post(s.path, s.key, s.body, h); got.Status >= 500 {
			r.t.Errorf("%s: %d %s", name, got.Status, got.Raw)
		}
	}
	d := base64.RawURLEncoding.EncodeToString([]byte(`{"type":"track","anonymousId":"` + mail + `","event":"` + mail + `"}`))
	for _, query := range []string{"d=" + d, "d=" + mail, "url=" + url.QueryEscape("https://acme.example/?e="+mail) + "&visitor=" + mail + "&user=" + mail, "event=" + mail} {
		req, _ := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+"/px.gif?k="+publicKey+"&"+query, http.NoBody)
		req.Header.Set("Referer", "https://acme.example/"+mail)
		if got := r.do(req); got.Status >= 500 {
			r.t.Errorf("%s: %d %s", query, got.Status, got.Raw)
		}
	}
}

func keepsAttributes(c *collector.Config) {
	for i := range c.Workspaces {
		c.Workspaces[i].Attributes.Account = []string{"plan", "industry"}
		c.Workspaces[i].Attributes.Property = []string{"plan"}
	}
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.text.Bytes())
}

// TestAddresses_areNowhereReadable looks at every byte that the collector wrote to Kafka, and at every line that it logged.
func TestAddresses_areNowhereReadable(t *testing.T) {
	log := &lines{}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(log), zapcore.DebugLevel)
	cfg := testConfig(topics(t))
	keepsAttributes(&cfg)
	const hook = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	cfg.Webhooks = append(cfg.Webhooks, collector.Webhook{Name: "own", Workspace: cfg.Workspaces[0].Name, Secrets: []string{hook}},
		collector.Webhook{Name: "pipe", Workspace: cfg.Workspaces[0].Name, Provider: "pipedrive", Secrets: []string{pipeUser}})
	r := startWith(t, cfg, collector.Dependencies{Logger: zap.New(core)})
	r.sendEverywhere()
	r.post("/v1/webhooks/pipedrive/pipe", "", `{`, header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pipeUser))))
	if err := r.svc.Reload(func() (collector.Config, error) { return cfg, nil }); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"events-v1", "spend-v1", "rejected-v1"} {
		records := r.records(topic)
		if len(records) == 0 {
			t.Errorf("%s has nothing", topic)
		}
		for _, rec := range records {
			for what, b := range map[string][]byte{"key": rec.Key, "value": rec.Value} {
				if i := bytes.Index(bytes.ToLower(b), []byte(trace)); i >= 0 {
					t.Errorf("%s: the %s has it: %q", topic, what, b[max(0, i-80):min(len(b), i+60)])
				}
			}
		}
	}
	logged := bytes.ToLower(log.bytes())
	for _, secret := range []string{trace, publicKey, secretKey, strings.TrimPrefix(hook, "whsec_"), "hunter22", base64.StdEncoding.EncodeToString([]byte(secretKey + ":"))} {
		if bytes.Contains(logged, bytes.ToLower([]byte(secret))) {
			t.Errorf("the log, at debug level, has %q", secret)
		}
	}
	if len(logged) == 0 {
		t.Error("nothing was logged")
	}
}

// TestAddresses_areNotOnTheDisk does the same with the broker away: what is kept is in the spool.
func TestAddresses_areNotOnTheDisk(t *testing.T) {
	k := topics(t)
	k.Brokers = []string{"127.0.0.1:1"}
	cfg := testConfig(k)
	keepsAttributes(&cfg)
	cfg.Spool.Dir, cfg.Spool.After = t.TempDir(), 1
	r := startWith(t, cfg, collector.Dependencies{})
	r.isBrokerAway = true // for good: what is on its way when the collector stops stays in the spool
	r.sendEverywhere()
	size := 0
	err := filepath.WalkDir(cfg.Spool.Dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		size += len(b)
		if i := bytes.Index(bytes.ToLower(b), []byte(trace)); i >= 0 {
			t.Errorf("%s has it: %q", name, b[max(0, i-80):min(len(b), i+60)])
		}
		return err
	})
	if err != nil || size < 10_000 {
		t.Fatalf("%d bytes in the spool: %v", size, err)
	}
}
