package sdk

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// R-LOGIN-16: window.FB is what @types/facebook-js-sdk declares. The script is
// checked as its parts and as it is served; then each mutant has to be refused,
// which shows that the compiler really compares the two.
func TestScriptMatchesPublicTypes(t *testing.T) {
	root := typeChecker(t)
	if out, err := exec.Command(filepath.Join(root, "node_modules/.bin/tsc"), "--noEmit", "-p", root).CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%s", err, out)
	}
	served := string(Script(base, "en_US", ""))
	if out, err := checkTypes(t, root, served); err != nil {
		t.Fatalf("tsc on the served script: %v\n%s", err, out)
	}
	for name, mutant := range map[string][2]string{
		"a method is missing":        {"  getLoginStatus,\n", ""},
		"a method is misspelt":       {"  getAuthResponse,\n", "  getAuthresponse: getAuthResponse,\n"},
		"an answer has another type": {"return getAuthResponse()?.userID ?? \"\";", "return getAuthResponse().userID;"},
		"a parameter is wrong":       {"@param {boolean} [force]", "@param {boolean} force\n * @param {string} more"},
		"an object is missing":       {"  Event: { subscribe, unsubscribe },\n", "  Event: { subscribe },\n"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(served, mutant[0], mutant[1], 1)
			if changed == served {
				t.Fatalf("the script has no %q", mutant[0])
			}
			if out, err := checkTypes(t, root, changed); err == nil {
				t.Errorf("tsc takes it: %s", out)
			}
		})
	}
}

// The script of the API explorer keeps to the types of browsers, and a mutant of it does
// not.
func TestExplorerScriptIsTyped(t *testing.T) {
	root := typeChecker(t)
	text, err := os.ReadFile("../internal/web/kit/static/explorer.js")
	if err != nil {
		t.Fatal(err)
	}
	script := string(text)
	if out, err := checkTypes(t, root, script); err != nil {
		t.Errorf("tsc: %v\n%s", err, out)
	}
	mutant := strings.Replace(script, "box.value.split(", "box.checked.split(", 1)
	if out, err := checkTypes(t, root, mutant); err == nil || mutant == script {
		t.Errorf("tsc takes a mutant: %s", out)
	}
}

// typeChecker returns this directory, with its npm packages in place.
func typeChecker(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("node_modules/.bin/tsc"); err == nil {
		return root
	}
	if _, err := exec.LookPath("npm"); err != nil {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatalf("npm is required: %v", err)
		}
		t.Skip("npm is not installed")
	}
	if out, err := exec.Command("npm", "ci").CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return root
}

// checkTypes checks one script by the rules of tsconfig.json.
func checkTypes(t *testing.T, root, script string) ([]byte, error) {
	t.Helper()
	dir := t.TempDir()
	config, err := json.Marshal(map[string]any{
		"extends": filepath.Join(root, "tsconfig.json"),
		"compilerOptions": map[string]any{
			"typeRoots": []string{filepath.Join(root, "node_modules/@types")},
		},
		"include": []string{"sdk.js"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"sdk.js": []byte(script), "tsconfig.json": config} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return exec.Command(filepath.Join(root, "node_modules/.bin/tsc"), "--noEmit", "-p", dir).CombinedOutput()
}
