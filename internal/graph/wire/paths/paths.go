// Package paths tells paths of the Graph wire from others by their words. What is at a
// path it does not know.
package paths

import (
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
)

// rootWords are the first words of unversioned Graph paths beside ids.
var rootWords = []string{"me", "app", "oauth", "debug_token", "device"}

// IsGraph says whether a path belongs to the Graph wire rather than to the
// pages that share its origin: the first segment is a number, act_…, one of a
// few words, or a version that is not followed by dialog; or it is the root
// with batch or ids in the query. (A POST to the root is a batch, too.)
func IsGraph(path, rawQuery string) bool {
	first, rest := Cut(path)
	if first == "" {
		query, err := url.ParseQuery(rawQuery)
		return err == nil && (query.Has("batch") || query.Has("ids"))
	}
	second, _ := Cut(rest)
	if IsVersion(first) {
		return second != "dialog"
	}
	rest, account := strings.CutPrefix(first, prokura.AdAccountPrefix)
	asset, id, data := strings.Cut(rest, "_")                                                                                                                      // of an asset's data: <asset>_<id>
	return account || IsNumber(asset) && (!data || IsNumber(id)) || slices.Contains(rootWords, first) && (first != "device" || strings.HasPrefix(second, "login")) // /device is a page
}

// Cut takes the first word off a path; empty segments do not count.
func Cut(path string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimLeft(path, "/"), "/")
	return word, rest
}

// IsNumber accepts digits alone, one at least.
func IsNumber(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

// IsVersion accepts the shape v1.2, living or not, parseable or not, so that
// nonsense versions are answered by this wire.
func IsVersion(word string) bool {
	number, ok := strings.CutPrefix(word, "v")
	major, minor, dot := strings.Cut(number, ".")
	return ok && dot && IsNumber(major) && IsNumber(minor)
}
