package bench

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"time"
)

// massRevoke removes the app from the business whose family was copied, as its
// owner does: logs in, opens the page and sends its form, which is what is timed.
// Every token that hung on the grant is looked at before and some after.
func (b *bench) massRevoke(ctx context.Context, p *process, w *world) (time.Duration, error) {
	crowd := &secrets{}
	crowd.add(w.playedRoot)
	for n := range min(w.crowd, fewFamilies) {
		crowd.add(w.sibling(n))
	}
	if _, err := b.all(ctx, p, states(crowd, true)); err != nil {
		return 0, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return 0, err
	}
	browser := &http.Client{Jar: jar, Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer browser.CloseIdleConnections()
	if _, err := sendForm(ctx, browser, "http://"+p.address+"/login", url.Values{"email": {demoEmail}, "password": {demoPassword}}); err != nil {
		return 0, err
	}
	took, err := sendForm(ctx, browser, "http://"+p.address+"/business/"+demoBusiness+"/integrations/connected-apps/"+demoApp+"/remove", url.Values{})
	if err != nil {
		return 0, err
	}
	_, err = b.all(ctx, p, states(crowd, false))
	return took, err
}

var (
	hiddenInput = regexp.MustCompile(`<input\b[^>]*type="hidden"[^>]*>`)
	nameOf      = regexp.MustCompile(`\bname="([^"]*)"`)
	valueOf     = regexp.MustCompile(`\bvalue="([^"]*)"`)
)

// sendForm opens a page and sends its form back with values filled in; it returns
// how long the sending took.
func sendForm(ctx context.Context, browser *http.Client, page string, values url.Values) (time.Duration, error) {
	text, err := open(ctx, browser, page)
	if err != nil {
		return 0, err
	}
	for _, input := range hiddenInput.FindAllString(text, -1) {
		name, value := nameOf.FindStringSubmatch(input), valueOf.FindStringSubmatch(input)
		if name != nil && value != nil && !values.Has(name[1]) {
			values.Set(name[1], html.UnescapeString(value[1]))
		}
	}
	start := time.Now()
	resp, err := browser.PostForm(page, values)
	if err != nil {
		return 0, err
	}
	took := time.Since(start)
	if err := resp.Body.Close(); err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusSeeOther {
		return 0, fmt.Errorf("the form on %s was answered with %s", page, resp.Status)
	}
	return took, nil
}

func open(ctx context.Context, browser *http.Client, page string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return "", err
	}
	resp, err := browser.Do(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s", page, resp.Status)
	}
	return string(text), nil
}
