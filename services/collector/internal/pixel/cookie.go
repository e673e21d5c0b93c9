package pixel

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// CookieName is the visitor's id, in the script's cookie and in ours.
const CookieName = "trb_id"

const cookieSeconds = 365 * 24 * 60 * 60

var visitorID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// remember repeats the visitor's id in a cookie of the collector's own when page and collector share a registrable domain: browsers that cut the life of what scripts
// set leave such a one alone. It is readable by the script, since the script is what needs it. The id comes in the query, so that no body has to be read for it.
func remember(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/v1/") {
		return
	}
	id := r.URL.Query().Get("visitor")
	origin, err := url.Parse(r.Header.Get("Origin"))
	if id == "" || !visitorID.MatchString(id) || err != nil || origin.Hostname() == "" {
		return
	}
	domain, ok := shared(origin.Hostname(), hostname(r.Host))
	if !ok {
		return // A third party's cookie, which we never set.
	}
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Value: id, Domain: domain, Path: "/", MaxAge: cookieSeconds, SameSite: http.SameSiteLaxMode,
		Secure: origin.Scheme == "https",
	})
}

// CookieDomain is the domain for a cookie that a page's host and a collector's (with or without port) may share; it reports false when they are strangers.
func CookieDomain(pageHost, collectorHost string) (domain string, ok bool) {
	return shared(pageHost, hostname(collectorHost))
}

// shared is the domain for a cookie of both hosts: their registrable domain; none, for the host alone, when they are one host without such a domain.
func shared(page, collector string) (domain string, ok bool) {
	page, collector = strings.ToLower(page), strings.ToLower(collector)
	_, err := netip.ParseAddr(page)
	of, domainErr := publicsuffix.EffectiveTLDPlusOne(page)
	if err == nil || domainErr != nil {
		return "", page == collector
	}
	return of, collector == of || strings.HasSuffix(collector, "."+of)
}

// hostname is a Host header without its port.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}
