package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// businessSDK is Meta's business SDK for Node as an app's backend holds it, with a
// token.
type businessSDK struct {
	*nodeClient
	token string
}

func (c businessSDK) on(class, id, method string, params map[string]any, fields []string) map[string]any {
	return map[string]any{"class": class, "id": id, "method": method, "params": params, "fields": append([]string{}, fields...), "token": c.token}
}

// one has one of the SDK's objects make, read or change something.
func (c businessSDK) one(class, id, method string, params map[string]any, fields ...string) map[string]any {
	c.t.Helper()
	return c.act("one", c.on(class, id, method, params, fields))
}

// made is one that must come out, and the text at a path of it.
func (c businessSDK) made(class, id, method, path string, params map[string]any, fields ...string) string {
	c.t.Helper()
	return c.mustText(c.one(class, id, method, params, fields...), path)
}

// pages reads a list from its first cursor to its last, and how many each page had.
func (c businessSDK) pages(class, id, method string, params map[string]any, fields ...string) (items []map[string]any, sizes []int) {
	c.t.Helper()
	result := c.act("pages", c.on(class, id, method, params, fields))
	if result["threw"] != nil {
		c.t.Fatalf("%s.%s: %v", class, method, result["threw"])
	}
	for _, v := range result["items"].([]any) {
		items = append(items, v.(map[string]any))
	}
	for _, v := range result["sizes"].([]any) {
		sizes = append(sizes, number(v))
	}
	return items, sizes
}

// call makes a call by the SDK that it has no class for.
func (c businessSDK) call(verb, path, token string, params map[string]any) map[string]any {
	c.t.Helper()
	return c.act("call", map[string]any{"verb": verb, "path": strings.Split(path, "/"), "params": params, "token": token})
}

// threw compares what the SDK threw with what its callers read of it: status, code,
// subcode, type, trace, and which field is blamed ("": none).
func (c businessSDK) threw(what string, result map[string]any, status, code, subcode int, kind, blamed string) map[string]any {
	c.t.Helper()
	threw, _ := result["threw"].(map[string]any)
	e, _ := threw["response"].(map[string]any)
	blame := ""
	if data, ok := e["error_data"].(map[string]any); ok {
		blame = strings.Trim(fmt.Sprint(data["blame_field_specs"]), "[]")
	}
	switch {
	case e == nil:
		c.t.Fatalf("%s: no error: %v", what, result)
	case threw["known"] != "FacebookRequestError", number(threw["status"]) != status, threw["message"] == "", number(e["code"]) != code, number(e["error_subcode"]) != subcode,
		e["type"] != kind, blame != blamed, e["fbtrace_id"] == "", e["fbtrace_id"] != at(threw, "headers.x-fb-request-id"):
		c.t.Errorf("%s: %v %v", what, threw["status"], e)
	}
	return threw
}

// TestBusinessSDK proves that Meta's business SDK for Node runs unmodified: a campaign
// down to its ad, reports at once and in the background, products by the thousand
// with an error of each, cursors to their end, a batch, and errors with all that its
// users go by (R-RES-01, R-LEVEL-04). The package fb reads the same.
func TestBusinessSDK(t *testing.T) {
	eachDatabase(t, func(t *testing.T, postgres bool) {
		s := startServer(t, serverOptions{tls: true, postgres: postgres})
		app := newCallback(t)
		code := s.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, pageOutdoor, catalogWinter}, app.uri(), "s").Query().Get("code")
		settings := nodeSettings{app: campaigns, redirectURI: app.uri()}
		c := businessSDK{s.startClient(t, "bizsdk.mjs", settings), s.token(t, campaigns, app.uri(), code)}
		ad := c.advertises(t)
		c.reports(t, s)
		c.sells(t)
		fb := s.startClient(t, "fb.mjs", settings)
		read := fb.act("get", map[string]any{"path": ad, "token": c.token, "params": map[string]any{"fields": "name,adset{name,campaign{objective}},creative{id}"}})
		if at(read, "adset.campaign.objective") != "OUTCOME_TRAFFIC" || read["name"] != "Tent" || at(read, "creative.id") == nil {
			t.Errorf("fb reads the ad as %v", read)
		}
		rows := fb.act("get", map[string]any{"path": "act_" + adAccountEU + "/insights", "token": c.token, "params": map[string]any{"level": "campaign", "date_preset": "last_7d", "fields": "campaign_name,spend"}})
		if list, _ := rows["data"].([]any); len(list) != 2 {
			t.Errorf("fb reads the report as %v", rows)
		}
		if !postgres {
			c.errs(t, s)
		}
	})
}

