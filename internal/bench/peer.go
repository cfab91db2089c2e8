package bench

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// What is measured beside the server, in a process of its own on the same core:
// the least that a token server on net/http does, tokens that prove themselves,
// and commits of one row.

// peerSpec is what the peer reads first.
type peerSpec struct {
	KeyID  byte        `json:"key_id"`
	Key    []byte      `json:"key"`
	Tokens []peerToken `json:"tokens"`
	// Headers of the answers, besides those that net/http adds.
	DebugHeader [][2]string `json:"debug_header"`
	MeHeader    [][2]string `json:"me_header"`
	JWTs        int         `json:"jwts"` // how many to sign of each kind
}

type peerToken struct {
	ID    prokura.TokenID `json:"id"`
	Debug string          `json:"debug"`
	Me    string          `json:"me"`
}

// peerHello is what it answers.
type peerHello struct {
	Address string              `json:"address"`
	JWTs    map[string][]string `json:"jwts"` // by algorithm
}

// peerOrder is what it is asked for later: commits, or other fields of answers to
// /headers/NAME, which are those to /me besides.
type peerOrder struct {
	Commits *peerCommits           `json:"commits,omitempty"`
	Headers map[string][][2]string `json:"headers,omitempty"` // by NAME
}

// peerCommits asks for bare commits, and peerCommitted tells what came of an order.
type peerCommits struct {
	Database    string        `json:"database"`
	Connections int           `json:"connections"`
	Lasts       time.Duration `json:"lasts"`
}

type peerCommitted struct {
	Calls  int           `json:"calls"`
	Took   time.Duration `json:"took"`
	P99    time.Duration `json:"p99"`
	Failed string        `json:"failed"`
}

// jwtAlgorithms are those that tokens are commonly signed with.
var jwtAlgorithms = []string{"RS256", "ES256", "EdDSA"}

type peer struct {
	signer *prokura.TokenSigner
	known  map[prokura.TokenID]*peerToken
	peerSpec
	public map[string]crypto.PublicKey
	others atomic.Pointer[map[string]func(http.ResponseWriter, string)] // by name
}

