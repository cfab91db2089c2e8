package dialog

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
)

// BusinessPage lists the businesses of the person for a system-user
// configuration (R-LOGIN-07).
//
// Form: POST /consent/{id}/business. Fields: business = id. The link to create
// one is GET /consent/{id}/business/new.
type BusinessPage struct {
	kit.Base
	Dialog     *kit.Dialog
	Businesses []BusinessChoice
	Query      string // q of a GET search; the search form shows beyond 8 businesses
	Paging     kit.Paging
	CanCreate  bool
}

func (*BusinessPage) TemplateName() string     { return "dialog/business" }
func (p *BusinessPage) Window() (string, bool) { return p.Dialog.Window() }

// Searchable reports whether the list is long enough for a search form.
func (p *BusinessPage) Searchable() bool { return p.Query != "" || p.Paging.Matching > 8 }

// AnyEligible reports whether there is something to choose.
func (p *BusinessPage) AnyEligible() bool {
	for _, b := range p.Businesses {
		if b.Why == "" {
			return true
		}
	}
	return false
}

// BusinessChoice is one business of the list.
type BusinessChoice struct {
	kit.BusinessView
	FullControl bool
	Checked     bool
	Connected   bool // this configuration is already connected: going on replaces that
	// Why it cannot be chosen: "" if it can, else one of
	// "role" (the person has no full control), "owner" (it owns the app),
	// "factor" (it demands a second factor that the person does not have),
	// "access" (the app is not approved to serve it).
	Why string
}

// WhyKey is the key of the words for Why.
func (b BusinessChoice) WhyKey() string { return "business.why." + b.Why }

// AssetsPage chooses assets, by kind (R-LOGIN-08).
//
// Form: POST /consent/{id}/assets. Fields:
//   - shown: the id of each asset on show, repeated; asset: those of them that
//     are chosen. What is not on show stays as it was saved before;
//   - q.<kind>: the search text of a kind's section;
//   - do: "continue", "back" (to the business, where one was chosen), "search", "all:<kind>" (choose everything that matches),
//     "none:<kind>", "before:<kind>:<id>" and "after:<kind>:<id>" (the
//     neighbouring page of the list, from its Earlier and Later), "new:<kind>" (make an asset of
//     new.name.<kind> and new.currency.<kind>, and choose it). Pressing Enter
//     in a search field sends "search".
//
// Every do saves the choice. All but "continue" and "back" lead back here, to
// GET /consent/{id} with q.<kind>, before.<kind> and after.<kind> in the query,
// so that reload and back work (R-LOGIN-15).
type AssetsPage struct {
	kit.Base
	Dialog    *kit.Dialog
	Business  *kit.BusinessView // nil in a personal login
	Demanding []string          // names of businesses whose assets wait for a second factor
	Again     bool              // some of the assets were given before
	Follows   bool              // the app reaches whatever the person can reach, until something is chosen
	Sections  []AssetSection
}

func (*AssetsPage) TemplateName() string     { return "dialog/assets" }
func (p *AssetsPage) Window() (string, bool) { return p.Dialog.Window() }

// Blocked reports whether a required kind has nothing to choose, and nothing can be made
// here.
func (p *AssetsPage) Blocked() bool {
	for _, s := range p.Sections {
		if s.Required && !s.Exist && !s.Make {
			return true
		}
	}
	return false
}

// Lacking reports whether a required kind has nothing to choose yet: there is no way on.
func (p *AssetsPage) Lacking() bool {
	return slices.ContainsFunc(p.Sections, func(s AssetSection) bool { return s.Required && !s.Exist })
}

// AssetSection is the assets of one kind.
type AssetSection struct {
	Kind     string   // prokura.AssetKind
	Title    string   // plural
	Tasks    []string // what the app will be able to do with them, in plain words
	Required bool     // at least one must be chosen
	Exist    bool     // there are assets of this kind, whatever the search
	Query    string   // q.<kind>
	Chosen   int      // on show or not
	Rows     []AssetChoice
	Earlier  string // id for "before:<kind>:<id>"; "" on the first page
	Later    string // id for "after:<kind>:<id>"; "" on the last page
	Problem  string // "" or what is wrong, such as none chosen
	Make     bool   // the business has none, and one can be made here: new.name.<kind>, of ad accounts new.currency.<kind>
	NewName  string
	NewMoney string
}

// Money reports whether one of the kind is made with a currency.
func (s AssetSection) Money() bool { return s.Kind == string(prokura.KindAdAccount) }

// NewField is the name of a field for a new one.
func (s AssetSection) NewField(what string) string { return "new." + what + "." + s.Kind }

// Icon names the drawing of the kind.
func (s AssetSection) Icon() string { return kit.KindIcon(s.Kind) }

// ID is the section's part of HTML ids.
func (s AssetSection) ID() string { return kit.IDPart(s.Kind) }

// Tools reports whether the section has a search field or buttons for all.
func (s AssetSection) Tools() bool { return s.Searchable() || len(s.Rows) > 1 }

// Searchable reports whether the section is long enough for a search field.
func (s AssetSection) Searchable() bool { return len(s.Rows) > 8 || !s.Complete() }

// Complete reports whether every asset of the kind is on show, so that the
// page's script may search and select by itself.
func (s AssetSection) Complete() bool { return s.Query == "" && s.Earlier == "" && s.Later == "" }