// advertises makes a campaign, what hangs on it, and answers the ad.
func (c businessSDK) advertises(t *testing.T) string {
	account := "act_" + adAccountEU
	campaign := c.made("AdAccount", account, "createCampaign", "id", map[string]any{"name": "From the SDK", "objective": "OUTCOME_TRAFFIC", "status": "PAUSED", "special_ad_categories": []string{}})
	set := c.made("AdAccount", account, "createAdSet", "id", map[string]any{"name": "Adults", "campaign_id": campaign, "billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS",
		"daily_budget": 2000, "bid_amount": 150, "start_time": "2027-01-01T00:00:00+0100", "targeting": map[string]any{"geo_locations": map[string]any{"countries": []string{"SE"}}}})
	creative := c.made("AdAccount", account, "createAdCreative", "id", map[string]any{"name": "Tent in snow", "object_story_spec": map[string]any{
		"page_id": pageOutdoor, "link_data": map[string]any{"link": "https://nordwind.example/tent", "message": "Söt & varm"}}})
	ad := c.made("AdAccount", account, "createAd", "id", map[string]any{"name": "Tent", "adset_id": set, "creative": map[string]any{"creative_id": creative}, "status": "PAUSED"})

	read := c.one("Campaign", campaign, "get", nil, "name", "objective", "status", "effective_status", "account_id")
	if read["name"] != "From the SDK" || read["objective"] != "OUTCOME_TRAFFIC" || read["effective_status"] != "PAUSED" || read["account_id"] != adAccountEU || read["class"] != "Campaign" {
		t.Errorf("the campaign is %v", read)
	}
	if read = c.one("AdSet", set, "get", nil, "campaign_id", "daily_budget", "targeting"); read["campaign_id"] != campaign || read["daily_budget"] != "2000" || at(read, "targeting.geo_locations") == nil {
		t.Errorf("the ad set is %v", read)
	}
	if read = c.one("Campaign", campaign, "update", map[string]any{"name": "Renamed"}); read["success"] != true {
		t.Errorf("a change answers %v", read)
	}
	c.made("Campaign", campaign, "get", "name", nil, "name")
	c.threw("no objective", c.one("AdAccount", account, "createCampaign", map[string]any{"name": "X", "special_ad_categories": []string{"NONE"}}), http.StatusBadRequest, 100, 33011, "OAuthException", "objective")
	c.threw("an objective that there is not", c.one("AdAccount", account, "createCampaign", map[string]any{"name": "X", "objective": "FAME", "special_ad_categories": []string{"NONE"}}),
		http.StatusBadRequest, 100, 33014, "OAuthException", "objective")
	c.threw("a word for money", c.one("AdSet", set, "update", map[string]any{"daily_budget": "much"}), http.StatusBadRequest, 100, 33013, "OAuthException", "daily_budget")
	c.threw("no such campaign", c.one("Campaign", "123456789012", "get", nil, "name"), http.StatusBadRequest, 100, 33, "GraphMethodException", "")

	var calls []map[string]any
	for i := range 5 {
		calls = append(calls, map[string]any{"verb": "POST", "path": account + "/campaigns", "params": map[string]any{"name": fmt.Sprintf("Batch %d", i), "objective": "OUTCOME_LEADS", "special_ad_categories": []string{}}})
	}
	calls = append(calls, map[string]any{"verb": "GET", "path": campaign, "params": map[string]any{"fields": "name"}}, map[string]any{"verb": "POST", "path": account + "/campaigns", "params": map[string]any{"objective": "OUTCOME_LEADS"}})
	answers, _ := c.act("batch", map[string]any{"token": c.token, "calls": calls})["answers"].([]any)
	if len(answers) != 7 || at(answers[0].(map[string]any), "body.id") == nil || at(answers[5].(map[string]any), "body.name") != "Renamed" || number(at(answers[6].(map[string]any), "threw.response.error.error_subcode")) != 33011 {
		t.Errorf("a batch answers %v", answers)
	}
	all, sizes := c.pages("AdAccount", account, "getCampaigns", map[string]any{"limit": 3}, "name", "status")
	if len(all) != 8 || !slices.Equal(sizes, []int{3, 3, 2}) || all[7]["name"] != "Winter 2026" || all[0]["class"] != "Campaign" {
		t.Errorf("the list has %d in pages of %v: %v", len(all), sizes, all)
	}
	if ads, _ := c.pages("Campaign", campaign, "getAds", nil, "adset_id", "creative"); len(ads) != 1 || ads[0]["id"] != ad || ads[0]["adset_id"] != set || at(ads[0], "creative.id") != creative {
		t.Errorf("its ads are %v", ads)
	}
	if gone := c.one("Campaign", at(answers[0].(map[string]any), "body.id").(string), "delete", nil); gone["success"] != true {
		t.Errorf("its end answers %v", gone)
	}
	return ad
}

