package prokura

import "time"

// RequestKind says what somebody asks of somebody else.
type RequestKind string

// The kinds of request. Business is who asks for an asset or app, or who
// invites; whoever holds what is asked for decides, invited people themselves.
const (
	RequestOwnAsset RequestKind = "own_asset" // the asset's owner decides
	RequestUseAsset RequestKind = "use_asset" // the asset's owner decides
	RequestUseApp   RequestKind = "use_app"   // the app's admins decide
	RequestOwnApp   RequestKind = "own_app"   // the app's admins decide (R-APP-06)
	OfferApp        RequestKind = "offer_app" // the app's admins offer; the business decides
	GiveApp         RequestKind = "give_app"  // the app's admins hand it over; the business decides (R-APP-06)
	InviteMember    RequestKind = "invite_member"
	InviteAppRole   RequestKind = "invite_app_role"
	InviteAppOwner  RequestKind = "invite_app_owner" // the app goes to a person (R-APP-06)
)

// Invitation reports whether a person decides, by the link that was sent to
// them.
func (k RequestKind) Invitation() bool {
	return k == InviteMember || k == InviteAppRole || k == InviteAppOwner
}

// RequestState is how far a request has come.
type RequestState string

// States of a request. A pending one whose time has passed is expired without
// a change of its row.
const (
	RequestPending   RequestState = "pending"
	RequestConfirmed RequestState = "confirmed"
	RequestDeclined  RequestState = "declined"
	RequestCancelled RequestState = "cancelled"
)

// RequestLifetime is how long a request may be decided.
const RequestLifetime = 30 * 24 * time.Hour

// Request is something that both sides must want: one asked, the other confirms
// or declines.
type Request struct {
	ID        ID
	Kind      RequestKind
	Business  ID
	App       ID
	Asset     ID
	Email     string // of the invited person
	Role      string // a [BusinessRole] or [AppRole] that is offered
	Tasks     []Task // asked for on an asset
	Secret    string // hash of the invitation link's secret
	State     RequestState
	CreatedBy ID // the person or system user who asked
	Created   Instant
	Expires   Instant
	DecidedBy ID
	Decided   Instant
}

// Open reports whether the request can still be decided.
func (r *Request) Open(now Instant) bool { return r.State == RequestPending && !r.Expires.Past(now) }
