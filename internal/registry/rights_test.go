package registry_test

import (
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/registry/verification"
)

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// rightStage is a little world for one case: carol and the boss have full
// control of a business with an app, an asset and a system user; ruth has it of
// another one with the same.
type rightStage struct {
	*fixture
	own, other           rightSide
	carol, guest, member prokura.ID
	early                registry.Caller // carol's session from before
}

type rightSide struct{ business, admin, app, asset, user prokura.ID }

func (f *fixture) rightStage() *rightStage {
	f.t.Helper()
	s := &rightStage{fixture: f, carol: f.newPerson(), guest: f.newPerson()}
	for _, side := range []*rightSide{&s.own, &s.other} {
		side.admin = f.newPerson()
		if err := f.change(func(tx *store.Tx) error {
			var steps []error
			id := func(kind prokura.NodeKind) prokura.ID {
				v, err := tx.NewID(kind, 0)
				steps = append(steps, err)
				return v
			}
			side.business, side.app, side.asset, side.user = id(prokura.NodeBusiness), id(prokura.NodeApp), id(prokura.NodeAsset), id(prokura.NodeSystemUser)
			now := f.Now()
			steps = append(steps,
				tx.AddBusiness(prokura.Business{ID: side.business, Name: "Business " + side.business.String(), Generation: 1, Verification: "not_verified", Created: now}),
				tx.AddMember(prokura.Member{ID: id(prokura.NodeMember), Business: side.business, Person: side.admin, Role: prokura.RoleAdmin, Created: now}),
				tx.AddApp(prokura.App{ID: side.app, Name: "App " + side.app.String(), Type: prokura.AppBusiness, Business: side.business, Owner: side.admin,
					Mode: prokura.ModeDevelopment, Level: prokura.LevelStandard, Generation: 1, SecretGeneration: 1, Version: 1, Created: now}),
				tx.SetAdvanced(side.app, fixtureScopes, now),
				addSecret(f.Registry, tx, side.app, apps.DrawSecret(), now),
				tx.AddAsset(prokura.Asset{ID: side.asset, Kind: prokura.KindPage, Business: side.business, Name: "Page", Created: now}),
				tx.AddSystemUser(prokura.SystemUser{ID: side.user, Business: side.business, Name: "Server", Role: prokura.SystemUserAdmin, Generation: 1, Created: now}),
				tx.Install(side.user, side.app, side.admin, now))
			for _, err := range steps {
				if err != nil {
					return err
				}
			}
			return nil
		}, registry.EntityOf(registry.OfPerson, side.admin)); err != nil {
			f.t.Fatal(err)
		}
	}
	s.member = f.join(s.own.business, s.carol, prokura.RoleAdmin)
	f.letIn(s.own.app, s.carol, prokura.AppAdmin)
	s.early = f.session(s.carol)
	return s
}

// waiting is the only open request of a kind of a business or, without one, of an app.
func (s *rightStage) waiting(business, app prokura.ID, kind prokura.RequestKind) prokura.ID {
	s.t.Helper()
	list, err := registry.View(s.ctx, s.Registry, func(tx *store.View) ([]prokura.Request, error) {
		return tx.RequestsOf(business, app, kind, s.Now(), 0, 10)
	})
	if err != nil || len(list) != 1 {
		s.t.Fatalf("open requests %s: %+v, %v", kind, list, err)
	}
	return list[0].ID
}

func (s *rightStage) accept(business, app prokura.ID, kind prokura.RequestKind) func() error {
	secret := s.InvitationSecret(s.waiting(business, app, kind))
	return func() error { return businesses.AcceptInvitation(s.ctx, s.Registry, s.session(s.guest), secret) }
}

func (s *rightStage) confirm(business prokura.ID, kind prokura.RequestKind) func() error {
	id := s.waiting(business, 0, kind)
	return func() error { return businesses.ConfirmRequest(s.ctx, s.Registry, s.session(s.other.admin), id) }
}

// rightLoss is a way to lose a right; each is an act of somebody else, or of
// carol herself.
type rightLoss string