// reports reads what ads brought, at once and made in the background.
func (c businessSDK) reports(t *testing.T, s *server) {
	account := "act_" + adAccountEU
	day := func(back int) string { return time.Now().UTC().AddDate(0, 0, -back).Format("2006-01-02") }
	params := func(more map[string]any) map[string]any {
		out := map[string]any{"time_range": map[string]any{"since": day(20), "until": day(4)}, "level": "ad", "limit": 10}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	plain, _ := c.pages("AdAccount", account, "getInsights", params(nil), "ad_id", "impressions", "spend")
	parts, sizes := c.pages("AdAccount", account, "getInsights", params(map[string]any{"breakdowns": []string{"gender"}}), "ad_id", "impressions", "spend")
	sum := func(rows []map[string]any, name string) (n float64) {
		for _, r := range rows {
			v, err := json.Number(fmt.Sprint(r[name])).Float64()
			if err != nil || r["date_start"] != day(20) || r["date_stop"] != day(4) {
				t.Fatalf("a row is %v: %v", r, err)
			}
			n += v
		}
		return n
	}
	if len(plain) != 8 || len(parts) <= len(plain) || len(sizes) < 2 || sum(plain, "impressions") != sum(parts, "impressions") || parts[0]["gender"] == nil || plain[0]["class"] != "AdsInsights" {
		t.Errorf("%d rows, by gender %d in pages of %v: %v", len(plain), len(parts), sizes, plain)
	}
	c.threw("a level that there is not", c.one("AdAccount", account, "getInsightsAsync", params(map[string]any{"level": "creative"})), http.StatusBadRequest, 100, 0, "OAuthException", "level")

	run := c.made("AdAccount", account, "getInsightsAsync", "id", params(map[string]any{"breakdowns": []string{"gender"}}), "ad_id", "impressions")
	status := func() (string, int) {
		got := c.one("AdReportRun", run, "get", nil, "async_status", "async_percent_completion")
		return c.mustText(got, "async_status"), number(got["async_percent_completion"])
	}
	early := c.one("AdReportRun", run, "getInsights", nil)
	word, percent := status()
	if word != "Job Completed" {
		c.threw("a report that is being made", early, http.StatusBadRequest, 2601, 0, "OAuthException", "")
	}
	for last := percent; word != "Job Completed"; last = percent {
		if percent >= 100 || percent < last {
			t.Fatalf("%s, %d %% after %d", word, percent, last)
		}
		if a := s.send(t, http.MethodPost, s.local+"/_dev/time", "application/json", []byte(`{"advance": "2s"}`)); a.status != http.StatusOK {
			t.Fatalf("_dev/time: %d %v", a.status, a.body)
		}
		word, percent = status()
	}
	made, sizes := c.pages("AdReportRun", run, "getInsights", map[string]any{"limit": 10}, "ad_id", "impressions")
	if percent != 100 || len(made) != len(parts) || len(sizes) < 2 || sum(made, "impressions") != sum(parts, "impressions") {
		t.Errorf("%d %%, %d rows in pages of %v, at once %d", percent, len(made), sizes, len(parts))
	}
}

// sells sends products and reads what became of each.
func (c businessSDK) sells(t *testing.T) {
	var requests []map[string]any
	for i := range 300 {
		item := map[string]any{"id": fmt.Sprintf("sdk-%d", i), "title": fmt.Sprintf("Tent %d", i), "price": "9.99 EUR", "availability": "in stock",
			"link": "https://nordwind.example/t", "image_link": "https://nordwind.example/t.jpg"}
		if i%100 == 7 {
			item["price"] = "cheap"
		}
		requests = append(requests, map[string]any{"method": "CREATE", "data": item})
	}
	sent := c.one("ProductCatalog", catalogWinter, "createItemsBatch", map[string]any{"item_type": "PRODUCT_ITEM", "requests": requests})
	handles, wrong := stringsOf(sent["handles"]), sent["validation_status"]
	if list, _ := wrong.([]any); len(handles) != 1 || len(list) != 3 {
		t.Fatalf("it answers %v", sent)
	}
	of, _ := c.pages("ProductCatalog", catalogWinter, "getCheckBatchRequestStatus", map[string]any{"handle": handles[0], "load_ids_of_invalid_requests": true})
	if len(of) != 1 || of[0]["class"] != "CheckBatchRequestStatus" || of[0]["status"] != "finished" || number(of[0]["errors_total_count"]) != 3 || of[0]["handle"] != handles[0] {
		t.Fatalf("its status is %v", of)
	}
	errs, _ := of[0]["errors"].([]any)
	if first, _ := errs[0].(map[string]any); len(errs) != 3 || first["id"] != "sdk-7" || !strings.Contains(fmt.Sprint(first["message"]), "price") {
		t.Errorf("its errors are %v", errs)
	}
	c.threw("nobody's handle", c.one("ProductCatalog", catalogWinter, "getCheckBatchRequestStatus", map[string]any{"handle": "AczNone"}), http.StatusBadRequest, 100, 0, "OAuthException", "handle")
	items, sizes := c.pages("ProductCatalog", catalogWinter, "getProducts", map[string]any{"limit": 100}, "retailer_id", "price")
	mine := slices.DeleteFunc(items, func(v map[string]any) bool { return !strings.HasPrefix(fmt.Sprint(v["retailer_id"]), "sdk-") })
	if len(mine) != 297 || len(sizes) < 3 || mine[0]["class"] != "ProductItem" {
		t.Errorf("the catalog has %d in pages of %v", len(mine), sizes)
	}
}

// errs proves that the SDK's error says how much is used and when there is room again.
func (c businessSDK) errs(t *testing.T, s *server) {
	account := "act_" + adAccountEU
	child := c.mustText(c.call(http.MethodPost, nordwindID+"/system_user_access_tokens", c.token, map[string]any{
		"appsecret_proof": campaigns.proof(c.token), "asset": []string{adAccountEU}, "scope": []string{"ads_read"}, "id": nordwindID}), "access_token")
	if a := c.call(http.MethodGet, "debug_token", child, map[string]any{"input_token": child, "fields": "app_id"}); at(a, "data.app_id") != campaigns.id {
		t.Errorf("a token looks at itself: %v", a)
	}
	c.threw("no token of ours", c.call(http.MethodGet, account, "EAAB"+strings.Repeat("x", 40), nil), http.StatusBadRequest, 190, 0, "OAuthException", "")
	c.threw("no permission", c.call(http.MethodPost, account, child, map[string]any{"name": "Other", "id": account}), http.StatusForbidden, 200, 0, "OAuthException", "")
	for _, x := range []struct {
		budget        string
		code, subcode int
		usage         string // header that says it
	}{
		{"points", 17, 2446079, "x-ad-account-usage"},
		{"calls", 80004, 2446079, "x-business-use-case-usage"},
	} {
		s.plantUse(t, `{"app": %q, "object": %q, "refuse": %q, "for": "5m"}`, campaigns.id, account, x.budget)
		threw := c.threw(x.budget, c.call(http.MethodGet, account, child, nil), http.StatusBadRequest, x.code, x.subcode, "OAuthException", "")
		header := func(name string) string { text, _ := at(threw, "headers."+name).(string); return text }
		var usage map[string]any
		if err := json.Unmarshal([]byte(header(x.usage)), &usage); err != nil || at(threw, "response.is_transient") != true || header("retry-after") == "" {
			t.Errorf("%s: %v %v", x.budget, err, threw)
		}
		switch use, _ := usage[adAccountEU].([]any); {
		case x.budget == "points" && number(usage["acc_id_util_pct"]) != 100:
			t.Errorf("%v", usage)
		case x.budget == "calls":
			if of, _ := use[0].(map[string]any); number(of["call_count"]) != 100 || number(of["estimated_time_to_regain_access"]) != 5 {
				t.Errorf("%v", usage)
			}
		}
		s.plantUse(t, `{"app": %q, "clear": true}`, campaigns.id)
	}
	s.plantUse(t, `{"app": %q, "limiter": "platform", "refuse": "calls"}`, campaigns.id)
	c.threw("the platform's limit", c.call(http.MethodGet, "me", child, nil), http.StatusForbidden, 4, 0, "OAuthException", "")
	s.plantUse(t, `{"app": %q, "clear": true}`, campaigns.id)
	c.threw("a DELETE with a body", c.call(http.MethodDelete, "me/permissions", child, nil), http.StatusForbidden, 200, 0, "OAuthException", "")
}
