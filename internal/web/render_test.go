package web_test

import (
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura/internal/web"
	"github.com/prokura/prokura/internal/web/account"
	"github.com/prokura/prokura/internal/web/business"
	"github.com/prokura/prokura/internal/web/dialog"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestSamplesCoverEveryTemplate: each room draws its pages with kittest.EveryPage,
// which refuses a template without a sample.
func TestSamplesCoverEveryTemplate(t *testing.T) {
	for _, room := range everyRoom() {
		text, err := os.ReadFile(filepath.Join(room.Name, "samples_test.go"))
		if err != nil || !regexp.MustCompile(`kittest\.EveryPage\(t, (Room|kit\.Shared), `).Match(text) {
			t.Errorf("%s does not draw its pages: %v", room.Name, err)
		}
	}
}

// TestPageHeaders checks T08 and T61 on a console page and in the dialog.
func TestPageHeaders(t *testing.T) {
	tests := []struct {
		name   string
		page   kit.Page
		form   string
		opener string
	}{
		{"console", &business.ListPage{Base: kittest.Base(kittest.Ada)}, "form-action 'self'", "same-origin"},
		{"dialog", &account.PasswordPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("account")}, "form-action 'self' https:", ""},
		{"login by itself", &account.LoginPage{}, "form-action 'self'", "same-origin"},
		{"dialog error", &dialog.ErrorPage{Reason: "app_unknown"}, "form-action 'self'", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, rec := kittest.Draw(t, tt.page, web.Rooms...)
			csp := rec.Header().Get("Content-Security-Policy")
			if !strings.HasSuffix(csp, tt.form) {
				t.Errorf("CSP is %q, want it to end in %q", csp, tt.form)
			}
			for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
				if !strings.Contains(csp, want) {
					t.Errorf("CSP lacks %s", want)
				}
			}
			if strings.Contains(csp, "unsafe") {
				t.Errorf("CSP allows something unsafe: %s", csp)
			}
			for name, want := range map[string]string{
				"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cache-Control": "no-store", "Cross-Origin-Opener-Policy": tt.opener,
			} {
				if got := rec.Header().Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestNamesAreText puts markup and direction marks into every name that people
// choose: it must come out as text, isolated from the sentence (T11, T61).
func TestNamesAreText(t *testing.T) {
	evil := `<img src=x onerror=alert(1)>"'` + "\u202e"
	d := kittest.Dialog("review")
	d.App.Name, d.App.Owner, d.App.PrivacyURL = evil, evil, "javascript:alert(1)"
	page, _ := kittest.Draw(t, &dialog.ReviewPage{
		Base: kit.Base{Person: &kit.PersonView{Name: evil, Email: evil}}, Dialog: d, Business: &kit.BusinessView{Name: evil},
		Groups: kittest.Powers, Assets: []kit.AssetKindView{{Kind: "page", Title: "Pages", Assets: []kit.AssetView{{Name: evil}}}},
	}, web.Rooms...)
	if strings.Contains(page, "<img src=x") || strings.Contains(page, `href="javascript:`) {
		t.Error("a name became markup")
	}
	if !strings.Contains(page, "<li><bdi>&lt;img") {
		t.Error("an asset's name is not isolated")
	}
}

// TestReviewShowsEverything: every permission and asset of the snapshot stands
// on the review page by name, with its risk (R-LOGIN-08, T11).
func TestReviewShowsEverything(t *testing.T) {
	page, _ := kittest.Draw(t, &dialog.ReviewPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("review"), Business: &kittest.Nordwind, Groups: kittest.Powers, Assets: kittest.Given, Lifetime: "never"}, web.Rooms...)
	var want []string
	for _, g := range kittest.Powers {
		for _, p := range g.Permissions {
			want = append(want, p.Title, p.Does)
		}
	}
	for _, k := range kittest.Given {
		for _, a := range k.Assets {
			want = append(want, a.Name)
		}
	}
	want = append(want, "Can spend money", "Can change who has access", "Brightline Ads", "app.brightline.example",
		"https://brightline.example/privacy", "Nordwind Outdoor", "Ada Lindqvist", "Connected apps")
	for _, w := range want {
		if !strings.Contains(page, template.HTMLEscapeString(w)) {
			t.Errorf("the review does not show %q", w)
		}
	}
	if n := strings.Count(page, `type="checkbox"`); n != 0 {
		t.Errorf("a configuration is all or nothing, but there are %d checkboxes", n)
	}
}