// ServePeer is the process: it reads what to answer and later what to commit from
// in, tells on out, and ends when in does, so that it never outlives who started
// it.
func ServePeer(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	var spec peerSpec
	if err := readLine(lines, &spec); err != nil {
		return fmt.Errorf("read what to answer: %w", err)
	}
	p := &peer{signer: prokura.TokenKey{ID: spec.KeyID, Secret: [32]byte(spec.Key)}.Signer(), peerSpec: spec,
		known: make(map[prokura.TokenID]*peerToken, len(spec.Tokens)), public: map[string]crypto.PublicKey{}}
	for i := range spec.Tokens {
		p.known[spec.Tokens[i].ID] = &spec.Tokens[i]
	}
	hello := peerHello{JWTs: map[string][]string{}}
	for _, alg := range jwtAlgorithms {
		var err error
		if p.public[alg], hello.JWTs[alg], err = signJWTs(alg, min(spec.JWTs, len(spec.Tokens))); err != nil {
			return fmt.Errorf("sign %s: %w", alg, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	hello.Address = l.Addr().String()
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with the process
	defer server.Close()
	answers := json.NewEncoder(out)
	if err := answers.Encode(hello); err != nil {
		return err
	}
	for {
		var c peerOrder
		if err := readLine(lines, &c); errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
		var done peerCommitted
		if c.Commits != nil {
			done, err = c.Commits.run(ctx)
		} else {
			p.learn(c.Headers)
		}
		if err != nil {
			done.Failed = err.Error()
		}
		if err := answers.Encode(done); err != nil {
			return err
		}
	}
}

func readLine(r *bufio.Reader, into any) error {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

// writes answers with a body and fields of the header.
func writes(header [][2]string) func(http.ResponseWriter, string) {
	fixed := map[string][]string{}
	for _, h := range header {
		fixed[h[0]] = []string{h[1]}
	}
	return func(w http.ResponseWriter, body string) {
		maps.Copy(w.Header(), fixed)
		_, _ = io.WriteString(w, body) // the client may have gone
	}
}

// learn makes other answers of /headers/NAME.
func (p *peer) learn(headers map[string][][2]string) {
	others := map[string]func(http.ResponseWriter, string){}
	for name, fields := range headers {
		others[name] = writes(fields)
	}
	p.others.Store(&others)
}

// handler is the bare one: net/http, which parses the form, one HMAC and one read
// of a map, or instead of both the signature of a JWT; then the same bytes.
func (p *peer) handler() http.Handler {
	mux := http.NewServeMux()
	p.learn(nil)
	refuse := func(w http.ResponseWriter) { http.Error(w, "no", http.StatusBadRequest) }
	known := func(field string, answer func(http.ResponseWriter, string), text func(*peerToken) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.ParseForm() != nil {
				refuse(w)
				return
			}
			t, err := prokura.ParseToken(r.Form.Get(field))
			if err != nil || !p.signer.Verify(t) || p.known[t.ID] == nil {
				refuse(w)
				return
			}
			answer(w, text(p.known[t.ID]))
		}
	}
	meText := func(t *peerToken) string { return t.Me }
	debugText := func(t *peerToken) string { return t.Debug }
	mux.Handle("GET /debug_token", known("input_token", writes(p.DebugHeader), debugText))
	mux.Handle("GET /me", known("access_token", writes(p.MeHeader), meText))
	mux.HandleFunc("GET /headers/{name}", func(w http.ResponseWriter, r *http.Request) {
		answer := (*p.others.Load())[r.PathValue("name")]
		if answer == nil {
			refuse(w)
			return
		}
		known("access_token", answer, meText)(w, r)
	})
	alone := writes([][2]string{{"Content-Type", "application/json; charset=UTF-8"}})
	mux.Handle("GET /alone/debug_token", known("input_token", alone, debugText))
	for alg, key := range p.public {
		parser := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithExpirationRequired())
		answer := writes(p.DebugHeader)
		mux.HandleFunc("GET /jwt/"+alg, func(w http.ResponseWriter, r *http.Request) {
			var claims jwt.RegisteredClaims
			err := r.ParseForm()
			if err == nil {
				_, err = parser.ParseWithClaims(r.Form.Get("input_token"), &claims, func(*jwt.Token) (any, error) { return key, nil })
			}
			n := 0
			if err == nil {
				n, err = strconv.Atoi(claims.ID)
			}
			if err != nil || n < 0 || n >= len(p.Tokens) {
				refuse(w)
				return
			}
			answer(w, p.Tokens[n].Debug)
		})
	}
	return mux
}

// signJWTs makes a key and signs tokens with the claims that an access token has
// (RFC 9068).
func signJWTs(alg string, number int) (public crypto.PublicKey, out []string, err error) {
	var private any
	switch alg {
	case "RS256":
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, nil, err
		}
		private, public = k, &k.PublicKey
	case "ES256":
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		private, public = k, &k.PublicKey
	default:
		if public, private, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return nil, nil, err
		}
	}
	now := time.Now()
	for i := range number {
		text, err := jwt.NewWithClaims(jwt.GetSigningMethod(alg), jwt.RegisteredClaims{Issuer: "https://login.example.com", Subject: strconv.Itoa(100_000_000_000_000 + i),
			Audience: jwt.ClaimStrings{demoApp}, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(24 * time.Hour)), ID: strconv.Itoa(i)}).SignedString(private)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, text)
	}
	return public, out, nil
}

// run commits rows on so many connections.
func (c peerCommits) run(ctx context.Context) (out peerCommitted, err error) {
	rows, err := store.OpenCommits(ctx, c.Database)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	value := fmt.Sprintf("%0200d", 0) // about as long as the row of a token
	first := time.Now().UnixNano()
	var next atomic.Int64
	errs, parts := make([]error, c.Connections), make([]delays, c.Connections)
	start := time.Now()
	var all sync.WaitGroup
	for i := range c.Connections {
		all.Go(func() {
			for begun := start; errs[i] == nil && begun.Sub(start) < c.Lasts; {
				errs[i] = rows.Commit(ctx, first+next.Add(1), value)
				done := time.Now()
				parts[i].add(done.Sub(begun))
				begun = done
			}
		})
	}
	all.Wait()
	out.Took, out.Calls = time.Since(start), int(next.Load())
	for i := range parts[1:] {
		parts[0].join(&parts[i+1])
	}
	out.P99 = parts[0].at(0.99)
	return out, errors.Join(errs...)
}
