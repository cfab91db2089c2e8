package outbound

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// R-REVIEW-02, T62: a value is found in a record of the domain or in a file of the site,
// and nowhere else; nobody learns what else stands there, or what is inside.
func TestSite(t *testing.T) {
	const value = "prokura-verification=0123456789abcdef"
	answers := map[string]func(http.ResponseWriter){
		"right.example":   func(w http.ResponseWriter) { fmt.Fprint(w, value) },
		"line.example":    func(w http.ResponseWriter) { fmt.Fprintln(w, value) },
		"other.example":   func(w http.ResponseWriter) { fmt.Fprint(w, "prokura-verification=of-somebody-else") },
		"more.example":    func(w http.ResponseWriter) { fmt.Fprint(w, "secret of the site "+value) },
		"missing.example": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound); fmt.Fprint(w, value) },
		"leads-on.example": func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://right.example/")
			w.WriteHeader(http.StatusFound)
		},
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		if r.URL.Path != prokura.SitePath || answers[host] == nil {
			t.Errorf("asked for %s of %s", r.URL.Path, r.Host)
			return
		}
		answers[host](w)
	}))
	defer site.Close()
	port := site.URL[strings.LastIndexByte(site.URL, ':'):]
	known := map[string][]string{
		"TXT _prokura-verification.right.example": {"v=spf1 -all", value}, "TXT _prokura-verification.other.example": {"v=spf1 -all", "prokura-verification=of-somebody-else"},
		"inside.example": {"10.1.2.3"}, "nowhere.example": {""},
	}
	deliverer := func(g guard, plain bool) *Deliverer {
		resolver := names(t, known)
		c := newCaller(g, plain, resolver)
		return &Deliverer{caller: c, challenges: newChallenges(c), resolver: resolver}
	}
	d := deliverer(guard{loopback: true}, true)
	for _, c := range []struct {
		by    prokura.SiteProof
		where string
		says  string // empty: it is found
	}{
		{prokura.SiteByDNS, "_prokura-verification.right.example", ""},
		{prokura.SiteByDNS, "_prokura-verification.other.example", "no TXT record"},
		{prokura.SiteByDNS, "_prokura-verification.missing.example", "no TXT record"},
		{prokura.SiteByFile, "http://right.example" + port + prokura.SitePath, ""},
		{prokura.SiteByFile, "http://line.example" + port + prokura.SitePath, ""},
		{prokura.SiteByFile, "http://other.example" + port + prokura.SitePath, "something else"},
		{prokura.SiteByFile, "http://more.example" + port + prokura.SitePath, "something else"},
		{prokura.SiteByFile, "http://missing.example" + port + prokura.SitePath, "status 404"},
		{prokura.SiteByFile, "http://leads-on.example" + port + prokura.SitePath, "status 302"},
		{prokura.SiteByFile, "http://inside.example" + port + prokura.SitePath, "not known, or it leads to a place"},
		{prokura.SiteByFile, "http://nowhere.example" + port + prokura.SitePath, "not known, or it leads to a place"},
	} {
		err := d.Site(t.Context(), 7, c.by, c.where, value)
		e := prokura.AsError(err)
		if (err == nil) != (c.says == "") || err != nil && (e.Reason != prokura.CallbackRefused || e.Field != "by" || !strings.Contains(e.Public, c.says) || strings.Contains(e.Public, "secret")) {
			t.Errorf("%s: %v", c.where, err)
		}
	}
	strict := deliverer(guard{}, false)
	for _, where := range []string{"http://right.example" + port, "https://127.0.0.1" + port, "https://right.example" + port} {
		if err := strict.Site(t.Context(), 7, prokura.SiteByFile, where+prokura.SitePath, value); err == nil {
			t.Errorf("%s was asked", where)
		}
	}
	for n := 1; ; n++ {
		err := d.Site(t.Context(), 8, prokura.SiteByDNS, "_prokura-verification.missing.example", value)
		if prokura.AsError(err).Reason == prokura.TooManyCalls {
			break
		}
		if n > 2*challengesPerMinute {
			t.Fatal("a business asks without end")
		}
	}
}
