package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// reviewPlay is the way of an app to other people's businesses: somebody signs up, shows
// who the business is, asks for access, two reviewers agree, and a business that has never
// heard of them connects the app.
type reviewPlay struct {
	*play
	names           *nameServer
	mia, rita, paul *actor
	business, app   string // ids
	configuration   string
	draft, desk     string // paths
}

// actor is somebody at a browser.
type actor struct {
	*play
	name, email string
	browser     *http.Client
}

// Who and what is made up for the play.
const (
	miaName, miaEmail, miaPassword = "Mia Sandberg", "mia@harbour-lab.example", "a long password of the demo"
	harbourName, harbourApp        = "Harbour Lab", "Harbour Reports"
	harbourSite                    = "https://www.harbour-lab.example"
)

func newReviewPlay(p *play, names *nameServer) *reviewPlay {
	r := &reviewPlay{play: p, names: names}
	r.mia, r.rita, r.paul = r.as("Mia", miaEmail), r.as("Rita", p.emails["rita"]), r.as("Paul", p.emails["paul"])
	return r
}

// as is somebody with a browser of their own.
func (p *reviewPlay) as(name, email string) *actor {
	jar, _ := cookiejar.New(nil) // without a list of suffixes it cannot fail
	return &actor{play: p.play, name: name, email: email, browser: &http.Client{Timeout: p.client.Timeout, CheckRedirect: p.client.CheckRedirect, Jar: jar}}
}

// run plays every step, or up to the first one that goes wrong.
func (p *reviewPlay) run(ctx context.Context) error {
	p.out.line("Prokura serves a made-up world at %s.", p.base)
	p.out.line("%s, which nobody here knows yet, makes an app for other people's businesses.", harbourName)
	return p.inOrder([]step{
		{"Mia signs up, with the code that was mailed to her", func() error { return p.signUp(ctx) }},
		{"She makes her business and the app, and says what people will read of it", func() error { return p.makeApp(ctx) }},
		{"She shows who the business is: details, a paper, a code from a mail, a record of its domain", func() error { return p.verify(ctx) }},
		{"Rita, of the platform, looks at it and gives it", func() error { return p.giveVerification(ctx) }},
		{"Nobody else can connect the app yet", func() error { return p.notYet(ctx) }},
		{"Mia asks for access to what the app needs. It runs on a server: no film is asked for", func() error { return p.submit(ctx) }},
		{"Paul, a reviewer, says yes. One yes gives nothing", func() error { return p.firstYes(ctx) }},
		{"Rita agrees, and the app has it for a year", func() error { return p.secondYes(ctx) }},
		{"Mia switches the app to live mode by herself", func() error { return p.goLive(ctx) }},
		{"Ada connects Nordwind Outdoor, which has never heard of Harbour Lab", func() error { return p.connect(ctx) }},
	})
}

func (p *reviewPlay) signUp(ctx context.Context) error {
	to, err := p.mia.fill(ctx, "/signup", "/signup", "name", miaName, "email", miaEmail, "password", miaPassword)
	if err != nil {
		return err
	}
	code, err := p.mailed(ctx, miaEmail, `\b(\d{4} ?\d{4})\b`)
	if err != nil {
		return err
	}
	_, err = p.mia.fill(ctx, to, "/signup/code", "code", code)
	return err
}

