package prokura

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// MaxRedirectURI is the longest redirect URI that may be registered, in bytes.
const MaxRedirectURI = 2000

// loopbackHosts are the names of this machine, the only ones that http may
// reach. An IPv6 address is written in its brackets.
var loopbackHosts = [...]string{"localhost", "127.0.0.1", "[::1]"}

// browserSchemes are schemes that a browser or an operating system serves
// itself; none is a native app's own (T01).
var browserSchemes = []string{
	"about", "acct", "cid", "content", "dns", "edge", "feed", "ftp", "ftps", "geo", "gopher", "help", "ldap", "ldaps", "livescript",
	"mailto", "mid", "mocha", "news", "nfs", "nntp", "opera", "res", "resource", "search", "sftp", "sip", "sips", "smb", "sms", "smsto",
	"ssh", "tel", "telnet", "urn", "vbs", "webcal", "ws", "wss", "wyciwyg", "xmpp",
}

// dangerousSchemes run code, read files or reach into the browser. They are
// refused as a part of a scheme too, as in view-source or jar+file.
var dangerousSchemes = []string{"blob", "chrome", "data", "file", "filesystem", "intent", "jar", "javascript", "ms", "vbscript", "view", "web"}

// answerParameters are what the dialog appends to a redirect URI. A registered
// URI that already has one would make the app read the wrong one.
var answerParameters = []string{"code", "state", "error", "error_code", "error_description", "error_reason", "access_token"}

// CheckRedirectURI reports whether an app may register the URI (R-LOGIN-06,
// T01): absolute; https, http for this machine only, or a native app's own
// scheme; without fragment, user information or characters that clients read
// differently. The error is an [*Error] with the reason [RedirectInvalid] and
// a text for the app's developer.
func CheckRedirectURI(uri string) error {
	refuse := func(why string) error {
		return Errorf(RedirectInvalid, "This redirect URI cannot be used: %s.", why).WithField("redirect_uri")
	}
	switch {
	case uri == "":
		return refuse("it is empty")
	case len(uri) > MaxRedirectURI:
		return refuse("it is longer than " + strconv.Itoa(MaxRedirectURI) + " bytes")
	case strings.Contains(uri, "#"):
		return refuse("it has a fragment")
	case !uriCharacters(uri):
		return refuse("it has a character that must be percent-encoded, or a broken percent-encoding")
	}
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || !validScheme(scheme) {
		return refuse("it does not start with a scheme such as https://")
	}
	authority, path, query := "", rest, ""
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		end := strings.IndexAny(after, "/?")
		if end < 0 {
			end = len(after)
		}
		authority, path = after[:end], after[end:]
	}
	path, query, _ = strings.Cut(path, "?")
	host, port, ok := splitAuthority(authority)
	switch {
	case strings.Contains(authority, "@"):
		return refuse("it has a user name or password")
	case dotSegments(path):
		return refuse("its path has a . or .. segment")
	case !ok:
		return refuse("its host or port is not valid; write international names in their xn-- form")
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err != nil || slices.Contains(answerParameters, name) {
			return refuse("its query has a parameter that belongs to the answer of the login, such as code or state")
		}
	}

	switch strings.ToLower(scheme) {
	case "https":
		if host == "" {
			return refuse("it has no host")
		}
	case "http":
		if !slices.Contains(loopbackHosts[:], host) {
			return refuse("only localhost, 127.0.0.1 and [::1] may be reached by http; use https")
		}
	default:
		if foreignScheme(scheme) {
			return refuse("the scheme " + strings.ToLower(scheme) + " does not belong to an app")
		}
		if port != "" || !strings.HasPrefix(rest, "/") {
			return refuse("after an app's own scheme it needs a host without port, or a path")
		}
	}
	return nil
}

