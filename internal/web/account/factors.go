package account

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

// Second factors in personal settings. What makes or removes one wants a
// password that was entered lately: the pages ask for it before they are shown.
var factorRoutes = []kit.Route{
	{Pattern: "GET " + authenticatorPath, Serve: showAuthenticator},
	{Pattern: "GET " + authenticatorPath + "/picture", Serve: authenticatorPicture},
	{Pattern: "POST " + authenticatorPath, Serve: confirmAuthenticator},
	{Pattern: "GET " + passkeyPath, Serve: showPasskey},
	{Pattern: "POST " + passkeyPath, Serve: confirmPasskey},
	{Pattern: "GET " + codesPath, Serve: showCodes},
	{Pattern: "POST " + codesPath, Serve: renewCodes},
	{Pattern: "GET " + securityPath + "/factors/{factor}", Serve: factorRemovePage},
	{Pattern: "POST " + securityPath + "/factors/{factor}", Serve: factorRemove},
}

const (
	securityPath      = "/settings/security"
	authenticatorPath = securityPath + "/authenticator"
	passkeyPath       = securityPath + "/passkey"
	codesPath         = securityPath + "/recovery-codes"
)

func factorRow(f prokura.SecondFactor) FactorRow {
	return FactorRow{ID: f.ID, Name: f.Name, App: f.Kind == prokura.FactorTOTP, Added: f.Created.Time(), Used: kit.Moment(f.Used)}
}

// factorsView is the section of the security page.
func factorsView(q *kit.Request) (FactorsView, error) {
	f, err := people.SecondFactors(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return FactorsView{}, err
	}
	v := FactorsView{On: f.On(), Codes: f.Codes, CanPasskey: q.Site.Passkeys()}
	if f.App != nil {
		row := factorRow(*f.App)
		v.App = &row
	}
	for _, p := range f.Passkeys {
		v.Passkeys = append(v.Passkeys, factorRow(p))
	}
	for _, b := range f.Demanded {
		v.Demanded = append(v.Demanded, kit.BusinessView{ID: b.Business.String(), Name: b.Name, Verified: b.Verified})
	}
	return v, nil
}

// issuer is the name under which an authenticator app lists the account. It
// must not hold a colon.
func issuer(q *kit.Request) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(q.BaseURL, "https://"), "http://"), ":")
	return q.Site.Name + " " + strings.Trim(host, "[]")
}

