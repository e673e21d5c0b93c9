package pixel

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// CookieName is the visitor's id, in the script's cookie and in ours.
const CookieName = "trb_id"

const cookieSeconds = 365 * 24 * 60 * 60

var visitorID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// remember repeats the visitor's id in a cookie of the collector's own when page and collector share a registrable domain: browsers that cut the life of what scripts
// set leave such a one alone. It is readable by the script, since the script is what needs it. The id comes in the query, so that no body has to be read for it. What the
// script sends as a picture has no Origin; there the Referer says whose page it is.
func remember(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Origin")
	switch {
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/v1/"):
	case r.Method == http.MethodGet && r.URL.Path == "/px.gif" && r.URL.Query().Has("d"):
		from = r.Referer()
	default:
		return
	}
	id := r.URL.Query().Get("visitor")
	page, err := url.Parse(from)
	if id == "" || !IsVisitorID(id) || err != nil || page.Hostname() == "" {
		return
	}
	domain, ok := shared(page.Hostname(), hostname(r.Host))
	if !ok {
		return // A third party's cookie, which we never set.
	}
	http.SetCookie(w, VisitorCookie(id, domain, page.Scheme == "https"))
}

// IsVisitorID tells whether an id is of the form that cookies may repeat.
func IsVisitorID(id string) bool { return visitorID.MatchString(id) }

// VisitorCookie is the cookie with the visitor's id, for a domain that CookieDomain has given.
func VisitorCookie(id, domain string, secure bool) *http.Cookie {
	return &http.Cookie{Name: CookieName, Value: id, Domain: domain, Path: "/", MaxAge: cookieSeconds, SameSite: http.SameSiteLaxMode, Secure: secure}
}

// CookieDomain is the domain for a cookie that a page's host and a collector's (with or without port) may share; it reports false when they are strangers.
func CookieDomain(pageHost, collectorHost string) (domain string, ok bool) {
	return shared(pageHost, hostname(collectorHost))
}

// shared is the domain for a cookie of both hosts: their registrable domain; none, for the host alone, when they are one host without such a domain.
func shared(page, collector string) (domain string, ok bool) {
	page, collector = strings.ToLower(page), strings.ToLower(collector)
	of, err := publicsuffix.EffectiveTLDPlusOne(page)
	if err != nil || isAddress(page) || isAddress(collector) { // the labels of an address are no domains
		return "", page == collector
	}
	return of, collector == of || strings.HasSuffix(collector, "."+of)
}

// isAddress tells addresses, which have no domain. As for browsers (WHATWG URL, "ends in a number"), what ends in a number is one, or would have to be.
func isAddress(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	_, err := strconv.ParseUint(host[strings.LastIndexByte(host, '.')+1:], 0, 64)
	return err == nil
}

// hostname is a Host header without its port.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}
