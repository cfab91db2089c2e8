package usage

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

func rates(t *testing.T, set string) *quota.Rates {
	rules, ok := prokura.DefaultCatalog().Rules(set)
	if !ok {
		t.Fatal(set)
	}
	return quota.NewRates(quota.RatesConfig{Rules: rules})
}

// admit is Admit with what it writes as results.
func admit(r *quota.Rates, q *quota.Request, before []Header, spent []quota.Use, many bool) ([]Header, []quota.Use, error) {
	kept := any(spent)
	err := Admit(r, q, &before, &kept, many)
	spent, _ = kept.([]quota.Use)
	return before, spent, err
}

func request(l prokura.Limiter, object prokura.ID) quota.Request {
	return quota.Request{App: 101, Level: prokura.LevelDevelopment, Who: 7, Object: object, Server: true, Terms: prokura.Terms{Limiter: l, Cost: prokura.CostRead}}
}

func named(list []Header, name string) string {
	for _, h := range list {
		if h.Name == name {
			return h.Value[0]
		}
	}
	return ""
}

// R-LEVEL-04: the headers of each budget, in the shapes and types that clients read.
func TestHeaders(t *testing.T) {
	plain := `{"call_count":0,"total_time":0,"total_cputime":0}`
	useCase := func(kind, tier string) string {
		return `{"55":[{"type":"` + kind + `","call_count":0,"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":0` + tier + `}]}`
	}
	const development = `,"ads_api_access_tier":"development_access"`
	for limiter, want := range map[prokura.Limiter]map[string]string{
		prokura.LimitNothing:  {},
		prokura.LimitPlatform: {"X-App-Usage": plain},
		prokura.LimitPages:    {"X-Page-Usage": plain, "X-Business-Use-Case-Usage": useCase("pages", "")},
		prokura.LimitAds: {"X-Ad-Account-Usage": `{"acc_id_util_pct":1.66,"reset_time_duration":5,"ads_api_access_tier":"development_access"}`,
			"X-Business-Use-Case-Usage": useCase("ads_management", development)},
		prokura.LimitInsights: {"X-Fb-Ads-Insights-Throttle": `{"app_id_util_pct":0,"acc_id_util_pct":0.16,"ads_api_access_tier":"development_access"}`,
			"X-Business-Use-Case-Usage": useCase("ads_insights", development)},
		prokura.LimitAudiences: {"X-Business-Use-Case-Usage": useCase("custom_audience", development)},
		prokura.LimitCatalogs:  {"X-Business-Use-Case-Usage": useCase("catalog_management", "")},
		prokura.LimitInstagram: {"X-Business-Use-Case-Usage": useCase("instagram", "")},
		prokura.LimitLeads:     {"X-Business-Use-Case-Usage": useCase("leadgen", "")},
		prokura.LimitMessenger: {"X-Business-Use-Case-Usage": useCase("messenger", "")},
		prokura.LimitWhatsApp:  {"X-Business-Use-Case-Usage": useCase("whatsapp_business_management", "")},
	} {
		q := request(limiter, 55)
		got, _, err := admit(rates(t, prokura.RulesSource), &q, nil, nil, false)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %v, %v", limiter, got, err)
		}
		for name, text := range want {
			if have := named(got, name); have != text || !json.Valid([]byte(have)) {
				t.Errorf("%s: %s is %s, want %s", limiter, name, have, text)
			}
		}
	}
}

