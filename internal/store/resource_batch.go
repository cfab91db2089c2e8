package store

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/prokura/prokura"
)

// ResourceBatch is what became of a batch of changes to data.
type ResourceBatch struct {
	Handle   string
	Kind     prokura.ResourceKind
	Asset    prokura.ID
	App      prokura.ID // whose it is
	Requests int
	Done     int
	Report   json.RawMessage
	Updated  prokura.Instant
}

// BatchDays is for how many days a batch's handle is kept.
const BatchDays = 7

const sweepBatches = `DELETE FROM resource_batch WHERE updated < $1`

// PutResourceBatch notes how far a batch has come, the first time too. It was Conflict
// if it had come elsewhere.
func (t *Tx) PutResourceBatch(b ResourceBatch, before int) error {
	n, err := t.exec(`INSERT INTO resource_batch (handle, kind, asset, app, requests, done, report, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (handle) DO UPDATE SET done = excluded.done, report = excluded.report, updated = excluded.updated WHERE resource_batch.done = $9`,
		b.Handle, b.Kind, b.Asset, b.App, b.Requests, b.Done, string(b.Report), b.Updated, before)
	if err == nil && n == 0 {
		err = prokura.Errorf(prokura.Conflict, "Somebody else has gone on with this batch.")
	}
	if err != nil {
		return fmt.Errorf("put resource batch: %w", err)
	}
	return nil
}

// ResourceBatch finds a batch by its handle.
func (t *View) ResourceBatch(handle string) (ResourceBatch, error) {
	return one(t, "find resource batch", func(s scanner) (b ResourceBatch, err error) {
		var report string
		err = s.Scan(&b.Handle, &b.Kind, &b.Asset, &b.App, &b.Requests, &b.Done, &report, &b.Updated)
		b.Report = json.RawMessage(report)
		return b, err
	}, `SELECT b.handle, b.kind, b.asset, b.app, b.requests, b.done, b.report, b.updated FROM resource_batch b WHERE b.handle = $1`, handle)
}

// ResourcesByKeys finds the rows of a kind in an asset that have one of these keys.
func (t *View) ResourcesByKeys(asset prokura.ID, kind prokura.ResourceKind, keys []string) ([]prokura.Resource, error) {
	wanted := make(map[string]int, len(keys)) // as an object, of which databases agree what its keys are
	for _, key := range keys {
		wanted[resourceName(asset, kind, key)] = 0
	}
	return all(t, "find resources by key", scanResource, `SELECT `+resourceColumns+` FROM json_each($1) j JOIN resource r
		ON r.id = (SELECT k.id FROM resource k WHERE k.name = j.key AND k.name <> '')`, toJSON(wanted))
}

// UpdateResources writes the values of many rows. Their keys stay.
func (t *Tx) UpdateResources(list []prokura.Resource, now prokura.Instant) error {
	if len(list) == 0 {
		return nil
	}
	b := []byte{'{'}
	for i, r := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, '"'), int64(r.ID), 10), `":`...)
		b = append(b, toJSON(r.Values)...)
	}
	n, err := t.exec(`UPDATE resource SET fields = CAST(j.value AS TEXT), updated = $2 FROM json_each($1) j WHERE resource.id = CAST(j.key AS BIGINT)`, string(append(b, '}')), now)
	if err == nil && n != int64(len(list)) {
		err = prokura.Errorf(prokura.Conflict, "Some of it is gone.")
	}
	if err != nil {
		return fmt.Errorf("update resources: %w", err)
	}
	return nil
}

// DeleteResources deletes many rows and what hangs on them.
func (t *Tx) DeleteResources(ids []prokura.ID) error {
	if len(ids) == 0 {
		return nil
	}
	for _, column := range []string{"above", "parent", "id"} {
		if err := t.do("delete resources", `DELETE FROM resource WHERE `+column+` IN (SELECT CAST(j.key AS BIGINT) FROM json_each($1) j)`, idObject(ids)); err != nil {
			return err
		}
	}
	return nil
}
