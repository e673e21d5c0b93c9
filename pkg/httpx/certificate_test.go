package httpx

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"
)

// writeCertificate makes a certificate with a serial number, and its key.
func writeCertificate(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificate_isRenewed(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := newCertificate(certFile, keyFile, zap.NewNop()); err == nil {
		t.Error("a certificate that is not there was taken")
	}
	writeCertificate(t, certFile, keyFile, 1)
	c, err := newCertificate(certFile, keyFile, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.now = func() time.Time { return now }
	c.checked = now
	serial := func() int64 {
		t.Helper()
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	writeCertificate(t, certFile, keyFile, 222) // another size, whatever the clock of the file system
	if n := serial(); n != 1 {
		t.Errorf("looked at the files too often: %d", n)
	}
	now = now.Add(certificateEvery)
	if n := serial(); n != 222 {
		t.Errorf("the certificate is %d, want the renewed one", n)
	}
	if err := os.WriteFile(keyFile, []byte("half a ke"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(certificateEvery)
	if n := serial(); n != 222 {
		t.Errorf("a broken key was taken: %d", n)
	}
	writeCertificate(t, certFile, keyFile, 33333)
	now = now.Add(certificateEvery)
	if n := serial(); n != 33333 {
		t.Errorf("the certificate is %d, want the mended one", n)
	}
}

// TestServer_speaksTLS serves HTTP/2 with the certificate of the files, and refuses old protocols.
func TestServer_speaksTLS(t *testing.T) {
	dir := t.TempDir()
	cfg := DefaultConfig()
	cfg.TLSCertFile, cfg.TLSKeyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cfg.TLSCertFile, cfg.TLSKeyFile, 7)
	s, err := NewServer(cfg, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Proto", r.Proto) }), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // the test's own certificate
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Addr(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.TLS.PeerCertificates[0].SerialNumber.Int64() != 7 || resp.Header.Get("Proto") != "HTTP/2.0" {
		t.Errorf("certificate %v over %s", resp.TLS.PeerCertificates[0].SerialNumber, resp.Header.Get("Proto"))
	}
	_, err = (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}}).DialContext(t.Context(), "tcp", s.Addr()) //nolint:gosec // refused is what is wanted
	if err == nil {
		t.Error("TLS 1.1 was taken")
	}
}
