package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// allowOrigin lets any page read the answer. Beacons come with credentials, for which "*" is not allowed, so the origin is repeated. Nothing is protected by
// origin here: a write key only permits writing, and no cookie is read.
func allowOrigin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); strings.Contains(origin, "://") { // "null" is none
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
