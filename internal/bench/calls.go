package bench

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"github.com/prokura/prokura"
)

// The requests that are measured. Tokens are printed beforehand: making one costs
// as much as checking one.

func debugRequest(b []byte, token prokura.Secret) []byte {
	return get(b, "/debug_token?input_token=", token.Reveal(), "&access_token="+demoApp+"%7C"+demoSecret)
}

func meRequest(b []byte, token prokura.Secret) []byte {
	return get(b, "/me?access_token=", token.Reveal())
}

func mintRequest(b []byte, business string, token prokura.Secret, proof string) []byte {
	// What never expires would be answered with the same token again.
	form := "access_token=" + token.Reveal() + "&appsecret_proof=" + proof + "&scope=ads_read&set_token_expires_in_60_days=true"
	return post(b, "/"+business+"/system_user_access_tokens", "application/x-www-form-urlencoded", []byte(form))
}

func revokeRequest(b []byte, token prokura.Secret) []byte {
	form := "client_id=" + demoApp + "&client_secret=" + demoSecret + "&revoke_token=" + token.Reveal()
	return post(b, "/oauth/revoke", "application/x-www-form-urlencoded", []byte(form))
}

func proofOf(token prokura.Secret) string { return prokura.Proof(token, demoSecret) }

// secrets are token strings without a pointer for each.
type secrets struct{ text []byte }

func (s *secrets) add(t prokura.Secret) { s.text = append(s.text, t.Reveal()...) }
func (s *secrets) len() int             { return len(s.text) / prokura.TokenLength }
func (s *secrets) at(n int) []byte {
	return s.text[n*prokura.TokenLength : (n+1)*prokura.TokenLength]
}

// wrongAnswer tells about an answer that is not the one expected.
func wrongAnswer(what string, n, status int, body []byte) string {
	return fmt.Sprintf("%s, call %d: status %d: %.300s", what, n, status, body)
}

// reads are checks of the tokens of so many families by one path, which ends in
// /debug_token or /me.
func (w *world) reads(families int, path string) calls {
	debug := strings.HasSuffix(path, "/debug_token")
	head, tail := "GET "+path+"?access_token=", " HTTP/1.1\r\nHost: localhost\r\n\r\n"
	if debug {
		head, tail = "GET "+path+"?input_token=", "&access_token="+demoApp+"%7C"+demoSecret+tail
	}
	list := &secrets{}
	for n := range w.tokens(families) {
		_, t := w.token(families, n)
		list.add(t)
	}
	return calls{
		number: list.len(),
		request: func(b []byte, n int) []byte {
			return append(append(append(b, head...), list.at(n)...), tail...)
		},
		wrong: func(n, status int, body, scratch []byte) string {
			copy, a := w.about(families, n)
			text := &a.me
			if debug {
				text = &a.debug
			}
			if status != 200 || !bytes.Equal(body, text.of(scratch[:0], copy)) {
				return wrongAnswer(path, n, status, body)
			}
			return ""
		},
	}
}

// garbage are tokens of the right form that no key of the server made: the
// dearest ones to refuse.
func (w *world) garbage(number int) calls {
	foreign := prokura.TokenKey{ID: w.key.ID, Secret: sha256.Sum256(w.key.Secret[:])}.Signer()
	list := &secrets{}
	for n := range number {
		list.add(foreign.Print(prokura.TokenIntegration, prokura.TokenID(n+1)))
	}
	const refusal = `{"error":{"message":"Invalid OAuth access token - Cannot parse access token","type":"OAuthException","code":190,"fbtrace_id":"`
	return calls{
		number: number,
		request: func(b []byte, n int) []byte {
			b = append(append(b, "GET /me?access_token="...), list.at(n)...)
			return append(b, " HTTP/1.1\r\nHost: localhost\r\n\r\n"...)
		},
		wrong: func(n, status int, body, _ []byte) string {
			if status != 400 || !bytes.HasPrefix(body, []byte(refusal)) {
				return wrongAnswer("garbage", n, status, body)
			}
			return ""
		},
	}
}

// jwts are checks of tokens that prove themselves.
func (b *bench) jwts(alg string) calls {
	list := b.hello.JWTs[alg]
	few := min(b.Families, fewFamilies)
	return calls{
		number: len(list),
		request: func(buf []byte, n int) []byte {
			return get(buf, "/jwt/", alg, "?input_token=", list[n])
		},
		wrong: func(n, status int, body, scratch []byte) string {
			copy, a := b.own.about(few, n)
			if status != 200 || !bytes.Equal(body, a.debug.of(scratch[:0], copy)) {
				return wrongAnswer(alg, n, status, body)
			}
			return ""
		},
	}
}

// minted collects the tokens that calls cut.
type minted struct {
	mu   sync.Mutex
	list secrets
}

// mints are child tokens cut from the root tokens of all families in turn.
func (w *world) mints(to *minted) calls {
	few := min(w.families, fewFamilies)
	bodies := make([]string, few)
	for n := range few {
		_, t := w.token(few, n)
		business := string(w.business.of(nil, n))
		bodies[n] = string(mintRequest(nil, business, t, proofOf(t)))
	}
	return calls{
		number:  few,
		request: func(b []byte, n int) []byte { return append(b, bodies[n]...) },
		wrong: func(n, status int, body, _ []byte) string {
			text, found := strings.CutPrefix(string(body), `{"access_token":"`)
			text, ended := strings.CutSuffix(text, `"}`)
			t, err := prokura.ParseToken(text)
			if status != 200 || !found || !ended || err != nil || t.Kind != prokura.TokenChild || !w.signer.Verify(t) {
				return wrongAnswer("child token", n, status, body)
			}
			to.mu.Lock()
			defer to.mu.Unlock()
			to.list.add(prokura.Secret(text))
			return ""
		},
	}
}

// revokes end tokens one by one.
func revokes(list *secrets) calls {
	return calls{
		number:  list.len(),
		request: func(b []byte, n int) []byte { return revokeRequest(b, prokura.Secret(list.at(n))) },
		wrong: func(n, status int, body, _ []byte) string {
			if status != 200 || string(body) != `{"success":true}` {
				return wrongAnswer("/oauth/revoke", n, status, body)
			}
			return ""
		},
	}
}

// states are looks at whether tokens of a list are alive.
func states(list *secrets, alive bool) calls {
	word := []byte(fmt.Sprintf(`"is_valid":%t`, alive))
	return calls{
		number:  list.len(),
		request: func(b []byte, n int) []byte { return debugRequest(b, prokura.Secret(list.at(n))) },
		wrong: func(n, status int, body, _ []byte) string {
			if status != 200 || !bytes.Contains(body, word) {
				return wrongAnswer(fmt.Sprintf("a token of which alive is %t", alive), n, status, body)
			}
			return ""
		},
	}
}

// some are at most a hundred of a list, from all over it.
func (s *secrets) some() *secrets {
	out := &secrets{}
	for i := 0; i < s.len(); i += max(1, s.len()/100) {
		out.text = append(out.text, s.at(i)...)
	}
	return out
}

// introspections ask an Ory Hydra about one token (RFC 7662).
func introspections(token string) calls {
	request := post(nil, "/admin/oauth2/introspect", "application/x-www-form-urlencoded", []byte("token="+token))
	return calls{
		number:  1,
		request: func(b []byte, _ int) []byte { return append(b, request...) },
		wrong: func(n, status int, body, _ []byte) string {
			if status != 200 || !bytes.HasPrefix(body, []byte(`{"active":true`)) {
				return wrongAnswer("introspection", n, status, body)
			}
			return ""
		},
	}
}
