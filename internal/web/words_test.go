package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/web"
	"github.com/prokura/prokura/internal/web/kit"
)

// families are the keys that are put together from a stem and a name of the
// rules, such as an error's reason.
func families() []string {
	var keys []string
	for _, r := range prokura.Reasons {
		keys = append(keys, "stop."+string(r)+".title", "stop."+string(r)+".text")
	}
	for _, s := range []string{"400", "403", "form", "404", "409", "429", "500", "503"} {
		keys = append(keys, "error."+s+".title", "error."+s+".text")
	}
	for _, why := range []string{"role", "owner", "access", "factor"} {
		keys = append(keys, "business.why."+why)
	}
	for _, room := range everyRoom() {
		for _, q := range room.Queues {
			keys = append(keys, "queue."+q.Kind)
		}
	}
	for _, f := range prokura.ProofFaults {
		keys = append(keys, "proof.found."+string(f))
	}
	for _, v := range businesses.Verticals {
		keys = append(keys, "vertical."+v)
	}
	for _, r := range prokura.VerificationReasons {
		keys = append(keys, "verification.reason."+string(r.Reason))
	}
	for _, r := range []prokura.VerificationReason{prokura.ReasonRenamed, prokura.ReasonChanged} {
		keys = append(keys, "verification.reason."+string(r))
	}
	for _, s := range append([]prokura.VerificationStatus{"draft", "offered"}, prokura.VerificationStatuses...) {
		keys = append(keys, "verification.state."+string(s))
	}
	for _, m := range append(prokura.VerificationDetails{}.Missing(), "document", "mail", "site") {
		keys = append(keys, "verification.missing."+m)
	}
	for _, r := range prokura.StaffRoles {
		keys = append(keys, "staff.role."+string(r), "staff.role."+string(r)+".help")
	}
	for _, k := range history.Kinds {
		keys = append(keys, "history.kind."+string(k))
	}
	for _, room := range web.Rooms {
		for _, e := range room.Staff {
			keys = append(keys, "staff."+e.Key)
		}
	}
	return keys
}

// Every place of staff has a name among its room's words, and a path of theirs.
func TestPlacesOfStaff(t *testing.T) {
	n := 0
	for _, room := range web.Rooms {
		for _, e := range room.Staff {
			n++
			if room.Words["en"]["staff."+e.Key] == "" || !strings.HasPrefix(e.Path, kit.StaffHome+"/") || !slices.Contains(prokura.StaffRoles, e.Role) {
				t.Errorf("%s: a place of staff without a name, a path or a role: %+v", room.Name, e)
			}
			if !slices.ContainsFunc(room.Routes, func(r kit.Route) bool { return r.Pattern == "GET "+e.Path }) && e.Key != "apps" {
				t.Errorf("%s: %s leads to no page of the room", room.Name, e.Path)
			}
		}
	}
	if n < 3 {
		t.Errorf("only %d places of staff", n)
	}
}

var keyUse = regexp.MustCompile(`\b(t|th|tn) "([^"]+)"`)

// everyRoom are the rooms, and what they share.
func everyRoom() []kit.Room { return append([]kit.Room{kit.Shared}, web.Rooms...) }

func roomNamed(name string) kit.Room {
	return web.Rooms[slices.IndexFunc(web.Rooms, func(r kit.Room) bool { return r.Name == name })]
}

// templateTexts reads every template of a room.
func templateTexts(t *testing.T, room kit.Room) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(room.Pages, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(room.Pages, name)
		texts[room.Name+"/"+name] = string(text)
		return err
	})
	if err != nil || len(texts) == 0 {
		t.Fatalf("%d templates of %s: %v", len(texts), room.Name, err)
	}
	return texts
}

