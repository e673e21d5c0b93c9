package collector_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector"
)

// slowBody opens a request that declares a body and does not send it.
func slowBody(t *testing.T, addr string, size int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST /v1/page HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n{", size); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestOverload_isShed fills the places with requests that do not end: the next one is told at once to come again, and when they are gone it is served.
func TestOverload_isShed(t *testing.T) {
	r := start(t, func(c *collector.Config) { c.Limits.MaxRequests = 4 })
	conns := make([]net.Conn, 4)
	for i := range conns {
		conns[i] = slowBody(t, r.svc.Addr(), 100)
	}
	await(t, "all places are taken", func() bool { return r.metric("tributary_collector_requests_serving") == 4 })
	body := `{"anonymousId":"a","messageId":"shed"}`
	got := r.post("/v1/page", secretKey, body)
	if got.Status != 503 || got.Code != "overloaded" || got.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s %v", got.Status, got.Raw, got.Header)
	}
	if r.metric("tributary_collector_shed_total") == 0 {
		t.Error("not counted")
	}
	for _, c := range conns {
		_ = c.Close()
	}
	await(t, "served again", func() bool { return r.post("/v1/page", secretKey, body).Status == http.StatusOK })
}

// TestOverload_oneAddressKeepsNobodyOut lets one address hold its share of the room for bodies and no more.
func TestOverload_oneAddressKeepsNobodyOut(t *testing.T) {
	r := start(t, func(c *collector.Config) {
		c.Limits.MaxPendingBytes, c.Limits.TrustedProxies = 4*c.Limits.MaxBodyBytes, []string{"127.0.0.0/8"}
	})
	for range 8 {
		slowBody(t, r.svc.Addr(), 400_000) // one of them has room
	}
	await(t, "the share of 127.0.0.1 is taken", func() bool {
		return r.metric("tributary_collector_requests_serving") == 1 && r.metric("tributary_collector_shed_total") == 7
	})
	body := `[{"anonymousId":"a","messageId":"share","type":"page","name":"` + strings.Repeat("x", 200_000) + `"}]`
	if got := r.post("/v1/page", secretKey, body); got.Status != 503 {
		t.Errorf("beyond its share: %d %s", got.Status, got.Raw)
	}
	if got := r.post("/v1/page", secretKey, `{"anonymousId":"a","messageId":"share"}`, header("X-Forwarded-For", "203.0.113.9")); got.Status != http.StatusOK {
		t.Errorf("another address: %d %s", got.Status, got.Raw)
	}
}

// TestSlowClient is cut off: headers and bodies have to come within their time.
func TestSlowClient(t *testing.T) {
	r := start(t, func(c *collector.Config) {
		c.HTTP.ReadHeaderTimeout, c.HTTP.ReadTimeout = 100*time.Millisecond, 200*time.Millisecond
	})
	for name, sent := range map[string]string{
		"headers": "POST /v1/page HTTP/1.1\r\nHost: a\r\n",
		"body":    "POST /v1/page HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + secretKey + "\r\nContent-Length: 50\r\n\r\n{",
	} {
		conn, err := net.Dial("tcp", r.svc.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		answer, err := io.ReadAll(bufio.NewReader(conn)) // until the server closes
		if err != nil {
			t.Errorf("%s: the connection stays open: %v", name, err)
		}
		if strings.Contains(string(answer), " 200 ") {
			t.Errorf("%s: answered %q", name, answer)
		}
	}
}

// TestTLS serves https, HTTP/2 included, and nothing below TLS 1.2.
func TestTLS(t *testing.T) {
	certFile, keyFile, roots := certificate(t)
	r := start(t, func(c *collector.Config) { c.HTTP.TLSCertFile, c.HTTP.TLSKeyFile = certFile, keyFile })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+r.svc.Addr()+"/v1/page", strings.NewReader(`{"anonymousId":"a","messageId":"tls"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(secretKey, "")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
		t.Errorf("%s %s", resp.Proto, resp.Status)
	}
	old := &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if conn, err := tls.Dial("tcp", r.svc.Addr(), old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 was taken")
	}
	r.byID("tls")
}

// certificate makes a certificate for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "collector"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certFile, keyFile, roots
}
