// Package usage has calls of the Graph API counted by the rate limits, refuses
// what is beyond them, and tells in headers how far they are used.
//
// It decides nothing: which budget a call is counted by says its row in the table
// of edges, and whether there is room says package quota.
package usage

import (
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// A Header is one of an answer: its name in canonical form, and one value.
type Header = struct {
	Name  string
	Value []string
}

// headers are those of an answer.
type headers []Header

// Admit counts a call, or one of the ids of a call: then spent is what was counted for
// the ids before, and what is counted for this one goes with it. The error says what
// is used up and when it is there again; the headers, with those of the ids before,
// say how far all of it is used, refused or not.
// A call that takes something away is counted, and never refused (R-WORK-01).
func Admit(r *quota.Rates, q *quota.Request, extra *[]Header, spent *any, many bool) error {
	u := r.Admit(q)
	if u.Limit == nil {
		return nil
	}
	h := (*headers)(extra)
	h.tell(r, q, &u)
	before, _ := (*spent).([]quota.Use)
	if !u.Refused() {
		if many {
			*spent = append(before, u)
		}
		return nil
	}
	for i := range before { // the whole call fails, and what fails for a limit costs nothing
		r.Give(&before[i])
	}
	*spent = nil
	seconds := up(u.Verdict.Retry, second)
	return refusal(&u, q, seconds)
}

// Nanoseconds.
const (
	second = int64(1e9)
	minute = 60 * second
)

// up is how many units a span is, rounded up: what is waited for is there then.
func up(span, unit int64) int64 { return (span + unit - 1) / unit }

func refusal(u *quota.Use, q *quota.Request, seconds int64) error {
	m := u.Claim.Measures[u.Verdict.By]
	const again = " It is let in again in %d seconds, and what is refused costs nothing."
	var e *prokura.Error
	switch {
	case u.Verdict.By == quota.ByPoints:
		e = prokura.Errorf(prokura.TooManyCalls, "The app has used its calls on this ad account: at level %s it has %d points, of which a read costs %d and a change %d."+again,
			q.Level, m.Max, prokura.CostRead, prokura.CostWrite, seconds)
	case u.Verdict.By == quota.ByChanges:
		e = prokura.Errorf(prokura.TooManyCalls, "The app changes too much at once: %d changes a second on one ad account are let in."+again, m.Max, seconds)
	case u.Limit.PerApp:
		e = prokura.Errorf(prokura.TooManyCalls, "The app has used its calls: it has %d in %d minutes."+again, m.Max, m.Window/minute, seconds)
	default:
		e = prokura.Errorf(prokura.TooManyCalls, "The app has used its calls of %s on this object: it has %d in %d minutes."+again, u.Limit.Limiter, m.Max, m.Window/minute, seconds)
	}
	e.Limit, e.Again = u.Refusal, time.Duration(u.Verdict.Retry)
	return e
}

// tell writes the headers of a budget.
func (h *headers) tell(r *quota.Rates, q *quota.Request, u *quota.Use) {
	calls := u.Verdict.Now[quota.ByCalls]
	percent := calls.Percent(u.Claim.Measures[quota.ByCalls]) / 100
	if u.Limit.PerApp {
		h.set(Header{Name: prokura.UsageApp, Value: plain[percent]})
		return
	}
	// All texts are one string, and their values one list.
	var room [512]byte
	b, ends := room[:0], [3]int{}
	if u.Limit.Score {
		points := u.Verdict.Now[quota.ByPoints]
		b = append(b, `{"acc_id_util_pct":`...)
		b = appendPercent(b, points.Percent(u.Claim.Measures[quota.ByPoints]))
		b = append(b, `,"reset_time_duration":`...)
		reset := points.Wait
		if reset == 0 {
			reset = points.Used
		}
		b = strconv.AppendInt(b, up(reset, second), 10)
		b = append(append(append(b, `,"ads_api_access_tier":"`...), u.Score.Tier...), `"}`...)
	}
	ends[0] = len(b)
	switch u.Limit.Header {
	case prokura.UsagePage:
		h.set(Header{Name: prokura.UsagePage, Value: plain[percent]})
	case prokura.UsageInsights:
		platform := *q
		platform.Terms.Limiter, platform.Who = prokura.LimitPlatform, 0
		app := r.Look(&platform)
		b = append(b, `{"app_id_util_pct":`...)
		b = appendPercent(b, app.Verdict.Now[quota.ByCalls].Percent(app.Claim.Measures[quota.ByCalls]))
		b = append(b, `,"acc_id_util_pct":`...)
		b = appendPercent(b, calls.Percent(u.Claim.Measures[quota.ByCalls]))
		b = append(append(append(b, `,"ads_api_access_tier":"`...), u.Score.Tier...), `"}`...)
	}
	ends[1] = len(b)
	b = append(b, `{"`...)
	b = strconv.AppendInt(b, int64(q.Object), 10)
	b = append(append(append(b, `":[{"type":"`...), u.Limit.Limiter...), `","call_count":`...)
	b = strconv.AppendInt(b, percent, 10)
	b = append(b, `,"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":`...)
	b = strconv.AppendInt(b, up(calls.Wait, minute), 10)
	switch u.Limit.Limiter {
	case prokura.LimitAds, prokura.LimitInsights, prokura.LimitAudiences:
		b = append(append(append(b, `,"ads_api_access_tier":"`...), u.Score.Tier...), '"')
	}
	b = append(b, `}]}`...)
	ends[2] = len(b)
	text, from, values := string(b), 0, make([]string, len(ends))
	for i, name := range [...]string{"X-Ad-Account-Usage", prokura.UsageInsights, prokura.UsageUseCase} {
		if values[i] = text[from:ends[i]]; values[i] == "" {
			continue
		}
		from = ends[i]
		if name == prokura.UsageUseCase {
			values[i] = h.joined(values[i])
		}
		if values[i] != "" {
			h.set(Header{Name: name, Value: values[i : i+1 : i+1]})
		}
	}
}

// maxObjects are the objects that one header tells of.
const maxObjects = 32

// joined is what one id has to tell behind what those before it had; "" if they have
// told it all.
func (h *headers) joined(text string) string {
	for _, x := range *h {
		if x.Name == prokura.UsageUseCase {
			before := x.Value[0]
			if object, _, _ := strings.Cut(text, ":"); strings.Contains(before, object[1:]+":") || strings.Count(before, `"type"`) >= maxObjects {
				return ""
			}
			return before[:len(before)-1] + "," + text[1:]
		}
	}
	return text
}

// set adds a header, or has it take the place of one of an id before.
func (h *headers) set(x Header) {
	for i := range *h {
		if (*h)[i].Name == x.Name {
			(*h)[i] = x
			return
		}
	}
	*h = append(*h, x)
}

// appendPercent writes hundredths of a per cent as clients read them: a number,
// with a fraction where there is one.
func appendPercent(b []byte, hundredths int64) []byte {
	b = strconv.AppendInt(b, hundredths/100, 10)
	switch f := byte(hundredths % 100); {
	case f == 0:
	case f%10 == 0:
		b = append(b, '.', '0'+f/10)
	default:
		b = append(b, '.', '0'+f/10, '0'+f%10)
	}
	return b
}

// plain are the values of X-App-Usage and X-Page-Usage by per cent. Clients read
// integers; time is not limited, so nothing of it is used.
var plain = func() (t [101][]string) {
	for i := range t {
		t[i] = []string{`{"call_count":` + strconv.Itoa(i) + `,"total_time":0,"total_cputime":0}`}
	}
	return t
}()
