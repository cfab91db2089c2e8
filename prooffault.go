package prokura

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
)

// ProofFault says what a client did to come to a proof that is not the right one.
type ProofFault string

// What is found of a proof (R-TOKEN-08).
const (
	ProofRight        ProofFault = "right"
	ProofNone         ProofFault = "none"          // there is none
	ProofNoHash       ProofFault = "no_hash"       // not 64 hexadecimal digits
	ProofBadTime      ProofFault = "bad_time"      // appsecret_time is no unix time in seconds
	ProofLate         ProofFault = "late"          // right, and older than five minutes
	ProofEarly        ProofFault = "early"         // right, and of a time that is still to come
	ProofUntimed      ProofFault = "untimed"       // of the token alone, with a time beside it
	ProofWithoutTime  ProofFault = "without_time"  // of token and time, without the time beside it
	ProofOfLine       ProofFault = "line"          // of the token with a line end
	ProofBySecretLine ProofFault = "secret_line"   // by the secret with a line end
	ProofSwapped      ProofFault = "swapped"       // of the secret, by the token
	ProofHash         ProofFault = "hash"          // a hash of the token without a secret
	ProofOther        ProofFault = "another_token" // of another token, or by a secret that is not live
)

// ProofFaults are all but the right one.
var ProofFaults = []ProofFault{ProofNone, ProofNoHash, ProofBadTime, ProofLate, ProofEarly, ProofUntimed, ProofWithoutTime, ProofOfLine, ProofBySecretLine,
	ProofSwapped, ProofHash, ProofOther}

// timedWithin is how far back a proof of a time that was not sent is looked for.
const timedWithin = 10 * time.Minute

// FindProof says what is wrong with a proof, for people who hold the token and build
// the app: each of the faults that clients in the field make is tried. What is right
// [CheckProof] says.
func FindProof(token Secret, proof, proofTime string, secrets []Secret, now time.Time) ProofFault {
	err := CheckProof(token, proof, proofTime, secrets, true, false, now)
	got, bad := hex.DecodeString(proof)
	switch {
	case err == nil:
		return ProofRight
	case proof == "":
		return ProofNone
	case bad != nil || len(got) != sha256.Size:
		return ProofNoHash
	case errors.Is(err, ProofExpired):
		if unix, _ := strconv.ParseInt(proofTime, 10, 64); unix > now.Unix() {
			return ProofEarly
		}
		return ProofLate
	case proofTime != "" && signedBy(secrets, token.Reveal(), got):
		if _, err := strconv.ParseInt(proofTime, 10, 64); err != nil {
			return ProofBadTime
		}
		return ProofUntimed
	}
	text := token.Reveal()
	for _, ending := range []string{"\n", "\r\n"} {
		if signedBy(secrets, text+ending, got) {
			return ProofOfLine
		}
	}
	for _, s := range secrets {
		switch {
		case s == "":
		case signedBy([]Secret{s + "\n"}, text, got):
			return ProofBySecretLine
		case signedBy([]Secret{token}, s.Reveal(), got):
			return ProofSwapped
		}
	}
	if sha256.Sum256([]byte(text)) == [sha256.Size]byte(got) {
		return ProofHash
	}
	if proofTime == "" {
		for at := now.Add(ProofSkew).Unix(); at > now.Add(-timedWithin).Unix(); at-- {
			if signedBy(secrets, text+"|"+strconv.FormatInt(at, 10), got) {
				return ProofWithoutTime
			}
		}
	}
	return ProofOther
}
