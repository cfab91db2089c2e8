package prokura

// SystemUserRole says what kind of system user it is.
type SystemUserRole string

// Roles of system users. INTEGRATION system users come from the dialog and
// stand for one app inside one client business (R-LOGIN-11).
const (
	SystemUserAdmin       SystemUserRole = "ADMIN"
	SystemUserEmployee    SystemUserRole = "EMPLOYEE"
	SystemUserIntegration SystemUserRole = "INTEGRATION"
)

// SystemUser is a principal without a login, owned by a business.
type SystemUser struct {
	ID         ID
	Business   ID
	App        ID // of integration system users
	Name       string
	Role       SystemUserRole
	Generation int64
	CreatedBy  ID
	Created    Instant
	Deleted    Instant
}

// Facts are those of a system user as if it called without any narrowing: what
// it reaches.
func (u SystemUser) Facts() *Facts {
	return &Facts{Credential: CredentialToken, SystemUser: u,
		Token: Token{Kind: TokenSystemUser, SystemUser: u.ID, Business: u.Business}}
}

// Installation says that a system user may use an app (R-SU-03). Its tokens
// for the app end with it, and do not return with the next one.
type Installation struct {
	ID          ID
	SystemUser  ID
	App         ID
	Generation  int64 // bumped by what ends the system user's tokens for the app
	InstalledBy ID
	Created     Instant
	Removed     Instant
}
