package assets

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Whom a business gives tasks on an asset: its own people and system users. An
// asset's owner gives any task of the kind, an agency what is shared with it.

// Worker is somebody with tasks on an asset, and Assignee somebody who may be
// given some.
type (
	Worker   = store.Worker
	Assignee = store.Assignee
)

// job is one assignment while it is decided about.
type job struct {
	asset    *prokura.AssetFacts
	business prokura.ID // that gives the tasks
	who      Assignee   // zero: nobody whom the caller may know
}

// assignee finds whom an id names: a place in a business, or a system user by
// the id that the caller's app knows; on pages by its own. Nobody is no error.
func assignee(tx *store.View, c registry.Caller, id prokura.ID) (Assignee, error) {
	none := Assignee{}
	kind, err := tx.NodeKind(id)
	if err == nil && kind == prokura.NodeMember {
		m, err := tx.Member(id)
		if errors.Is(err, prokura.NotFound) { // they have left
			return none, nil
		}
		return Assignee{Subject: m.Person, Member: m.ID, Business: m.Business, Name: m.Name, Email: m.Email, Role: string(m.Role)}, err
	}
	token := c.Credential == prokura.CredentialToken
	system := err == nil && kind == prokura.NodeSystemUser && !token
	if err == nil && kind == prokura.NodeScoped && token {
		id, err = tx.ScopedSubject(c.App.ID, id)
		system = true
	}
	if err == nil && system {
		var u prokura.SystemUser
		if u, err = tx.SystemUser(id); err == nil && u.Deleted == 0 && u.App == 0 {
			return Assignee{Subject: u.ID, Business: u.Business, Name: u.Name, Role: string(u.Role)}, nil
		}
	}
	if errors.Is(err, prokura.NotFound) {
		err = nil
	}
	return none, err
}

// onJob is the subject of an assignment: the business that gives it.
func onJob(r *registry.Registry, c registry.Caller, asset, user prokura.ID, j *job) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		*j = job{}
		d.Entry.Subject = asset
		var err error
		if j.asset, err = heldAsset(d, asset); err != nil {
			return prokura.Subject{}, err
		}
		if j.who, err = assignee(d.View(), c, user); err != nil {
			return prokura.Subject{}, err
		}
		j.business = workplace(d.By, j.asset, j.who.Business)
		return prokura.Subject{Business: j.business, Asset: j.asset}, nil
	}
}

func (j *job) check() error {
	if j.who.Subject == 0 || j.who.Business != j.business {
		return prokura.Errorf(prokura.AssignmentInvalid, "The user is no person or system user of the business.").WithField("user")
	}
	return nil
}

// touchWorker drops what is cached of a person or system user.
func touchWorker(d *registry.Door, who Assignee) {
	if who.Member != 0 {
		d.Touch(registry.OfPerson, who.Subject)
	} else {
		d.Touch(registry.OfSystemUser, who.Subject)
	}
}

// Assign gives a person or system user of the caller's business exactly
// these tasks on an asset. What they have through asset groups stays beside it.
func Assign(ctx context.Context, r *registry.Registry, c registry.Caller, asset, user prokura.ID, tasks []prokura.Task) error {
	var j job
	return r.Act(ctx, c, prokura.ActAssignAsset, onJob(r, c, asset, user, &j), func(d *registry.Door) error {
		if err := j.check(); err != nil {
			return err
		}
		if err := checkTasks(r, j.asset.Asset.Kind, tasks, "tasks"); err != nil {
			return err
		}
		if !subset(tasks, permittedTasks(r, j.asset, j.business)) {
			return prokura.Errorf(prokura.AssignmentInvalid, "The owner has not shared all of these tasks with the business.").WithField("tasks")
		}
		by := giver(j.asset, j.business)
		before, err := d.Worker(asset, j.business, by, j.who.Subject)
		if err != nil {
			return err
		}
		d.Note(map[string]any{"user": j.who.Subject, "tasks": before.Direct}, map[string]any{"user": j.who.Subject, "tasks": tasks})
		d.Touch(registry.OfAsset, asset)
		touchWorker(d, j.who)
		return d.SetAssignment(asset, by, j.who.Subject, tasks)
	})
}