// usedKeys finds every key that a template or a Go file of any room names.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	for _, room := range everyRoom() {
		for _, text := range templateTexts(t, room) {
			for _, m := range keyUse.FindAllStringSubmatch(text, -1) {
				if m[1] == "tn" {
					used[m[2]+".one"], used[m[2]+".other"] = true, true
				} else {
					used[m[2]] = true
				}
			}
		}
	}
	names, err := sources()
	if err != nil || len(names) < len(web.Rooms) {
		t.Fatalf("%d sources found: %v", len(names), err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					used[s] = true
					used[s+".one"], used[s+".other"] = true, true
				}
			}
			return true
		})
	}
	return used
}

// sources are the Go files of all rooms, but for tables of words.
func sources() (names []string, err error) {
	err = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(d.Name(), "words") {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

// TestEveryKeyExists: a page cannot ask for words that are not there: among its
// room's, or those that all rooms share.
func TestEveryKeyExists(t *testing.T) {
	for _, room := range everyRoom() {
		for name, text := range templateTexts(t, room) {
			for _, m := range keyUse.FindAllStringSubmatch(text, -1) {
				keys := []string{m[2]}
				if m[1] == "tn" {
					keys = []string{m[2] + ".one", m[2] + ".other"}
				}
				for _, key := range keys {
					if room.Words["en"][key] == "" && kit.Shared.Words["en"][key] == "" {
						t.Errorf("%s asks for %q", name, key)
					}
				}
			}
		}
	}
}

// TestEveryKeyIsUsed: the catalog holds no words that no page says.
func TestEveryKeyIsUsed(t *testing.T) {
	used := usedKeys(t)
	for _, key := range families() {
		used[key] = true
	}
	for _, room := range everyRoom() {
		for _, key := range slices.Sorted(maps.Keys(room.Words["en"])) {
			if !used[key] {
				t.Errorf("%s: no page says %q", room.Name, key)
			}
		}
	}
}

// TestTablesDoNotOverlap: a key of two rooms would hide one of its texts.
func TestTablesDoNotOverlap(t *testing.T) {
	of := map[string]string{}
	for _, room := range everyRoom() {
		for key := range room.Words["en"] {
			if of[key] != "" {
				t.Errorf("%s and %s have the key %q", of[key], room.Name, key)
			}
			of[key] = room.Name
		}
	}
}

var value = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguagesAgree: every language has the same keys and names the same
// values in each text.
func TestLanguagesAgree(t *testing.T) {
	for _, room := range everyRoom() {
		if len(room.Words) != len(web.Languages) {
			t.Errorf("%s speaks %d languages of %d", room.Name, len(room.Words), len(web.Languages))
		}
		for _, l := range web.Languages {
			for key, text := range room.Words["en"] {
				other, ok := room.Words[l.Lang][key]
				if !ok {
					t.Errorf("%s: %s lacks %q", room.Name, l.Lang, key)
					continue
				}
				want, got := value.FindAllString(text, -1), value.FindAllString(other, -1)
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Errorf("%s in %s: %q names %v, want %v", room.Name, l.Lang, key, got, want)
				}
			}
		}
	}
}

// TestEveryDialogStopHasWords: the reasons that the dialog shows and never
// redirects (R-LOGIN-03 … R-LOGIN-10) have words of their own.
func TestEveryDialogStopHasWords(t *testing.T) {
	for _, r := range []prokura.Reason{
		prokura.ConfigurationInvalid, prokura.ResponseTypeInvalid, prokura.MobileUnsupported, prokura.RedirectNotListed,
		prokura.OAuthLoginOff, prokura.OriginNotAllowed, prokura.ScopeInvalid, prokura.AppNotAvailable,
		prokura.AppWithoutBusiness, prokura.CookiesRefused, prokura.LoginExpired, prokura.AppUnknown,
	} {
		if words := roomNamed("dialog").Words["en"]; words["stop."+string(r)+".title"] == "" || words["stop."+string(r)+".text"] == "" {
			t.Errorf("no words for %s", r)
		}
	}
}
