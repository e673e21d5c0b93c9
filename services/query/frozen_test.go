package query_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/services/query"
)

// freezer forwards connections to a server until it is frozen: then nothing of what the server says arrives, as from one that hangs.
type freezer struct {
	net.Listener
	ice sync.Mutex
}

func newFreezer(t *testing.T, server string) *freezer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &freezer{Listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go f.forward(client, server)
		}
	}()
	return f
}

func (f *freezer) forward(client net.Conn, server string) {
	defer client.Close()
	upstream, err := (&net.Dialer{Timeout: 5 * time.Second}).Dial("tcp", server) //nolint:noctx // ends with the listener's test
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() {
		_, _ = io.Copy(upstream, client)
		_ = upstream.Close()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := upstream.Read(buffer)
		f.ice.Lock()
		f.ice.Unlock() //nolint:staticcheck // waits while it is frozen
		if _, writeErr := client.Write(buffer[:n]); err != nil || writeErr != nil {
			return
		}
	}
}

// TestFrozenServer asks while the server hangs without closing anything: every question is answered with 503, not much later than the limit of one
// question, and answered as before once the server goes on.
func TestFrozenServer(t *testing.T) {
	db := enginetest.ClickHouse(t)
	w := newWorldOn(t, db, nil)
	b2b(w)
	ice := newFreezer(t, db.Addr[0])
	through := db
	through.Addr = []string{ice.Addr().String()}
	frozen := newWorldOn(t, through, func(c *query.Config) { c.MaxExecution = 5 * time.Second })
	paths := []string{"/api/v1/channels", "/api/v1/ledger/bridge", "/api/v1/journeys", "/api/v1/views", "/api/v1/quality"}
	for _, path := range paths { // connections are open
		if status, _, body := get(t, frozen.url+path); status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
	}
	ice.ice.Lock()
	var all sync.WaitGroup
	for _, path := range paths {
		all.Go(func() {
			began := time.Now()
			status, header, body := get(t, frozen.url+path+"?workspace=other")
			if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "cannot be reached") || time.Since(began) > patience {
				t.Errorf("%s: %d after %s: %s", path, status, time.Since(began), body)
			}
		})
	}
	all.Wait()
	ice.ice.Unlock()
	for _, path := range paths {
		if status, _, body := get(t, frozen.url+path); status != http.StatusOK {
			t.Errorf("%s afterwards: %d %s", path, status, body)
		}
	}
}