// Each limit refuses with the code of its row and says when; what it has used up is
// 100 in its header, and it is let in again after the minutes that are said.
func TestRefusals(t *testing.T) {
	for limiter, want := range map[prokura.Limiter]prokura.Refusal{
		prokura.LimitPlatform: {Code: 4, Status: 403}, prokura.LimitPages: {Code: 80001, Status: 400}, prokura.LimitAds: {Code: 80004, Subcode: 2446079, Status: 400},
		prokura.LimitInsights: {Code: 80000, Subcode: 2446079, Status: 400}, prokura.LimitAudiences: {Code: 80003, Subcode: 2446079, Status: 400},
		prokura.LimitCatalogs: {Code: 80009, Status: 400}, prokura.LimitCatalogBatch: {Code: 80014, Status: 400}, prokura.LimitInstagram: {Code: 80002, Status: 400},
		prokura.LimitLeads: {Code: 80005, Status: 400}, prokura.LimitMessenger: {Code: 80006, Status: 400}, prokura.LimitWhatsApp: {Code: 80008, Status: 400},
	} {
		var ahead time.Duration
		rules, _ := prokura.DefaultCatalog().Rules(prokura.Rules2026)
		r := quota.NewRates(quota.RatesConfig{Rules: rules, Offset: func() time.Duration { return ahead }})
		q := request(limiter, 55)
		budget := r.Look(&q).Claim.Measures[quota.ByCalls]
		r.Plant(&q, [...]int64{0, budget.Max, 0}, quota.Admitted, 0)
		h, _, err := admit(r, &q, nil, nil, false)
		e := prokura.AsError(err)
		if err == nil || e.Reason != prokura.TooManyCalls || e.Limit != want || !strings.Contains(e.Public, "seconds") {
			t.Errorf("%s: %+v", limiter, e)
			continue
		}
		seconds, err := strconv.Atoi(e.RetryAfter())
		if err != nil || seconds < 1 || !strings.Contains(e.Public, strconv.Itoa(seconds)+" seconds") {
			t.Errorf("%s: again in %v: %s", limiter, e.RetryAfter(), e.Public)
		}
		if all := h[0].Value[0] + named(h, prokura.UsageUseCase); !strings.Contains(all, `"call_count":100`) {
			t.Errorf("%s: refused, and headers say %s", limiter, all)
		}
		ahead = time.Duration(seconds) * time.Second
		if _, _, err := admit(r, &q, nil, nil, false); err != nil {
			t.Errorf("%s: after %d s: %v", limiter, seconds, err)
		}
	}
	// Tokens of people count for the platform, and are refused with a code of their own.
	r := rates(t, prokura.RulesSource)
	q := request(prokura.LimitPages, 55)
	q.Server = false
	if h, _, err := admit(r, &q, nil, nil, false); err != nil || len(h) != 1 || h[0].Name != "X-App-Usage" {
		t.Errorf("a person's token on a page: %v, %v", h, err)
	}
	r.Plant(&q, [...]int64{0, 0, 0}, quota.ByCalls, time.Minute)
	if _, _, err := admit(r, &q, nil, nil, false); prokura.AsError(err).Limit.Code != 32 {
		t.Errorf("a person's token on a page, beyond the limit: %v", err)
	}
	q.Server = true
	if _, _, err := admit(r, &q, nil, nil, false); err != nil {
		t.Errorf("a page's own token: %v", err)
	}
}

// Of ids each counts; one that is refused has the others given back, and the headers
// tell of all.
func TestIDs(t *testing.T) {
	r := rates(t, prokura.RulesSource)
	var h []Header
	var spent []quota.Use
	var err error
	for _, object := range []prokura.ID{55, 66, 55} {
		q := request(prokura.LimitAds, object)
		if h, spent, err = admit(r, &q, h, spent, true); err != nil {
			t.Fatal(err)
		}
	}
	var told map[string][]struct {
		Type      string
		CallCount int `json:"call_count"`
	}
	if err := json.Unmarshal([]byte(named(h, prokura.UsageUseCase)), &told); err != nil || len(told) != 2 || told["66"][0].Type != "ads_management" {
		t.Errorf("%s: %v", named(h, prokura.UsageUseCase), err)
	}
	full := request(prokura.LimitAds, 77)
	r.Plant(&full, [...]int64{60, 0, 0}, quota.Admitted, 0)
	if h, spent, err = admit(r, &full, h, spent, true); !errors.Is(err, prokura.TooManyCalls) || spent != nil || prokura.AsError(err).RetryAfter() != "300" {
		t.Errorf("one that is used up: %v, %v", h, err)
	}
	for _, object := range []prokura.ID{55, 66} {
		q := request(prokura.LimitAds, object)
		if u := r.Look(&q); u.Verdict.Now[quota.ByPoints].Used != 0 || u.Verdict.Now[quota.ByCalls].Used != 0 {
			t.Errorf("%d is not given back: %+v", object, u.Verdict)
		}
	}
	// However many ids there are, one header tells of 32 objects at most.
	h, spent = nil, nil
	for object := range prokura.ID(50) {
		q := request(prokura.LimitAds, 1000+object)
		if h, spent, err = admit(r, &q, h, spent, true); err != nil {
			t.Fatal(err)
		}
	}
	told = nil
	if err := json.Unmarshal([]byte(named(h, prokura.UsageUseCase)), &told); err != nil || len(told) != 32 {
		t.Errorf("%d objects: %v", len(told), err)
	}
}

