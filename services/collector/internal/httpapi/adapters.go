package httpapi

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/pixel"
	"github.com/tributary-attribution/tributary/services/collector/internal/sdk"
	"github.com/tributary-attribution/tributary/services/collector/internal/snowplow"
)

// Paths of other products' trackers, which their users cannot change.
const (
	pathTP2      = "/com.snowplowanalytics.snowplow/tp2"
	pathSnowplow = "/i"
)

// adapters adds what SDKs of other products ask for.
func (a *API) adapters(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/projects/{key}/settings", a.segmentSettings)
	for _, path := range []string{"/sourceConfig", "/sourceConfig/"} {
		mux.HandleFunc("GET "+path, a.rudderConfig)
		mux.HandleFunc("OPTIONS "+path, preflight)
	}
	beacon := a.records(endpoint{name: "batch", accepts: intake.Accepts{Type: event.TypeAny, Batch: true}})
	// RudderStack's beacons cannot have headers: the key is in the query.
	mux.HandleFunc("POST /beacon/v1/batch", func(w http.ResponseWriter, r *http.Request) {
		if key := r.URL.Query().Get("writeKey"); key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		beacon.ServeHTTP(w, r)
	})
	mux.HandleFunc("OPTIONS /beacon/v1/batch", preflight)
	mux.Handle("POST "+pathTP2, a.snowplow(http.MethodPost))
	mux.HandleFunc("OPTIONS "+pathTP2, preflight)
	mux.Handle("GET "+pathSnowplow, a.snowplow(http.MethodGet))
}

// base is how the browser that asks reaches the collector. A page on https can only load from https, whatever stands before us says nothing about it.
func (a *API) base(r *http.Request) string {
	if a.dep.PublicURL != "" {
		return strings.TrimSuffix(a.dep.PublicURL, "/")
	}
	scheme := "http"
	if r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://") || strings.HasPrefix(r.Referer(), "https://") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// segmentSettings is the document that analytics.js loads first.
func (a *API) segmentSettings(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	raw, err := sdk.Segment(a.base(r), key)
	a.settings(w, r, "segment_settings", key, raw, err)
}

// rudderConfig is the document that RudderStack's SDK loads first.
func (a *API) rudderConfig(w http.ResponseWriter, r *http.Request) {
	key, _ := auth.FromHeader(r.Header)
	if key == "" {
		key = r.URL.Query().Get("writeKey")
	}
	raw, err := sdk.Rudder(key)
	a.settings(w, r, "source_config", key, raw, err)
}

// settings answers with an SDK's document. Its content is no secret, but an SDK with a wrong key should fail where its user looks first. A secret key has no business in a page.
func (a *API) settings(w http.ResponseWriter, r *http.Request, name, key string, raw []byte, err error) {
	allowOrigin(w, r)
	status := http.StatusOK
	switch p := a.dep.Keys.Find(key); {
	case err != nil:
		status = http.StatusInternalServerError
	case p == nil || p.Secret:
		status = http.StatusNotFound
	}
	a.metrics.requests.WithLabelValues(name, itoa(status)).Inc()
	if status != http.StatusOK {
		http.Error(w, "there is no such public write key", status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(raw) // the client may be gone
}

// snowplow takes the events of Snowplow's trackers. The write key is their application id.
func (a *API) snowplow(method string) http.Handler {
	e := endpoint{name: "snowplow", accepts: intake.Accepts{Type: event.TypeAny}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowOrigin(w, r)
		started := time.Now()
		in := &incoming{api: a, endpoint: e, w: w, r: r}
		if method == http.MethodGet {
			w.Header().Set("Cache-Control", "no-store")
			in.w = &pixelWriter{ResponseWriter: w}
		}
		status := in.serveSnowplow()
		a.metrics.requests.WithLabelValues(e.name, itoa(status)).Inc()
		a.metrics.duration.WithLabelValues(e.name).Observe(time.Since(started).Seconds())
	})
}

func (in *incoming) serveSnowplow() int {
	query := in.r.URL.Query()
	if k := query.Get("k"); k != "" {
		in.r.Header.Set("Authorization", "Bearer "+k)
	}
	if ref := in.admit(); ref != nil {
		return in.refuse(ref)
	}
	options := snowplow.Options{NetworkID: in.networkID()}
	var batch snowplow.Batch
	var err error
	if in.r.Method == http.MethodPost {
		if ref := in.readBody(); ref != nil {
			return in.refuse(ref)
		}
		batch, err = snowplow.DecodePost(in.body, options)
	} else {
		in.body = []byte(in.r.URL.RawQuery)
		batch, err = snowplow.DecodeGet(in.r.URL.RawQuery, options)
	}
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	if in.principal == nil {
		if batch.AppID == "" {
			return in.refuse(refuse(http.StatusUnauthorized, "aid", codeNoKey, "the tracker's appId has to be the write key"))
		}
		if in.principal = in.api.dep.Keys.Find(batch.AppID); in.principal == nil {
			return in.refuse(refuse(http.StatusUnauthorized, "aid", codeUnknownKey, "the tracker's appId is not a known write key"))
		}
	}
	if ok, wait := in.api.perKey.Take(in.principal.Bucket(), len(batch.Items), in.api.dep.Now()); !ok {
		return in.limited("key", wait)
	}
	in.api.metrics.ignored.WithLabelValues(in.endpoint.name).Add(float64(batch.Ignored))
	items := make([]intake.Foreign, len(batch.Items))
	for i, it := range batch.Items {
		items[i] = intake.Foreign{Record: it.Record, Translated: intake.Translated{Original: it.Original, Err: it.Err}}
	}
	in.setNetworkID(options.NetworkID)
	res, err := in.store(items)
	if err != nil {
		return in.unavailable(err)
	}
	// Trackers keep what is not answered 2xx and send it again, for ever: what was refused is on rejected-v1.
	return in.settled(res)
}

// Cookie of Snowplow's collectors with the network's id of a visitor.
const (
	networkCookie  = "sp"
	networkSeconds = 365 * 24 * 60 * 60
	networkIDMax   = 64
)

// isAnonymous tells whether the tracker asks for no cookie and no id of the network.
func (in *incoming) isAnonymous() bool { return in.r.Header.Get("Sp-Anonymous") != "" }

// networkID is what the cookie says, or a new id where one may be set.
func (in *incoming) networkID() string {
	if _, ok := in.firstParty(); !ok || in.isAnonymous() {
		return ""
	}
	if c, err := in.r.Cookie(networkCookie); err == nil && c.Value != "" && len(c.Value) <= networkIDMax {
		return c.Value
	}
	return randomUUID()
}

// randomUUID is a UUID of version 4.
func randomUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)                  // never fails
	b[6], b[8] = b[6]&15|64, b[8]&63|128 // version 4, variant 10
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// firstParty is the cookie's domain when page and collector belong together. A third party's cookie is never set.
func (in *incoming) firstParty() (domain string, ok bool) {
	page := in.r.Header.Get("Origin")
	if page == "" {
		page = in.r.Referer()
	}
	u, err := url.Parse(page)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	return pixel.CookieDomain(u.Hostname(), in.r.Host)
}

func (in *incoming) setNetworkID(id string) {
	domain, ok := in.firstParty()
	if !ok || id == "" {
		return
	}
	http.SetCookie(in.w, &http.Cookie{
		Name: networkCookie, Value: id, Domain: domain, Path: "/", MaxAge: networkSeconds, SameSite: http.SameSiteLaxMode, HttpOnly: true,
		Secure: strings.HasPrefix(in.api.base(in.r), "https://"),
	})
}
