package test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// redirection lets unmodified clients, which know only Meta's hosts, reach one
// server under test: an authority of our own signs a certificate for those
// hosts, and each client's connections to them go to addr instead. Host header
// and server name stay as the client sent them, and nothing on the machine
// changes.
type redirection struct {
	*authority
	addr string // where the server listens
}

// authority is who signed the certificate that all servers with TLS share.
type authority struct {
	caFile   string // PEM; for Node and other clients that read a file
	certFile string // PEM chain of the servers
	keyFile  string
	spki     string // base64 SHA-256 of the servers' public key, for Chromium
	pool     *x509.CertPool
}

// redirectedHosts are the names in the server's certificate.
var redirectedHosts = []string{
	"graph.facebook.com", "www.facebook.com", "m.facebook.com",
	"graph-video.facebook.com", "limited.facebook.com", "connect.facebook.net",
	"localhost",
}

// isRedirected tells whether connections to host go to the server under test.
func isRedirected(host string) bool {
	return host == "connect.facebook.net" || strings.HasSuffix(host, ".facebook.com")
}

func trusted(t *testing.T) *authority {
	t.Helper()
	a, err := trustOnce()
	if err != nil {
		t.Fatalf("make the test's own authority: %v", err)
	}
	return a
}

var trustOnce = sync.OnceValues(newAuthority)

func newAuthority() (*authority, error) {
	dir, err := os.MkdirTemp("", "prokura-tls-")
	if err != nil {
		return nil, err
	}
	shared.add(func() { os.RemoveAll(dir) })
	a := &authority{
		caFile:   filepath.Join(dir, "ca.pem"),
		certFile: filepath.Join(dir, "cert.pem"),
		keyFile:  filepath.Join(dir, "key.pem"),
		pool:     x509.NewCertPool(),
	}

	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Prokura test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Prokura under test"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		DNSNames: redirectedHosts, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	spkiDER, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(spkiDER)
	a.spki = base64.StdEncoding.EncodeToString(sum[:])

	caPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	leafPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER})
	a.pool.AppendCertsFromPEM(caPEM)
	for file, content := range map[string][]byte{
		a.caFile:   caPEM,
		a.certFile: append(leafPEM, caPEM...),
		a.keyFile:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// transport is what a Go client uses to reach the server by Meta's hosts. A
// connection to any other host than those and loopback is refused, so that no
// test can leave the machine.
func (r *redirection) transport() *http.Transport {
	dialer := new(net.Dialer)
	return &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: r.pool},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			if isRedirected(host) {
				return dialer.DialContext(ctx, network, r.addr)
			}
			if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
				return nil, fmt.Errorf("the client wants to leave the machine for %s", host)
			}
			return dialer.DialContext(ctx, network, addr)
		},
	}
}

// proxy starts a proxy for a browser profile: it takes connections to Meta's
// hosts to the server and refuses all others. Browsers reach loopback without.
func (r *redirection) proxy(t *testing.T) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodConnect || !isRedirected(request.URL.Hostname()) {
			http.Error(w, "the browser wants to leave the machine for "+request.Host, http.StatusForbidden)
			return
		}
		server, err := net.Dial("tcp", r.addr)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer server.Close()
		browser, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer browser.Close()
		io.WriteString(browser, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(server, browser)
			server.Close()
		}()
		io.Copy(browser, server)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// nodeEnv is the environment in which a Node client reaches the server.
func (r *redirection) nodeEnv(t *testing.T) []string {
	t.Helper()
	hook, err := filepath.Abs("clients/redirect.cjs")
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"NODE_OPTIONS=--require " + hook,
		"NODE_EXTRA_CA_CERTS=" + r.caFile,
		"REDIRECT_TO=" + r.addr,
	}
}
