package resources

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Method is what a change of a batch does.
type Method string

// Methods.
const (
	MethodCreate Method = "CREATE"
	MethodUpdate Method = "UPDATE"
	MethodDelete Method = "DELETE"
)

// Methods lists them.
var Methods = []string{string(MethodCreate), string(MethodUpdate), string(MethodDelete)}

// Change is what is to become of the row with a key.
type Change struct {
	Method  Method
	Key     string
	Data    map[string]any  // as the call has it
	Version prokura.Version // of the call
}

// Remark is what is wrong with a change: it was not made, or some of it was left out.
type Remark struct {
	Line    int    `json:"line"` // its number in the batch, from 1
	Key     string `json:"id"`
	Message string `json:"message"`
	Refused bool   `json:"-"`
}

// Report is what became of a batch.
type Report struct {
	Errors        []Remark `json:"errors"`
	ErrorsTotal   int      `json:"errors_total"`
	Warnings      []Remark `json:"warnings"`
	WarningsTotal int      `json:"warnings_total"`
	Invalid       []string `json:"invalid"` // keys of all that was refused
}

// sampleMost is how many errors and warnings a report keeps word for word.
const sampleMost = 100

// batchAtOnce is how many changes one transaction makes, which others wait for, and one
// line of the journal tells of.
const batchAtOnce = 1000

// cutOff is after how long a batch that is not done will never be: whoever made it has
// died.
const cutOff = 5 * time.Minute

// part is what one transaction made of its changes.
type part struct {
	add, set, end []prokura.Resource
	remarks       []Remark // in the order of the changes
}

func (v part) refused() (n int) {
	for _, r := range v.remarks {
		if r.Refused {
			n++
		}
	}
	return n
}

// Batch makes changes one after the other, in transactions of a thousand: what is wrong with one
// keeps no other from being made. It answers the handle of the batch, empty if nothing
// was taken, and all that there is to remark. With upsert an update makes what is not
// there.
func Batch(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, p place, upsert bool, list []Change) (handle string, remarks []Remark, err error) {
	b := store.ResourceBatch{Handle: registry.NewHandle(), Kind: t.Kind, Asset: p.asset, App: c.App.ID, Requests: len(list)}
	twice := repeated(list)
	var report Report
	for b.Done < len(list) {
		from, to := b.Done, min(b.Done+batchAtOnce, len(list))
		var done part
		err := r.Act(ctx, c, prokura.ActBatchData, onAsset(t, p.asset), func(d *registry.Door) (err error) {
			if done, err = prepare(d, r, t, p, upsert, list[from:to], from, twice); err != nil {
				return err
			}
			if err := done.write(r, d, t); err != nil {
				return err
			}
			next := b
			next.Done, next.Updated = to, d.Now
			if next.Report, err = json.Marshal(report.with(done)); err != nil {
				return err
			}
			d.Note(nil, map[string]any{"type": t.Kind, "count": to - from, "made": len(done.add), "changed": len(done.set), "deleted": len(done.end), "refused": done.refused()})
			return d.PutResourceBatch(next, from)
		})
		if err != nil {
			return "", nil, err
		}
		b.Done, report, remarks = to, report.with(done), append(remarks, done.remarks...)
	}
	if report.ErrorsTotal == len(list) {
		return "", remarks, nil
	}
	return b.Handle, remarks, nil
}

// repeated are the changes of keys that an earlier one of the batch has too.
func repeated(list []Change) map[int]bool {
	seen, out := make(map[string]bool, len(list)), map[int]bool{}
	for i, c := range list {
		if seen[c.Key] {
			out[i] = true
		}
		seen[c.Key] = true
	}
	return out
}

// prepare finds out what the changes come to, and changes nothing.
func prepare(d *registry.Door, r *registry.Registry, t *prokura.ResourceType, p place, upsert bool, list []Change, from int, twice map[int]bool) (out part, err error) {
	keys := make([]string, 0, len(list))
	for _, c := range list {
		if printable(c.Key) {
			keys = append(keys, c.Key)
		}
	}
	rows, err := d.ResourcesByKeys(p.asset, t.Kind, keys)
	if err != nil {
		return out, err
	}
	has := make(map[string]*prokura.Resource, len(rows))
	for i := range rows {
		has[rows[i].Key] = &rows[i]
	}
	room, err := roomLeft(d.View(), t, p.asset)
	if err != nil {
		return out, err
	}
	for i, c := range list {
		remark := func(text string, refused bool) {
			out.remarks = append(out.remarks, Remark{from + i + 1, c.Key, text, refused})
		}
		if twice[from+i] {
			remark("An earlier request of this call is about the same item.", true)
			continue
		}
		warnings, err := out.take(d, r, t, p, upsert, c, has[c.Key], room)
		if e, ok := errors.AsType[*prokura.Error](err); ok && e.Field != "" || errors.Is(err, prokura.ResourcesFull) || errors.Is(err, prokura.ResourceTooLarge) {
			remark(prokura.AsError(err).Public, true)
			continue
		}
		if err != nil {
			return out, err
		}
		for _, text := range warnings {
			remark(text, false)
		}
	}
	return out, nil
}

