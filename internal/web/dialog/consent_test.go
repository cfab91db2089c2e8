package dialog

import "testing"

// TestRedirectPlace: form-action names what the redirect URI needs, and no more
// than a content security policy can say.
func TestRedirectPlace(t *testing.T) {
	for uri, want := range map[string]string{
		"https://app.example/cb?x=1":    "https:",
		"https://app.example:8443/cb":   "https:",
		"http://127.0.0.1:51515/cb":     loopbackForms,
		"http://localhost:3000/cb":      loopbackForms,
		"http://[::1]:51515/cb":         "https: http:",
		"com.example.app://done":        "com.example.app:",
		"brightline-app://done/?x=%20y": "brightline-app:",
	} {
		if _, got := redirectPlace(uri); got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}
