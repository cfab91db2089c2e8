package apps

import (
	"context"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

const accountsPath = appPath + "/ad-accounts"

var accountRoutes = []kit.Route{
	{Pattern: "GET " + accountsPath, Serve: OnApp(prokura.ActListAccounts, accountsPage)},
	{Pattern: "POST " + accountsPath, Serve: changeAccounts(apps.AddAccounts, NoticeAccountAdded)},
	{Pattern: "POST " + accountsPath + "/remove", Serve: changeAccounts(apps.RemoveAccounts, NoticeAccountRemoved)},
}

// AccountsPage answers GET and POST /apps/{id}/ad-accounts, and POST …/remove
// (R-LEVEL-03). Fields: account_id.
type AccountsPage struct {
	kit.Base
	Frame    Frame
	Level    string // prokura.Level
	Have     int
	Most     int  // 0: without end
	Full     bool // nothing can be added
	Accounts []AccountRow
	Next     string // id behind which the next page starts
	Account  string // what was typed before
}

// AccountRow is an ad account on the list.
type AccountRow struct {
	ID, Origin, By string // Origin: "person", "app" or "call"
	Added, Used    time.Time
}

func (*AccountsPage) TemplateName() string { return "apps/accounts" }

// accountsAtOnce is how many ad accounts one page shows.
const accountsAtOnce = 100

func accountsPage(q *kit.Request, v *apps.View) error {
	p, err := accounts(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func accounts(q *kit.Request, v *apps.View) (*AccountsPage, error) {
	after, _ := prokura.ParseID(q.R.URL.Query().Get("after"))
	list, err := apps.Accounts(q.Context(), q.Registry, q.Caller, v.App.ID, after, false, accountsAtOnce)
	if err != nil {
		return nil, err
	}
	p := &AccountsPage{Base: q.Base(), Frame: FrameOf(q, v), Level: string(list.Level.Level), Have: list.Have, Most: list.Level.AccountList, Full: list.Full()}
	for _, a := range list.Accounts {
		p.Accounts = append(p.Accounts, AccountRow{a.Account.String(), a.Origin(), a.ByName, kit.Moment(a.Added), kit.Moment(a.Used)})
		if list.More {
			p.Next = a.Account.String()
		}
	}
	return p, nil
}

func changeAccounts(change func(context.Context, *registry.Registry, registry.Caller, prokura.ID, []prokura.ID) error, notice string) func(*kit.Request) error {
	return func(q *kit.Request) error {
		id, err := q.ID("id")
		if err != nil {
			return err
		}
		list, err := apps.ParseAccounts([]string{q.Text("account_id")})
		if err == nil {
			err = change(q.Context(), q.Registry, q.Caller, id, list)
		}
		if err != nil {
			return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
				p, err := accounts(q, v)
				if err == nil {
					p.Account = q.Text("account_id")
				}
				return p, err
			})
		}
		return saved(q, id, "/ad-accounts", notice, "account", list[0].String())
	}
}
