package prokura

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"math/bits"
	"sync"
)

// TokenID is the random number of a token. It is not an [ID]: tokens are not
// nodes and nobody outside ever sees it apart from the MAC around it.
type TokenID uint64

// A token string is prefix ‖ 39 base62 characters ‖ 6 base62 characters
// (R-TOKEN-04):
//
//	pkb_ 0aB…  (1 byte key id, 8 bytes token id, 20 bytes MAC, big-endian)  crc32
//
// Both numbers have a fixed width with leading zeros, so every token has
// exactly one spelling. 62^39 > 2^232 and 62^6 > 2^32: what lies above is
// refused. The CRC lets secret scanners drop look-alikes offline (T27); it
// proves nothing, the MAC does.
const (
	tokenPrefixLen = 4
	tokenBodyLen   = 39
	tokenCRCLen    = 6
	tokenMACLen    = 20

	// TokenLength is the length of every token string in bytes, prefix
	// included. [ParseToken] compares it before it looks at anything else, so
	// the work for an over-long string is one comparison.
	TokenLength = tokenPrefixLen + tokenBodyLen + tokenCRCLen
)

// tokenPrefixes are the kinds with their prefix; the row number is the index
// of the kind's MAC key in a [TokenSigner].
var tokenPrefixes = [...]struct {
	kind   TokenKind
	prefix string
}{
	{TokenUser, "pku_"},
	{TokenPage, "pkp_"},
	{TokenSystemUser, "pks_"},
	{TokenIntegration, "pkb_"},
	{TokenChild, "pkc_"},
	{TokenApp, "pka_"},
}

func tokenRow(kind TokenKind) int {
	for i := range tokenPrefixes {
		if tokenPrefixes[i].kind == kind {
			return i
		}
	}
	return -1
}

// Prefix is what strings of this kind start with, such as "pku_"; empty for an
// unknown kind.
func (k TokenKind) Prefix() string {
	if i := tokenRow(k); i >= 0 {
		return tokenPrefixes[i].prefix
	}
	return ""
}

// TokenKey is a server key that token strings are made with. Several may be
// live during a rotation; the token names its key by id. Its fields mask
// themselves when printed or marshalled.
type TokenKey struct {
	ID     byte
	Secret [32]byte
}

// Format masks the key under every verb of package fmt.
func (k TokenKey) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[token key %d]", k.ID) }

// MarshalText returns a mask, never the key.
func (k TokenKey) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "[token key %d]", k.ID), nil }

// Print makes the token string of one kind and id. Whoever prints or verifies
// more than one token keeps a [TokenKey.Signer] instead.
func (k TokenKey) Print(kind TokenKind, id TokenID) Secret { return k.Signer().Print(kind, id) }

// Signer prepares the key's MAC keys, one per kind.
func (k TokenKey) Signer() *TokenSigner {
	s := &TokenSigner{id: k.ID}
	for i := range tokenPrefixes {
		derive := hmac.New(sha256.New, k.Secret[:])
		derive.Write([]byte("prokura token string\x00"))
		derive.Write([]byte(tokenPrefixes[i].kind))
		macKey := derive.Sum(nil)
		s.macs[i].New = func() any { return &tokenMAC{hash: hmac.New(sha256.New, macKey)} }
	}
	return s
}

// TokenSigner prints and verifies token strings of one key without deriving
// keys anew. It is safe for concurrent use and must not be copied.
type TokenSigner struct {
	id   byte
	macs [len(tokenPrefixes)]sync.Pool // of *tokenMAC
}

// tokenMAC is a keyed hash with the buffers of one computation, pooled so that
// verification allocates nothing.
type tokenMAC struct {
	hash hash.Hash
	in   [32]byte
	sum  [sha256.Size]byte
}

// mac is HMAC-SHA256(key of the kind, kind ‖ key id ‖ token id), truncated. Each
// kind has a MAC key of its own, so no MAC serves two kinds (I-12).
func (s *TokenSigner) mac(row int, id TokenID) (out [tokenMACLen]byte) {
	m := s.macs[row].Get().(*tokenMAC)
	in := append(m.in[:0], tokenPrefixes[row].kind...)
	in = append(in, s.id)
	in = binary.BigEndian.AppendUint64(in, uint64(id))
	m.hash.Reset()
	m.hash.Write(in)
	copy(out[:], m.hash.Sum(m.sum[:0]))
	s.macs[row].Put(m)
	return out
}

