package web

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

// Second factors in personal settings. What makes or removes one wants a
// password that was entered lately: the pages ask for it before they are shown.
var factorRoutes = []route{
	{pattern: "GET " + authenticatorPath, serve: (*request).authenticator},
	{pattern: "GET " + authenticatorPath + "/picture", serve: (*request).authenticatorPicture},
	{pattern: "POST " + authenticatorPath, serve: (*request).confirmAuthenticator},
	{pattern: "GET " + passkeyPath, serve: (*request).passkey},
	{pattern: "POST " + passkeyPath, serve: (*request).confirmPasskey},
	{pattern: "GET " + codesPath, serve: (*request).codes},
	{pattern: "POST " + codesPath, serve: (*request).renewCodes},
	{pattern: "GET " + securityPath + "/factors/{factor}", serve: (*request).factorRemovePage},
	{pattern: "POST " + securityPath + "/factors/{factor}", serve: (*request).factorRemove},
}

const (
	securityPath      = "/settings/security"
	authenticatorPath = securityPath + "/authenticator"
	passkeyPath       = securityPath + "/passkey"
	codesPath         = securityPath + "/recovery-codes"
)

func factorRow(f prokura.SecondFactor) FactorRow {
	return FactorRow{ID: f.ID, Name: f.Name, App: f.Kind == prokura.FactorTOTP, Added: f.Created.Time(), Used: moment(f.Used)}
}

// factorsView is the section of the security page.
func (q *request) factorsView() (FactorsView, error) {
	f, err := people.SecondFactors(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return FactorsView{}, err
	}
	v := FactorsView{On: f.On(), Codes: f.Codes, CanPasskey: q.site.Passkeys()}
	if f.App != nil {
		row := factorRow(*f.App)
		v.App = &row
	}
	for _, p := range f.Passkeys {
		v.Passkeys = append(v.Passkeys, factorRow(p))
	}
	for _, b := range f.Demanded {
		v.Demanded = append(v.Demanded, BusinessView{ID: b.Business.String(), Name: b.Name, Verified: b.Verified})
	}
	return v, nil
}

// issuer is the name under which an authenticator app lists the account. It
// must not hold a colon.
func (q *request) issuer() string {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(q.BaseURL, "https://"), "http://"), ":")
	return q.site.Name + " " + strings.Trim(host, "[]")
}

// authenticator shows what the app is to scan. Nothing is begun twice: reload
// and a wrong code find the same secret.
func (q *request) authenticator() error {
	p, err := q.authenticatorPage()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) authenticatorPage() (*AuthenticatorPage, error) {
	if err := q.fresh(); err != nil {
		return nil, err
	}
	key, err := people.TOTP(q.ctx(), q.Registry, q.caller, q.issuer())
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.NotFound {
		if err = people.BeginTOTP(q.ctx(), q.Registry, q.caller); err == nil {
			key, err = people.TOTP(q.ctx(), q.Registry, q.caller, q.issuer())
		}
	}
	if err != nil {
		return nil, err
	}
	return &AuthenticatorPage{Base: q.base(), Account: key.Issuer() + " · " + key.AccountName(), Secret: inFours(key.Secret()),
		Picture: authenticatorPath + "/picture"}, nil
}

// inFours is a long secret as people can read it out.
func inFours(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

const pictureSize = 240 // pixels of the square that is scanned

// authenticatorPicture is the secret as a QR code. Only the session that began
// the set-up gets it, and no cache keeps it.
func (q *request) authenticatorPicture() error {
	key, err := people.TOTP(q.ctx(), q.Registry, q.caller, q.issuer())
	if err != nil {
		return err
	}
	picture, err := key.Image(pictureSize, pictureSize)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "image/png")
	q.w.WriteHeader(http.StatusOK)
	_, _ = buf.WriteTo(q.w) // the reader may be gone
	return nil
}

