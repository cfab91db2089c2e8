package prokura_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

var tokenKinds = []prokura.TokenKind{
	prokura.TokenUser, prokura.TokenPage, prokura.TokenSystemUser, prokura.TokenIntegration, prokura.TokenChild, prokura.TokenApp,
}

const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func testKey(id byte) prokura.TokenKey {
	return prokura.TokenKey{ID: id, Secret: sha256.Sum256([]byte{id, 'k'})}
}

// base62Text is the textbook conversion, for comparison.
func base62Text(n *big.Int, width int) string {
	n, rest, out := new(big.Int).Set(n), new(big.Int), make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, big.NewInt(62), rest)
		out[i] = digits62[rest.Int64()]
	}
	return string(out)
}

// referenceToken makes a token string from R-TOKEN-04 with nothing but the
// standard library's HMAC and big integers.
func referenceToken(key prokura.TokenKey, prefix string, kind prokura.TokenKind, id uint64) string {
	sum := func(key, message []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(message)
		return h.Sum(nil)
	}
	macKey := sum(key.Secret[:], []byte("prokura token string\x00"+string(kind)))
	head := binary.BigEndian.AppendUint64([]byte{key.ID}, id)
	mac := sum(macKey, append([]byte(kind), head...))[:20]
	s := prefix + base62Text(new(big.Int).SetBytes(append(head, mac...)), 39)
	return s + base62Text(big.NewInt(int64(crc32.ChecksumIEEE([]byte(s)))), 6)
}

// resum gives a changed token a valid checksum, so that the test reaches what
// lies behind it.
func resum(s string) string {
	return s[:43] + base62Text(big.NewInt(int64(crc32.ChecksumIEEE([]byte(s[:43])))), 6)
}

// R-TOKEN-04: prefixes, alphabet, length and the exact bytes.
func TestTokenStringForm(t *testing.T) {
	prefixes := map[prokura.TokenKind]string{
		prokura.TokenUser: "pku_", prokura.TokenPage: "pkp_", prokura.TokenSystemUser: "pks_",
		prokura.TokenIntegration: "pkb_", prokura.TokenChild: "pkc_", prokura.TokenApp: "pka_",
	}
	form := regexp.MustCompile(`^pk[upsbca]_[0-9A-Za-z]{45}$`)
	for kind, prefix := range prefixes {
		for _, id := range []uint64{0, 1, 1 << 32, 1<<64 - 1} {
			for _, key := range []prokura.TokenKey{testKey(0), testKey(1), testKey(255)} {
				got := key.Print(kind, prokura.TokenID(id)).Reveal()
				if want := referenceToken(key, prefix, kind, id); got != want {
					t.Errorf("%s %d: %s, want %s", kind, id, got, want)
				}
				if !form.MatchString(got) || len(got) != prokura.TokenLength {
					t.Errorf("%s has the wrong form", got)
				}
			}
		}
		if kind.Prefix() != prefix {
			t.Errorf("%s has prefix %q, want %q", kind, kind.Prefix(), prefix)
		}
	}
	if s := testKey(1).Print("client", 1); s != "" {
		t.Errorf("unknown kind gave %q", s.Reveal())
	}
}

// R-TOKEN-04, F2: parse∘print is the identity and verifies with its own key only.
func TestTokenStringRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := prokura.TokenKey{ID: rapid.Byte().Draw(t, "key")}
		copy(key.Secret[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret"))
		kind := rapid.SampledFrom(tokenKinds).Draw(t, "kind")
		id := prokura.TokenID(rapid.Uint64().Draw(t, "id"))

		p, err := prokura.ParseToken(key.Print(kind, id).Reveal())
		if err != nil || p.Kind != kind || p.KeyID != key.ID || p.ID != id {
			t.Fatalf("parsed %v %d %d, %v", p.Kind, p.KeyID, p.ID, err)
		}
		if !p.Verify(key) {
			t.Fatal("does not verify")
		}
		other := key
		other.Secret[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if p.Verify(other) {
			t.Fatal("verifies with another secret")
		}
		other = key
		other.ID++
		if p.Verify(other) {
			t.Fatal("verifies with another key id")
		}
		for _, k := range tokenKinds {
			q := p
			q.Kind = k
			if q.Verify(key) != (k == kind) {
				t.Fatalf("a %s token verifies as %s", kind, k)
			}
		}
		q := p
		q.ID++
		if q.Verify(key) {
			t.Fatal("verifies with another token id")
		}
	})
}

// F2: each single change to each byte is refused; those whose checksum is
// repaired fail at the MAC.
func TestTokenStringMutations(t *testing.T) {
	key := testKey(7)
	signer := key.Signer()
	good := key.Print(prokura.TokenIntegration, 0x1234_5678_9abc_def0).Reveal()
	accepted := func(s string) bool {
		p, err := prokura.ParseToken(s)
		return err == nil && signer.Verify(p)
	}
	if !accepted(good) {
		t.Fatal("the unchanged token is refused")
	}
	for i := range len(good) {
		for c := range 256 {
			bad := good[:i] + string([]byte{byte(c)}) + good[i+1:]
			if bad == good {
				continue
			}
			if _, err := prokura.ParseToken(bad); !errors.Is(err, prokura.TokenMalformed) {
				t.Fatalf("byte %d = %#x: %v", i, c, err)
			}
			if i < 43 && accepted(resum(bad)) {
				t.Fatalf("byte %d = %#x with its checksum repaired is accepted", i, c)
			}
		}
	}
	for _, bad := range []string{
		"", "p", "pkb_", good[:48], good + "0", good + "\x00", " " + good, good + " ", good[1:], strings.ToUpper(good), strings.ToLower(good),
		strings.Repeat("0", 49), strings.Repeat("A", 255), strings.Repeat("A", 1<<20), good + good,
	} {
		if _, err := prokura.ParseToken(bad); !errors.Is(err, prokura.TokenMalformed) {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(good)
		for range rapid.IntRange(1, 4).Draw(t, "swaps") {
			i, j := rapid.IntRange(0, len(b)-1).Draw(t, "i"), rapid.IntRange(0, len(b)-1).Draw(t, "j")
			b[i], b[j] = b[j], b[i]
		}
		s := string(b)
		if s != good && accepted(s) {
			t.Fatalf("%s is accepted", s)
		}
		// Swaps inside the checksum alone are undone by repairing it.
		if fixed := resum(s); fixed != good && accepted(fixed) {
			t.Fatalf("%s is accepted", fixed)
		}
	})
}