// showAuthenticator shows what the app is to scan. Nothing is begun twice: reload
// and a wrong code find the same secret.
func showAuthenticator(q *kit.Request) error {
	p, err := authenticatorPage(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func authenticatorPage(q *kit.Request) (*AuthenticatorPage, error) {
	if err := q.NeedFresh(); err != nil {
		return nil, err
	}
	key, err := people.TOTP(q.Context(), q.Registry, q.Caller, issuer(q))
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.NotFound {
		if err = people.BeginTOTP(q.Context(), q.Registry, q.Caller); err == nil {
			key, err = people.TOTP(q.Context(), q.Registry, q.Caller, issuer(q))
		}
	}
	if err != nil {
		return nil, err
	}
	return &AuthenticatorPage{Base: q.Base(), Account: key.Issuer() + " · " + key.AccountName(), Secret: inFours(key.Secret()),
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
func authenticatorPicture(q *kit.Request) error {
	key, err := people.TOTP(q.Context(), q.Registry, q.Caller, issuer(q))
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
	q.W.Header().Set("Content-Type", "image/png")
	q.W.WriteHeader(http.StatusOK)
	_, _ = buf.WriteTo(q.W) // the reader may be gone
	return nil
}

func confirmAuthenticator(q *kit.Request) error {
	err := people.ConfirmTOTP(q.Context(), q.Registry, q.Caller, q.Field("code"))
	if err == nil {
		return afterFactor(q)
	}
	p, failed := authenticatorPage(q)
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}

// afterFactor shows the recovery codes that came with a first second factor.
func afterFactor(q *kit.Request) error {
	q.Flash(NoticeFactorAdded)
	if _, err := people.RecoveryCodes(q.Context(), q.Registry, q.Caller); err == nil {
		return q.Redirect(codesPath)
	}
	return q.Redirect(securityPath)
}

func showPasskey(q *kit.Request) error {
	p, err := passkeyPage(q, "")
	if err != nil {
		return err
	}
	return q.Show(p)
}

func passkeyPage(q *kit.Request, name string) (*PasskeyPage, error) {
	if !q.Site.Passkeys() {
		return nil, kit.ErrNoPage
	}
	if err := q.NeedFresh(); err != nil {
		return nil, err
	}
	ask, err := people.PasskeyQuestion(q.Context(), q.Registry, q.Caller)
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.NotFound {
		if err = people.BeginPasskey(q.Context(), q.Registry, q.Caller, q.Site); err == nil {
			ask, err = people.PasskeyQuestion(q.Context(), q.Registry, q.Caller)
		}
	}
	if err != nil {
		return nil, err
	}
	p := &PasskeyPage{Base: q.Base(), Name: name, Question: ask}
	if name == "" {
		p.Name = BrowserName(p.Words, q.R.UserAgent())
	}
	return p, nil
}

func confirmPasskey(q *kit.Request) error {
	err := people.ConfirmPasskey(q.Context(), q.Registry, q.Caller, q.Field("name"), q.Field("passkey"), q.Site)
	if err == nil {
		return afterFactor(q)
	}
	p, failed := passkeyPage(q, q.Field("name"))
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}

// showCodes shows the recovery codes that were just made, or offers new ones.
func showCodes(q *kit.Request) error {
	codes, err := people.RecoveryCodes(q.Context(), q.Registry, q.Caller)
	if err != nil && prokura.AsError(err).Reason != prokura.NotFound {
		return err
	}
	p := &CodesPage{Base: q.Base(), Codes: codes}
	if len(codes) > 0 {
		return q.Show(p)
	}
	if err := q.NeedFresh(); err != nil {
		return err
	}
	f, err := people.SecondFactors(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	if !f.On() {
		return q.Redirect(securityPath)
	}
	p.Left = f.Codes
	return q.Show(p)
}

func renewCodes(q *kit.Request) error {
	if q.Field("do") == "stored" {
		if err := people.RecoveryCodesStored(q.Context(), q.Registry, q.Caller); err != nil {
			return err
		}
		return q.Redirect(securityPath)
	}
	if err := people.RenewRecoveryCodes(q.Context(), q.Registry, q.Caller); err != nil {
		return err
	}
	return q.Redirect(codesPath)
}

// factorInPath finds one of the person's own second factors by the id in the path.
func factorInPath(q *kit.Request) (*FactorRemovePage, error) {
	if err := q.NeedFresh(); err != nil {
		return nil, err
	}
	v, err := factorsView(q)
	if err != nil {
		return nil, err
	}
	p := &FactorRemovePage{Base: q.Base(), Demanded: v.Demanded}
	all := v.Passkeys
	if v.App != nil {
		all = append(all, *v.App)
	}
	for _, f := range all {
		if f.ID == q.R.PathValue("factor") {
			p.Factor, p.Last = f, len(all) == 1
			return p, nil
		}
	}
	return nil, kit.ErrNoPage
}

func factorRemovePage(q *kit.Request) error {
	p, err := factorInPath(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func factorRemove(q *kit.Request) error {
	p, err := factorInPath(q)
	if err != nil {
		return err
	}
	if err := people.RemoveSecondFactor(q.Context(), q.Registry, q.Caller, p.Factor.ID); err != nil {
		return err
	}
	notice := NoticeFactorRemoved
	if p.Last {
		notice = NoticeFactorsOff
	}
	q.Flash(notice)
	return q.Redirect(securityPath)
}
