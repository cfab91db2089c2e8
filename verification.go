package prokura

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// VerificationStatus is where the verification of a business stands, by its name on
// the wire.
type VerificationStatus string

// States of verifications. Of the last five a business may begin another one.
const (
	NotVerified            VerificationStatus = "not_verified"
	VerificationBegun      VerificationStatus = "pending_submission"
	VerificationWaits      VerificationStatus = "pending"                // for staff
	VerificationAsked      VerificationStatus = "pending_need_more_info" // by staff
	VerificationGiven      VerificationStatus = "verified"
	VerificationFailed     VerificationStatus = "failed"     // what was handed in does not show it
	VerificationRejected   VerificationStatus = "rejected"   // for what the business or its papers are
	VerificationIneligible VerificationStatus = "ineligible" // the platform does not verify such a business
	VerificationRevoked    VerificationStatus = "revoked"    // by staff, who had given it
	VerificationExpired    VerificationStatus = "expired"    // what was proven holds no more, such as the name
)

// VerificationStatuses are all of them.
var VerificationStatuses = []VerificationStatus{NotVerified, VerificationBegun, VerificationWaits, VerificationAsked, VerificationGiven,
	VerificationFailed, VerificationRejected, VerificationIneligible, VerificationRevoked, VerificationExpired}

// Open reports whether the business's people or staff still work on it.
func (s VerificationStatus) Open() bool {
	return s == VerificationBegun || s == VerificationWaits || s == VerificationAsked
}

// Editable reports whether the business's people may change it.
func (s VerificationStatus) Editable() bool { return s == VerificationBegun || s == VerificationAsked }

// VerificationDetails are what a business says of itself to be verified.
type VerificationDetails struct {
	LegalName    string `json:"legal_name"`
	Address      string `json:"address"`      // with line breaks
	Country      string `json:"country"`      // ISO 3166-1 alpha-2
	Registration string `json:"registration"` // number in the country's register, or of its tax office
	Website      string `json:"website"`      // https://host, perhaps with a path
	Contact      string `json:"contact"`      // name of the person whom staff may turn to
	Email        string `json:"email"`        // at the domain of the web site
	Phone        string `json:"phone"`        // may be empty
}

// fields are the details with their bounds.
func (d *VerificationDetails) fields() []detailField {
	return []detailField{
		{"legal_name", &d.LegalName, 150, true}, {"address", &d.Address, 400, true}, {"country", &d.Country, 2, true}, {"registration", &d.Registration, 60, true},
		{"website", &d.Website, 300, true}, {"contact", &d.Contact, 100, true}, {"email", &d.Email, 254, true}, {"phone", &d.Phone, 40, false},
	}
}

type detailField struct {
	name   string
	value  *string
	most   int // runes
	wanted bool
}

// Missing names the details without which nothing can be sent.
func (d VerificationDetails) Missing() (list []string) {
	for _, f := range d.fields() {
		if f.wanted && *f.value == "" {
			list = append(list, f.name)
		}
	}
	return list
}

// Check returns the details as they are kept, or what is wrong with one. plain lets
// the web site be http, on a port, as in a world for development.
func (d VerificationDetails) Check(plain bool) (VerificationDetails, *Error) {
	for _, f := range d.fields() {
		*f.value = strings.TrimSpace(strings.ReplaceAll(*f.value, "\r\n", "\n"))
		switch {
		case utf8.RuneCountInString(*f.value) > f.most:
			return d, Errorf(InvalidParameter, "At most %d characters fit here.", f.most).WithField(f.name)
		case f.name != "registration" && f.name != "phone" && !PlainName(strings.ReplaceAll(*f.value, "\n", " ")):
			return d, Errorf(InvalidParameter, "Use letters and signs that everybody sees.").WithField(f.name)
		case strings.ContainsFunc(*f.value, func(r rune) bool { return r != '\n' && unseen(r) }):
			return d, Errorf(InvalidParameter, "Use letters and signs that everybody sees.").WithField(f.name)
		}
	}
	d.Country, d.Email = strings.ToUpper(d.Country), NormalEmail(d.Email)
	if d.Country != "" && !slices.Contains(Countries, d.Country) {
		return d, Errorf(InvalidParameter, "Choose a country.").WithField("country")
	}
	if d.Website != "" {
		if !strings.Contains(d.Website, "://") {
			d.Website = "https://" + d.Website
		}
		if u, err := url.Parse(d.Website); err != nil || CheckCallbackURL(d.Website, plain) != nil || u.RawQuery != "" || u.Port() != "" && !plain {
			return d, Errorf(InvalidParameter, "Enter the address of the business's own web site, such as https://www.example.com.").WithField("website")
		}
	}
	return d, nil
}

