package world

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// ConsentRequest is a login completed without a browser, in a --dev world.
type ConsentRequest struct {
	App      prokura.ID
	Request  prokura.LoginRequest
	Person   prokura.ID
	Business prokura.ID
	Assets   []prokura.ID
}

// Consent completes a login as a person without a browser, through the same
// acts as the dialog. Only a --dev world has it.
func Consent(ctx context.Context, r *registry.Registry, req ConsentRequest, trace string) (login.Answer, error) {
	if !r.Dev() {
		return login.Answer{}, registry.Missing()
	}
	if req.App == 0 && req.Request.Configuration != 0 {
		conf, err := registry.View(ctx, r, func(tx *store.View) (prokura.Configuration, error) {
			return tx.Configuration(req.Request.Configuration)
		})
		if err != nil {
			return login.Answer{}, prokura.Errorf(prokura.ConfigurationInvalid, "Config ID is invalid.").WithField("config_id").WithCause(err)
		}
		req.App = conf.App
	}
	id, err := login.Start(ctx, r, req.App, req.Request, false)
	if err != nil {
		return login.Answer{}, err
	}
	browser, secret := registry.NewHandle(), registry.NewHandle()
	if err := r.Beside(ctx, func(tx *store.Beside) error {
		if _, err := tx.Person(req.Person); err != nil {
			return prokura.Errorf(prokura.NotFound, "There is no such person.").WithField("person").WithCause(err)
		}
		return tx.AddSession(people.Session(secret, req.Person, r.Now(), people.Client{Agent: "dev consent", Trace: trace}))
	}); err != nil {
		return login.Answer{}, err
	}
	c, err := people.Authenticate(ctx, r, prokura.Secret(secret), trace)
	if err != nil {
		return login.Answer{}, err
	}
	defer r.Beside(ctx, func(tx *store.Beside) error { return tx.EndSession(c.Person.ID, c.Session) })
	v, err := login.Show(ctx, r, c, id, browser)
	if err == nil && v.Step == prokura.StepBusiness {
		if err = login.ChooseBusiness(ctx, r, c, id, browser, req.Business); err == nil {
			v, err = login.Show(ctx, r, c, id, browser)
		}
	}
	if err == nil && v.Step == prokura.StepAssets {
		if err = login.ChooseAssets(ctx, r, c, id, browser, v.Login.Assets, req.Assets, true); err == nil {
			v, err = login.Show(ctx, r, c, id, browser)
		}
	}
	if err != nil {
		return login.Answer{}, err
	}
	return login.Approve(ctx, r, c, id, browser, v.Digest, nil)
}