// uriCharacters reports whether s has only the characters of RFC 3986 and each
// percent sign starts an encoded byte that is not a control character.
func uriCharacters(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) {
				return false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil || n < 0x20 || n == 0x7f {
				return false
			}
			i += 2
		case alphanumeric(c), strings.IndexByte("-._~:/?[]@!$&'()*+,;=", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// validScheme follows RFC 3986 3.1.
func validScheme(s string) bool {
	for i := range len(s) {
		letter := 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || !alphanumeric(s[i]) && strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}

// foreignScheme reports whether a scheme is none of a native app's.
func foreignScheme(scheme string) bool {
	scheme = strings.ToLower(scheme)
	if slices.Contains(browserSchemes, scheme) || strings.Contains(scheme, "javascript") || strings.Contains(scheme, "vbscript") {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(scheme, func(r rune) bool { return r == '+' || r == '-' }),
		func(part string) bool { return slices.Contains(dangerousSchemes, part) })
}

// dotSegments reports whether a browser would shorten the path before it sends
// it, so that the code would go to another path than the registered one.
func dotSegments(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		segment = strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// splitAuthority takes host[:port] apart. An IPv6 host keeps its brackets; a
// host that browsers read as an IPv4 address must be written as four decimal
// numbers. An empty authority is valid.
func splitAuthority(authority string) (host, port string, ok bool) {
	host = authority
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
		if host == "" || !validPort(port) {
			return "", "", false
		}
	}
	if host == "" {
		return "", "", true
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		a, err := netip.ParseAddr(inner)
		return host, port, closed && err == nil && a.Is6() && a.Zone() == ""
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return "", "", false
		}
		for i := range len(l) {
			if !alphanumeric(l[i]) && l[i] != '-' && l[i] != '_' {
				return "", "", false
			}
		}
	}
	if last := labels[len(labels)-1]; '0' <= last[0] && last[0] <= '9' {
		a, err := netip.ParseAddr(host)
		return host, port, err == nil && a.Is4()
	}
	return host, port, len(host) <= 253
}

// validPort accepts 1 to 65535 without leading zeros.
func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}

// loopbackRedirects are the registrations whose port is free: a native app
// cannot know in advance which port it gets (RFC 8252 7.3). Only the literal
// addresses are exempt, because localhost may be resolved elsewhere.
var loopbackRedirects = [...]string{"http://127.0.0.1", "http://[::1]"}

// MatchRedirectURI reports whether a code or token may be sent to uri: it
// equals a registered URI byte for byte, or differs from a registered literal
// loopback URI in the port alone (R-LOGIN-06, T01). Nothing is normalized,
// decoded or shortened before the comparison.
func MatchRedirectURI(registered []string, uri string) bool {
	if uri == "" {
		return false
	}
	if slices.Contains(registered, uri) {
		return true
	}
	rest, loopback, ok := cutLoopback(uri)
	if !ok {
		return false
	}
	return slices.ContainsFunc(registered, func(r string) bool {
		want, address, ok := cutLoopback(r)
		return ok && address == loopback && want == rest
	})
}

// cutLoopback takes address and port off a literal loopback URI.
func cutLoopback(uri string) (rest, address string, ok bool) {
	for _, address := range loopbackRedirects {
		rest, ok := strings.CutPrefix(uri, address)
		if !ok {
			continue
		}
		if after, ok := strings.CutPrefix(rest, ":"); ok {
			end := strings.IndexAny(after, "/?")
			if end < 0 {
				end = len(after)
			}
			if !validPort(after[:end]) {
				return "", "", false
			}
			rest = after[end:]
		}
		if rest != "" && rest[0] != '/' && rest[0] != '?' {
			return "", "", false
		}
		return rest, address, true
	}
	return "", "", false
}

// IsClaimed reports whether nobody but the owner of a host receives what is sent
// to uri. Another program of the person's machine can take the scheme of a native
// app or the port of a loopback address, so these say nothing about who asks
// (RFC 8252 8.6).
func IsClaimed(uri string) bool {
	scheme, _, ok := strings.Cut(uri, "://")
	return ok && strings.EqualFold(scheme, "https")
}

// IsLoopback reports whether uri is one that http may reach: on this machine.
func IsLoopback(uri string) bool {
	scheme, _, ok := strings.Cut(uri, "://")
	return ok && strings.EqualFold(scheme, "http")
}

// AppendQuery adds parameters to the query of a redirect URI and leaves every
// byte that was there untouched. Names are sorted; blanks become %20, which
// both form decoders and decodeURIComponent understand.
func AppendQuery(uri string, values url.Values) string {
	if len(values) == 0 {
		return uri
	}
	uri, fragment, hasFragment := strings.Cut(uri, "#")
	sep := "?"
	if _, query, ok := strings.Cut(uri, "?"); ok {
		sep = "&"
		if query == "" || strings.HasSuffix(query, "&") {
			sep = ""
		}
	}
	uri += sep + encode(values)
	if hasFragment {
		uri += "#" + fragment
	}
	return uri
}

// AppendFragment adds parameters to the fragment of a redirect URI, as token
// responses do (RFC 6749 4.2.2), and leaves what was there untouched.
func AppendFragment(uri string, values url.Values) string {
	if len(values) == 0 {
		return uri
	}
	_, fragment, ok := strings.Cut(uri, "#")
	switch {
	case !ok:
		uri += "#"
	case fragment != "":
		uri += "&"
	}
	return uri + encode(values)
}

// AppendMark adds the mark "#_=_" to a redirect that has no fragment. A browser
// carries the fragment of the page it comes from along a redirect without one;
// the mark overwrites it.
func AppendMark(uri string) string {
	if strings.Contains(uri, "#") {
		return uri
	}
	return uri + "#_=_"
}

// encode is url.Values.Encode with %20 for a blank: a literal plus is already
// %2B there, so every plus is a blank.
func encode(values url.Values) string { return strings.ReplaceAll(values.Encode(), "+", "%20") }
