package kit

import (
	"strconv"

	"github.com/prokura/prokura"
)

// ErrorPage answers whatever could not be answered. It gives no cause away; the trace id leads staff to it.
type ErrorPage struct {
	Base
	Status int    // HTTP; its words are error.<status>.title and .text, else those of 400 or 500
	Forged bool   // the form is not one of this session's
	Again  string // "in about 2 minutes"; "" where nobody knows
}

// AgainOf says in words when what was refused may be let through.
func AgainOf(e *prokura.Error) string {
	if e.Again <= 0 {
		return ""
	}
	return prokura.InAbout(e.Again)
}

func (*ErrorPage) TemplateName() string { return "kit/error" }

// Key is the stem of the page's words.
func (p *ErrorPage) Key() string {
	if p.Forged {
		return "error.form"
	}
	switch p.Status {
	case 400, 403, 404, 409, 429, 503:
		return "error." + strconv.Itoa(p.Status)
	}
	if p.Status < 500 {
		return "error.400"
	}
	return "error.500"
}

// TwoFactorPage answers whatever a business keeps from its people, and the platform
// from its staff, until they have a second factor.
type TwoFactorPage struct {
	Base
	OfStaff  bool
	Business string // id, for leaving it instead; "" where the address names none
}

func (*TwoFactorPage) TemplateName() string { return "kit/two_factor" }

// InvitationGonePage answers invitations that nobody, or somebody else, may
// accept: one page for all reasons.
type InvitationGonePage struct {
	Base
}

func (*InvitationGonePage) TemplateName() string { return "kit/invitation_gone" }

// BusinessNewPage creates a business, in the dialog (GET and POST
// /consent/{id}/business/new) or in the console (GET and POST /business/new).
// Fields: name.
type BusinessNewPage struct {
	Base
	Dialog *Dialog // nil in the console
	Name   string
}

func (*BusinessNewPage) TemplateName() string { return "kit/business_new" }

func (p *BusinessNewPage) Window() (string, bool) { return p.Dialog.Window() }

// BusinessConfirmPage asks before something ends. It answers GET of the path
// that its form posts to, which has no other fields than those here.
type BusinessConfirmPage struct {
	Base
	Business BusinessView
	What     string // delete, unshare, release, group, agency, client, give
	Here     string // entry of the side navigation
	Action   string
	Back     string
	BackName string
	Name     string // of the asset, group or business
	Partner  string // unshare: with whom; give: to whom
	Assets   int    // agency, client: how many are shared
	Fields   []HiddenField
}

func (*BusinessConfirmPage) TemplateName() string { return "kit/business_confirm" }
