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
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// redirection lets unmodified clients, which know only Meta's hosts, reach the
// server under test: an authority of our own signs a certificate for those
// hosts, and each client's connections to them go to addr instead. Host header
// and server name stay as the client sent them, and nothing on the machine
// changes.
type redirection struct {
	addr     string // where the server with TLS listens; one at a time
	caFile   string // PEM; for Node and other clients that read a file
	certFile string // PEM chain of the server
	keyFile  string
	spki     string // base64 SHA-256 of the server's public key, for Chromium
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

func redirected(t *testing.T) *redirection {
	t.Helper()
	r, err := redirectOnce()
	if err != nil {
		t.Fatalf("prepare the redirection: %v", err)
	}
	return r
}

var redirectOnce = sync.OnceValues(newRedirection)

func newRedirection() (*redirection, error) {
	dir, err := os.MkdirTemp("", "prokura-tls-")
	if err != nil {
		return nil, err
	}
	shared.add(func() { os.RemoveAll(dir) })
	r := &redirection{
		caFile:   filepath.Join(dir, "ca.pem"),
		certFile: filepath.Join(dir, "cert.pem"),
		keyFile:  filepath.Join(dir, "key.pem"),
		pool:     x509.NewCertPool(),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.addr = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
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
	r.spki = base64.StdEncoding.EncodeToString(sum[:])

	caPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	leafPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER})
	r.pool.AppendCertsFromPEM(caPEM)
	for file, content := range map[string][]byte{
		r.caFile:   caPEM,
		r.certFile: append(leafPEM, caPEM...),
		r.keyFile:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return nil, err
		}
	}
	return r, nil
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
