package serve

import (
	"context"
	"net/url"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/review"
)

// What an app called until the very stop of the server is in its statistics: an
// orderly stop loses none of it (R-LEVEL-02).
func TestCallsSurviveAStop(t *testing.T) {
	data := t.TempDir()
	var config Config
	r := start(t, func(c *Config) { c.Data, config = data, *c; config.Data = data })
	ids := r.plant()
	const calls = 25
	for range calls {
		if resp, text := r.ask("GET", "/v25.0/app?"+url.Values{"access_token": {ids["tool"].String() + "|0123456789abcdef0123456789abcdef"}, "fields": {"id"}}.Encode(), ""); resp.StatusCode != 200 {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	r.stop()
	err := <-r.done
	r.done <- err // for who cleans up
	if err != nil {
		t.Fatal(err)
	}
	again, err := registry.Open(context.Background(), config.withDefaults().registry())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	s, err := review.Of(t.Context(), again, registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialOperator}}, ids["tool"])
	if err != nil || s.Record != (prokura.Record{Calls: calls}) {
		t.Errorf("%d calls are left of %d, %v", s.Record.Calls, calls, err)
	}
}