const (
	lossNone     rightLoss = "nothing"
	lossRemoved  rightLoss = "removed from the business"
	lossLeft     rightLoss = "left the business"
	lossDemoted  rightLoss = "demoted"
	lossFactor   rightLoss = "second factor demanded and lacking"
	lossRole     rightLoss = "role on the app taken"
	lossBoth     rightLoss = "demoted, and the role on the app taken"
	lossMoved    rightLoss = "app moved to another owner"
	lossDeleted  rightLoss = "app deleted"
	lossBusiness rightLoss = "business deleted"
	lossPassword rightLoss = "password changed"
	lossStaff    rightLoss = "no staff any more"
	lossPart     rightLoss = "got a role on what is decided about"
	lossInvited  rightLoss = "invited to it"
)

// lossesOfStaff are what takes from staff the right to decide.
var lossesOfStaff = []rightLoss{lossStaff, lossPart, lossInvited}

var rightLosses = []rightLoss{lossStaff, lossPart, lossInvited, lossRemoved, lossLeft, lossDemoted, lossFactor, lossRole, lossBoth, lossMoved, lossDeleted, lossBusiness, lossPassword, lossNone}

func (s *rightStage) lose(loss rightLoss) {
	s.t.Helper()
	boss := func() registry.Caller { return s.session(s.own.admin) }
	step := func(err error) {
		s.t.Helper()
		want(s.t, string(loss), err, "")
	}
	switch loss {
	case lossRemoved:
		step(businesses.RemoveMember(s.ctx, s.Registry, boss(), s.member))
	case lossLeft:
		step(businesses.Leave(s.ctx, s.Registry, s.session(s.carol), s.own.business))
	case lossFactor:
		s.demand(s.own.business, prokura.TwoFactorAll)
	case lossDemoted, lossBoth:
		step(businesses.UpdateMember(s.ctx, s.Registry, boss(), s.member, prokura.RoleEmployee))
	case lossMoved:
		step(failure(apps.Give(s.ctx, s.Registry, boss(), s.own.app, s.clients[0])))
		step(businesses.ConfirmRequest(s.ctx, s.Registry, s.session(s.people[0]), s.waiting(s.clients[0], 0, prokura.GiveApp)))
	case lossDeleted, lossBusiness:
		step(apps.Delete(s.ctx, s.Registry, boss(), s.own.app))
	case lossPassword:
		step(failure(people.ChangePassword(s.ctx, s.Registry, s.session(s.carol), fixturePassword, "another long password of tests", people.Client{})))
	}
	switch loss {
	case lossStaff:
		step(s.change(func(tx *store.Tx) error { return tx.SetStaff(s.carol, prokura.StaffNone) }, registry.EntityOf(registry.OfPerson, s.carol)))
	case lossPart:
		s.letIn(s.other.app, s.carol, prokura.AppAnalyst)
	case lossInvited:
		step(apps.SetRole(s.ctx, s.Registry, s.session(s.other.admin), s.other.app, mailOf(s.carol), prokura.AppAnalyst))
	case lossRole, lossBoth:
		step(apps.RemoveRole(s.ctx, s.Registry, boss(), s.own.app, s.carol))
	case lossBusiness:
		step(businesses.Delete(s.ctx, s.Registry, boss(), s.own.business, "Business "+s.own.business.String()))
	}
}

// rightCase is an act that takes effect later, or cannot be undone: carol begins
// it, and what begin returns ends it when the right may be gone.
type rightCase struct {
	act      prokura.Act
	name     string
	begin    func(*rightStage) func() error
	survives []rightLoss // that take nothing of this right
}

// What takes nothing of the rights over a business, or an app.
var (
	noLossOfBusiness = []rightLoss{lossRole, lossMoved, lossDeleted, lossPassword}
	noLossOfApp      = []rightLoss{lossRole, lossPassword}
)

