package outbound

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/prokura/prokura"
)

const issuer = "https://login.example.com"

func newForwarder(t *testing.T, loopback bool, seeds ...[32]byte) *Forwarder {
	s, err := NewSigner(issuer, append(seeds, [32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	return NewForwarder(Config{Dev: true, Loopback: loopback}, s)
}

// verify reads an identity as a service does: by the published keys alone.
func verify(t *testing.T, text string, keys []byte, audience string) jwt.MapClaims {
	t.Helper()
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(keys, &set); err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		for _, k := range set.Keys {
			if k["kid"] != token.Header["kid"] {
				continue
			}
			if k["kty"] != "EC" || k["crv"] != "P-256" || k["alg"] != "ES256" || k["use"] != "sig" || k["d"] != "" {
				return nil, errors.New("the key is published wrongly")
			}
			x, errX := base64.RawURLEncoding.DecodeString(k["x"])
			y, errY := base64.RawURLEncoding.DecodeString(k["y"])
			key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
			return key, errors.Join(errX, errY, err)
		}
		return nil, errors.New("no such key")
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt()); err != nil {
		t.Errorf("the identity: %v", err)
	}
	return claims
}

// A service gets the call, and who makes it under a signature that it can check by
// the published keys; nothing else.
func TestForward(t *testing.T) {
	f := newForwarder(t, true, [32]byte{7})
	var got *http.Request
	var form url.Values
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		_ = r.ParseForm()
		form = r.Form
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `  {"id":"7"}`+"\n")
	}))
	defer service.Close()
	identity := prokura.Identity{Caller: 11, App: 12, Business: 13, Asset: 14, Kind: "ad_account", Tasks: []prokura.Task{"ANALYZE"}, Permissions: []prokura.Permission{"ads_read"}, Trace: "Atrace"}
	for _, c := range []struct {
		method string
		path   []string
		want   string
	}{
		{"GET", []string{"14", "invoices"}, "/graph/14/invoices"},
		{"POST", []string{"14", "invoices"}, "/graph/14/invoices"},
		{"DELETE", []string{"14", "invoices", "a/../b?c d"}, "/graph/14/invoices/a%2F..%2Fb%3Fc%20d"},
	} {
		base := service.URL + "/graph/"
		out, err := f.Forward(t.Context(), &prokura.Forward{Upstream: base, Method: c.method, Path: c.path, Params: url.Values{"limit": {"5"}, "name": {"Søren & Co"}}, Identity: identity})
		if err != nil {
			t.Fatal(err)
		}
		if out.Status != http.StatusCreated || string(out.Whole) != `{"id":"7"}` || out.Rest != nil {
			t.Errorf("%s: %+v", c.method, out)
		}
		if got.Method != c.method || got.URL.EscapedPath() != c.want || form.Get("name") != "Søren & Co" || form.Get("limit") != "5" {
			t.Errorf("the service got %s %s with %v", got.Method, got.URL, form)
		}
		claims := verify(t, got.Header.Get("Prokura-Identity"), f.signer.Keys(), base)
		delete(claims, "iat")
		delete(claims, "exp")
		want := jwt.MapClaims{"iss": issuer, "aud": []any{base}, "sub": "11", "jti": "Atrace", "client_id": "12", "business": "13", "asset": "14", "asset_kind": "ad_account",
			"tasks": []any{"ANALYZE"}, "permissions": []any{"ads_read"}, "htm": c.method, "htu": service.URL + c.want}
		if !reflect.DeepEqual(claims, want) {
			t.Errorf("%s: the identity is %v, want %v", c.method, claims, want)
		}
		got.Header.Del("Prokura-Identity")
		for name := range got.Header {
			switch name {
			case "Accept", "User-Agent", "X-Request-Id", "Content-Type", "Content-Length":
			default:
				t.Errorf("%s: the service got the header field %s", c.method, name)
			}
		}
	}
}