// Site is the origin of the web site: scheme and host, with a port if one is named.
func (d VerificationDetails) Site() string {
	u, err := url.Parse(d.Website)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// Countries are the codes of ISO 3166-1.
var Countries = strings.Fields(`AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF
	CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU
	GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH
	MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
	SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
	YT ZA ZM ZW`)

// Verification is one verification of a business, from its beginning to what became
// of it.
type Verification struct {
	Business ID
	Number   int64 // within the business, from 1
	Version  int64 // of what was changed last: who decides says what they saw
	Status   VerificationStatus
	Name     string // of the business when it was sent: it is verified by this one
	Details  VerificationDetails

	Begun   Instant
	BegunBy ID // the person
	Changed Instant
	Hands   []ID // the people who wrote or handed in a part of it, proved or sent something

	// Of what an app's people prepared for a client, which is nobody's until the
	// client's people accept it (R-REVIEW-02).
	App        ID // 0: the business began it itself
	Offered    Instant
	OfferedBy  ID
	Accepted   Instant
	AcceptedBy ID

	Code       string // hash of the code that was mailed last; empty: none is awaited
	Mailed     Instant
	Tries      int64 // of that code
	MailProven Instant
	SiteValue  string // that the web site or its domain has to show
	SiteProven Instant
	SiteBy     SiteProof

	Sent    Instant
	SentBy  ID
	Reason  VerificationReason // of the latest question or decision
	Words   string             // of whoever asked or decided, for the business's people
	Decided Instant            // or asked
	Decider ID
}

// Hand notes that a person had a hand in the verification: they do not decide about it.
func (v *Verification) Hand(person ID) {
	if person != 0 && !slices.Contains(v.Hands, person) {
		v.Hands = append(slices.Clone(v.Hands), person)
	}
}

// HadHand reports whether a person had a hand in the verification (R-REVIEW-03).
func (v *Verification) HadHand(person ID) bool {
	return slices.Contains([]ID{v.BegunBy, v.OfferedBy, v.AcceptedBy, v.SentBy}, person) || slices.Contains(v.Hands, person)
}

// Prepared reports whether an app's people prepared it and the client has not accepted
// it.
func (v Verification) Prepared() bool { return v.App != 0 && v.Accepted == 0 }

// Place is where the documents belong.
func (v Verification) Place() string {
	return "verification/" + v.Business.String() + "/" + strconv.FormatInt(v.Number, 10)
}

// SiteProof is how somebody shows that a web site is theirs.
type SiteProof string

// The ways. The value stands in a TXT record of the domain (RFC 1464), or in a file at
// a well-known place of the site (RFC 8615).
const (
	SiteByDNS  SiteProof = "dns"
	SiteByFile SiteProof = "file"
)

// Where the value is looked for.
const (
	SiteRecord = "_prokura-verification."                // before the domain
	SitePath   = "/.well-known/prokura-verification.txt" // behind the origin
	SitePrefix = "prokura-verification="                 // before the value
)

// VerificationReason says why a verification was refused, or what is asked for.
type VerificationReason string

// VerificationReasonInfo is one row of [VerificationReasons].
type VerificationReasonInfo struct {
	Reason VerificationReason
	Status VerificationStatus // that it leads to
}

// VerificationReasons are what whoever decides chooses from. What can be mended is
// asked back for, or leads to a state after which the business may try again at once.
var VerificationReasons = []VerificationReasonInfo{
	{"document_unreadable", VerificationAsked}, {"document_missing", VerificationAsked}, {"details_differ", VerificationAsked}, {"document_old", VerificationAsked},
	{"not_shown", VerificationFailed}, {"contact_unreachable", VerificationFailed},
	{"document_forged", VerificationRejected}, {"other_business", VerificationRejected},
	{"not_a_business", VerificationIneligible}, {"place_not_served", VerificationIneligible},
	{"no_longer_true", VerificationRevoked}, {"given_by_mistake", VerificationRevoked},
}

// Reasons of what nobody chooses.
const (
	ReasonRenamed VerificationReason = "renamed"         // the business has another name
	ReasonChanged VerificationReason = "details_changed" // its people changed what it was verified by
)

// FindVerificationReason finds a reason; false: there is none.
func FindVerificationReason(r VerificationReason) (VerificationReasonInfo, bool) {
	i := slices.IndexFunc(VerificationReasons, func(x VerificationReasonInfo) bool { return x.Reason == r })
	if i < 0 {
		return VerificationReasonInfo{}, false
	}
	return VerificationReasons[i], true
}
