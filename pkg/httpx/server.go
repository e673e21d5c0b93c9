// Package httpx is the only constructor of HTTP servers: time and size limits on every connection, health and metrics endpoints, problem
// documents (RFC 9457) for errors, and a stop that lets running requests finish.
package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/netutil"
)

// Config limits a server.
type Config struct {
	// Addr is where to listen, host:port. Port 0 takes a free one; Server.Addr tells which.
	Addr string `yaml:"addr"`
	// ReadHeaderTimeout bounds how long a client may take to send headers, against clients that hold connections by sending slowly.
	ReadHeaderTimeout time.Duration `yaml:"read_header_timeout"`
	// ReadTimeout bounds a whole request's reading, body included.
	ReadTimeout time.Duration `yaml:"read_timeout"`
	// WriteTimeout bounds a request from its headers to the end of the response. Longer than the slowest handler.
	WriteTimeout time.Duration `yaml:"write_timeout"`
	// IdleTimeout closes kept-alive connections that ask nothing.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
	// MaxHeaderBytes bounds the headers.
	MaxHeaderBytes int `yaml:"max_header_bytes"`
	// MaxConnections bounds open connections; more wait in the kernel's queue. 0: no limit.
	MaxConnections int `yaml:"max_connections"`
	// TLSCertFile and TLSKeyFile serve TLS, both or none. They are read again when they have changed.
	TLSCertFile string `yaml:"tls_cert_file"`
	TLSKeyFile  string `yaml:"tls_key_file"`
}

// DefaultConfig listens on a free loopback port.
func DefaultConfig() Config {
	return Config{
		Addr:              "127.0.0.1:0",
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		MaxConnections:    10_000,
	}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		errs = append(errs, fmt.Errorf("addr: %q is not host:port: %w", c.Addr, err))
	}
	for name, d := range map[string]time.Duration{
		"read_header_timeout": c.ReadHeaderTimeout, "read_timeout": c.ReadTimeout, "write_timeout": c.WriteTimeout, "idle_timeout": c.IdleTimeout,
	} {
		if d <= 0 {
			errs = append(errs, fmt.Errorf("%s: must be positive: a connection without limit can be held for ever", name))
		}
	}
	if c.MaxHeaderBytes <= 0 || c.MaxConnections < 0 {
		errs = append(errs, errors.New("max_header_bytes must be positive, max_connections not negative"))
	}
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		errs = append(errs, errors.New("tls_cert_file and tls_key_file are given together or not at all"))
	}
	return errors.Join(errs...)
}

// Server is an HTTP server. It is a lifecycle.Component that may end by itself.
type Server struct {
	cfg Config
	log *zap.Logger
	srv *http.Server
	ln  net.Listener

	done chan struct{}
	mu   sync.Mutex
	err  error
}

// NewServer returns a server of handler, not yet listening. A nil logger is silent.
func NewServer(cfg Config, handler http.Handler, log *zap.Logger) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("http server: %w", err)
	}
	if log == nil {
		log = zap.NewNop()
	}
	stdlog, err := zap.NewStdLogAt(log, zap.DebugLevel)
	if err != nil {
		return nil, err
	}
	return &Server{
		cfg: cfg, log: log, done: make(chan struct{}),
		srv: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: cfg.ReadHeaderTimeout,
			ReadTimeout:       cfg.ReadTimeout,
			WriteTimeout:      cfg.WriteTimeout,
			IdleTimeout:       cfg.IdleTimeout,
			MaxHeaderBytes:    cfg.MaxHeaderBytes,
			ErrorLog:          stdlog, // broken handshakes and clients that go away: of use only when looking for them
		},
	}, nil
}

// Start listens before it returns: a taken port is an error here, and a client may connect at once.
func (s *Server) Start(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.cfg.Addr, err)
	}
	if s.cfg.MaxConnections > 0 {
		ln = netutil.LimitListener(ln, s.cfg.MaxConnections)
	}
	if s.cfg.TLSCertFile != "" {
		cert, err := newCertificate(s.cfg.TLSCertFile, s.cfg.TLSKeyFile, s.log)
		if err != nil {
			return errors.Join(err, ln.Close())
		}
		ln = tls.NewListener(ln, &tls.Config{
			MinVersion: tls.VersionTLS12, GetCertificate: cert.get, NextProtos: []string{"h2", "http/1.1"},
		})
	}
	s.ln = ln
	go s.serve()
	return nil
}

func (s *Server) serve() {
	defer close(s.done)
	if err := s.srv.Serve(s.ln); !errors.Is(err, http.ErrServerClosed) {
		s.mu.Lock()
		s.err = fmt.Errorf("serve HTTP on %s: %w", s.ln.Addr(), err)
		s.mu.Unlock()
	}
}

// Stop takes no new connections and waits for running requests; at ctx's end it cuts them off.
func (s *Server) Stop(ctx context.Context) error {
	err := s.srv.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("wait for running requests: %w", err), s.srv.Close())
	}
	if s.ln != nil {
		<-s.done
	}
	return err
}

// Addr is the address that Start listens on, with its real port. Empty before Start.
func (s *Server) Addr() string {
	if s.ln == nil {
		return ""
	}
	return s.ln.Addr().String()
}

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the server ended by itself; nil after Stop.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