// The newest of the seeds signs, those before it are still published, and an identity
// is over in a minute.
func TestSignerKeys(t *testing.T) {
	old, err := NewSigner(issuer, [][32]byte{{1}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(issuer, [][32]byte{{1}, {2}})
	if err != nil {
		t.Fatal(err)
	}
	call := &prokura.Forward{Upstream: "https://data.internal", Method: "GET"}
	for _, signer := range []*Signer{old, s} {
		text, err := signer.sign(call, "https://data.internal/1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		verify(t, text, s.Keys(), "https://data.internal")
	}
	text, err := s.sign(call, "https://data.internal/1", time.Now().Add(-prokura.IdentityFor-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return &s.key.PublicKey, nil }); !errors.Is(err, jwt.ErrTokenExpired) {
		t.Errorf("an identity of a minute ago: %v", err)
	}
}

// Whatever a service does wrong is one error, which tells nothing that it said and
// whether the outcome is known.
func TestForwardFailures(t *testing.T) {
	const secret = "a text of the service"
	long := strings.Repeat("x", wholeAnswer)
	for name, serve := range map[string]http.HandlerFunc{
		"a fault": func(w http.ResponseWriter, r *http.Request) { http.Error(w, secret, http.StatusBadGateway) },
		"a page":  func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html>"+secret) },
		"no type": func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, `{}`)
		},
		"no JSON":    func(w http.ResponseWriter, r *http.Request) { answerJSON(w, `{"a":`+secret) },
		"nothing":    func(w http.ResponseWriter, r *http.Request) { answerJSON(w, ``) },
		"null":       func(w http.ResponseWriter, r *http.Request) { answerJSON(w, `null`) },
		"true":       func(w http.ResponseWriter, r *http.Request) { answerJSON(w, `true`) },
		"two values": func(w http.ResponseWriter, r *http.Request) { answerJSON(w, `{"a":1}{"b":2}`) },
		"no content": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"an end before its time": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			answerJSON(w, `{"a":`)
		},
		"too long by its header": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "999999999")
			answerJSON(w, `{"a":"`+long)
		},
		"a byte now and then": func(w http.ResponseWriter, r *http.Request) {
			answerJSON(w, `{"a":"`)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
		"nothing in time": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := httptest.NewServer(serve)
			defer service.Close()
			f := newForwarder(t, true)
			f.timeout = 200 * time.Millisecond
			for _, method := range []string{"GET", "POST"} {
				out, err := f.Forward(t.Context(), &prokura.Forward{Upstream: service.URL, Method: method, Path: []string{"1"}})
				var e *prokura.Error
				if !errors.As(err, &e) || e.Reason != prokura.Unavailable || strings.Contains(e.Public, secret) || strings.Contains(e.Public, "127.0.0.1") || e.Cause == nil {
					t.Fatalf("%s: %+v, %v", method, out, err)
				}
				if known := !strings.Contains(e.Public, "not known"); known != (method == "GET") {
					t.Errorf("%s: %s", method, e.Public)
				}
			}
		})
	}
}

func answerJSON(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, text)
}

// A long answer is handed on as it arrives, up to what one may be.
func TestForwardLong(t *testing.T) {
	piece := strings.Repeat("x", 1<<20)
	for _, pieces := range []int{2, 70} {
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answerJSON(w, `{"a":"`)
			for range pieces {
				if _, err := io.WriteString(w, piece); err != nil {
					return
				}
			}
			_, _ = io.WriteString(w, `"}`)
		}))
		out, err := newForwarder(t, true).Forward(t.Context(), &prokura.Forward{Upstream: service.URL, Method: "GET", Path: []string{"1"}})
		if err != nil || out.Whole != nil {
			t.Fatal(out, err)
		}
		n, err := io.Copy(io.Discard, out.Rest)
		if pieces == 2 && (err != nil || n != 2<<20+8) || pieces == 70 && (err == nil || n > longestAnswer) {
			t.Errorf("%d MiB: %d bytes, %v", pieces, n, err)
		}
		out.Rest.Close()
		service.Close()
	}
}

// A service is called where the guard allows, and with a path that stays below its
// address.
func TestForwardGuard(t *testing.T) {
	called := false
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { called = true; answerJSON(w, `{"a":1}`) }))
	defer service.Close()
	for _, c := range []struct {
		loopback bool
		path     string
	}{{false, "1"}, {true, ".."}, {true, "."}, {true, ""}} {
		_, err := newForwarder(t, c.loopback).Forward(context.Background(), &prokura.Forward{Upstream: service.URL + "/below", Method: "GET", Path: []string{c.path}})
		if !errors.Is(err, prokura.Unavailable) || called {
			t.Errorf("%+v: %v, called %v", c, err, called)
		}
	}
}
