package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prokura/prokura/client"
)

// result is what one run did.
type result struct {
	Created, Updated, Deleted int
	Refused                   map[string]string // why, by id
}

// sync brings the catalog to what the shop has: what an earlier run left is finished
// first, then what changed since is sent.
func (a *app) sync(ctx context.Context, as *client.Caller) (r result, err error) {
	r.Refused = map[string]string{}
	for {
		if err := a.flush(ctx, as, &r); err != nil {
			return r, err
		}
		if n, err := a.plan(ctx, as); err != nil || n == 0 {
			return r, err
		}
	}
}

// fewDeleted may be deleted by one run whatever the settings say.
const fewDeleted = 10

// plan compares the shop with what the catalog has, and writes down how many
// changes there are.
func (a *app) plan(ctx context.Context, as *client.Caller) (int, error) {
	has, err := a.state.known(ctx, "items")
	if err != nil {
		return 0, err
	}
	refused, err := a.state.known(ctx, "refused")
	if err != nil {
		return 0, err
	}
	var adopted map[string]bool
	if len(has) == 0 {
		if adopted, err = a.present(ctx, as); err != nil {
			return 0, err
		}
	}
	var changes []change
	var over []string
	gone := maps.Clone(has)
	err = readProducts(ctx, a.settings.Products, func(p product) error {
		hash, there := has[p.id]
		delete(gone, p.id)
		no, stale := refused[p.id]
		delete(refused, p.id)
		switch {
		case no == p.hash && stale:
			return nil
		case there && hash == p.hash:
			if stale {
				over = append(over, p.id)
			}
			return nil
		}
		method := create
		if there || adopted[p.id] {
			method = update
		}
		changes = append(changes, change{p.id, method, p.hash, p.data})
		return nil
	})
	if err != nil {
		return 0, err
	}
	if len(gone) > fewDeleted && len(gone)*100 > len(has)*a.settings.MostDeleted {
		return 0, fmt.Errorf("products: %d of the %d in the catalog are gone, more than %d %%: if that is right, raise most_deleted_percent for one run",
			len(gone), len(has), a.settings.MostDeleted)
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		if _, no := refused[id]; no {
			delete(refused, id) // it could not be deleted: who runs this was told
			continue
		}
		data, err := json.Marshal(map[string]string{idColumn: id})
		if err != nil {
			return 0, err
		}
		changes = append(changes, change{id, remove, "", data})
	}
	over = slices.AppendSeq(over, maps.Keys(refused))
	return len(changes), a.state.plan(ctx, changes, a.settings.Batch, over)
}

// present are the ids that the catalog has: a first run, and one whose state was
// lost, must not create them again. What is there and not the shop's is left alone.
func (a *app) present(ctx context.Context, as *client.Caller) (map[string]bool, error) {
	type item struct {
		ID string `json:"retailer_id"`
	}
	out := map[string]bool{}
	for p, err := range client.All[item](ctx, as, a.settings.Catalog+"/products", client.Fields("retailer_id"), client.Limit(1000)) {
		if err != nil {
			return nil, err
		}
		out[p.ID] = true
	}
	return out, nil
}

