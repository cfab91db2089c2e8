package graph

import (
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// member is a person inside a business: a node of its own, whose id says nothing
// about the person elsewhere.
const member = wire.Kind(prokura.NodeMember)

var (
	roleParam     = wire.Param{Name: "role", Type: "string", About: "ADMIN (full control) or EMPLOYEE."}
	inviteParams  = []wire.Param{{Name: "email", Type: "string", About: "Whom to invite.", Required: true}, roleParam}
	memberParams  = []wire.Param{{Name: roleParam.Name, Type: roleParam.Type, About: roleParam.About, Required: true}}
	pendingParams = append([]wire.Param{{Name: "email", Type: "string", About: "Only the invitation to this address."}}, pageParams...)

	businessParams = []wire.Param{
		{Name: "name", Type: "string", About: "The name, at most 100 characters."},
		{Name: "vertical", Type: "string", About: "The line of business, one of the platform's words."},
		{Name: "two_factor_type", Type: "string", About: "Who must have a second factor: none, admin_required or all_required."},
	}
)

// peopleEdges are the calls about the people of a business and its own settings.
func (g *graph) peopleEdges() []wire.Edge {
	user, pending := memberShape(), pendingShape()
	on, in := []wire.Kind{member}, []wire.Kind{business}
	return []wire.Edge{
		{On: in, Method: http.MethodPost, Terms: write, Act: prokura.ActUpdateBusiness, About: "Changes the business's name, line of business and demand for second factors.", Params: businessParams, Serve: g.updateBusiness},
		{On: in, Name: "business_users", Method: http.MethodGet, Terms: read, Act: prokura.ActListPeople, About: "The people of the business.", Params: pageParams, Serve: g.businessUsers(user)},
		{On: in, Name: "business_users", Method: http.MethodPost, Terms: manage, Act: prokura.ActInvitePerson, About: "Invites somebody by e-mail; answers the id of the invitation.", Params: inviteParams, Serve: g.invite},
		{On: in, Name: "pending_users", Method: http.MethodGet, Terms: read, Act: prokura.ActListPending, About: "The invitations that wait for an answer, with their links.", Params: pendingParams, Serve: g.pendingUsers(pending)},
		{On: on, Method: http.MethodGet, Terms: read, Act: prokura.ActListPeople, About: "A person inside a business.", Serve: func(c *wire.Call, w *wire.Writer) error {
			n := visitOf(c).node
			return user.Put(c, w, businessUser{*n.Member, *n.Business})
		}},
		{On: on, Method: http.MethodPost, Terms: manage, Act: prokura.ActUpdateMember, About: "Gives the person another role in the business.", Params: memberParams, Serve: g.updateMember},
		{On: on, Method: http.MethodDelete, Terms: manage, Act: prokura.ActRemoveMember, About: "Removes the person from the business.", Serve: func(c *wire.Call, w *wire.Writer) error {
			return succeeded(w, businesses.RemoveMember(c.Context, g.registry, visitOf(c).Caller, c.ID))
		}},
	}
}

// businessUser is a person with the business that they are in.
type businessUser struct {
	businesses.Colleague
	in prokura.Business
}

// memberShape is the shape of a person inside a business. Addresses and second
// factors are there for callers who manage people.
func memberShape() *wire.Shape[businessUser] {
	type row = wire.Attr[businessUser]
	name := func(u businessUser) prokura.Person { return prokura.Person{Name: u.Name} }
	managed := func(put func(*wire.Writer, businessUser)) func(*wire.Writer, businessUser) {
		return func(w *wire.Writer, u businessUser) {
			if u.Managed {
				put(w, u)
			}
		}
	}
	s := &wire.Shape[businessUser]{Type: "BusinessUser", Kind: member, ID: func(u businessUser) string { return u.ID.String() }, Attrs: []row{
		{Name: "name", Type: "string", About: "The full name.", Default: true, Put: func(w *wire.Writer, u businessUser) { w.String(u.Name) }},
		{Name: "business", Type: "Business", About: "The business.", Default: true, Put: func(w *wire.Writer, u businessUser) { putBusiness(w, u.in) }},
		{Name: "first_name", Type: "string", About: "The given names.", Put: func(w *wire.Writer, u businessUser) { w.String(name(u).FirstName()) }},
		{Name: "last_name", Type: "string", About: "The family name.", Put: func(w *wire.Writer, u businessUser) { w.String(name(u).LastName()) }},
		{Name: "role", Type: "string", About: "ADMIN (full control) or EMPLOYEE.", Put: func(w *wire.Writer, u businessUser) { w.String(string(u.Role)) }},
		{Name: "email", Type: "string", About: "The address, for those who manage people.", Put: managed(func(w *wire.Writer, u businessUser) { w.String(u.Email) })},
		{Name: "two_fac_status", Type: "string", About: "Whether the person has a second factor, for those who manage people.", Put: managed(func(w *wire.Writer, u businessUser) {
			if u.SecondFactor {
				w.String("enabled")
			} else {
				w.String("disabled")
			}
		})},
		{Name: "marked_for_removal", Type: "bool", About: "Removals happen at once.", Put: func(w *wire.Writer, _ businessUser) { w.Bool(false) }},
	}}
	return complete(s, s.Type)
}

func putBusiness(w *wire.Writer, b prokura.Business) {
	w.Open('{')
	w.Key("id").ID(b.ID)
	w.Key("name").String(b.Name)
	w.Close('}')
}

// businessUsers serves GET {business}/business_users.
func (g *graph) businessUsers(s *wire.Shape[businessUser]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := businesses.People(c.Context, g.registry, visitOf(c).Caller, c.ID, businesses.MemberQuery{From: page.From, Backward: page.Backward, Limit: page.Limit})
		if err != nil {
			return err
		}
		items := make([]businessUser, len(list.Members))
		for i, m := range list.Members {
			items[i] = businessUser{m, *visitOf(c).node.Business}
		}
		return wire.PutList(c, w, page, wire.List[businessUser]{Items: items, More: list.More, Total: list.Total,
			ID: func(u businessUser) prokura.ID { return u.ID }}, s.Put)
	}
}

