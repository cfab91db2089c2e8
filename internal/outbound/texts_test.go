package outbound

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// everyValue fills every text.
func everyValue(with string) map[string]string {
	v := map[string]string{"role": "ADMIN", "asked": "use_app", "factor": "totp", "demand": "none", "staff": "lead", "outcome": "raised", "level": "Basic", "link": "/invitations/0123", "code": "1234 5678", "answer": "asked", "mode": "stopped",
		"verification": "verified", "stage": "accepted", "why": "revoked"}
	for _, name := range []string{"person", "business", "business_id", "app", "app_id", "asset", "asset_id", "owner", "owner_id", "problem_id", "to", "by", "former", "what", "date", "number", "submission_id"} {
		v[name] = with
	}
	return v
}

// Every text that acts name exists: the constants Mail…, and the
// kinds of invitation.
func TestTextsAreComplete(t *testing.T) {
	named := map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), "../../mailtext.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Mail") {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			text, _ := strconv.Unquote(lit.Value)
			named[text] = true
		}
		return true
	})
	for _, k := range []prokura.RequestKind{prokura.InviteMember, prokura.InviteAppRole, prokura.InviteAppOwner} {
		named[string(k)] = true
	}
	for name := range named {
		if _, ok := mailTexts[name]; !ok {
			t.Errorf("acts send %q, and there is no such text", name)
		}
	}
	for name := range mailTexts {
		if !named[name] {
			t.Errorf("no act sends %q", name)
		}
	}
	if len(named) < 5 {
		t.Errorf("found only %v", named)
	}
}

// T63: what people chose stands in no subject that goes to strangers, and is no
// link to a mail client; links of ours stay.
func TestNamesAreNoLinks(t *testing.T) {
	const base = "https://login.example"
	for _, text := range []prokura.RequestKind{prokura.InviteMember, prokura.InviteAppRole, prokura.InviteAppOwner} {
		l, err := Write(registry.Mail{Text: string(text), Values: everyValue("Ann of https://evil.example or me@evil.example")}, base)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(l.Subject, "Ann") {
			t.Errorf("%s: subject %q", text, l.Subject)
		}
		if strings.Contains(l.Body, "evil.example") || strings.Contains(l.Body, "@evil") || strings.Count(l.Body, "://") != strings.Count(l.Body, base) {
			t.Errorf("%s: %s", text, l.Body)
		}
		if !strings.Contains(l.Body, base+"/invitations/0123") {
			t.Errorf("%s lost its link: %s", text, l.Body)
		}
	}
}

// T63: whatever names say, a mail has the one link base of the configuration, no
// further header and no further line.
func TestTextsWithHostileValues(t *testing.T) {
	const base = "https://login.example"
	for name := range mailTexts {
		plain, err := Write(registry.Mail{To: "a@example.org", Text: name, Values: everyValue("Plain Name")}, base)
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.ContainsAny(plain.Subject+plain.Body, "{}") || !strings.Contains(plain.Body, base+"/") {
			t.Errorf("%s: %+v", name, plain)
		}
		hostile, err := Write(registry.Mail{To: "a@example.org", Text: name,
			Values: everyValue("N\r\nBcc: victim@example.org\r\n\r\nhttps://evil.example\u2028\u202egnp\x00{base}" + strings.Repeat("x", 1000))}, base)
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.Count(hostile.Body, "\n") != strings.Count(plain.Body, "\n") || strings.ContainsAny(hostile.Subject, "\r\n\x00\u2028\u202e") ||
			strings.Contains(hostile.Body, "\r") || strings.Contains(hostile.Body, "xN\r") || len(hostile.Subject) > 1000 {
			t.Errorf("%s: %q\n%q", name, hostile.Subject, hostile.Body)
		}
	}
	if _, err := Write(registry.Mail{Text: "unheard_of"}, base); err == nil {
		t.Error("an unknown text was written")
	}
	if _, err := Write(registry.Mail{Text: prokura.MailNewGrant, Values: map[string]string{"app": "A"}}, base); err == nil {
		t.Error("a text with missing values was written")
	}
	v := everyValue("x")
	v["role"] = "EMPEROR"
	if _, err := Write(registry.Mail{Text: string(prokura.InviteMember), Values: v}, base); err == nil {
		t.Error("an unknown role was written")
	}
}
