package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var pageLink = regexp.MustCompile(`<a [^>]*href="(/[^"#]*)`)

// Wherever a page leads somebody, they may be: an employee and somebody with
// full control follow every link that they are shown, from page to page.
func TestLinksLeadWhereOneMayBe(t *testing.T) {
	s := newSite(t)
	s.connectAll()
	for _, who := range []string{"ben", "ada", "tess"} {
		t.Run(who, func(t *testing.T) {
			b := s.browser().logIn(who)
			seen, open := map[string]string{}, []string{"/business", "/apps", "/settings/security"}
			shapes := map[string]int{}
			for len(open) > 0 && len(seen) < 300 {
				path := open[0]
				open = open[1:]
				b.get(path)
				if b.status == http.StatusForbidden || b.status == http.StatusNotFound {
					t.Errorf("%s leads to %s, which answers %d", seen[path], path, b.status)
				}
				for _, m := range pageLink.FindAllStringSubmatch(b.page, -1) {
					to := strings.ReplaceAll(m[1], "&amp;", "&")
					shape := regexp.MustCompile(`\d+`).ReplaceAllString(to, "#")
					if shapes[shape] > 2 || strings.HasPrefix(to, "/consent") || strings.Contains(to, "/dialog/") || strings.HasSuffix(to, ".png") || strings.HasPrefix(to, "/_dev") {
						continue
					}
					if _, known := seen[to]; !known {
						shapes[shape]++
						seen[to] = path
						open = append(open, to)
					}
				}
			}
			if len(seen) < 10 {
				t.Errorf("%d links", len(seen))
			}
		})
	}
}