// flush sends what is to be sent, and waits for what becomes of it. Batches of one
// plan have nothing in common, so that it does not matter which is done first.
func (a *app) flush(ctx context.Context, as *client.Caller, r *result) error {
	list, err := a.state.underWay(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].handle == "" {
			if err := a.send(ctx, as, &list[i], r); err != nil {
				return err
			}
		}
	}
	for _, b := range list {
		if b.handle != "" {
			if err := a.confirm(ctx, as, &b, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostTries is how often a batch is sent.
const mostTries = 5

type itemErrors struct {
	ID     string `json:"retailer_id"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

type sentAnswer struct {
	Handles    []string     `json:"handles"`
	Validation []itemErrors `json:"validation_status"`
}

// send sends a batch. What was sent before, perhaps, goes out as changes that are
// the same when they are done twice. Without a handle nothing of it was taken: what
// is wrong is put aside, the rest is left for the next plan.
func (a *app) send(ctx context.Context, as *client.Caller, b *batch, r *result) error {
	if b.tries >= mostTries {
		return fmt.Errorf("batch %d was sent %d times, and not taken", b.number, b.tries)
	}
	changes, err := a.state.changes(ctx, b.number)
	if err != nil {
		return err
	}
	if err := a.state.sending(ctx, b); err != nil {
		return err
	}
	type request struct {
		Method string          `json:"method"`
		Data   json.RawMessage `json:"data"`
	}
	requests := make([]request, 0, len(changes))
	for _, c := range changes {
		if c.method == create && b.tries > 1 {
			c.method = update // allow_upsert makes what is not there
		}
		requests = append(requests, request{c.method, c.data})
	}
	text, err := json.Marshal(requests)
	if err != nil {
		return err
	}
	answer, err := client.Do[sentAnswer](ctx, as, client.Call{Method: http.MethodPost, Path: a.settings.Catalog + "/items_batch", Params: []client.Param{
		client.Set("item_type", "PRODUCT_ITEM"), client.Set("allow_upsert", "true"), {Name: "requests", Value: string(text)}}})
	if e, ok := errors.AsType[*client.Error](err); ok && e.Class != client.Transient {
		// Refused as a whole: it was not sent, and what this says is not the batch's.
		return errors.Join(err, a.state.unsent(ctx, b))
	}
	if err != nil {
		return err
	}
	if len(answer.Handles) > 0 {
		b.handle = answer.Handles[0]
		return a.state.sent(ctx, b)
	}
	why := map[string]string{}
	for _, v := range answer.Validation {
		for _, e := range v.Errors {
			why[v.ID] = cmp.Or(e.Message, unsaid)
		}
	}
	if len(why) == 0 {
		return fmt.Errorf("batch %d was answered with neither a handle nor an error", b.number)
	}
	return a.take(ctx, *b, nil, changes, why, r)
}

type batchStatus struct {
	Status string `json:"status"`
	Errors []struct {
		ID      string `json:"id"`
		Message string `json:"message"`
	} `json:"errors"`
	Invalid []string `json:"ids_of_invalid_requests"`
}

// How long a status is waited for: pauses grow from the first to the last one.
const (
	firstLook = 100 * time.Millisecond
	lastLook  = 15 * time.Second
	mostLooks = 60
)

var errUnfinished = errors.New("the catalog is not done yet: the next run looks again")

// confirm waits until a batch is done and takes over what became of it.
func (a *app) confirm(ctx context.Context, as *client.Caller, b *batch, r *result) error {
	wait := firstLook
	for range mostLooks {
		list, err := client.Get[client.Page[batchStatus]](ctx, as, a.settings.Catalog+"/check_batch_request_status",
			client.Set("handle", b.handle), client.Set("load_ids_of_invalid_requests", "true"))
		e, said := errors.AsType[*client.Error](err)
		unknown := said && e.Class == "" || err == nil && len(list.Data) != 1
		if err != nil && !unknown {
			return err
		}
		status := "unknown" // handles are kept for a while
		if !unknown {
			status = list.Data[0].Status
		}
		switch status {
		case "finished":
			return a.finished(ctx, *b, list.Data[0], r)
		case "error", "canceled", "unknown":
			a.log.Warn("a batch is sent again", slog.Int64("batch", b.number), slog.String("status", status))
			b.handle = ""
			if err := a.send(ctx, as, b, r); err != nil || b.handle == "" {
				return err
			}
		}
		if !sleep(ctx, wait) {
			return ctx.Err()
		}
		wait = min(wait*2, lastLook)
	}
	return errUnfinished
}

// unsaid stands for a reason that the catalog does not give.
const unsaid = "refused, without a reason"

func (a *app) finished(ctx context.Context, b batch, s batchStatus, r *result) error {
	changes, err := a.state.changes(ctx, b.number)
	if err != nil {
		return err
	}
	why := map[string]string{}
	for _, id := range s.Invalid {
		why[id] = unsaid
	}
	for _, e := range s.Errors {
		why[e.ID] = cmp.Or(e.Message, why[e.ID])
	}
	return a.take(ctx, b, changes, nil, why, r)
}

// take sorts a batch's changes: done unless they were refused, and rest, which are
// not done either way. A deletion that may have been done before is not refused.
func (a *app) take(ctx context.Context, b batch, done, rest []change, why map[string]string, r *result) error {
	no := func(c change) bool { return why[c.id] != "" && (c.method != remove || b.tries == 1) }
	var refused []change
	for _, c := range slices.Concat(done, rest) {
		if no(c) {
			refused = append(refused, c)
		}
	}
	well := slices.DeleteFunc(done, no)
	if err := a.state.settle(ctx, b, well, refused, why); err != nil {
		return err
	}
	for _, c := range well {
		switch c.method {
		case create:
			r.Created++
		case update:
			r.Updated++
		default:
			r.Deleted++
		}
	}
	for _, c := range refused {
		r.Refused[c.id] = why[c.id]
		a.log.Warn("the catalog refused an item", slog.String("id", strconv.Quote(c.id)), slog.String("why", why[c.id]))
	}
	return nil
}

// sleep answers whether there was time for it.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