// Elsewhere counts the chosen assets that are not on show.
func (s AssetSection) Elsewhere() int {
	n := s.Chosen
	for _, r := range s.Rows {
		if r.Checked {
			n--
		}
	}
	return n
}

// AssetChoice is one asset of a section.
type AssetChoice struct {
	ID      string
	Name    string
	Detail  string // a second line: currency, address, owner; "" for none
	Checked bool
	Had     bool   // given before
	New     bool   // not given before, where others were
	Why     string // "" if it can be chosen, else why not, in words
}

// ReviewPage is the last step: everything that will be granted
// (R-LOGIN-08, R-LOGIN-14). Of a kind with many assets it names some, and leads
// to the others by page.<kind> of GET /consent/{id}; seen is the digest of what
// was on show until then.
//
// Form: POST /consent/{id}/review. Fields: digest; permission (repeated; only
// with Classic: the names of the optional permissions that stay checked);
// do = confirm, or back (to the assets, or to the business where there are none).
type ReviewPage struct {
	kit.Base
	Dialog   *kit.Dialog
	Business *kit.BusinessView // nil in a personal login
	Groups   []kit.PermissionGroup
	Assets   []kit.AssetKindView
	Heading  string   // "" for a business, else one of the keys Heading…
	Classic  bool     // a scope login: optional permissions have checkboxes
	Stands   string   // of what was given before: "", or one of the keys Stands…
	Narrows  bool     // the app reached whatever the person can reach, and will reach what is chosen
	Reach    string   // one of the keys Reach… where no assets are named; "" where there is nothing to reach
	Unused   []string // kinds of asset of which none is chosen, while others are
	Gone     *Gone    // what goes away; nil: nothing does
	Changed  bool     // shown again because something changed meanwhile (R-LOGIN-14)
	Lifetime string   // "never", "days60" or "session": what ends the access by itself
	Digest   string
	CanBack  bool
}

func (*ReviewPage) TemplateName() string     { return "dialog/review" }
func (p *ReviewPage) Window() (string, bool) { return p.Dialog.Window() }

// Gone is what a confirmation takes away of what was given before.
type Gone struct {
	Permissions []string // titles
	Assets      []string // names, the first ones
	More        int      // assets beyond these
	Lost        int      // assets that can no longer be given, whoever has them now
}

// SignIn reports whether the app only wants to know who the person is.
func (p *ReviewPage) SignIn() bool { return p.Heading == HeadingSignIn }

// Total counts the assets of all kinds.
func (p *ReviewPage) Total() (n int) {
	for _, k := range p.Assets {
		n += k.Total()
	}
	return n
}

// Paged reports whether there are assets that are not on show.
func (p *ReviewPage) Paged() bool {
	return slices.ContainsFunc(p.Assets, func(k kit.AssetKindView) bool { return k.Paging.More() })
}

// Risks lists the risks among the permissions, each once, the gravest first.
func (p *ReviewPage) Risks() []prokura.Risk {
	var out []prokura.Risk
	for _, r := range []prokura.Risk{prokura.RiskMoney, prokura.RiskPeople, prokura.RiskSpeak} {
		if hasRisk(p.Groups, r) {
			out = append(out, r)
		}
	}
	return out
}

func hasRisk(groups []kit.PermissionGroup, r prokura.Risk) bool {
	for _, g := range groups {
		for _, p := range g.Permissions {
			if p.Risk == r {
				return true
			}
		}
	}
	return false
}

// DonePage ends a login that has no redirect to follow, and stands in for a
// pending login that was already answered.
type DonePage struct {
	kit.Base
	Dialog    *kit.Dialog
	Cancelled bool
	Business  *kit.BusinessView
}

func (*DonePage) TemplateName() string     { return "dialog/done" }
func (p *DonePage) Window() (string, bool) { return p.Dialog.Window() }

// ErrorPage is a login that cannot go on and must not be redirected
// (R-LOGIN-03 … R-LOGIN-10). Everybody sees the title and text of the reason;
// people with a role on the app also see the exact cause.
type ErrorPage struct {
	kit.Base
	Dialog *kit.Dialog    // the pending login that cannot go on; nil if it came to none
	App    *kit.AppView   // nil while the app is unknown
	Reason prokura.Reason // its words are stop.<reason>.title and .text
	Cause  string         // "" for everybody else: prokura.Error.Detail, or its Public text
	Again  string         // "in about 2 minutes"; "" where nobody knows
	FixURL string         // with Cause: where in the dashboard to correct it; "" for none
}

func (*ErrorPage) TemplateName() string     { return "dialog/error" }
func (p *ErrorPage) Window() (string, bool) { return "", true }

// Unshared reports whether it is certain that nothing was shared: the login was
// looked at and is not finished, or it came to none.
func (p *ErrorPage) Unshared() bool {
	return p.Dialog != nil || !slices.Contains([]prokura.Reason{prokura.LoginExpired, prokura.Unavailable, prokura.Internal}, p.Reason)
}

// Key is the stem of the page's words; reasons without words of their own
// share those of an unavailable app, which give nothing away.
func (p *ErrorPage) Key() string {
	if key := "stop." + string(p.Reason); p.Words.Has(key + ".title") {
		return key
	}
	return "stop.app_not_available"
}
