package httpapi

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
)

// allowOrigin lets any page read the answer. Beacons come with credentials, for which "*" is not allowed, so the origin is repeated. Nothing is protected by
// origin here: a write key only permits writing, and no cookie is read.
func allowOrigin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" && origin != "null" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	} else {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-RateLimit-Reset")
}

// preflight answers OPTIONS. The headers are those that Segment's, RudderStack's (AnonymousId, SentAt, Rsa-*), Snowplow's (SP-Anonymous) and our own browser senders use.
func preflight(w http.ResponseWriter, r *http.Request) {
	allowOrigin(w, r)
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Content-Encoding, Authorization, X-Retry-Count, AnonymousId, SentAt, SP-Anonymous, "+
		"Rsa-Recovered, Rsa-Retry-Attempt, Rsa-Retry-Reason, Rsa-Since-First-Attempt, Rsa-Since-Last-Attempt")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// gif is a transparent picture of one pixel.
const gif = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// pixel takes one record as base64url JSON in d, for pages without scripts and for e-mails. The key is writeKey in it, or k.
func (a *API) pixel() http.Handler {
	e := endpoint{name: "pixel", accepts: intake.Accepts{Type: event.TypePage, Also: []event.Type{event.TypeTrack, event.TypeIdentify, event.TypeScreen}}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowOrigin(w, r)
		w.Header().Set("Cache-Control", "no-store")
		started := time.Now()
		in := &incoming{api: a, endpoint: e, w: &pixelWriter{ResponseWriter: w}, r: r}
		status := in.withinLoad(in.servePixel)
		a.metrics.requests.WithLabelValues(e.name, itoa(status)).Inc()
		a.metrics.duration.WithLabelValues(e.name).Observe(time.Since(started).Seconds())
	})
}

func (in *incoming) servePixel() int {
	q := in.r.URL.Query()
	if k := q.Get("k"); k != "" {
		in.r.Header.Set("Authorization", "Bearer "+k)
	}
	if ref := in.admit(); ref != nil {
		return in.refuse(ref)
	}
	// Both alphabets, with or without padding: senders differ.
	d := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(q.Get("d")), "=")
	body, err := base64.RawStdEncoding.DecodeString(d)
	if err != nil {
		return in.refuse(refuse(http.StatusBadRequest, "d", event.CodeInvalid, "is not base64url"))
	}
	in.body = body
	items, err := in.api.dep.Intake.Parser().Split(body, false, false)
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	if ref := in.keyFromBody(items); ref != nil {
		return in.refuse(ref)
	}
	if ok, wait := in.api.perKey.Take(in.principal.Bucket(), len(items.Raw), in.api.dep.Now()); !ok {
		return in.limited("key", wait)
	}
	return in.process(items)
}

// pixelWriter sends the picture in place of a good answer's JSON. Errors stay documents: a browser shows nothing either way.
type pixelWriter struct {
	http.ResponseWriter

	failed bool
}

// WriteHeader notes errors.
func (p *pixelWriter) WriteHeader(status int) {
	p.failed = status >= http.StatusBadRequest
	p.ResponseWriter.WriteHeader(status)
}

// Write replaces a good answer's body.
func (p *pixelWriter) Write(b []byte) (int, error) {
	if p.failed {
		return p.ResponseWriter.Write(b)
	}
	p.Header().Set("Content-Type", "image/gif")
	_, err := p.ResponseWriter.Write([]byte(gif))
	return len(b), err
}

// address is the client's, for its bucket. An IPv6 client owns a /64.
func (a *API) address(r *http.Request) string {
	ip := a.client(r)
	if !ip.IsValid() {
		return r.RemoteAddr
	}
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// client is the client's address; zero when it cannot be told.
func (a *API) client(r *http.Request) netip.Addr {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := remote.Addr().Unmap()
	// The last address that no trusted proxy wrote: anything before it is the client's own claim.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.isProxy(ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = hop.Unmap()
	}
	return ip
}

func (a *API) isProxy(ip netip.Addr) bool {
	for _, p := range a.proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
