package httpx

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
)

// certificateEvery is how often, at most, the certificate's files are looked at.
const certificateEvery = 10 * time.Second

// certificate is a certificate that is read again when its files have changed, as they do every few weeks where certificates are renewed by themselves.
type certificate struct {
	certFile, keyFile string
	log               *zap.Logger
	now               func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   string
	checked time.Time
}

// newCertificate reads the files; a pair that cannot be used is an error now, and later leaves the one before in place.
func newCertificate(certFile, keyFile string, log *zap.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, now: time.Now}
	c.stamp = c.changed()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("load tls_cert_file: %w", err)
	}
	c.pair, c.checked = &pair, c.now()
	return c, nil
}

// get is the certificate for a connection.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.checked) < certificateEvery {
		return c.pair, nil
	}
	c.checked = now
	stamp := c.changed()
	if stamp == c.stamp {
		return c.pair, nil
	}
	// The two files change one after the other: a pair that does not match is tried again.
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("the renewed certificate cannot be used; the one before stays", zap.String("file", c.certFile), zap.Error(err))
		return c.pair, nil
	}
	c.pair, c.stamp = &pair, stamp
	c.log.Info("the certificate was renewed", zap.String("file", c.certFile))
	return c.pair, nil
}

func (c *certificate) changed() string {
	stamp := ""
	for _, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			stamp += fmt.Sprintf("%d %d;", info.Size(), info.ModTime().UnixNano())
		}
	}
	return stamp
}
