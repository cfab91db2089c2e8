package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura/internal/document"
	"github.com/prokura/prokura/internal/registry/world"
)

// Write is the scenario of a world: what Parse reads as the same one. Lines of
// left, what a scenario has no words for, stand as comments at its head.
func Write(w world.World, left []string) []byte {
	var p printer
	p.text.WriteString("# A snapshot of a world for development: seed it with prokura seed --dev. It holds\n# passwords, as hashes, and app secrets, in clear.\n")
	if len(left) > 0 {
		p.text.WriteString("#\n# Left out, because a scenario has no words for it:\n")
	}
	for _, line := range left {
		fmt.Fprintf(&p.text, "# - %s\n", strings.Map(func(c rune) rune { // names are anybody's: none ends the comment
			if c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0xfeff {
				return ' '
			}
			return c
		}, line))
	}
	d := documentOf(w)
	if !p.object(reflect.ValueOf(d), 0) {
		p.text.WriteString("people: {}\n")
	}
	return []byte(p.text.String())
}

// printer writes values as reader reads them: fields in the order of the
// document, empty ones left out.
type printer struct{ text strings.Builder }

// object writes the fields of a struct that are not empty, each on lines of its
// own, and reports whether there was one.
func (p *printer) object(v reflect.Value, depth int) (some bool) {
	for _, f := range document.Fields(v.Type()) {
		if field := v.Field(f.Index); !empty(field) || f.Required {
			p.entry(f.Name, field, depth)
			some = true
		}
	}
	return some
}

func empty(v reflect.Value) bool {
	return v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}

const indent = "  "

// entry writes one line of a mapping, and what is below it.
func (p *printer) entry(key string, v reflect.Value, depth int) {
	p.text.WriteString(strings.Repeat(indent, depth) + word(key) + ":")
	p.value(v, depth)
}

// value writes what stands behind a colon or a dash, to the end of its last line.
func (p *printer) value(v reflect.Value, depth int) {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case !v.IsValid():
		p.text.WriteString(" null\n")
	case reflect.PointerTo(v.Type()).Implements(reflect.TypeFor[document.Table]()):
		p.brackets("{}", v.Len(), func() {
			for i := range v.Len() {
				row := v.Index(i)
				p.entry(row.Field(0).String(), row.Field(1), depth+1)
			}
		})
	case v.Kind() == reflect.Slice:
		p.brackets("[]", v.Len(), func() {
			for i := range v.Len() {
				p.text.WriteString(strings.Repeat(indent, depth+1) + "-")
				p.value(v.Index(i), depth+1)
			}
		})
	case v.Kind() == reflect.Struct:
		if v.IsZero() {
			p.text.WriteString(" {}\n")
			return
		}
		p.text.WriteByte('\n')
		p.object(v, depth+1)
	case v.Kind() == reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		p.brackets("{}", len(keys), func() {
			for _, key := range keys {
				p.entry(key.String(), v.MapIndex(key), depth+1)
			}
		})
	default:
		p.text.WriteString(" " + scalar(v) + "\n")
	}
}

// brackets writes what is empty as such, else the lines of it.
func (p *printer) brackets(none string, n int, lines func()) {
	if n == 0 {
		p.text.WriteString(" " + none + "\n")
		return
	}
	p.text.WriteByte('\n')
	lines()
}

// plain are texts that mean themselves without quotes; YAML has words and numbers
// that do not.
var (
	plain    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*$`)
	notPlain = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|y|n|null|nan|inf)$`)
)

// scalar writes a text, a number or a truth.
func scalar(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return word(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	}
	return strconv.FormatInt(v.Int(), 10)
}

