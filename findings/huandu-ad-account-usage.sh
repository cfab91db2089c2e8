#!/bin/sh
# github.com/huandu/facebook/v2 v2.7.3: the usage of an ad account is never seen.
#
# An answer about an ad account carries its usage as
#   X-Ad-Account-Usage: {"acc_id_util_pct":93.5,"reset_time_duration":100,...}
# The client reads that header into the type that it has for X-App-Usage, whose
# fields have other names. UsageInfo().AdAccount is all zeros at 93.5 %, while the
# same numbers in X-App-Usage and X-Fb-Ads-Insights-Throttle arrive. Whoever slows
# down by AdAccount never does.
#
# And the percentages of X-App-Usage are read as integers: of {"call_count":28.5,
# "total_time":25} the first is 0 and no error is told.
#
# So a server has to say integers in X-App-Usage, and a user of this library has to
# read the ad account's usage in an http.RoundTripper of its own.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	fb "github.com/huandu/facebook/v2"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		app := `{"call_count":28,"total_time":25,"total_cputime":24}`
		if r.URL.Query().Get("fields") == "name" {
			app = `{"call_count":28.5,"total_time":25,"total_cputime":24}`
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.Header().Set("X-App-Usage", app)
		w.Header().Set("X-Ad-Account-Usage", `{"acc_id_util_pct":93.5,"reset_time_duration":100,"ads_api_access_tier":"standard_access"}`)
		w.Header().Set("X-Fb-Ads-Insights-Throttle", `{"app_id_util_pct":12.5,"acc_id_util_pct":93.5,"ads_api_access_tier":"standard_access"}`)
		fmt.Fprint(w, `{"id":"act_1234567890"}`)
	}))
	defer server.Close()
	session := &fb.Session{BaseURL: server.URL + "/"}
	for _, fields := range []string{"id", "name"} {
		answer, err := session.Get("/act_1234567890", fb.Params{"fields": fields})
		if err != nil {
			panic(err)
		}
		u := answer.UsageInfo()
		fmt.Printf("app %d %d %d, ad account %+v, insights %v\n", u.App.CallCount, u.App.TotalTime, u.App.TotalCPUTime, u.AdAccount, u.AdsInsights.AccIDUtilPCT)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/huandu/facebook/v2@v2.7.3 >/dev/null 2>&1
go run . >seen
cat seen
diff seen - <<'SEEN'
app 28 25 24, ad account {CallCount:0 TotalTime:0 TotalCPUTime:0 Type: EstimatedTimeToRegainAccess:0}, insights 93.5
app 0 25 24, ad account {CallCount:0 TotalTime:0 TotalCPUTime:0 Type: EstimatedTimeToRegainAccess:0}, insights 93.5
SEEN
echo "as described"
