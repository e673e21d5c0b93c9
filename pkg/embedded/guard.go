package embedded

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// Why a connection or a request was refused: the label "reason" of the metric.
const (
	refusedSite     = "site"     // a browser asks for a page of another site
	refusedHost     = "host"     // it asks for a name that is not this machine's: a site's own, made to lead here
	refusedProtocol = "protocol" // it speaks something else than what the port is for
)

// containerNames are what a container calls the machine it runs on, where its engine leads that to loopback (macOS). No site can have such a name: nobody
// hands out names below .internal.
var containerNames = []string{"host.docker.internal", "host.containers.internal"}

// refusal is an answer to a request that must not reach the engine.
type refusal struct {
	reason string
	status int
	words  string
}

// judge tells what is wrong with a request over HTTP; nil when it may pass.
//
// Whoever runs the browser reaches loopback, and so does every page in it: a page of another site can send a POST of plain text without being asked
// anything, and the engine takes statements without a password. Three headers, which no page can change, tell such a page from a program or from the
// engine's own pages: Origin and Sec-Fetch-Site for whom the browser asks, and Host, which keeps a site's own name even after that name was made to
// lead here (DNS rebinding). Programs send neither of the first two, and this machine's name as the third. Reading is refused as well as changing:
// the engine lets a request itself ask for headers that hand the answer to any site, and its pages run what their address says.
func judge(r *http.Request) *refusal {
	name := httpx.HostName(r.Host)
	if name != "" && !httpx.IsLoopbackName(name) && !slices.Contains(containerNames, name) {
		return &refusal{
			refusedHost, http.StatusMisdirectedRequest,
			"This ClickHouse answers to localhost and loopback addresses only: under any other name a page of another site could ask. Ask as http://localhost.",
		}
	}
	if !ownSite(r) {
		return &refusal{
			refusedSite, http.StatusForbidden,
			"A page of another site asked, or led here. Open this address directly (type it), or ask from a program, which sends no Origin header.",
		}
	}
	return nil
}

// ownSite tells that no browser asks, or one does for this address itself. Another port of this machine is another site: whatever it serves.
func ownSite(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" { // none: somebody typed the address
			return false
		}
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) { // "null" has no host
			return false
		}
	}
	return true
}