var rightCases = []rightCase{
	{prokura.ActInvitePerson, "invite somebody to full control", func(s *rightStage) func() error {
		want(s.t, "invite", failure(businesses.Invite(s.ctx, s.Registry, s.early, s.own.business, mailOf(s.guest), prokura.RoleAdmin)), "")
		return s.accept(s.own.business, 0, prokura.InviteMember)
	}, noLossOfBusiness},
	{prokura.ActManageRoles, "invite somebody to a role on the app", func(s *rightStage) func() error {
		want(s.t, "invite", apps.SetRole(s.ctx, s.Registry, s.early, s.own.app, mailOf(s.guest), prokura.AppAdmin), "")
		return s.accept(0, s.own.app, prokura.InviteAppRole)
	}, append(slices.Clone(noLossOfApp), rightsOfARole...)},
	{prokura.ActTransferApp, "hand the app over to a person", func(s *rightStage) func() error {
		if err := apps.GiveTo(s.ctx, s.Registry, s.early, s.own.app, mailOf(s.guest)); err != nil {
			s.t.Error(err)
		}
		return s.accept(0, s.own.app, prokura.InviteAppOwner)
	}, noLossOfApp},
	{prokura.ActTransferApp, "hand the app over to a business", func(s *rightStage) func() error {
		want(s.t, "give", failure(apps.Give(s.ctx, s.Registry, s.early, s.own.app, s.other.business)), "")
		return s.confirm(s.other.business, prokura.GiveApp)
	}, noLossOfApp},
	{prokura.ActShareApp, "offer the app", func(s *rightStage) func() error {
		want(s.t, "offer", failure(apps.Offer(s.ctx, s.Registry, s.early, s.own.app, s.other.business)), "")
		return s.confirm(s.other.business, prokura.OfferApp)
	}, append(slices.Clone(noLossOfApp), rightsOfARole...)},
	{prokura.ActShareApp, "offer the app to a business that asks for it", func(s *rightStage) func() error {
		want(s.t, "offer", failure(apps.Offer(s.ctx, s.Registry, s.early, s.own.app, s.other.business)), "")
		return func() error {
			state, err := apps.AskFor(s.ctx, s.Registry, s.session(s.other.admin), s.other.business, s.own.app, false)
			return settled(state, err)
		}
	}, append(slices.Clone(noLossOfApp), rightsOfARole...)},
	{prokura.ActRequestAsset, "ask to own an asset", func(s *rightStage) func() error {
		want(s.t, "ask", failure(assets.AskFor(s.ctx, s.Registry, s.early, assets.Request{Business: s.own.business, Asset: s.other.asset, Own: true})), "")
		return s.confirm(s.own.business, prokura.RequestOwnAsset)
	}, noLossOfBusiness},
	{prokura.ActRequestAsset, "ask to use an asset", func(s *rightStage) func() error {
		want(s.t, "ask", failure(assets.AskFor(s.ctx, s.Registry, s.early, assets.Request{Business: s.own.business, Asset: s.other.asset, Tasks: []prokura.Task{"ANALYZE"}})), "")
		return s.confirm(s.own.business, prokura.RequestUseAsset)
	}, noLossOfBusiness},
	{prokura.ActRequestApp, "ask to own an app", func(s *rightStage) func() error {
		want(s.t, "ask", failure(apps.AskFor(s.ctx, s.Registry, s.early, s.own.business, s.other.app, true)), "")
		return s.confirm(s.own.business, prokura.RequestOwnApp)
	}, noLossOfBusiness},
	{prokura.ActRequestApp, "ask to use an app that is offered then", func(s *rightStage) func() error {
		want(s.t, "ask", failure(apps.AskFor(s.ctx, s.Registry, s.early, s.own.business, s.other.app, false)), "")
		return func() error {
			state, err := apps.Offer(s.ctx, s.Registry, s.session(s.other.admin), s.other.app, s.own.business)
			return settled(state, err)
		}
	}, noLossOfBusiness},
	{prokura.ActMintSystemUserToken, "send the form for a token", func(s *rightStage) func() error {
		form := systemusers.TokenForm{TokenRequest: systemusers.TokenRequest{SystemUser: s.own.user, App: s.own.app, Scopes: []prokura.Permission{"ads_read"}, In60Days: true}}
		want(s.t, "keep the form", systemusers.DraftToken(s.ctx, s.Registry, s.early, form), "")
		draft, err := systemusers.ShowTokenDraft(s.ctx, s.Registry, s.early, s.own.user, s.own.app)
		want(s.t, "read the form", err, "")
		return func() error {
			return failure(systemusers.MintDraft(s.ctx, s.Registry, s.early, s.own.user, s.own.app, draft.Digest))
		}
	}, []rightLoss{lossRole}},
	{prokura.ActPrepareVerification, "show a client the verification that was prepared for it", func(s *rightStage) func() error {
		number, err := verification.Prepare(s.ctx, s.Registry, s.session(s.own.admin), s.own.app, s.other.business, 0, 0, nordwind) // whoever began it may still
		want(s.t, "prepare", err, "")
		want(s.t, "show", verification.OfferPrepared(s.ctx, s.Registry, s.early, s.own.app, s.other.business, number), "")
		return func() error {
			return verification.AnswerPrepared(s.ctx, s.Registry, s.session(s.other.admin), s.other.business, number, true)
		}
	}, append(slices.Clone(noLossOfApp), rightsOfARole...)},
	{prokura.ActPrepareVerification, "show a client what somebody else began, who is gone", func(s *rightStage) func() error {
		helper := s.newPerson()
		s.letIn(s.own.app, helper, prokura.AppAdmin)
		number, err := verification.Prepare(s.ctx, s.Registry, s.session(helper), s.own.app, s.other.business, 0, 0, nordwind)
		want(s.t, "prepare", err, "")
		want(s.t, "the helper goes", apps.RemoveRole(s.ctx, s.Registry, s.early, s.own.app, helper), "")
		want(s.t, "show", verification.OfferPrepared(s.ctx, s.Registry, s.early, s.own.app, s.other.business, number), "")
		return func() error {
			return verification.AnswerPrepared(s.ctx, s.Registry, s.session(s.other.admin), s.other.business, number, true)
		}
	}, append(slices.Clone(noLossOfApp), rightsOfARole...)},
	{prokura.ActDecideItem, "say yes first", func(s *rightStage) func() error {
		id := s.submitted()
		says := func(by prokura.ID) error {
			v, err := review.PictureOf(s.ctx, s.Registry, s.session(by), id)
			want(s.t, "look", err, "")
			return review.DecideItem(s.ctx, s.Registry, s.session(by), id, v.Full.Version, review.Answer{Item: 1, Outcome: prokura.ItemApproved, Reason: "needed"})
		}
		want(s.t, "say yes", says(s.carol), "")
		return func() error {
			want(s.t, "say yes second", says(s.staff), "")
			h, err := review.HoldingsOf(s.ctx, s.Registry, s.session(s.staff), s.other.app)
			given := slices.ContainsFunc(h.Access, func(a prokura.Access) bool { return a.Name == "Human Agent" })
			return settled(map[bool]prokura.RequestState{true: prokura.RequestConfirmed}[given], err)
		}
	}, nil},
	{prokura.ActConfirmIdentity, "confirm another name first", func(s *rightStage) func() error {
		s.submitted()
		want(s.t, "rename", apps.Update(s.ctx, s.Registry, s.session(s.other.admin), s.other.app, s.appRow(s.other.app).Version, func(a *prokura.App) error { a.Name = "Bank App"; return nil }), "")
		look := func(by prokura.ID) (bool, error) {
			return review.ConfirmIdentity(s.ctx, s.Registry, s.session(by), s.other.app, s.appRow(s.other.app).Version)
		}
		want(s.t, "look", failure(look(s.carol)), "")
		return func() error {
			confirmed, err := look(s.staff)
			return settled(map[bool]prokura.RequestState{true: prokura.RequestConfirmed}[confirmed], err)
		}
	}, nil},
	{prokura.ActDeleteApp, "delete the app", func(s *rightStage) func() error {
		return func() error { return apps.Delete(s.ctx, s.Registry, s.early, s.own.app) }
	}, []rightLoss{lossRole}},
	{prokura.ActDeleteBusiness, "delete the business", func(s *rightStage) func() error {
		return func() error {
			if row := s.appRow(s.own.app); row.Disabled == 0 && row.Business == s.own.business { // it must own none
				want(s.t, "delete the app", s.change(func(tx *store.Tx) error { return tx.DisableApp(s.own.app, s.Now()) }, registry.EntityOf(registry.OfApp, s.own.app)), "")
			}
			return businesses.Delete(s.ctx, s.Registry, s.early, s.own.business, "Business "+s.own.business.String())
		}
	}, []rightLoss{lossRole, lossMoved, lossDeleted}},
	{prokura.ActDeleteAsset, "delete an asset", func(s *rightStage) func() error {
		return func() error { return assets.Delete(s.ctx, s.Registry, s.early, s.own.asset) }
	}, []rightLoss{lossRole, lossMoved, lossDeleted}},
	{prokura.ActDeleteSystemUser, "delete a system user", func(s *rightStage) func() error {
		return func() error { return systemusers.Delete(s.ctx, s.Registry, s.early, s.own.user) }
	}, []rightLoss{lossRole, lossMoved, lossDeleted}},
	{prokura.ActDecideRequest, "give an asset to who asks", func(s *rightStage) func() error {
		want(s.t, "ask", failure(assets.AskFor(s.ctx, s.Registry, s.session(s.other.admin), assets.Request{Business: s.other.business, Asset: s.own.asset, Own: true})), "")
		id := s.waiting(s.other.business, 0, prokura.RequestOwnAsset)
		return func() error { return businesses.ConfirmRequest(s.ctx, s.Registry, s.early, id) }
	}, []rightLoss{lossRole, lossMoved, lossDeleted}},
	{prokura.ActDecideAppRequest, "give the app to who asks", func(s *rightStage) func() error {
		want(s.t, "ask", failure(apps.AskFor(s.ctx, s.Registry, s.session(s.other.admin), s.other.business, s.own.app, true)), "")
		id := s.waiting(s.other.business, 0, prokura.RequestOwnApp)
		return func() error { return businesses.ConfirmRequest(s.ctx, s.Registry, s.early, id) }
	}, []rightLoss{lossRole}},
}

