package httpapi

import (
	"net/http"
	"sync"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// codeOverloaded is the refusal of a request that comes when too many are being served.
const codeOverloaded = "overloaded"

// addressShare is the part of the pending bytes that one address may hold: a client that sends large bodies slowly must not keep the others out.
const addressShare = 4

// load is what is being served. Its limits keep memory bounded and answers quick when more comes than can be done: a sender that is told at once
// comes again later, one that waits gives up and sends twice.
type load struct {
	mu        sync.Mutex
	requests  int
	bytes     int64
	addresses map[string]int64 // bytes by address; as many as there are open requests
}

// enter takes a place for a request whose body may take size bytes.
func (l *load) enter(c *Config, address string, size int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests >= c.MaxRequests || l.bytes+size > c.MaxPendingBytes || l.addresses[address]+size > c.MaxPendingBytes/addressShare {
		return false
	}
	if l.addresses == nil {
		l.addresses = map[string]int64{}
	}
	l.requests++
	l.bytes += size
	l.addresses[address] += size
	return true
}

func (l *load) leave(address string, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests--
	l.bytes -= size
	if l.addresses[address] -= size; l.addresses[address] == 0 {
		delete(l.addresses, address)
	}
}

// withinLoad serves a request if there is room for it and its body.
func (in *incoming) withinLoad(serve func() int) int {
	address, size := in.api.address(in.r), in.bodySize()
	if !in.api.load.enter(&in.api.cfg, address, size) {
		in.api.metrics.shed.Inc()
		p := problem(refuse(http.StatusServiceUnavailable, "", codeOverloaded, "too many requests are being served; send it again"))
		p.RetryAfter = in.api.cfg.RetryAfter
		httpx.WriteProblem(in.w, in.r, p)
		return p.Status
	}
	in.api.metrics.serving.Inc()
	defer func() {
		in.api.metrics.serving.Dec()
		in.api.load.leave(address, size)
	}()
	return serve()
}

// bodySize is how much memory the body may take: what the client says, if it says something that holds. At least one, so that bodies without length count as well.
func (in *incoming) bodySize() int64 {
	limit := in.api.cfg.MaxBodyBytes
	if n := in.r.ContentLength; n >= 0 && in.r.Header.Get("Content-Encoding") == "" {
		return min(n+1, limit)
	}
	return limit
}