func (p *reviewPlay) makeApp(ctx context.Context) error {
	to, err := p.mia.fill(ctx, "/business/new", "/business/new", "name", harbourName)
	if err != nil {
		return err
	}
	p.business = path.Base(to)
	if to, err = p.mia.fill(ctx, "/apps/new", "/apps/new", "name", harbourApp, "type", "business", "business", p.business, "contact", miaEmail); err != nil {
		return err
	}
	p.app = idIn(to)
	here := "/apps/" + p.app
	if _, err := p.mia.hand(ctx, here+"/basic", here+"/basic", "icon", "icon.png", icon(), "name", harbourApp, "contact", miaEmail,
		"privacy_policy_url", harbourSite+"/privacy", "site_url", harbourSite+"/", "category", "Business and pages", "business_use", "clients"); err != nil {
		return err
	}
	if _, err := p.mia.fill(ctx, here+"/login", here+"/login", "redirect_uris", p.redirectTo, "client_oauth", "1", "web_oauth", "1"); err != nil {
		return err
	}
	if to, err = p.mia.fill(ctx, here+"/configurations/new?template=scratch", here+"/configurations/new", "name", "Reports", "variation", "general", "token_type", "system_user", "expiry", "never",
		"kind", "ad_account", "task.ad_account", "ANALYZE", "required", "ad_account", "permission", "ads_read"); err != nil {
		return err
	}
	p.configuration = path.Base(to)
	return nil
}

func (p *reviewPlay) verify(ctx context.Context) error {
	here := "/business/" + p.business + "/verification"
	if _, err := p.mia.fill(ctx, here, here, "legal_name", harbourName+" AB", "address", "Hamngatan 4\n111 47 Stockholm", "country", "SE", "registration", "559000-0000",
		"website", harbourSite, "contact", miaName, "email", miaEmail); err != nil {
		return err
	}
	if _, err := p.mia.hand(ctx, here, here+"/documents", "file", "register.pdf", []byte("%PDF-1.7\nA made-up extract of a register.\n%%EOF\n")); err != nil {
		return err
	}
	if _, err := p.mia.fill(ctx, here, here+"/mail"); err != nil {
		return err
	}
	code, err := p.mailed(ctx, miaEmail, `\b(\d{4} \d{4})\b`)
	if err != nil {
		return err
	}
	if _, err := p.mia.fill(ctx, here, here+"/code", "code", code); err != nil {
		return err
	}
	page, err := p.mia.read(ctx, here)
	if err != nil {
		return err
	}
	name, value := textIn(page, "site-record"), textIn(page, "site-value")
	p.out.line("The name server of harbour-lab.example, which is part of this play, gets the record: %s TXT %s", name, value)
	p.names.set(name, value)
	if _, err := p.mia.fill(ctx, here, here+"/site", "by", "dns"); err != nil {
		return err
	}
	_, err = p.mia.fill(ctx, here, here+"/send")
	return err
}

func (p *reviewPlay) giveVerification(ctx context.Context) error {
	if err := p.rita.logIn(ctx); err != nil {
		return err
	}
	here := "/staff/businesses/" + p.business
	if _, err := p.rita.fill(ctx, here, here, "decision", "given"); err != nil {
		return err
	}
	return p.mia.sees(ctx, "/business/"+p.business+"/verification", "Verified")
}

func (p *reviewPlay) notYet(ctx context.Context) error {
	p.out.line("Ada of Nordwind Outdoor tries it, by the call that stands in for her browser:")
	answer, err := p.do(ctx, p.consentCall())
	if err != nil {
		return err
	}
	fault, _ := answer["error"].(map[string]any)
	if reason := fault["reason"]; reason != "app_not_available" {
		return fmt.Errorf("this should have been refused as the app is in development, not with %v", reason)
	}
	return nil
}

func (p *reviewPlay) submit(ctx context.Context) error {
	list := "/apps/" + p.app + "/submissions"
	to, err := p.mia.fill(ctx, list, list, "add", "permission:ads_read")
	if err != nil {
		return err
	}
	p.draft = to
	_, err = p.mia.fill(ctx, to, to, "no_interface", "1", "relationship", "None so far.", "use.1", "Our server fetches the results of each client's campaigns at night and mails that client a summary.", "do", "send")
	if err != nil {
		return err
	}
	page, err := p.mia.read(ctx, to)
	if err == nil {
		p.desk = "/staff/submissions/" + textIn(page, "reference")
	}
	return err
}

