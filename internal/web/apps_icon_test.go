package web_test

import (
	"image/png"
	"net/http"
	"strings"
	"testing"
)

// TestIconIsServed to everybody, as a picture that can run nothing.
func TestIconIsServed(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.goTo(s.start("campaigns", "business", nil))
	path := "/apps/" + s.id("campaigns") + "/icon.png?v=1"
	if b.get(path); b.status != http.StatusOK || b.header.Get("Content-Type") != "image/png" || !strings.Contains(b.header.Get("Cache-Control"), "immutable") {
		t.Errorf("the icon answers %d %v", b.status, b.header)
	}
	if _, err := png.Decode(strings.NewReader(b.page)); err != nil {
		t.Errorf("the icon is no PNG: %v", err)
	}
	if !strings.Contains(b.header.Get("Content-Security-Policy"), "sandbox") || b.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("T61: %v", b.header)
	}
	for _, path := range []string{"/apps/100000000000999/icon.png", "/apps/x/icon.png"} {
		if b.get(path); b.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, b.status)
		}
	}
}
