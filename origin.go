package prokura

import (
	"slices"
	"strings"
)

// An allowed JavaScript domain is an origin, scheme://host[:port], or a host
// alone, which means https on its default port. http is for this machine only:
// localhost, 127.0.0.1 and [::1]; without a port such an entry allows any port.

// CheckOrigin reports whether an app may list the entry as an allowed
// JavaScript domain. The error is an [*Error] with the reason
// [InvalidParameter].
func CheckOrigin(entry string) error {
	if _, ok := parseOriginEntry(entry); !ok {
		return Errorf(InvalidParameter,
			"An allowed domain is an origin such as https://app.example.com, or http://localhost:3000 for this machine, without path.").
			WithField("js_domains")
	}
	return nil
}

// MatchOrigin reports whether a page of the given origin, as a browser writes
// it, may be handed logins (R-LOGIN-16): scheme, host and port all equal those
// of an allowed entry. Subdomains do not match, nor does the opaque origin
// "null".
func MatchOrigin(allowed []string, origin string) bool {
	got, ok := parseOrigin(origin)
	if !ok || origin != strings.ToLower(origin) {
		return false // a browser writes an origin in lower case; whoever does not is none
	}
	return slices.ContainsFunc(allowed, func(entry string) bool {
		want, ok := parseOriginEntry(entry)
		if !ok {
			return false
		}
		anyPort := want.scheme == "http" && !want.portGiven
		return want.scheme == got.scheme && want.host == got.host && (anyPort || want.port == got.port)
	})
}

// originParts is an origin in its canonical form: lower case, no default port.
type originParts struct {
	scheme, host, port string
	portGiven          bool // also when it is the default
}

func parseOriginEntry(s string) (originParts, bool) {
	if !strings.Contains(s, "://") {
		if strings.Contains(s, ":") || !strings.Contains(s, ".") {
			return originParts{}, false // a port needs its scheme, and so does a bare word such as null
		}
		s = "https://" + s
	}
	return parseOrigin(s)
}

// parseOrigin reads scheme://host[:port] and nothing behind it.
func parseOrigin(s string) (originParts, bool) {
	scheme, authority, ok := strings.Cut(s, "://")
	if !ok || scheme != "https" && scheme != "http" || len(authority) > 260 {
		return originParts{}, false
	}
	host, port, ok := splitAuthority(authority)
	if !ok || host == "" {
		return originParts{}, false
	}
	host, portGiven := strings.ToLower(host), port != ""
	if scheme == "http" && !slices.Contains(loopbackHosts[:], host) {
		return originParts{}, false
	}
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		port = ""
	}
	return originParts{scheme, host, port, portGiven}, true
}