// R-WORK-01: what takes power away is let in, however much is used.
func TestTakingAway(t *testing.T) {
	r := rates(t, prokura.RulesSource)
	q := request(prokura.LimitPlatform, 0)
	r.Plant(&q, [...]int64{0, 0, 0}, quota.ByCalls, time.Minute)
	q.TakesAway = true
	if h, _, err := admit(r, &q, nil, nil, false); err != nil {
		t.Errorf("%v, %v", h, err)
	}
	q.TakesAway = false
	if _, _, err := admit(r, &q, nil, nil, false); err == nil {
		t.Error("everything is let in")
	}
	// It is charged, as far as there is something left, and blocks nobody.
	q = request(prokura.LimitAds, 55)
	r.Plant(&q, [...]int64{58, 0, 0}, quota.Admitted, 0)
	q.Terms.Cost, q.TakesAway = prokura.CostWrite, true
	if _, _, err := admit(r, &q, nil, nil, false); err != nil {
		t.Error(err)
	}
	q.Terms.Cost, q.TakesAway = prokura.CostRead, false
	if u := r.Look(&q); u.Verdict.Now[quota.ByPoints].Percent(u.Claim.Measures[quota.ByPoints]) != 100_00 || u.Verdict.Now[quota.ByPoints].Wait > int64(5*time.Second) {
		t.Errorf("behind it %+v", u.Verdict)
	}
}

// The platform's limit grows with the people who use the app, from a floor on; and
// two sets differ in what basic may do.
func TestLevels(t *testing.T) {
	r := rates(t, prokura.RulesSource)
	var budget int64
	for who := range prokura.ID(1000) {
		q := request(prokura.LimitPlatform, 0)
		q.Who = who + 1
		u := r.Admit(&q)
		if budget = u.Claim.Measures[quota.ByCalls].Max; who == 0 && budget != 20_000 {
			t.Errorf("of one person: %d", budget)
		}
	}
	if budget < 160_000 || budget > 240_000 {
		t.Errorf("of a thousand people: %d", budget)
	}
	q := request(prokura.LimitAds, 5)
	q.Level, q.Attributes = prokura.LevelBasic, map[string]any{"active_ads": 10.0}
	for set, want := range map[string][2]int64{prokura.RulesSource: {600, 700}, prokura.Rules2026: {60, 700}} {
		u := rates(t, set).Look(&q)
		if got := [2]int64{u.Claim.Measures[quota.ByPoints].Max, u.Claim.Measures[quota.ByCalls].Max}; got != want {
			t.Errorf("%s: %v, want %v", set, got, want)
		}
	}
}

// Who inspects dead tokens with a token of their own uses up their own share: neither
// the app's nor another one's.
func TestInspectionsOfUsers(t *testing.T) {
	g := NewGuesses(false, nil)
	var err error
	for range 310 {
		err = g.Inspected(101, 7)
	}
	if !errors.Is(err, prokura.TooManyCalls) || prokura.AsError(err).RetryAfter() == "" {
		t.Errorf("after 310: %v", err)
	}
	for _, who := range []prokura.ID{0, 8} {
		if err := g.Inspected(101, who); err != nil {
			t.Errorf("then %d: %v", who, err)
		}
	}
	if err := g.Inspected(102, 7); err != nil {
		t.Errorf("then of another app: %v", err)
	}
}

// Percentages are written as the shortest number that says them.
func TestPercent(t *testing.T) {
	for h := range int64(100_01) {
		if got, want := string(appendPercent(nil, h)), strconv.FormatFloat(float64(h)/100, 'f', -1, 64); got != want {
			t.Fatalf("%d hundredths: %s, want %s", h, got, want)
		}
	}
}