// submitted makes carol a reviewer, and is a submission of the other side's app that
// waits.
func (s *rightStage) submitted() (id prokura.ID) {
	s.t.Helper()
	want(s.t, "submit", s.change(func(tx *store.Tx) error {
		if err := tx.SetStaff(s.carol, prokura.StaffReviewer); err != nil {
			return err
		}
		var err error
		if id, err = tx.NewID(prokura.NodeSubmission, 0); err != nil {
			return err
		}
		return tx.AddSubmission(store.SealedSubmission{Submission: prokura.Submission{ID: id, App: s.other.app, Kind: prokura.SubmissionAccess, Status: prokura.SubmissionSent, Created: s.Now(), CreatedBy: s.other.admin,
			Sent: s.Now(), SentBy: s.other.admin, Items: []prokura.SubmissionItem{{Number: 1, Kind: prokura.ItemFeature, Name: "Human Agent", Use: "Reports", Outcome: prokura.ItemOpen}}}})
	}, registry.EntityOf(registry.OfPerson, s.carol)), "")
	return id
}

// settled tells a request that went on waiting from one that was settled.
func settled(state prokura.RequestState, err error) error {
	if err == nil && state != prokura.RequestConfirmed {
		return prokura.Errorf(prokura.Conflict, "It waits.")
	}
	return err
}