// take takes one change over. An error with a field is one of the change alone.
func (v *part) take(d *registry.Door, r *registry.Registry, t *prokura.ResourceType, p place, upsert bool, c Change, row *prokura.Resource, room int) (warnings []string, err error) {
	id := t.Batch.ID(t)
	wrong := func(reason prokura.Reason, text string) error {
		return prokura.Errorf(reason, "%s", text).WithField(id)
	}
	switch {
	case !printable(c.Key):
		return nil, wrong(prokura.FieldMistyped, "The id has characters that cannot be printed.")
	case c.Method == MethodDelete && row == nil:
		return []string{"There is no item with this id; nothing was deleted."}, nil
	case c.Method == MethodDelete:
		v.end = append(v.end, *row)
		return nil, nil
	case c.Method == MethodCreate && row != nil:
		return nil, wrong(prokura.FieldTaken, "There is an item with this id already.")
	case c.Method == MethodUpdate && row == nil && !upsert:
		return nil, wrong(prokura.NotFound, "There is no item with this id, and allow_upsert is false.")
	}
	given, warnings, e := t.Batch.Item(t, c.Data, c.Version)
	if e != nil {
		return nil, e
	}
	if row == nil {
		if len(v.add) >= room {
			return nil, prokura.Errorf(prokura.ResourcesFull, "There is room for %d of its kind.", t.Most)
		}
		given[t.Key] = c.Key
		made, err := draft(d.View(), r, t, p, given, false)
		if err != nil {
			return nil, err
		}
		made.ID, made.Created, made.Updated = store.DrawID(), d.Now, d.Now
		v.add = append(v.add, made)
		return warnings, nil
	}
	values, e := t.Change(row.Values, given)
	switch {
	case e != nil:
		return nil, e
	case values == nil: // it comes to its end
		v.end = append(v.end, *row)
		return warnings, nil
	}
	row.Values = values
	if err := named(d.View(), t, *row); err != nil {
		return nil, err
	}
	v.set = append(v.set, *row)
	return warnings, nil
}

// write writes the rows, and has apps told of them.
func (v *part) write(r *registry.Registry, d *registry.Door, t *prokura.ResourceType) error {
	if changed := append(v.set[:len(v.set):len(v.set)], v.end...); len(changed) > 0 {
		d.Touch(registry.OfAsset, changed[0].Asset) // one word for all: what is in memory of the asset goes
	}
	if len(v.add) > 0 {
		if err := d.AddResources(v.add); err != nil {
			return err
		}
	}
	if err := d.UpdateResources(v.set, d.Now); err != nil {
		return err
	}
	for _, told := range []struct {
		change prokura.Change
		rows   []prokura.Resource
	}{{prokura.Created, v.add}, {prokura.Updated, v.set}, {prokura.Deleted, v.end}} {
		if err := tell(r, d, t, told.change, told.rows...); err != nil {
			return err
		}
	}
	ids := make([]prokura.ID, len(v.end))
	for i, row := range v.end {
		ids[i] = row.ID
	}
	return d.DeleteResources(ids)
}

// printable reports whether every database takes a key.
func printable(key string) bool { return !strings.ContainsFunc(key, unicode.IsControl) }

// roomLeft is how many more rows of a type an asset takes.
func roomLeft(tx *store.View, t *prokura.ResourceType, asset prokura.ID) (int, error) {
	if t.Most == 0 {
		return 1 << 30, nil
	}
	have, err := tx.CountResources(store.ResourceQuery{Kind: t.Kind, Asset: asset}, t.Most)
	return t.Most - have, err
}

// with is the report with what another transaction made. r stays as it is: the
// transaction may have to run again.
func (r Report) with(p part) Report {
	r.Errors, r.Warnings, r.Invalid = slices.Clone(r.Errors), slices.Clone(r.Warnings), slices.Clone(r.Invalid)
	for _, m := range p.remarks {
		list, total := &r.Warnings, &r.WarningsTotal
		if m.Refused {
			list, total = &r.Errors, &r.ErrorsTotal
			r.Invalid = append(r.Invalid, m.Key)
		}
		if *total++; len(*list) < sampleMost {
			*list = append(*list, m)
		}
	}
	return r
}

// State is how far a batch has come.
type State string

// States of batches.
const (
	StateInProgress State = "in_progress"
	StateFinished   State = "finished"
	StateError      State = "error" // it was cut off: some of it may have been done
)

// BatchReport is what became of a batch that the calling app sent to an asset.
func BatchReport(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, asset prokura.ID, handle string) (State, Report, error) {
	var out Report
	if err := may(ctx, r, c, prokura.ActReadData, asset, t.Write); err != nil {
		return "", out, err
	}
	b, err := registry.Look(ctx, r, func(tx *store.View) (store.ResourceBatch, error) { return tx.ResourceBatch(handle) })
	if errors.Is(err, prokura.NotFound) || err == nil && (b.Asset != asset || b.App != c.App.ID || b.Kind != t.Kind) {
		return "", out, prokura.Errorf(prokura.InvalidParameter, "The parameter handle names no batch of this app.").WithField("handle")
	}
	if err == nil {
		err = json.Unmarshal(b.Report, &out)
	}
	switch {
	case err != nil:
		return "", out, err
	case b.Done == b.Requests:
		return StateFinished, out, nil
	case b.Updated.Add(cutOff).Past(r.Now()):
		return StateError, out, nil
	}
	return StateInProgress, out, nil
}