// Print makes the token string; the same kind and id give the same string, so
// nothing of it needs to be stored. An unknown kind gives the empty secret.
func (s *TokenSigner) Print(kind TokenKind, id TokenID) Secret {
	row := tokenRow(kind)
	if row < 0 {
		return ""
	}
	var raw [32]byte // three zero bytes, then the 29 of the token
	raw[3] = s.id
	binary.BigEndian.PutUint64(raw[4:], uint64(id))
	mac := s.mac(row, id)
	copy(raw[12:], mac[:])

	var out [TokenLength]byte
	copy(out[:], tokenPrefixes[row].prefix)
	body := out[tokenPrefixLen : tokenPrefixLen+tokenBodyLen]
	n := limbs{
		binary.BigEndian.Uint64(raw[0:]), binary.BigEndian.Uint64(raw[8:]),
		binary.BigEndian.Uint64(raw[16:]), binary.BigEndian.Uint64(raw[24:]),
	}
	for end := tokenBodyLen; end > 0; end -= base62Chunk {
		printBase62(body[max(0, end-base62Chunk):end], n.divide())
	}
	sum := checksum(string(out[:tokenPrefixLen+tokenBodyLen]))
	printBase62(out[tokenPrefixLen+tokenBodyLen:], uint64(sum))
	return Secret(out[:])
}

// Verify reports whether the token was made with this key. The comparison
// takes the same time for every wrong MAC.
func (s *TokenSigner) Verify(p ParsedToken) bool {
	row := tokenRow(p.Kind)
	if row < 0 || p.KeyID != s.id {
		return false
	}
	want := s.mac(row, p.ID)
	return hmac.Equal(want[:], p.mac[:])
}

// ParsedToken is a token string taken apart. It claims a kind and an id; only
// Verify makes the claim true.
type ParsedToken struct {
	Kind  TokenKind
	KeyID byte
	ID    TokenID
	mac   [tokenMACLen]byte
}

// Verify reports whether the token was made with the key k; see
// [TokenSigner.Verify], which does the same without deriving keys.
func (p ParsedToken) Verify(k TokenKey) bool { return k.Signer().Verify(p) }

// ParseToken takes a token string apart. It fails with [TokenMalformed] on
// anything that [TokenSigner.Print] cannot have made: wrong length, prefix,
// alphabet or checksum, a number out of range. It needs no key, allocates
// nothing and does a fixed amount of work.
func ParseToken(s string) (ParsedToken, error) {
	if len(s) != TokenLength {
		return ParsedToken{}, TokenMalformed
	}
	var p ParsedToken
	for i := range tokenPrefixes {
		if s[:tokenPrefixLen] == tokenPrefixes[i].prefix {
			p.Kind = tokenPrefixes[i].kind
		}
	}
	if p.Kind == "" {
		return ParsedToken{}, TokenMalformed
	}
	const crcAt = tokenPrefixLen + tokenBodyLen
	if sum, ok := parseBase62(s[crcAt:]); !ok || sum != uint64(checksum(s[:crcAt])) {
		return ParsedToken{}, TokenMalformed
	}
	var n limbs
	body := s[tokenPrefixLen:crcAt]
	const first = tokenBodyLen % base62Chunk
	for start, end := 0, first; start < tokenBodyLen; start, end = end, end+base62Chunk {
		v, ok := parseBase62(body[start:end])
		if !ok || !n.append(v) {
			return ParsedToken{}, TokenMalformed
		}
	}
	if n[0]>>40 != 0 { // 2^232 and above
		return ParsedToken{}, TokenMalformed
	}
	p.KeyID = byte(n[0] >> 32)
	p.ID = TokenID(n[0]<<32 | n[1]>>32)
	binary.BigEndian.PutUint32(p.mac[0:], uint32(n[1]))
	binary.BigEndian.PutUint64(p.mac[4:], n[2])
	binary.BigEndian.PutUint64(p.mac[12:], n[3])
	return p, nil
}

// limbs is an unsigned number of 256 bits, the most significant word first.
type limbs [4]uint64

// base62Chunk is how many base62 digits are converted at once: 62^10 < 2^64.
const (
	base62Chunk = 10
	base62Base  = 839_299_365_868_340_224 // 62^10
)

// append shifts n by one chunk of digits and adds v, reporting whether the
// result still fits.
func (n *limbs) append(v uint64) bool {
	carry := v
	for i := len(n) - 1; i >= 0; i-- {
		hi, lo := bits.Mul64(n[i], base62Base)
		var c uint64
		n[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry == 0
}

// divide takes the lowest chunk of digits off n and returns it.
func (n *limbs) divide() (rest uint64) {
	for i := range n {
		n[i], rest = bits.Div64(rest, n[i], base62Base)
	}
	return rest
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// base62Value maps a byte to its digit plus one; zero is "not a digit".
var base62Value = func() (t [256]byte) {
	for i := range len(base62) {
		t[base62[i]] = byte(i) + 1
	}
	return t
}()

// printBase62 fills dst with the digits of v.
func printBase62(dst []byte, v uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = base62[v%62]
		v /= 62
	}
}

// parseBase62 reads at most ten digits.
func parseBase62(s string) (v uint64, ok bool) {
	for i := range len(s) {
		d := base62Value[s[i]]
		if d == 0 {
			return 0, false
		}
		v = v*62 + uint64(d-1)
	}
	return v, true
}

// checksum is CRC-32 (IEEE). The table loop beats the library's vector code
// here, because that needs a []byte on the heap.
func checksum(s string) uint32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc)^s[i]] ^ crc>>8
	}
	return ^crc
}
