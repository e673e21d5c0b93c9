package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// attributes are what each story's site says on the script element.
func attributes(story string) string {
	return map[string]string{
		"form":    `data-hash="email"`,
		"early":   `data-hash="email"`,
		"waiting": `data-consent="required"`,
		"tcf":     `data-consent="tcf"`,
		"linking": `data-link-domains="shop.test, blog.test"`,
	}[story]
}

const pageHTML = `<!doctype html><title>%[1]s</title>
<noscript><img src="%[2]s/px.gif?k=` + publicKey + `" alt="" width="1" height="1" referrerpolicy="no-referrer-when-downgrade"></noscript>
<script src="/app.js"></script>
<script async src="%[2]s/px.js" data-key="` + publicKey + `" %[3]s></script>
<a id="pricing" href="/%[1]s/pricing">pricing</a>
<a id="other" href="http://www.blog.test:%[4]s/linking/there">our blog</a>
<form id="search" action="/%[1]s/done"><input type="email" name="email"><input type="hidden" name="search"><button>search</button></form>
<form id="lead" method="post" action="/%[1]s/done?lead" data-tributary="Lead Submitted" data-tributary-fields="company">
<input type="email" name="email"><input name="company"><input type="password" name="password"><button>send</button></form>`

// appJS is the sites' own code: it tidies the address, routes in the page, and calls the pixel before that is there.
const appJS = `
if (location.pathname.startsWith('/landing')) {
  history.replaceState({}, '', location.pathname)
  addEventListener('click', (e) => {
    if (e.target.id !== 'pricing') return
    e.preventDefault()
    history.pushState({}, '', e.target.href)
    history.replaceState({ scroll: 0 }, '', e.target.href)
  })
}
if (location.pathname.startsWith('/early')) {
  window.tributary = [['track', 'Early', { plan: 'pro' }]]
}`

// policy names the collector where the pixel needs it, and nothing else: for scripts and connections, or in some stories for pictures.
func policy(path, collector string) string {
	story, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	to := map[string]string{"barred": "img-src", "noscript": "img-src"}[story]
	if to == "" {
		to = "connect-src"
	}
	return "default-src 'none'; script-src 'self' " + collector + "; " + to + " " + collector + "; form-action 'self'"
}

// startSite serves every story's pages, below the story's name, whatever the host, with a policy that names the collector and nothing else.
func startSite(t *testing.T, collectorPort string) (port string) {
	t.Helper()
	collector := "http://t.shop.test:" + collectorPort
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy(r.URL.Path, collector))
		if r.URL.Path == "/app.js" {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, appJS)
			return
		}
		if r.URL.Path == "/redirect" { // As shorteners and ad servers do.
			http.Redirect(w, r, r.URL.RawQuery, http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		if strings.HasSuffix(r.URL.Path, "/done") { // Without the pixel: what it received was sent by the page before.
			fmt.Fprint(w, "<!doctype html><title>done</title>")
			return
		}
		story, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		_, own, _ := strings.Cut(r.Host, ":")
		fmt.Fprintf(w, pageHTML, story, collector, attributes(story), own)
	}))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}
