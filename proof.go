package prokura

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The window of a timed proof (R-TOKEN-08).
const (
	ProofLifetime = 5 * time.Minute
	ProofSkew     = 10 * time.Second // how far ahead the client's clock may be
)

// Proof is the appsecret_proof of a token: HMAC-SHA256 of the token keyed by
// the app secret, in lower-case hex (R-TOKEN-08).
func Proof(token, secret Secret) string {
	return hex.EncodeToString(sign(secret, token.Reveal()))
}

// TimedProof is the proof that holds for [ProofLifetime]: the message is the
// token, "|" and the unix time in seconds that goes with it as appsecret_time.
func TimedProof(token, secret Secret, unix int64) string {
	return Proof(token+Secret("|"+strconv.FormatInt(unix, 10)), secret)
}

// CheckProof checks the appsecret_proof and appsecret_time of a call, empty
// when they were not sent, against the app's live secrets (two during a
// rotation). requireTimed asks for the timed form and implies required. A
// proof that was sent is checked even when none is required.
//
// The error is an [*Error] with the reason [ProofMissing], [ProofWrong] or
// [ProofExpired]; the last only for a proof that was right in its time. The
// comparison takes the same time for every wrong proof (T25).
func CheckProof(token Secret, proof, proofTime string, secrets []Secret, required, requireTimed bool, now time.Time) error {
	if proof == "" && proofTime == "" {
		if required || requireTimed {
			return Errorf(ProofMissing, "Calls with this token must carry an appsecret_proof.").WithField("appsecret_proof")
		}
		return nil
	}
	if proof == "" {
		return Errorf(ProofMissing, "appsecret_time was sent without an appsecret_proof.").WithField("appsecret_proof")
	}
	if proofTime == "" && requireTimed {
		return Errorf(ProofMissing, "This app accepts only timed proofs: appsecret_time is missing.").WithField("appsecret_time")
	}

	message := token.Reveal()
	var made time.Time
	if proofTime != "" {
		unix, err := strconv.ParseInt(proofTime, 10, 64)
		if err != nil || len(proofTime) > 12 || strconv.FormatInt(unix, 10) != proofTime {
			return Errorf(ProofWrong, "appsecret_time is not a unix time in seconds.").WithField("appsecret_time")
		}
		made = time.Unix(unix, 0)
		message += "|" + proofTime
	}
	got, err := hex.DecodeString(proof) // upper and lower case alike
	if err != nil || len(got) != sha256.Size || !signedBy(secrets, message, got) {
		return Errorf(ProofWrong, "The appsecret_proof does not belong to this token.").WithField("appsecret_proof")
	}
	if proofTime != "" && made.Sub(now) > ProofSkew {
		return Errorf(ProofExpired, "The appsecret_time is in the future: this server's clock says %d.", now.Unix()).WithField("appsecret_time")
	}
	if proofTime != "" && now.Sub(made) > ProofLifetime {
		return Errorf(ProofExpired, "The appsecret_proof is not of the last five minutes.").WithField("appsecret_time")
	}
	return nil
}

func sign(secret Secret, message string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(message))
	return h.Sum(nil)
}

// signedBy reports whether mac is that of the message under one of the
// secrets. It tries all of them, so that the time does not tell which. An
// empty secret signs nothing: everybody knows it.
func signedBy(secrets []Secret, message string, mac []byte) bool {
	match := 0
	for _, s := range secrets {
		if s != "" {
			match |= subtle.ConstantTimeCompare(sign(s, message), mac)
		}
	}
	return match == 1
}

// SignedRequest is what a signed_request says: who is logged in to the app,
// with a code or a token (docs/wire.md). Times are unix seconds.
type SignedRequest struct {
	UserID     string
	Code       Secret
	OAuthToken Secret
	ProfileID  string
	IssuedAt   int64
	Expires    int64 // 0: not said
}

// signedPayload is the JSON of a signed request.
type signedPayload struct {
	Algorithm  string `json:"algorithm"`
	IssuedAt   int64  `json:"issued_at"`
	UserID     string `json:"user_id,omitempty"`
	Code       string `json:"code,omitempty"`
	OAuthToken string `json:"oauth_token,omitempty"`
	Expires    int64  `json:"expires,omitempty"`
	ProfileID  string `json:"profile_id,omitempty"`
}

