package registry

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// AppTie is what ties a system user to an app: as long as it holds, the app may
// be installed for the system user (R-SU-03, -06, R-APP-04).
type AppTie struct {
	Test   bool            // a test app: being its tester stands in for the rest
	Own    bool            // the system user's business owns the app
	Shared bool            // the app is shared with that business
	role   prokura.AppRole // of the system user on the app
}

// Holds reports whether the app may be installed for the system user.
func (t AppTie) Holds() bool {
	switch {
	case t.Test:
		return t.role.AtLeast(prokura.AppTester)
	case t.Own:
		return true
	}
	return t.Shared && t.role.AtLeast(prokura.AppDeveloper)
}

// TieOf reads what ties a system user to an app now.
func TieOf(tx *store.View, u prokura.SystemUser, a prokura.App) (t AppTie, err error) {
	t.Test, t.Own = a.Parent != 0, a.IsOwned(u.Business)
	if t.role, err = tx.AppRole(a.ID, u.ID); err != nil {
		return t, err
	}
	t.Shared, err = tx.AppShared(a.ID, u.Business)
	return t, err
}

// EndInstallation ends an installation and the system user's tokens for the app, for
// good. One that is gone already is fine.
func (d *Door) EndInstallation(systemUser, app prokura.ID) error {
	d.Touch(OfSystemUser, systemUser)
	err := d.Uninstall(systemUser, app, d.Now)
	if errors.Is(err, prokura.NotFound) {
		return nil
	}
	return err
}