func (p *reviewPlay) firstYes(ctx context.Context) error {
	if err := p.paul.logIn(ctx); err != nil {
		return err
	}
	if err := p.paul.sees(ctx, "/staff/queue", harbourApp); err != nil {
		return err
	}
	if _, err := p.paul.fill(ctx, p.desk, p.desk, "outcome.1", "approved", "reason.1", "needed"); err != nil {
		return err
	}
	return p.mia.sees(ctx, p.draft, "To be decided")
}

func (p *reviewPlay) secondYes(ctx context.Context) error {
	if _, err := p.rita.fill(ctx, p.desk, p.desk, "outcome.1", "approved", "reason.1", "needed", "words.1", "Ask for no more than this."); err != nil {
		return err
	}
	return p.mia.sees(ctx, "/apps/"+p.app+"/access", "Advanced access", "Submission 1")
}

func (p *reviewPlay) goLive(ctx context.Context) error {
	here := "/apps/" + p.app + "/mode"
	if _, err := p.mia.fill(ctx, here, here, "mode", "live"); err != nil {
		return err
	}
	return p.mia.sees(ctx, here, "live mode")
}

func (p *reviewPlay) connect(ctx context.Context) error {
	code, err := p.text(ctx, p.consentCall(), "code")
	if err != nil {
		return err
	}
	to, err := p.mia.fill(ctx, "/apps/"+p.app+"/advanced", "/apps/"+p.app+"/secret", "password", miaPassword)
	if err != nil {
		return err
	}
	page, err := p.mia.read(ctx, to)
	if err != nil {
		return err
	}
	secret := textIn(page, "secret-value")
	token, err := p.token(ctx, post("/v25.0/oauth/access_token", "client_id", p.app, "client_secret", secret, "redirect_uri", p.redirectTo, "code", code))
	if err != nil {
		return err
	}
	return p.lists(ctx, get("/v25.0/me/adaccounts", "fields", "name", "access_token", token), "act_"+p.accountEU)
}

// consentCall stands in for Ada's browser.
func (p *reviewPlay) consentCall() call {
	body, _ := json.Marshal(map[string]any{"config_id": p.configuration, "person": p.ada, "business": p.nordwind, "assets": []string{p.accountEU}, "redirect_uri": p.redirectTo}) // strings: it cannot fail
	return call{method: http.MethodPost, url: "/_dev/consent", json: body}
}

// mailed finds what matches in the newest mail to an address.
func (p *reviewPlay) mailed(ctx context.Context, to, pattern string) (string, error) {
	body, err := json.Marshal(map[string]string{"to": to})
	if err != nil {
		return "", err
	}
	p.out.line("The mail to %s, in the inbox of a development world:", to)
	answer, err := p.do(ctx, call{method: http.MethodPost, url: "/_dev/inbox", json: body})
	if err != nil {
		return "", err
	}
	list, _ := answer["data"].([]any)
	for _, l := range list {
		mail, _ := l.(map[string]any)
		text, _ := mail["body"].(string)
		if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
			return m[1], nil
		}
	}
	return "", fmt.Errorf("no mail to %s has a code", to)
}

func (a *actor) logIn(ctx context.Context) error {
	_, err := a.fill(ctx, "/login", "/login", "email", a.email, "password", a.password)
	return err
}

// read opens a page.
func (a *actor) read(ctx context.Context, path string) (string, error) {
	return pageOf(ctx, a.browser, a.base, path)
}

// sees opens a page that must say some words.
func (a *actor) sees(ctx context.Context, path string, words ...string) error {
	page, err := a.read(ctx, path)
	if err != nil {
		return err
	}
	for _, w := range words {
		if !strings.Contains(page, html.EscapeString(w)) {
			return fmt.Errorf("%s does not say %q", path, w)
		}
	}
	a.out.line("%s reads on %s%s: %s", a.name, a.base, path, strings.Join(words, ", "))
	return nil
}

