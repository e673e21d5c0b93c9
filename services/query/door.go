package query

import (
	"net/http"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// door keeps pages of other sites out. A browser runs them on the same machine as a service on loopback, so that who may connect is no answer to who
// asks; three things tell such a page from the dashboard:
//
//   - Without tokens, the name it asked for. A site may let its own name lead to 127.0.0.1 once its page is loaded (DNS rebinding); to the browser
//     the page and the service are then one origin, and nothing but the Host header says otherwise.
//   - For what changes something, the Origin and Sec-Fetch-Site headers: the token may sit in the browser as a login, or none is needed.
//   - For what is read, nothing is needed here: no answer carries a CORS header, so no browser hands it to another origin.
func (c Config) door(next http.Handler) http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpx.WriteProblem(w, r, httpx.NewProblem(http.StatusForbidden, "urn:tributary:problem:cross-origin",
			"A page of another site asked for a change. Ask from the dashboard itself, or from a program that sends no Origin header."))
	}))
	guarded := crossing.Handler(next)
	if len(c.Tokens) > 0 || c.Open {
		return guarded
	}
	own := httpx.HostName(c.HTTP.Addr)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := httpx.HostName(r.Host); host != own && !httpx.IsLoopbackName(host) {
			httpx.WriteProblem(w, r, httpx.NewProblem(http.StatusMisdirectedRequest, "urn:tributary:problem:foreign-host",
				"Without tokens this service answers to localhost and loopback addresses only, since a page of another site could otherwise ask under its own name. "+
					"Open it as http://localhost, give it tokens, or set query.open when something in front of it guards it."))
			return
		}
		guarded.ServeHTTP(w, r)
	})
}