// R-TOKEN-04: a number has one spelling. What lies above 2^232-1, or a checksum
// above 2^32-1, is refused and not reduced.
func TestTokenStringCanonical(t *testing.T) {
	limit := new(big.Int).Lsh(big.NewInt(1), 232)
	for _, row := range []struct {
		plus int64
		ok   bool
	}{{-1, true}, {0, false}, {1, false}, {1 << 40, false}} {
		s := resum("pku_" + base62Text(new(big.Int).Add(limit, big.NewInt(row.plus)), 39) + "000000")
		if _, err := prokura.ParseToken(s); (err == nil) != row.ok {
			t.Errorf("2^232%+d: %v", row.plus, err)
		}
	}
	if _, err := prokura.ParseToken(resum("pku_" + strings.Repeat("z", 39) + "000000")); err == nil {
		t.Error("62^39-1 is accepted")
	}
	good := testKey(1).Print(prokura.TokenUser, 1).Reveal()
	sum := new(big.Int).Add(big.NewInt(int64(crc32.ChecksumIEEE([]byte(good[:43])))), new(big.Int).Lsh(big.NewInt(1), 32))
	if _, err := prokura.ParseToken(good[:43] + base62Text(sum, 6)); err == nil {
		t.Error("checksum + 2^32 is accepted")
	}
}

// T27: parsing refuses garbage of the right shape and length without a
// database, a key or an allocation.
func TestTokenStringCost(t *testing.T) {
	signer := testKey(3).Signer()
	good := signer.Print(prokura.TokenChild, 99).Reveal()
	garbage := good[:20] + "0" + good[21:]
	if n := testing.AllocsPerRun(200, func() {
		_, _ = prokura.ParseToken(garbage)
		_, _ = prokura.ParseToken(good)
	}); n != 0 {
		t.Errorf("parsing allocates %v times", n)
	}
	least := 100.0 // the race detector makes pools forget at random: the best of many runs counts
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() {
			if p, err := prokura.ParseToken(good); err != nil || !signer.Verify(p) {
				t.Fatal("refused")
			}
		}))
	}
	if least > 1 {
		t.Errorf("parsing and verifying allocate %v times", least)
	}
}

// T27: random strings of the right shape do not pass the checksum.
func TestTokenStringGuess(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	guess := []byte("pkb_" + strings.Repeat("0", 45))
	for range 1_000_000 {
		for i := 4; i < len(guess); i++ {
			guess[i] = digits62[random.IntN(62)]
		}
		if _, err := prokura.ParseToken(string(guess)); err == nil {
			t.Fatalf("%s passes", guess)
		}
	}
}

// A key never prints itself, whatever the verb.
func TestTokenKeyMasked(t *testing.T) {
	key := prokura.TokenKey{ID: 5}
	for i := range key.Secret {
		key.Secret[i] = 0xab
	}
	text, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %x %X %d %q %s", key, key, key, key, key, key, key, key),
		fmt.Sprintf("%v %d", []prokura.TokenKey{key}, &key), string(text),
	} {
		if l := strings.ToLower(s); strings.Contains(l, "abab") || strings.Contains(l, "171 171") {
			t.Errorf("the key shows in %s", s)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	key := testKey(9)
	signer := key.Signer()
	for i, kind := range tokenKinds {
		f.Add(key.Print(kind, prokura.TokenID(i)<<60).Reveal())
	}
	f.Add("")
	f.Add("123456789|secret")
	f.Add("pku_" + strings.Repeat("z", 45))
	f.Fuzz(func(t *testing.T, s string) {
		p, err := prokura.ParseToken(s)
		if err != nil {
			if p != (prokura.ParsedToken{}) || !errors.Is(err, prokura.TokenMalformed) {
				t.Fatalf("refused with %v and a result", err)
			}
			return
		}
		want := referenceToken(key, p.Kind.Prefix(), p.Kind, uint64(p.ID))
		if signer.Verify(p) != (p.KeyID == key.ID && s == want) {
			t.Fatalf("%q verifies: %v; the only spelling is %q", s, signer.Verify(p), want)
		}
	})
}

func BenchmarkParseVerify(b *testing.B) {
	signer := testKey(1).Signer()
	s := signer.Print(prokura.TokenIntegration, 1<<63+12345).Reveal()
	b.ReportAllocs()
	for b.Loop() {
		p, err := prokura.ParseToken(s)
		if err != nil || !signer.Verify(p) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkParseGarbage(b *testing.B) {
	s := "pkb_" + strings.Repeat("q", 45)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := prokura.ParseToken(s); err == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkPrintToken(b *testing.B) {
	signer := testKey(1).Signer()
	b.ReportAllocs()
	for b.Loop() {
		signer.Print(prokura.TokenIntegration, 1<<63+12345)
	}
}