// Unassign takes the tasks away that somebody was given on an asset by
// name.
func Unassign(ctx context.Context, r *registry.Registry, c registry.Caller, asset, user prokura.ID) error {
	var j job
	return r.Act(ctx, c, prokura.ActAssignAsset, onJob(r, c, asset, user, &j), func(d *registry.Door) error {
		if err := j.check(); err != nil {
			return err
		}
		by := giver(j.asset, j.business)
		before, err := d.Worker(asset, j.business, by, j.who.Subject)
		switch {
		case err != nil:
			return err
		case len(before.Direct) == 0 && len(before.Groups) > 0:
			return prokura.Errorf(prokura.AssignmentInvalid, "The user has these tasks through an asset group. Take them away there.").WithField("user")
		case len(before.Direct) == 0:
			return prokura.Errorf(prokura.AssignmentInvalid, "The user has no tasks on this asset.").WithField("user")
		}
		d.Note(map[string]any{"user": j.who.Subject, "tasks": before.Direct}, map[string]any{"user": j.who.Subject, "tasks": nil})
		d.Touch(registry.OfAsset, asset)
		touchWorker(d, j.who)
		return d.RemoveAssignment(asset, by, j.who.Subject)
	})
}

// ListQuery selects one page of a list in id order: behind an id, or with
// Backward the last ones before it.
type ListQuery struct {
	From     prokura.ID
	Backward bool
	Limit    int
	Total    bool // also count the whole list
}

// Listed is one page of a list. More says whether others follow in the page's
// direction; Total is -1 unless it was asked for.
type Listed[T any] struct {
	Items []T
	More  bool
	Total int
}

// listed reads a page, one item more than asked for, and counts when asked.
func listed[T any](q ListQuery, read func(limit int) ([]T, error), count func() (int, error)) (*Listed[T], error) {
	out := &Listed[T]{Total: -1}
	var err error
	if out.Items, err = read(q.Limit + 1); err != nil {
		return nil, err
	}
	if out.More = len(out.Items) > q.Limit; out.More {
		if q.Backward {
			out.Items = out.Items[len(out.Items)-q.Limit:]
		} else {
			out.Items = out.Items[:q.Limit]
		}
	}
	if q.Total {
		out.Total, err = count()
	}
	return out, err
}

// AssignedWorker is somebody whom a business gave tasks on an asset.
type AssignedWorker struct {
	Worker
	ID        prokura.ID // as the caller writes it: a place in the business, or the system user
	Business  prokura.Business
	Permitted []prokura.Task // that the business may give
}

// SystemUser reports whether it is a system user.
func (w AssignedWorker) SystemUser() bool { return w.Member == 0 }

// Assigned lists whom a business of the caller gave tasks on an asset, by name
// or by group. Of a business that does not have the asset it is nobody.
func Assigned(ctx context.Context, r *registry.Registry, c registry.Caller, asset, business prokura.ID, q ListQuery) (*Listed[AssignedWorker], error) {
	if err := r.MayRead(c, prokura.ActListAssigned, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	page, err := registry.View(ctx, r, func(tx *store.View) (*Listed[AssignedWorker], error) {
		a, err := tx.AssetFacts(asset, 0)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		b, err := tx.Business(business)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		permitted, by := permittedTasks(r, a, business), giver(a, business)
		return listed(q, func(limit int) ([]AssignedWorker, error) {
			list, err := tx.Workers(asset, business, by, q.From, q.Backward, limit)
			out := make([]AssignedWorker, len(list))
			for i, w := range list {
				out[i] = AssignedWorker{Worker: w, ID: w.Member, Business: b, Permitted: permitted}
				if w.Member == 0 {
					out[i].ID = w.Subject
				}
			}
			return out, err
		}, func() (int, error) { return tx.CountWorkers(asset, business, by) })
	})
	if err != nil {
		return nil, err
	}
	return page, scopeWorkers(ctx, r, c, page.Items)
}

// scopeWorkers names system users by the ids of the caller's app.
func scopeWorkers(ctx context.Context, r *registry.Registry, c registry.Caller, list []AssignedWorker) error {
	if c.Credential != prokura.CredentialToken {
		return nil
	}
	for i := range list {
		if w := &list[i]; w.SystemUser() {
			var err error
			if w.ID, err = r.AliasOf(ctx, c.App.ID, w.Subject); err != nil {
				return err
			}
		}
	}
	return nil
}

// Assignees lists people and system users of a business by name, for who may
// give them tasks. It is a list that people search, not one that programs page
// through.
func Assignees(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, search string, offset, limit int) ([]Assignee, error) {
	if err := r.MayRead(c, prokura.ActListAssigned, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Assignee, error) { return tx.Assignees(business, search, offset, limit) })
}
