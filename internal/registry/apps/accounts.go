package apps

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// ListPlace is where people manage the account list of an app, for texts.
const ListPlace = "in the app dashboard, under Advanced › Advertising accounts › Marketing API"

// MayCallOn lets a call on an ad account pass as far as the access level of the
// caller's app goes (R-LEVEL-03): for whom the app calls, and whether the account is
// on the app's list. The first call on an account puts it there, while there is
// room. tasks are the caller's on the account, all of them spelled out; closed, if
// not nil, is why the caller may not read it, and then the call adds nothing.
func MayCallOn(ctx context.Context, r *registry.Registry, c registry.Caller, account prokura.ID, tasks []prokura.Task, closed error) error {
	if e := prokura.CallsOnAccount(c.Facts, tasks); e != nil {
		return e
	}
	l, err := r.Listed(ctx, c.App.ID, account, closed == nil)
	switch most := r.Catalog().Level(c.App.Level).AccountList; {
	case err != nil:
		return err
	case l.Removed != 0:
		return prokura.Errorf(prokura.AccountNotListed, "This ad account was taken off the app's account list. Its people put it back %s.", ListPlace)
	case l.Listed():
		return nil
	case closed != nil && most != 0: // on no list, and nothing that would put it on one
		return closed
	case closed != nil:
		return nil
	case most != 0:
		// A look is cheaper than an act that is refused; the act counts again.
		have, err := registry.Look(ctx, r, func(tx *store.View) (int, error) { return tx.CountListed(c.App.ID) })
		if err == nil && have >= most {
			err = listFull(have, 1, most)
		}
		if err != nil {
			return err
		}
		return useAccount(ctx, r, c, account)
	}
	err = useAccount(ctx, r, c, account)
	if errors.Is(err, prokura.Unavailable) || errors.Is(err, prokura.TooManyCalls) {
		return nil // nothing depends on a list without an end: a later call puts it there
	}
	return err
}

// Closed says, for assets in the order of their ids, which of them a call on them,
// whose terms these are, would tell nothing of at the level of the caller's app: of ad
// accounts those that it does not call on for this caller, or not as long as nobody
// puts them on its list.
func Closed(ctx context.Context, r *registry.Registry, c registry.Caller, terms prokura.Terms, list []registry.ListedAsset) (func(registry.ListedAsset) bool, error) {
	switch all := prokura.LevelFor(c.Facts, terms) != nil; {
	case all, terms.Account != prokura.InPath:
		return func(registry.ListedAsset) bool { return all }, nil
	case len(list) == 0 || r.Catalog().Level(c.App.Level).AccountList == 0:
		return func(registry.ListedAsset) bool { return false }, nil
	}
	have, err := registry.Look(ctx, r, func(tx *store.View) ([]prokura.ID, error) {
		return tx.ListedBetween(c.App.ID, list[0].ID, list[len(list)-1].ID)
	})
	return func(a registry.ListedAsset) bool {
		_, listed := slices.BinarySearch(have, a.ID)
		return !listed || prokura.CallsOnAccount(c.Facts, a.Tasks) != nil
	}, err
}

const minute = prokura.Instant(time.Minute / time.Millisecond)

// listFull is the error for more ad accounts than there is room for.
func listFull(have, more, most int) *prokura.Error {
	return prokura.Errorf(prokura.AccountListFull, "There is no room for %s on the app's account list: it holds %d of the %d that the app's access level allows. "+
		"Its people manage the list %s; a higher level allows more.", plural(more), have, most, ListPlace)
}

func plural(accounts int) string {
	if accounts == 1 {
		return "this ad account"
	}
	return strconv.Itoa(accounts) + " more ad accounts"
}

// roomOnList refuses more ad accounts than the app's level allows now. What it counts
// is what a racing act would add to, in one serializable transaction: the cap is
// exact.
func roomOnList(r *registry.Registry, d *registry.Door, app prokura.ID, more int) error {
	a, err := d.App(app)
	if err != nil {
		return registry.HideMissing(err)
	}
	have, err := d.CountListed(app)
	if most := r.Catalog().Level(a.Level).AccountList; err == nil && most != 0 && have+more > most {
		err = listFull(have, more, most)
	}
	return err
}

// useAccount puts an ad account on the list of the caller's app, since the app calls
// on it.
func useAccount(ctx context.Context, r *registry.Registry, c registry.Caller, account prokura.ID) error {
	return r.Act(ctx, c, prokura.ActUseAccount, func(d *registry.Door) (prokura.Subject, error) {
		a, err := d.AssetFacts(account, max(d.By.Person.ID, d.By.SystemUser.ID))
		return prokura.Subject{Asset: a}, registry.HideMissing(err)
	}, func(d *registry.Door) error {
		have, err := d.ListedAccount(d.By.App.ID, account)
		switch {
		case err != nil || have.Listed(): // by a call beside this one
			return err
		case have.Removed != 0:
			return prokura.Errorf(prokura.AccountNotListed, "This ad account was taken off the app's account list.")
		}
		if err := roomOnList(r, d, d.By.App.ID, 1); err != nil {
			return err
		}
		d.Entry.Subject = account
		d.Touch(registry.OfAsset, account)
		return d.ListAccount(prokura.ListedAccount{App: d.By.App.ID, Account: account, Added: d.Now, Used: d.Now - d.Now%minute})
	})
}

// Account is an ad account on an app's list, with the name of who added it.
type Account = store.ListedRow

// AccountList is one page of the account list of an app.
type AccountList struct {
	Level    prokura.LevelInfo
	Have     int // on the list altogether
	Accounts []Account
	More     bool
}

