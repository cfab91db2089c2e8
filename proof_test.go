package prokura_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

// referenceHMAC is RFC 2104 spelled out over SHA-256.
func referenceHMAC(key, message string) []byte {
	var block [64]byte
	if len(key) > len(block) {
		sum := sha256.Sum256([]byte(key))
		key = string(sum[:])
	}
	copy(block[:], key)
	inner, outer := make([]byte, 64), make([]byte, 64)
	for i, b := range block {
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	first := sha256.Sum256(append(inner, message...))
	sum := sha256.Sum256(append(outer, first[:]...))
	return sum[:]
}

var proofNow = time.Date(2026, 11, 22, 12, 0, 0, 500_000_000, time.UTC)

// R-TOKEN-08: the value that public SDKs compute for key sec and message TOK.
func TestProofValue(t *testing.T) {
	got := prokura.Proof("TOK", "sec")
	if want := hex.EncodeToString(referenceHMAC("sec", "TOK")); got != want || !strings.HasPrefix(got, "d563") || !strings.HasSuffix(got, "b4a1") {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := prokura.TimedProof("TOK", "sec", 1795348800), hex.EncodeToString(referenceHMAC("sec", "TOK|1795348800")); got != want {
		t.Errorf("timed: %s, want %s", got, want)
	}
}

// R-TOKEN-08: required or not, plain or timed, one secret or two.
func TestCheckProof(t *testing.T) {
	const token, old, secret = prokura.Secret("pkb_token"), prokura.Secret("old secret"), prokura.Secret("new secret")
	now := proofNow.Unix()
	at := func(seconds int64) (string, string) {
		return prokura.TimedProof(token, secret, now+seconds), fmt.Sprint(now + seconds)
	}
	plain := prokura.Proof(token, secret)
	type row struct {
		name                   string
		proof, time            string
		required, requireTimed bool
		want                   prokura.Reason // empty: accepted
	}
	rows := []row{
		{"none needed, none sent", "", "", false, false, ""},
		{"needed", "", "", true, false, prokura.ProofMissing},
		{"timed needed", "", "", false, true, prokura.ProofMissing},
		{"time without proof", "", fmt.Sprint(now), false, false, prokura.ProofMissing},
		{"plain", plain, "", true, false, ""},
		{"plain, not needed", plain, "", false, false, ""},
		{"upper case", strings.ToUpper(plain), "", true, false, ""},
		{"mixed case", strings.ToUpper(plain[:20]) + plain[20:], "", true, false, ""},
		{"by the older live secret", prokura.Proof(token, old), "", true, false, ""},
		{"plain where timed is needed", plain, "", true, true, prokura.ProofMissing},
		{"wrong, needed", prokura.Proof(token, "other"), "", true, false, prokura.ProofWrong},
		{"wrong, not needed", prokura.Proof(token, "other"), "", false, false, prokura.ProofWrong},
		{"of another token", prokura.Proof("pkb_other", secret), "", false, false, prokura.ProofWrong},
		{"by the empty secret", prokura.Proof(token, ""), "", false, false, prokura.ProofWrong},
		{"the token itself", token.Reveal(), "", false, false, prokura.ProofWrong},
		{"short", plain[:62], "", false, false, prokura.ProofWrong},
		{"odd", plain[:63], "", false, false, prokura.ProofWrong},
		{"long", plain + "00", "", false, false, prokura.ProofWrong},
		{"blank before", " " + plain, "", false, false, prokura.ProofWrong},
		{"line end", plain + "\n", "", false, false, prokura.ProofWrong},
		{"not hex", "g" + plain[1:], "", false, false, prokura.ProofWrong},
		{"huge", strings.Repeat("a", 1<<20), "", false, false, prokura.ProofWrong},
		{"plain with a time", plain, fmt.Sprint(now), false, false, prokura.ProofWrong},
	}
	for seconds, want := range map[int64]prokura.Reason{
		0: "", -299: "", -300: prokura.ProofExpired, -301: prokura.ProofExpired, -1 << 30: prokura.ProofExpired,
		10: "", 11: prokura.ProofExpired, 3600: prokura.ProofExpired,
	} {
		p, s := at(seconds)
		rows = append(rows,
			row{fmt.Sprintf("%+d s", seconds), p, s, false, false, want},
			row{fmt.Sprintf("%+d s, timed needed", seconds), p, s, true, true, want},
			row{fmt.Sprintf("%+d s, time stripped", seconds), p, "", false, false, prokura.ProofWrong},
			row{fmt.Sprintf("%+d s, time moved", seconds), p, fmt.Sprint(now + seconds + 1), false, false, prokura.ProofWrong},
		)
	}
	p, s := at(0)
	for _, odd := range []string{"+" + s, " " + s, s + " ", "0" + s, s + ".0", "0x10", "-", "now", s + "\n", strings.Repeat("9", 13), strings.Repeat("9", 30)} {
		rows = append(rows, row{"time " + odd, p, odd, false, false, prokura.ProofWrong})
		rows = append(rows, row{"signed time " + odd, hex.EncodeToString(referenceHMAC(string(secret), string(token)+"|"+odd)), odd, false, false, prokura.ProofWrong})
	}
	for _, r := range rows {
		err := prokura.CheckProof(token, r.proof, r.time, []prokura.Secret{secret, "", old}, r.required, r.requireTimed, proofNow)
		if (err == nil) != (r.want == "") || err != nil && !errors.Is(err, r.want) {
			t.Errorf("%s: %v, want %q", r.name, err, r.want)
		}
		if err != nil && (strings.Contains(err.Error(), "pkb_") || strings.Contains(err.Error(), "secret ")) {
			t.Errorf("%s: the error gives something away: %v", r.name, err)
		}
	}
	if err := prokura.CheckProof(token, plain, "", nil, false, false, proofNow); !errors.Is(err, prokura.ProofWrong) {
		t.Errorf("without secrets: %v", err)
	}
}

// The window is exact: five minutes to the nanosecond, ten seconds ahead.
func TestCheckProofWindow(t *testing.T) {
	const token, secret = prokura.Secret("t"), prokura.Secret("s")
	made := time.Unix(1_795_000_000, 0)
	proof := prokura.TimedProof(token, secret, made.Unix())
	for age, ok := range map[time.Duration]bool{
		5 * time.Minute: true, 5*time.Minute + 1: false, -10 * time.Second: true, -10*time.Second - 1: false, 0: true,
	} {
		err := prokura.CheckProof(token, proof, "1795000000", []prokura.Secret{secret}, true, true, made.Add(age))
		if (err == nil) != ok || err != nil && !errors.Is(err, prokura.ProofExpired) {
			t.Errorf("age %s: %v", age, err)
		}
		if err != nil && strings.Contains(err.Error(), "future") != (age < 0) { // a clock that is wrong is found by the text
			t.Errorf("age %s: the text is %v", age, err)
		}
	}
}

// T25: 10^5 wrong proofs, none accepted.
func TestCheckProofForgery(t *testing.T) {
	const token, secret = prokura.Secret("t"), prokura.Secret("s")
	right := referenceHMAC("s", "t")
	random := rand.NewChaCha8([32]byte{1})
	guess := make([]byte, 32)
	for i := range 100_000 {
		if i%2 == 0 {
			_, _ = random.Read(guess)
		} else { // near misses: one bit off
			copy(guess, right)
			guess[i/2%32] ^= 1 << (i / 64 % 8)
		}
		if err := prokura.CheckProof(token, hex.EncodeToString(guess), "", []prokura.Secret{secret}, false, false, proofNow); !errors.Is(err, prokura.ProofWrong) {
			t.Fatalf("%x: %v", guess, err)
		}
	}
}

// F8: the check agrees with a reference HMAC, and says yes only to the proof.
func FuzzCheckProof(f *testing.F) {
	f.Add("TOK", "sec", prokura.Proof("TOK", "sec"), "")
	f.Add("TOK", "sec", prokura.TimedProof("TOK", "sec", proofNow.Unix()), fmt.Sprint(proofNow.Unix()))
	f.Add("TOK", "sec", strings.ToUpper(prokura.Proof("TOK", "sec")), "")
	f.Add("a|1", "", "", "1")
	f.Fuzz(func(t *testing.T, token, secret, proof, when string) {
		secrets := []prokura.Secret{prokura.Secret(secret)}
		costs(t, "a proof", 16<<10+64*(len(token)+len(secret)+len(proof)+len(when)), func() {
			_ = prokura.CheckProof(prokura.Secret(token), proof, when, secrets, true, true, proofNow)
		})
		right := hex.EncodeToString(referenceHMAC(secret, token))
		if prokura.Proof(prokura.Secret(token), prokura.Secret(secret)) != right {
			t.Fatal("Proof differs from the reference")
		}
		if secret != "" && prokura.CheckProof(prokura.Secret(token), right, "", secrets, true, false, proofNow) != nil {
			t.Fatal("the right proof is refused")
		}
		message := token
		if when != "" {
			message += "|" + when
		}
		err := prokura.CheckProof(prokura.Secret(token), proof, when, secrets, false, false, proofNow)
		if err == nil && !(proof == "" && when == "") &&
			(secret == "" || strings.ToLower(proof) != hex.EncodeToString(referenceHMAC(secret, message))) {
			t.Fatalf("%q with time %q is accepted", proof, when)
		}
		if prokura.CheckProof(prokura.Secret(token), proof, when, secrets, true, true, proofNow) == nil && (proof == "" || when == "") {
			t.Fatal("an untimed proof is accepted where a timed one is needed")
		}
	})
}

// R-LOGIN-16: the signed request is what public clients verify.
func TestSignedRequest(t *testing.T) {
	const secret = prokura.Secret("7f3c9a1e5b8d42f6")
	want := prokura.SignedRequest{UserID: "10020030040", Code: "AQcode", IssuedAt: 1_795_000_000}
	text := prokura.SignRequest(want, secret)

	signature, payload, ok := strings.Cut(text, ".")
	if !ok || signature != base64.RawURLEncoding.EncodeToString(referenceHMAC(string(secret), payload)) {
		t.Fatalf("%s is not signed by the secret", text)
	}
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	var fields map[string]any
	if err != nil || json.Unmarshal(raw, &fields) != nil {
		t.Fatalf("payload %q: %v", raw, err)
	}
	if len(fields) != 4 || fields["algorithm"] != "HMAC-SHA256" || fields["user_id"] != "10020030040" || fields["code"] != "AQcode" || fields["issued_at"] != 1_795_000_000.0 {
		t.Errorf("payload %s", raw)
	}
	for _, secrets := range [][]prokura.Secret{{secret}, {"older", secret}, {secret, "newer"}} {
		if got, err := prokura.ParseSignedRequest(text, secrets); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	signed := func(payload string) string {
		encoded := base64.RawURLEncoding.EncodeToString([]byte(payload))
		return base64.RawURLEncoding.EncodeToString(referenceHMAC(string(secret), encoded)) + "." + encoded
	}
	if _, err := prokura.ParseSignedRequest(signed(`{"algorithm":"hmac-sha256","user_id":"1"}`), []prokura.Secret{secret}); err != nil {
		t.Errorf("the algorithm's name is case-sensitive: %v", err)
	}
	bad := []string{
		"", ".", text[1:], text + ".", text + "=", text + "\n", "\n" + text, strings.Replace(text, ".", "\n.", 1), strings.Replace(text, ".", "=.", 1),
		strings.Replace(text, ".", "", 1), "." + payload, signature + ".", strings.ToUpper(text), payload + "." + signature,
		prokura.SignRequest(want, "another"), prokura.SignRequest(want, ""), signed(`{"algorithm":"none","user_id":"1"}`), signed(`{"user_id":"1"}`),
		signed(`{"algorithm":"HMAC-SHA256"`), signed(`[]`), signed(""), signed(`{"algorithm":"HMAC-SHA256","x":"` + strings.Repeat("x", 9000) + `"}`),
	}
	for i := range text { // any change of any byte
		for _, c := range []byte("A9-_.=\n") {
			if text[i] != c {
				bad = append(bad, text[:i]+string([]byte{c})+text[i+1:])
			}
		}
	}
	for _, s := range bad {
		if got, err := prokura.ParseSignedRequest(s, []prokura.Secret{"", secret}); !errors.Is(err, prokura.InvalidParameter) || got != (prokura.SignedRequest{}) {
			t.Errorf("%.80q: %+v, %v", s, got, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", want, want, want); strings.Contains(s, "AQcode") {
		t.Errorf("the code shows in %s", s)
	}
}

// F8: what parses was signed by the secret, and is what was signed.
func FuzzParseSignedRequest(f *testing.F) {
	f.Add(prokura.SignRequest(prokura.SignedRequest{UserID: "1", OAuthToken: "t", Expires: 5, ProfileID: "2"}, "sec"), "sec", "1", "c", int64(1))
	f.Add("a.b", "", "", "", int64(0))
	f.Fuzz(func(t *testing.T, s, secret, user, code string, issued int64) {
		secrets := []prokura.Secret{prokura.Secret(secret)}
		if _, err := prokura.ParseSignedRequest(s, secrets); err == nil {
			signature, payload, _ := strings.Cut(s, ".")
			if secret == "" || signature != base64.RawURLEncoding.EncodeToString(referenceHMAC(secret, payload)) {
				t.Fatalf("%q is accepted", s)
			}
		}
		want := prokura.SignedRequest{UserID: strings.ToValidUTF8(user, "?"), Code: prokura.Secret(strings.ToValidUTF8(code, "?")), IssuedAt: issued}
		text := prokura.SignRequest(want, prokura.Secret(secret))
		got, err := prokura.ParseSignedRequest(text, secrets)
		if secret != "" && len(text) <= 8<<10 && (err != nil || got != want) {
			t.Fatalf("%+v, %v; want %+v", got, err, want)
		}
		if secret == "" && err == nil {
			t.Fatal("the empty secret signs")
		}
	})
}

// T04: 2 × 2 × method, none accepted but S256 with its own verifier.
func TestPKCE(t *testing.T) {
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	if got := prokura.Challenge(verifier); got != challenge {
		t.Fatalf("challenge %s", got)
	}
	hashes := []string{challenge, verifier} // the verifier too could be a hash: it encodes 32 bytes
	for _, method := range []string{"", "plain", "S256", "s256", "S512", "S256 "} {
		for _, ch := range []string{"", challenge, verifier, challenge[:42], challenge + "=", challenge[:42] + "N", challenge + "\n"} {
			want := ch == "" && method == "" || slices.Contains(hashes, ch) && method == "S256"
			if err := prokura.CheckChallenge(ch, method); (err == nil) != want || err != nil && !errors.Is(err, prokura.InvalidParameter) {
				t.Errorf("challenge %q by %q: %v", ch, method, err)
			}
			for _, v := range []string{"", verifier, challenge, verifier + "a", verifier[:42], strings.Repeat("a", 43), verifier + "\n"} {
				want := ch == "" && v == "" || ch == challenge && v == verifier && method == "S256"
				if err := prokura.CheckVerifier(ch, method, v); (err == nil) != want || err != nil && !errors.Is(err, prokura.CodeVerifierWrong) {
					t.Errorf("verifier %q for %q by %q: %v", v, ch, method, err)
				}
			}
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	const others = "+/= %ü\x00"
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom([]string{alphabet, alphabet + others}).Draw(t, "alphabet")
		v := rapid.StringOfN(rapid.RuneFrom([]rune(from)), 40, 131, -1).Draw(t, "verifier")
		valid := len(v) >= 43 && len(v) <= 128 && !strings.ContainsAny(v, others)
		if err := prokura.CheckVerifier(prokura.Challenge(v), "S256", v); (err == nil) != valid {
			t.Fatalf("%q: %v", v, err)
		}
	})
}