// rightsOfARole are the losses after which a role on the app that was given still
// does what roles do.
var rightsOfARole = []rightLoss{lossDemoted, lossFactor, lossMoved}

// T31: nobody gets by what they began what they may not do when it takes effect,
// and nobody loses by what has nothing to do with it. An act whose row says that
// it takes effect later, or cannot be undone, has to be in the table.
//
// Proves R-RIGHT-01.
func TestRightsEndWithTheirReason(t *testing.T) {
	for _, r := range prokura.Acts {
		if (r.Later || r.Final) && !slices.ContainsFunc(rightCases, func(c rightCase) bool { return c.act == r.Act }) {
			t.Errorf("no case says what becomes of %s when who began it loses the right", r.Act)
		}
	}
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		for _, c := range rightCases {
			for _, loss := range rightLosses {
				if r, _ := prokura.RuleOf(c.act); loss != lossNone && r.Impartial != slices.Contains(lossesOfStaff, loss) {
					continue // staff have their right by other things than businesses and apps
				}
				s := f.rightStage()
				end := c.begin(s)
				s.lose(loss)
				err := end()
				what := fmt.Sprintf("%s (%s), %s", c.name, c.act, loss)
				if loss == lossNone || slices.Contains(c.survives, loss) {
					want(t, what, err, "")
				} else if err == nil {
					t.Errorf("%s: done", what)
				} else if reason := prokura.AsError(err).Reason; reason == prokura.Internal || reason == prokura.Unavailable {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
	})
}