// Full reports whether nothing more can be added.
func (l *AccountList) Full() bool { return l.Level.AccountList != 0 && l.Have >= l.Level.AccountList }

// Accounts shows the account list of an app, a page of it in the order of ids.
func Accounts(ctx context.Context, r *registry.Registry, c registry.Caller, app, from prokura.ID, backward bool, limit int) (*AccountList, error) {
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) (*AccountList, error) {
		s, err := registry.AppSubject(tx, c.Facts, app)
		if err == nil {
			err = r.MayRead(c, prokura.ActListAccounts, s)
		}
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		a, err := tx.App(app)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		level := a.Level
		if level == "" {
			level = prokura.LevelDevelopment
		}
		out := &AccountList{Level: r.Catalog().Level(level)}
		if out.Have, err = tx.CountListed(app); err != nil {
			return nil, err
		}
		out.Accounts, err = tx.ListedAccounts(app, from, backward, limit+1)
		if out.More = len(out.Accounts) > limit; out.More && backward {
			out.Accounts = out.Accounts[1:]
		} else if out.More {
			out.Accounts = out.Accounts[:limit]
		}
		return out, err
	})
}

// ParseAccounts reads numbers of ad accounts as people and programs write them. The
// prefix of node ids is refused by name: whoever copies it from an address would
// take the list for one of nodes.
func ParseAccounts(texts []string) ([]prokura.ID, error) {
	wrong := func(format string, args ...any) error {
		return prokura.Errorf(prokura.InvalidParameter, format, args...).WithField("account_id")
	}
	var out []prokura.ID
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(strings.ToLower(text), prokura.AdAccountPrefix) {
			return nil, wrong("An account id is the number alone, without act_: that prefix belongs to addresses of the API.")
		}
		id, err := prokura.ParseID(text)
		if err != nil {
			return nil, wrong("An account id is a number, as it stands in the ad account's settings.")
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if len(out) == 0 {
		return nil, missingAccount()
	}
	return out, nil
}

func missingAccount() error {
	return prokura.Errorf(prokura.InvalidParameter, "The account id is missing.").WithField("account_id")
}

// MostAccounts bounds how many ad accounts one act adds or removes.
const MostAccounts = 100

// AddAccounts puts ad accounts on the list of an app: all of them or, when one is
// none that the app or the caller reaches, or there is no room for all, none.
func AddAccounts(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, accounts []prokura.ID) error {
	return r.Act(ctx, c, prokura.ActAddAccount, registry.OnApp(app), func(d *registry.Door) error {
		if err := fewAccounts(accounts); err != nil {
			return err
		}
		var added []prokura.ID
		for _, id := range accounts {
			have, err := d.ListedAccount(app, id)
			if err == nil && !have.Listed() {
				added, err = append(added, id), addable(d, app, id)
			}
			if err != nil {
				return err
			}
		}
		if err := roomOnList(r, d, app, len(added)); err != nil {
			return err
		}
		d.Entry.Subject = app
		d.Note(nil, accountsNote{added})
		by := d.By.Person.ID
		if by == 0 {
			by = app // its own token
		}
		for _, id := range added {
			d.Touch(registry.OfAsset, id)
			if err := d.ListAccount(prokura.ListedAccount{App: app, Account: id, By: by, Added: d.Now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// accountsNote is what the journal keeps of a change of a list.
type accountsNote struct {
	Accounts []prokura.ID `json:"ad_accounts"`
}

func fewAccounts(list []prokura.ID) error {
	if len(list) == 0 {
		return missingAccount()
	}
	if len(list) > MostAccounts {
		return prokura.Errorf(prokura.InvalidParameter, "At most %d ad accounts at a time.", MostAccounts).WithField("account_id")
	}
	return nil
}

// addable refuses what is no ad account, and one that neither the app nor the caller
// reaches exactly as one that does not exist.
func addable(d *registry.Door, app, id prokura.ID) error {
	unknown := prokura.Errorf(prokura.InvalidParameter, "%s is no ad account that you or the app can reach. Compare the number with the one in the ad account's settings.", id).WithField("account_id")
	a, err := d.AssetFacts(id, max(d.By.Person.ID, d.By.SystemUser.ID))
	if errors.Is(err, prokura.NotFound) {
		return unknown
	}
	if err != nil {
		return err
	}
	_, reached := d.By.Reach(a)
	if !reached {
		if reached, err = d.AppReaches(app, a); err != nil {
			return err
		}
	}
	switch {
	case !reached:
		return unknown
	case a.Asset.Kind != prokura.KindAdAccount:
		return prokura.Errorf(prokura.InvalidParameter, "%s is not an ad account.", id).WithField("account_id")
	}
	return nil
}

// RemoveAccounts takes ad accounts off the list of an app, all of them or, when one
// is not on it, none. The next call on one is refused, and no call puts it back.
func RemoveAccounts(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, accounts []prokura.ID) error {
	return r.Act(ctx, c, prokura.ActRemoveAccount, registry.OnApp(app), func(d *registry.Door) error {
		if err := fewAccounts(accounts); err != nil {
			return err
		}
		d.Entry.Subject = app
		d.Note(accountsNote{accounts}, nil)
		for _, id := range accounts {
			d.Touch(registry.OfAsset, id)
			err := d.UnlistAccount(app, id, d.Now)
			if errors.Is(err, prokura.NotFound) {
				err = prokura.Errorf(prokura.InvalidParameter, "The ad account %s is not on the app's list.", id).WithField("account_id")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