// fill sends a form of a page as the browser does, and tells where that leads to.
func (a *actor) fill(ctx context.Context, page, action string, fields ...string) (to string, err error) {
	resp, body, err := a.post(ctx, page, action, nil, fields)
	return landed(action, resp, body, err)
}

// hand is fill for a form with a file.
func (a *actor) hand(ctx context.Context, page, action, field, name string, content []byte, fields ...string) (to string, err error) {
	resp, body, err := a.post(ctx, page, action, &upload{field, name, content}, fields)
	return landed(action, resp, body, err)
}

type upload struct {
	field, name string
	content     []byte
}

var fieldErrors = regexp.MustCompile(`(?s)<p class="field-error"[^>]*>.*?</svg>(.*?)</p>`)

func landed(action string, resp *http.Response, body string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusSeeOther {
		why := ""
		if m := fieldErrors.FindStringSubmatch(body); m != nil {
			why = ": " + html.UnescapeString(m[1])
		}
		return "", fmt.Errorf("the form for %s is answered with %s%s", action, resp.Status, why)
	}
	return resp.Header.Get("Location"), nil
}

func (a *actor) post(ctx context.Context, page, action string, file *upload, fields []string) (*http.Response, string, error) {
	shown, err := a.read(ctx, page)
	if err != nil {
		return nil, "", err
	}
	form, err := formOf(shown, action)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", page, err)
	}
	given := pairs(fields)
	a.out.line("%s, on %s%s:", a.name, a.base, page)
	for _, f := range given {
		if f.name != "password" {
			a.out.line("  %s = %s", f.name, strings.ReplaceAll(f.value, "\n", ", "))
		}
	}
	hidden := url.Values{}
	for _, input := range hiddenInput.FindAllString(form, -1) {
		name, value := nameOf.FindStringSubmatch(input), valueOf.FindStringSubmatch(input)
		if name != nil && value != nil {
			hidden.Add(name[1], html.UnescapeString(value[1]))
		}
	}
	for _, f := range given {
		hidden.Add(f.name, f.value)
	}
	body, kind := []byte(hidden.Encode()), "application/x-www-form-urlencoded"
	if file != nil {
		a.out.line("  %s = %s, %d bytes", file.field, file.name, len(file.content))
		if body, kind, err = multipartOf(hidden, file); err != nil {
			return nil, "", err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+action, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Content-Type", kind)
	start := time.Now()
	resp, err := a.browser.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	took := time.Since(start)
	a.calls, a.took = a.calls+1, a.took+took
	a.out.answer(resp.Status, took, nil)
	return resp, string(answer), err
}

func multipartOf(values url.Values, file *upload) ([]byte, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, list := range values {
		for _, v := range list {
			if err := w.WriteField(name, v); err != nil {
				return nil, "", err
			}
		}
	}
	part, err := w.CreateFormFile(file.field, file.name)
	if err == nil {
		_, err = part.Write(file.content)
	}
	err = errors.Join(err, w.Close())
	return b.Bytes(), w.FormDataContentType(), err
}

// formOf is the form of a page that goes to a path.
func formOf(page, action string) (string, error) {
	for _, form := range strings.Split(page, "<form ")[1:] {
		form, _, _ = strings.Cut(form, "</form>")
		if head, _, _ := strings.Cut(form, ">"); strings.Contains(head, `action="`+action+`"`) {
			return form, nil
		}
	}
	return "", fmt.Errorf("the page has no form for %s", action)
}

// textIn is what an element of a page says, by its id.
func textIn(page, id string) string {
	_, rest, _ := strings.Cut(page, `id="`+id+`"`)
	_, rest, _ = strings.Cut(rest, ">")
	text, _, _ := strings.Cut(rest, "<")
	return html.UnescapeString(text)
}

var anID = regexp.MustCompile(`\d{5,}`)

// idIn is the first id in a path.
func idIn(path string) string { return anID.FindString(path) }

// icon is a blue square.
func icon() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 128, 128))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{0x1f, 0x4f, 0x8f, 0xff}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}
