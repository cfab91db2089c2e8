package client

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

// SystemUser is a server of a business that nobody logs in to.
type SystemUser struct {
	ID   string `json:"id"` // within the app
	Name string `json:"name"`
	Role string `json:"role"` // ADMIN or EMPLOYEE
}

// SystemUsers lists those of a business.
func (a *Caller) SystemUsers(ctx context.Context, business string) iter.Seq2[SystemUser, error] {
	return All[SystemUser](ctx, a, business+"/system_users", Fields("id", "name", "role"))
}

// CreateSystemUser makes one and answers its id within the app. It is not
// repeated when its outcome is unknown: look for the name first.
func (a *Caller) CreateSystemUser(ctx context.Context, business, name, role string) (string, error) {
	made, err := Do[SystemUser](ctx, a, Call{Method: http.MethodPost, Path: business + "/system_users", Params: []Param{Set("name", name), Set("role", role)}})
	if err == nil && made.ID == "" {
		err = errors.New("client: the answer holds no id")
	}
	return made.ID, err
}

// Install lets a system user use the calling app, which has to be before a token
// is cut for it.
func (a *Caller) Install(ctx context.Context, systemUser string) error {
	return a.change(ctx, Call{Method: http.MethodPost, Path: systemUser + "/applications", Params: []Param{Set("business_app", a.c.config.AppID)}, Idempotent: true})
}

// Mint cuts a token of a system user for the calling app; one that ends does so
// after 60 days. The calling token is of the same app.
func (a *Caller) Mint(ctx context.Context, systemUser string, ends bool, scopes ...string) (Token, error) {
	params := []Param{Set("business_app", a.c.config.AppID), Set("scope", scopes...)}
	if ends {
		params = append(params, Set("set_token_expires_in_60_days", "true"))
	}
	return a.give(ctx, ends, Call{Method: http.MethodPost, Path: systemUser + "/access_tokens", Params: params})
}

// RevokeSystemUser ends all tokens that a system user has for the calling app.
func (a *Caller) RevokeSystemUser(ctx context.Context, systemUser string) error {
	return a.change(ctx, Call{Method: http.MethodDelete, Path: systemUser + "/access_tokens"})
}
