package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/httpapi"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/limit"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
	"github.com/tributary-attribution/tributary/services/collector/internal/receipt"
)

// taken counts records by topic; it acknowledges everything.
type taken map[string]int

// Send implements httpapi.Sender.
func (s taken) Send(_ context.Context, records []produce.Record) error {
	for _, r := range records {
		s[r.Topic]++
	}
	return nil
}

func handler(tb testing.TB, sender httpapi.Sender) http.Handler {
	tb.Helper()
	set, err := channelfile.Shipped()
	if err != nil {
		tb.Fatal(err)
	}
	channels, err := channel.New(set, channel.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	ws := &event.Workspace{Name: "acme", Currency: "EUR", Channels: channels, FreeMail: identity.NewFreeMail(), Bots: event.NewBots()}
	keys, err := auth.NewKeyring([]auth.Key{
		{Value: "sk", Principal: auth.Principal{Name: "server", Workspace: ws, Secret: true}},
		{Value: "pk", Principal: auth.Principal{Name: "site", Workspace: ws}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	hooks, err := auth.NewWebhooks(nil)
	if err != nil {
		tb.Fatal(err)
	}
	cfg := httpapi.DefaultConfig()
	cfg.PerAddress, cfg.PerKey, cfg.KeptStrangers = limit.Config{}, limit.Config{}, limit.Config{}
	h, err := httpapi.New(cfg, httpapi.Dependencies{
		Intake: intake.New(receipt.New(time.Now), int64(time.Hour/time.Microsecond), nil), Sender: sender, Keys: keys, Webhooks: hooks, Now: time.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// FuzzHTTP posts any bytes anywhere. Every answer is a 200 whose count is what was sent on, or a 4xx with code and reason; and every refusal is on rejected-v1.
func FuzzHTTP(f *testing.F) {
	f.Add("batch", "sk", "application/json", "", []byte(`{"batch":[{"type":"page","anonymousId":"a"},5]}`))
	f.Add("stages", "sk", "application/x-ndjson", "", []byte("{\"opportunity_id\":1}\n{"))
	f.Add("spend", "pk", "text/plain; charset=utf-16", "gzip", []byte("[{}]"))
	f.Add("t", "", "", "", []byte(`{"writeKey":"pk","userId":"u","event":"X"}`))
	f.Add("import", "sk", "", "gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"))
	sent := taken{}
	h := handler(f, sent)
	f.Fuzz(func(t *testing.T, path, key, contentType, encoding string, body []byte) {
		clear(sent)
		r := httptest.NewRequest(http.MethodPost, "/v1/"+url.PathEscape(path), bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Content-Encoding", encoding)
		if key != "" {
			r.SetBasicAuth(key, "")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusNotFound || w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect {
			return // no such endpoint
		}
		var got struct {
			Success            bool
			Accepted, Rejected int
			Code, Reason       string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%d %q: %v", w.Code, w.Body, err)
		}
		if n := sent["events-v1"] + sent["spend-v1"]; n != got.Accepted {
			t.Errorf("%d accepted, %d sent on", got.Accepted, n)
		}
		switch {
		case w.Code == http.StatusOK:
			if got.Accepted == 0 || got.Success != (got.Rejected == 0) || sent["rejected-v1"] != got.Rejected {
				t.Errorf("%s, %v sent on", w.Body, sent)
			}
		case w.Code < 400 || w.Code > 499 || got.Code == "" || got.Reason == "" || sent["rejected-v1"] == 0:
			t.Errorf("%d %s, %v sent on", w.Code, w.Body, sent)
		}
	})
}
