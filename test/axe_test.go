package test

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axeSource is the accessibility checker, as npm delivers it.
var axeSource = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("clients/node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("the clients of test/clients are not installed (npm ci): %w", err)
	}
	return string(source), nil
})

type axeViolation struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// colours are the rules of the checker that ask what something is painted in.
const colours = `runOnly: ['color-contrast', 'link-in-text-block']`

// axe fails the test for each accessibility violation on the page as it
// stands, by all rules of the checker or by those that options name. The checker
// comes in through the debugger, past the page's content security policy, once for
// each page.
func (p *tab) axe(page, options string) {
	p.t.Helper()
	if !eval[bool](p, "'axe' in window") {
		source, err := axeSource()
		if err != nil {
			p.t.Fatal(err)
		}
		p.do("load axe", chromedp.Evaluate[chromedp.Void](source+"\n;void 0"))
	}
	violations := eval[[]axeViolation](p, `axe.run(document, {resultTypes: ['violations'], `+options+`}).then(r => r.violations.map(v => ({
		id: v.id, impact: v.impact, help: v.help,
		nodes: v.nodes.map(n => n.html + ' — ' + n.failureSummary),
	})))`)
	for _, v := range violations {
		p.t.Errorf("%s: axe %s (%s): %s\n  %s", page, v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n  "))
	}
}

// accessible checks the page as it stands in light and in dark, or in the
// schemes given, and that it does not scroll sideways. Schemes differ in colours
// alone, so the second is checked for those. Pages are the same on both databases:
// they are looked at on one.
func (p *tab) accessible(page string, schemes ...string) {
	p.t.Helper()
	if strings.Contains(p.t.Name(), "/postgres") {
		return
	}
	if len(schemes) == 0 {
		schemes = []string{"light", "dark"}
	}
	options := ""
	for _, scheme := range schemes {
		p.scheme(scheme)
		p.axe(page+", "+scheme, options)
		options = colours
	}
	p.scheme("light")
	p.fits(page)
}

// fits checks that neither the page nor a table that becomes a list where it is
// narrow scrolls sideways: what is out of sight there nobody misses.
func (p *tab) fits(page string) {
	p.t.Helper()
	const wide = `document.documentElement.scrollWidth > innerWidth ||
		[...document.querySelectorAll('.table-frame:has(.table-stack)')].some(f => f.scrollWidth > f.clientWidth)`
	if eval[bool](p, wide) {
		p.t.Errorf("%s scrolls sideways at %v px", page, eval[int](p, "innerWidth"))
	}
}
