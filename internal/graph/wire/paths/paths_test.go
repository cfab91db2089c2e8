package paths

import "testing"

// The prefixes that pages and wire share one origin by (design 5).
func TestIsGraph(t *testing.T) {
	for _, c := range []struct {
		path, query string
		want        bool
	}{
		{"/", "", false}, {"/", "batch=[]", true}, {"/", "ids=1,2", true}, {"/", "id=1", false}, {"", "ids=1", true},
		{"/123", "", true}, {"/123/accounts", "", true}, {"/act_123", "", true}, {"/act_", "", true}, {"/12a", "", false},
		{"/me", "", true}, {"/me/accounts", "", true}, {"/meta", "", false}, {"/app", "", true}, {"/apps", "", false}, {"/apps/new", "", false},
		{"/oauth/access_token", "", true}, {"/oauth/revoke", "", true}, {"/oauth2/token", "", false},
		{"/debug_token", "", true}, {"/device/login", "", true}, {"/devices", "", false},
		{"/v23.0", "", true}, {"/v23.0/", "", true}, {"/v23.0/me", "", true}, {"/v23.0/dialog/oauth", "", false}, {"/dialog/oauth", "", false},
		{"/v23.0/dialog", "", false}, {"/v3.2/oauth/access_token", "", true}, {"/v99.0/me", "", true}, {"/v1/me", "", false}, {"/v23/me", "", false}, {"/V23.0/me", "", false},
		{"//me", "", true}, {"/v23.0//dialog/oauth", "", false},
		{"/login", "", false}, {"/logout", "", false}, {"/consent/100000000000001", "", false}, {"/business/100000000000202/people", "", false},
		{"/settings/security", "", false}, {"/static/base.css", "", false}, {"/sdk.js", "", false}, {"/en_US/sdk.js", "", false},
		{"/x/oauth/status", "", false}, {"/x/connect/xd_arbiter/", "", false}, {"/healthz", "", false}, {"/_dev/consent", "", false},
		{"/staff/apps/1", "", false}, {"/.well-known/openid-configuration", "", false}, {"/signup", "ids=1", false},
	} {
		if got := IsGraph(c.path, c.query); got != c.want {
			t.Errorf("%s?%s: %v", c.path, c.query, got)
		}
	}
}