func (q *request) confirmAuthenticator() error {
	err := people.ConfirmTOTP(q.ctx(), q.Registry, q.caller, q.field("code"))
	if err == nil {
		return q.afterFactor()
	}
	p, failed := q.authenticatorPage()
	if failed != nil {
		return failed
	}
	return q.correct(p, err)
}

// afterFactor shows the recovery codes that came with a first second factor.
func (q *request) afterFactor() error {
	q.flash(NoticeFactorAdded)
	if _, err := people.RecoveryCodes(q.ctx(), q.Registry, q.caller); err == nil {
		return q.redirect(codesPath)
	}
	return q.redirect(securityPath)
}

func (q *request) passkey() error {
	p, err := q.passkeyPage("")
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) passkeyPage(name string) (*PasskeyPage, error) {
	if !q.site.Passkeys() {
		return nil, errNoPage
	}
	if err := q.fresh(); err != nil {
		return nil, err
	}
	ask, err := people.PasskeyQuestion(q.ctx(), q.Registry, q.caller)
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.NotFound {
		if err = people.BeginPasskey(q.ctx(), q.Registry, q.caller, q.site); err == nil {
			ask, err = people.PasskeyQuestion(q.ctx(), q.Registry, q.caller)
		}
	}
	if err != nil {
		return nil, err
	}
	p := &PasskeyPage{Base: q.base(), Name: name, Question: ask}
	if name == "" {
		p.Name = BrowserName(p.Words, q.r.UserAgent())
	}
	return p, nil
}

func (q *request) confirmPasskey() error {
	err := people.ConfirmPasskey(q.ctx(), q.Registry, q.caller, q.field("name"), q.field("passkey"), q.site)
	if err == nil {
		return q.afterFactor()
	}
	p, failed := q.passkeyPage(q.field("name"))
	if failed != nil {
		return failed
	}
	return q.correct(p, err)
}

// codes shows the recovery codes that were just made, or offers new ones.
func (q *request) codes() error {
	codes, err := people.RecoveryCodes(q.ctx(), q.Registry, q.caller)
	if err != nil && prokura.AsError(err).Reason != prokura.NotFound {
		return err
	}
	p := &CodesPage{Base: q.base(), Codes: codes}
	if len(codes) > 0 {
		return q.show(p)
	}
	if err := q.fresh(); err != nil {
		return err
	}
	f, err := people.SecondFactors(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return err
	}
	if !f.On() {
		return q.redirect(securityPath)
	}
	p.Left = f.Codes
	return q.show(p)
}

func (q *request) renewCodes() error {
	if q.field("do") == "stored" {
		if err := people.RecoveryCodesStored(q.ctx(), q.Registry, q.caller); err != nil {
			return err
		}
		return q.redirect(securityPath)
	}
	if err := people.RenewRecoveryCodes(q.ctx(), q.Registry, q.caller); err != nil {
		return err
	}
	return q.redirect(codesPath)
}

// factor finds one of the person's own second factors by the id in the path.
func (q *request) factor() (*FactorRemovePage, error) {
	if err := q.fresh(); err != nil {
		return nil, err
	}
	v, err := q.factorsView()
	if err != nil {
		return nil, err
	}
	p := &FactorRemovePage{Base: q.base(), Demanded: v.Demanded}
	all := v.Passkeys
	if v.App != nil {
		all = append(all, *v.App)
	}
	for _, f := range all {
		if f.ID == q.r.PathValue("factor") {
			p.Factor, p.Last = f, len(all) == 1
			return p, nil
		}
	}
	return nil, errNoPage
}

func (q *request) factorRemovePage() error {
	p, err := q.factor()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) factorRemove() error {
	p, err := q.factor()
	if err != nil {
		return err
	}
	if err := people.RemoveSecondFactor(q.ctx(), q.Registry, q.caller, p.Factor.ID); err != nil {
		return err
	}
	notice := NoticeFactorRemoved
	if p.Last {
		notice = NoticeFactorsOff
	}
	q.flash(notice)
	return q.redirect(securityPath)
}
