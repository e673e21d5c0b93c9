package channel

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Kinds of recognised referrers, the first words of data/referrers.txt.
const (
	kindAI       = "ai"
	kindSearch   = "search"
	kindWebmail  = "webmail"
	kindSocial   = "social"
	kindVideo    = "video"
	kindShopping = "shopping"
)

// referrer is one recognised origin of visits.
type referrer struct {
	kind, source string
}

// referrerTable looks hosts up, the most specific entry first.
type referrerTable struct {
	// exact holds for the host itself, tree for the host and what is below it. A key that ends in ".*" is a name under any public suffix.
	exact, tree map[string]referrer
	paths       map[string][]pathEntry
}

type pathEntry struct {
	prefix string
	referrer
}

func referrers() referrerTable {
	t := referrerTable{exact: map[string]referrer{}, tree: map[string]referrer{}, paths: map[string][]pathEntry{}}
	for _, line := range lines(referrersData) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		r := referrer{kind: f[0], source: strings.ReplaceAll(f[1], "_", " ")}
		for _, host := range f[2:] {
			t.add(host, r)
		}
	}
	return t
}

func (t referrerTable) add(entry string, r referrer) {
	if app, ok := strings.CutPrefix(entry, appScheme); ok {
		t.exact[appScheme+app] = r
		return
	}
	if host, ok := strings.CutPrefix(entry, "="); ok {
		t.exact[host] = r
		return
	}
	if host, path, ok := strings.Cut(entry, "/"); ok {
		t.paths[host] = append(t.paths[host], pathEntry{prefix: "/" + path, referrer: r})
		return
	}
	t.tree[entry] = r
}

// find looks for host and path; host is clean (lower case, no "www.").
func (t referrerTable) find(host, path string) (referrer, bool) {
	for _, e := range t.paths[host] {
		if rest, ok := strings.CutPrefix(path, e.prefix); ok && (rest == "" || rest[0] == '/') {
			return e.referrer, true
		}
	}
	wild := anySuffix(host)
	if r, ok := t.exact[host]; ok {
		return r, true
	}
	if r, ok := t.exact[wild]; ok {
		return r, true
	}
	for h, w := host, wild; h != ""; {
		if r, ok := t.tree[h]; ok {
			return r, true
		}
		if r, ok := t.tree[w]; ok && w != "" {
			return r, true
		}
		_, h, _ = strings.Cut(h, ".")
		if _, w, _ = strings.Cut(w, "."); w == "*" {
			w = ""
		}
	}
	return referrer{}, false
}

// anySuffix replaces the public suffix of a host: google.co.uk becomes google.*. Empty when the host is a suffix itself, or a name without dots.
func anySuffix(host string) string {
	suffix, _ := publicsuffix.PublicSuffix(host)
	if suffix == host || !strings.HasSuffix(host, "."+suffix) {
		return ""
	}
	return strings.TrimSuffix(host, suffix) + "*"
}

// medium is what a visit from this referrer is filed under when nothing else says. A source that GA4's list knows is a referral, as GA4 reports it; for the
// others the medium has to carry the kind, or the rules could not tell.
func (c *Classifier) medium(r referrer) string {
	switch r.kind {
	case kindAI:
		return "ai-assistant"
	case kindSearch:
		return "organic"
	case kindWebmail:
		return "email"
	}
	if _, known := c.categories[r.source]; known || r.kind == kindShopping {
		return "referral"
	}
	return r.kind
}

// excludedHost tells whether a referrer is the site itself, one of its configured domains, or a page that visits only pass through.
func (c *Classifier) excludedHost(host, pageHost string) bool {
	if host == pageHost || mayShareDomain(host, pageHost) && registrable(host) == registrable(pageHost) {
		return true
	}
	for h := host; h != ""; _, h, _ = strings.Cut(h, ".") {
		if _, ok := c.excluded[h]; ok {
			return true
		}
	}
	return false
}

// mayShareDomain spares most visits the look into the list of public suffixes: a registrable domain is at least the last two labels.
func mayShareDomain(a, b string) bool {
	return a != "" && b != "" && lastLabels(a) == lastLabels(b)
}

// lastLabels are the last two of a host, or all there are.
func lastLabels(host string) string {
	if last := strings.LastIndexByte(host, '.'); last > 0 {
		return host[strings.LastIndexByte(host[:last], '.')+1:]
	}
	return host
}

// registrable is the registrable domain of a host, or the host itself when it has none (localhost, addresses).
func registrable(host string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}