const (
	signedAlgorithm  = "HMAC-SHA256"
	maxSignedRequest = 8 << 10 // bytes
)

// SignRequest makes a signed_request: base64url(signature) "."
// base64url(payload), both without padding; the signature is HMAC-SHA256 of
// the encoded payload, keyed by the app secret.
func SignRequest(r SignedRequest, secret Secret) string {
	payload, err := json.Marshal(signedPayload{
		Algorithm: signedAlgorithm, IssuedAt: r.IssuedAt, UserID: r.UserID,
		Code: r.Code.Reveal(), OAuthToken: r.OAuthToken.Reveal(), Expires: r.Expires, ProfileID: r.ProfileID,
	})
	if err != nil {
		return "" // strings and numbers always marshal
	}
	text := base64.RawURLEncoding.EncodeToString(payload)
	return base64.RawURLEncoding.EncodeToString(sign(secret, text)) + "." + text
}

// ParseSignedRequest verifies a signed_request under one of the app's secrets
// and reads it. The error is an [*Error] with the reason [InvalidParameter],
// the same for every fault. It does not judge the age: callers that care
// compare IssuedAt.
func ParseSignedRequest(s string, secrets []Secret) (SignedRequest, error) {
	refused := Errorf(InvalidParameter, "The signed_request is not valid.").WithField("signed_request")
	signature, text, ok := strings.Cut(s, ".")
	if !ok || len(s) > maxSignedRequest {
		return SignedRequest{}, refused
	}
	// The decoder skips line ends and loose last bits; encoding back shows them.
	mac, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || base64.RawURLEncoding.EncodeToString(mac) != signature || !signedBy(secrets, text, mac) {
		return SignedRequest{}, refused
	}
	payload, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return SignedRequest{}, refused.WithCause(err)
	}
	var p signedPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return SignedRequest{}, refused.WithCause(err)
	}
	if !strings.EqualFold(p.Algorithm, signedAlgorithm) {
		return SignedRequest{}, refused
	}
	return SignedRequest{
		UserID: p.UserID, Code: Secret(p.Code), OAuthToken: Secret(p.OAuthToken),
		ProfileID: p.ProfileID, IssuedAt: p.IssuedAt, Expires: p.Expires,
	}, nil
}

// ChallengeS256 is the only PKCE method (T04): with "plain", whoever sees the
// challenge has the verifier.
const ChallengeS256 = "S256"

// Challenge is the S256 challenge of a verifier (RFC 7636 4.2).
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// CheckChallenge checks code_challenge and code_challenge_method of a dialog
// request: both absent, or an S256 challenge with its method named. A missing
// method means "plain" (RFC 7636 4.3) and is refused like it. The error is an
// [*Error] with the reason [InvalidParameter].
func CheckChallenge(challenge, method string) error {
	switch {
	case challenge == "" && method == "":
		return nil
	case method != ChallengeS256:
		return Errorf(InvalidParameter, "code_challenge_method must be S256.").WithField("code_challenge_method")
	}
	sum, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(sum) != sha256.Size || base64.RawURLEncoding.EncodeToString(sum) != challenge {
		return Errorf(InvalidParameter, "code_challenge must be the base64url form of a SHA-256 hash.").WithField("code_challenge")
	}
	return nil
}

// CheckVerifier checks the code_verifier of an exchange against the challenge
// that the code was bound to (RFC 7636 4.6). A verifier must be there exactly
// when a challenge was, else PKCE could be stripped from either end (T04). The
// error is an [*Error] with the reason [CodeVerifierWrong].
func CheckVerifier(challenge, method, verifier string) error {
	if challenge == "" && verifier == "" {
		return nil
	}
	want := []byte(Challenge(verifier))
	if challenge == "" || method != ChallengeS256 || !validVerifier(verifier) ||
		subtle.ConstantTimeCompare(want, []byte(challenge)) != 1 {
		return Errorf(CodeVerifierWrong, "The code_verifier does not belong to this code.").WithField("code_verifier")
	}
	return nil
}

// validVerifier follows RFC 7636 4.1: 43 to 128 unreserved characters.
func validVerifier(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("-._~", s[i]) < 0 {
			return false
		}
	}
	return true
}