func memberRole(c *wire.Call) (prokura.BusinessRole, error) {
	role, err := c.Params.OneOf("role", string(prokura.RoleAdmin), string(prokura.RoleEmployee))
	return prokura.BusinessRole(role), err
}

// invite serves POST {business}/business_users.
func (g *graph) invite(c *wire.Call, w *wire.Writer) error {
	role, err := memberRole(c)
	if err != nil {
		return err
	}
	if role == "" {
		role = prokura.RoleEmployee
	}
	i, err := businesses.Invite(c.Context, g.registry, visitOf(c).Caller, c.ID, c.Params.Text("email"), role)
	if err != nil {
		return err
	}
	w.Open('{').Key("id").ID(i.ID)
	w.Close('}')
	return nil
}

// updateMember serves POST {business_user}.
func (g *graph) updateMember(c *wire.Call, w *wire.Writer) error {
	role, err := memberRole(c)
	if err != nil {
		return err
	}
	return succeeded(w, businesses.UpdateMember(c.Context, g.registry, visitOf(c).Caller, c.ID, role))
}

// pendingShape is the shape of an invitation that waits. Its link is as good as
// the invitation: only those who send invitations see this list.
func pendingShape() *wire.Shape[registry.Invitation] {
	type row = wire.Attr[registry.Invitation]
	when := func(name, about string, at func(registry.Invitation) prokura.Instant) row {
		return row{Name: name, Type: "datetime", About: about, Put: func(w *wire.Writer, i registry.Invitation) { w.Time(at(i)) }}
	}
	created := func(i registry.Invitation) prokura.Instant { return i.Created }
	expires := func(i registry.Invitation) prokura.Instant { return i.Expires }
	s := &wire.Shape[registry.Invitation]{Type: "BusinessRoleRequest", ID: func(i registry.Invitation) string { return i.ID.String() }, Attrs: []row{
		{Name: "email", Type: "string", About: "Who is invited.", Default: true, Put: func(w *wire.Writer, i registry.Invitation) { w.String(i.Email) }},
		{Name: "role", Type: "string", About: "ADMIN (full control) or EMPLOYEE.", Default: true, Put: func(w *wire.Writer, i registry.Invitation) { w.String(i.Role) }},
		{Name: "status", Type: "string", About: "PENDING: others are not listed.", Default: true, Put: func(w *wire.Writer, _ registry.Invitation) { w.String("PENDING") }},
		{Name: "invite_link", Type: "string", About: "Where the invited person accepts.", Serve: func(c *wire.Call, w *wire.Writer, i registry.Invitation) error {
			w.String(c.BaseURL() + i.Path)
			return nil
		}},
		{Name: "invited_user_type", Type: "list", About: "There is one kind of account.", Put: func(w *wire.Writer, _ registry.Invitation) { wire.Strings(w, []string{"FB"}) }},
		{Name: "owner", Type: "Business", About: "The business.", Serve: func(c *wire.Call, w *wire.Writer, _ registry.Invitation) error {
			putBusiness(w, *visitOf(c).node.Business)
			return nil
		}},
		when("created_time", "When it was sent first.", created),
		when("expiration_time", "Until when it can be accepted.", expires),
		when("expiry_time", "Until when it can be accepted.", expires),
	}}
	return complete(s, s.Type)
}

// pendingUsers serves GET {business}/pending_users. There are at most a few
// hundred, so that a page is cut from the whole list.
func (g *graph) pendingUsers(s *wire.Shape[registry.Invitation]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := businesses.Invitations(c.Context, g.registry, visitOf(c).Caller, c.ID, 0, businesses.MaxInvitations)
		if err != nil {
			return err
		}
		if email := prokura.NormalEmail(c.Params.Text("email")); email != "" {
			kept := list[:0]
			for _, i := range list {
				if i.Email == email {
					kept = append(kept, i)
				}
			}
			list = kept
		}
		return wire.PutList(c, w, page, wire.Cut(page, list, func(i registry.Invitation) prokura.ID { return i.ID }), s.Put)
	}
}

// updateBusiness serves POST {business}.
func (g *graph) updateBusiness(c *wire.Call, w *wire.Writer) error {
	var change businesses.Change
	if text, ok := c.Params.Lookup("name"); ok {
		change.Name = &text
	}
	if text, ok := c.Params.Lookup("vertical"); ok {
		change.Vertical = &text
	}
	if text, ok := c.Params.Lookup("two_factor_type"); ok {
		demand := prokura.TwoFactorType(text)
		change.TwoFactor = &demand
	}
	if change == (businesses.Change{}) {
		return prokura.Errorf(prokura.InvalidParameter, "Name what to change: name, vertical or two_factor_type.")
	}
	return succeeded(w, businesses.Update(c.Context, g.registry, visitOf(c).Caller, c.ID, change))
}
