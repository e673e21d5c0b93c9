package httpx_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/pkg/lifecycle"
)

var (
	_ lifecycle.Component = (*httpx.Server)(nil)
	_ lifecycle.Doner     = (*httpx.Server)(nil)
)

func start(t *testing.T, cfg httpx.Config, h http.Handler) *httpx.Server {
	t.Helper()
	s, err := httpx.NewServer(cfg, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func TestServer_servesAsSoonAsStarted(t *testing.T) {
	s := start(t, httpx.DefaultConfig(), httpx.Health())
	resp, err := http.Get("http://" + s.Addr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %s", resp.Status)
	}
	second, err := httpx.NewServer(httpx.Config{
		Addr: s.Addr(), ReadHeaderTimeout: 1, ReadTimeout: 1, WriteTimeout: 1, IdleTimeout: 1, MaxHeaderBytes: 1,
	}, httpx.Health(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); err == nil || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("a taken port must be an error of Start that names it: %v", err)
	}
	if err := second.Stop(t.Context()); err != nil {
		t.Errorf("stop of a server that never listened: %v", err)
	}
}

func TestServer_stopLetsRequestsFinish(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, httpx.DefaultConfig(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "whole")
	}))
	body := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + s.Addr())
		if err != nil {
			body <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		body <- string(b)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(context.Background()) }()
	for { // no new connections from now on
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped in the middle of a request: %v", err)
	default:
	}
	close(release)
	if got := <-body; got != "whole" {
		t.Errorf("the running request got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	<-s.Done()
	if err := s.Err(); err != nil {
		t.Errorf("a stopped server has no reason: %v", err)
	}
}

func TestServer_stopCutsOffAtItsDeadline(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	s := start(t, httpx.DefaultConfig(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	}))
	go func() {
		resp, err := http.Get("http://" + s.Addr())
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestServer_cutsOffSlowHeaders(t *testing.T) {
	cfg := httpx.DefaultConfig()
	cfg.ReadHeaderTimeout = 50 * time.Millisecond
	s := start(t, cfg, httpx.Health())
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n"); err != nil { // and never the end
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the connection is still held: %v", err)
	}
}

func TestConfig_Validate(t *testing.T) {
	if err := httpx.DefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := httpx.Config{Addr: "x", TLSCertFile: "c"}.Validate()
	for _, want := range []string{"addr", "read_header_timeout", "read_timeout", "write_timeout", "idle_timeout", "max_header_bytes", "tls_cert_file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}
