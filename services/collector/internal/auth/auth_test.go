package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func verifier(t testing.TB) *auth.Webhooks {
	t.Helper()
	w, err := auth.NewWebhooks([]auth.Webhook{{Principal: auth.Principal{Name: "crm", Workspace: &event.Workspace{}}, Secrets: []string{secret}}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func headers(id, stamp, signature string) http.Header {
	return http.Header{auth.HeaderWebhookID: {id}, auth.HeaderWebhookTimestamp: {stamp}, auth.HeaderWebhookSignature: {signature}}
}

// TestVerify_publishedVector is the example that implementations of Standard Webhooks share.
func TestVerify_publishedVector(t *testing.T) {
	const id, stamp, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`
	const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	w, now := verifier(t), time.Unix(1614265330, 0)
	p, err := w.Verify(headers(id, stamp, signature), []byte(body), "", now)
	if err != nil || p.Name != "crm" || !p.Secret || p.DeliveryID != id {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := w.Verify(headers(id, stamp, "v1a,AAAA v1,AAAA "+signature), []byte(body), "crm", now); err != nil {
		t.Errorf("one good signature among others: %v", err)
	}
	twice := headers(id, stamp, signature)
	twice[auth.HeaderWebhookID] = []string{id, "other"}
	for name, v := range map[string]struct {
		h    http.Header
		now  time.Time
		want error
	}{
		"an id given twice":  {twice, now, auth.ErrWebhookHeaders},
		"a worded timestamp": {headers(id, "now", signature), now, auth.ErrWebhookHeaders},
		"no id":              {headers("", stamp, signature), now, auth.ErrWebhookHeaders},
		"another id":         {headers("msg_2", stamp, signature), now, auth.ErrWebhookSignature},
		"no version":         {headers(id, stamp, strings.TrimPrefix(signature, "v1,")), now, auth.ErrWebhookSignature},
		"301 s late":         {headers(id, stamp, signature), now.Add(301 * time.Second), auth.ErrWebhookTimestamp},
		"301 s early":        {headers(id, stamp, signature), now.Add(-301 * time.Second), auth.ErrWebhookTimestamp},
		"aeons":              {headers(id, "-9223372036854775808", signature), now, auth.ErrWebhookTimestamp},
	} {
		if _, err := w.Verify(v.h, []byte(body), "", v.now); err != v.want { //nolint:errorlint // the sentinel itself is returned
			t.Errorf("%s: %v, want %v", name, err, v.want)
		}
	}
}

func TestNewWebhooks_refuses(t *testing.T) {
	for name, secrets := range map[string][]string{"none": nil, "short": {"whsec_AAAA"}, "no base64": {"whsec_" + strings.Repeat("!", 40)}} {
		if _, err := auth.NewWebhooks([]auth.Webhook{{Secrets: secrets}}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestKeyring(t *testing.T) {
	ws := &event.Workspace{}
	key := func(name, value string) auth.Key {
		return auth.Key{Value: value, Principal: auth.Principal{Name: name, Workspace: ws}}
	}
	r, err := auth.NewKeyring([]auth.Key{key("a", "k1"), key("b", "k2"), key("a", "k3")})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{"k1": "a", "k2": "b", "k3": "a"} {
		if p := r.Find(k); p == nil || p.Name != want || !p.IsKey(k) || p.IsKey("k") {
			t.Errorf("%s: %+v", k, p)
		}
	}
	for _, k := range []string{"", "k", "k11"} {
		if r.Find(k) != nil {
			t.Errorf("%q was let in", k)
		}
	}
	for name, keys := range map[string][]auth.Key{"empty": {key("a", "")}, "colon": {key("a", "x:y")}, "twice": {key("a", "k"), key("b", "k")}} {
		if _, err := auth.NewKeyring(keys); err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "x:y") {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func FuzzFromHeader(f *testing.F) {
	for _, s := range []string{"Basic YWJjMTIzOg==", "Basic YWJjMTIz", "Bearer x", "Basic", " ", "Digest a", "Basic !!!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, given := auth.FromHeader(http.Header{"Authorization": {value}})
		if key != "" && !given || given != (value != "") {
			t.Errorf("%q: key %q, given %v", value, key, given)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("id", "1614265330", "v1,AAAA", []byte("{}"))
	f.Add("", "-1", "v1,", []byte(nil))
	w := verifier(f)
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		if p, err := w.Verify(headers(id, stamp, signature), body, "", time.Unix(1614265330, 0)); err == nil || p != nil {
			t.Errorf("a guess was let in: %q %q %q", id, stamp, signature)
		}
	})
}