// word is a text, in quotes of JSON where it needs some: YAML reads them the same.
func word(s string) string {
	if plain.MatchString(s) && !notPlain.MatchString(s) {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text always can be
	return strings.TrimSuffix(b.String(), "\n")
}

// documentOf is the document of which world makes w.
func documentOf(w world.World) (d worldFile) {
	for _, p := range w.People {
		d.People = append(d.People, row[person]{Key: p.Key, Value: person{ID: int64(p.ID), Name: p.Name, Email: p.Email, Password: p.Password.Reveal(),
			Hash: p.PasswordHash.Reveal(), Staff: staffRole(p.Staff)}})
	}
	for _, b := range w.Businesses {
		v := business{ID: int64(b.ID), Name: b.Name, Verification: b.Verification, Vertical: b.Vertical, TwoFactor: string(b.TwoFactor), AllNotices: b.AllNotices, Owns: b.Owns, Manages: b.Manages}
		for _, m := range b.Members {
			v.Members = append(v.Members, row[string]{Key: m.Person, Value: string(m.Role)})
		}
		for _, u := range b.SystemUsers {
			v.SystemUsers = append(v.SystemUsers, row[systemUser]{Key: u.Key, Value: systemUser{ID: int64(u.ID), Name: u.Name, Role: string(u.Role), Installs: u.Installs}})
		}
		d.Businesses = append(d.Businesses, row[business]{Key: b.Key, Value: v})
	}
	for _, a := range w.Assets {
		d.Assets = append(d.Assets, row[asset]{Key: a.Key, Value: asset{ID: int64(a.ID), Kind: string(a.Kind), Business: a.Business, Name: a.Name,
			Attributes: a.Attributes, People: taskRows(a.People), SharedWith: taskRows(a.Shares), Data: a.Data}})
	}
	for _, a := range w.Apps {
		d.Apps = append(d.Apps, row[app]{Key: a.Key, Value: appOf(a)})
	}
	for _, g := range w.Grants {
		d.Grants = append(d.Grants, grant{Configuration: g.Configuration, App: g.App, Permissions: texts(g.Permissions), Declined: texts(g.Declined),
			Person: g.Person, Business: g.Business, Assets: g.Assets})
	}
	return d
}

func appOf(a world.App) app {
	s := a.Settings
	v := app{ID: int64(a.ID), Name: a.Name, Type: string(a.Type), Business: a.Business, Mode: string(a.Mode), Level: string(a.Level), Secret: a.Secret.Reveal(),
		Contact: s.Contact, PrivacyPolicy: s.PrivacyPolicyURL, Terms: s.TermsURL, BusinessUse: s.BusinessUse, Site: s.SiteURL, Domains: s.Domains,
		Category: s.Category, Icon: s.Icon, RedirectURIs: s.RedirectURIs, JSDomains: s.JSDomains, RequireProof: s.RequireProof, RequireTimed: s.RequireTimedProof,
		ServerIPs: s.ServerIPs, ClientOAuthOff: s.ClientOAuthOff, WebOAuthOff: s.WebOAuthOff, ImplicitOff: s.ImplicitOff, Strict: s.Strict,
		Deauthorize: s.DeauthorizeCallback, DataDeletion: s.DataDeletionURL, Version: s.Version, SharedWith: a.SharedWith, Advanced: texts(a.Advanced)}
	for _, r := range a.Roles {
		v.Roles = append(v.Roles, row[string]{Key: r.Person, Value: string(r.Role)})
	}
	for _, l := range a.AdAccounts {
		state := accountListed
		if l.Removed {
			state = accountRemoved
		}
		v.AdAccounts = append(v.AdAccounts, row[string]{Key: l.Account, Value: state})
	}
	for _, u := range a.Used {
		v.Used = append(v.Used, row[used]{Key: u.Asset, Value: used{int64(u.Points), int64(u.Calls)}})
	}
	v.LevelReason, v.DraftRelation, v.Created = a.LevelReason, a.DraftRelationship, a.Created
	for _, d := range a.Draft {
		v.Draft = append(v.Draft, row[string]{Key: d.Name, Value: d.Use})
	}
	for _, c := range a.Calls {
		v.Calls = append(v.Calls, calls{int64(c.DaysAgo), c.Edge, int64(c.Code), c.Calls, c.Micros})
	}
	for _, c := range a.Configurations {
		out := configuration{ID: int64(c.ID), Name: c.Name, Variation: c.Variation, TokenType: string(c.TokenType), Expires: int64(c.ExpiresInDays), Permissions: texts(c.Permissions)}
		for _, k := range c.Assets {
			out.Assets = append(out.Assets, row[configurationAsset]{Key: string(k.Kind), Value: configurationAsset{Tasks: texts(k.Tasks), Required: k.Required}})
		}
		v.Configurations = append(v.Configurations, row[configuration]{Key: c.Key, Value: out})
	}
	return v
}

func taskRows(list []world.Tasks) (out rows[[]string]) {
	for _, t := range list {
		out = append(out, row[[]string]{Key: t.Key, Value: texts(t.Tasks)})
	}
	return out
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
