package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/grants"
)

var childParams = []wire.Param{
	{Name: "asset", Type: "list of ids", About: "A subset of the caller's assets; all when not said."},
	{Name: "scope", Type: "list of permissions", About: "A subset of the caller's permissions; all when not said."},
	{Name: "fetch_only", Type: "boolean", About: "Answers the token that exists already, and makes none."},
	{Name: "set_token_expires_in_60_days", Type: "boolean", About: "The new token ends after 60 days."},
	{Name: "system_user_id", Type: "id", About: "The caller's own system user."},
	{Name: "appsecret_proof", Type: "string", About: "Proof of the calling token."},
}

// childToken serves POST {client_business_id}/system_user_access_tokens
// (R-TOKEN-05).
func (g *graph) childToken(c *wire.Call, w *wire.Writer) error {
	if err := onlyToken(c); err != nil {
		return err
	}
	req := grants.ChildRequest{Business: c.ID}
	var err error
	if req.Assets, err = c.Params.IDs("asset"); err != nil {
		return err
	}
	if req.Scopes, err = c.Params.Permissions("scope"); err != nil {
		return err
	}
	if req.FetchOnly, err = c.Params.Bool("fetch_only"); err != nil {
		return err
	}
	if req.In60Days, err = c.Params.Bool("set_token_expires_in_60_days"); err != nil {
		return err
	}
	if req.SystemUser, err = c.Params.ID("system_user_id"); err != nil {
		return err
	}
	req.HasAssets, req.HasScopes = req.Assets != nil, req.Scopes != nil
	child, err := grants.CutChild(c.Context, g.registry, visitOf(c).Caller, req)
	if err != nil {
		return err
	}
	w.Open('{').Key("access_token").Secret(child.Secret)
	w.Close('}')
	return nil
}

// onlyToken refuses fields that a new token does not have: clients read back
// what they wrote.
func onlyToken(c *wire.Call) error {
	for _, f := range c.Fields {
		if f.Name != "access_token" {
			return prokura.Errorf(prokura.UnknownField, "A new access token has the field access_token and no other.").WithField("fields")
		}
	}
	return nil
}
