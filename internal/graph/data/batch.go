package data

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/resources"
)

// maxBatch is the largest body of a call that changes many, in bytes.
const maxBatch = 4 << 20

// batchEdges are the calls that change many of a type, and tell what became of it.
func (s *Surface) batchEdges(t *prokura.ResourceType) []wire.Edge {
	b, on := t.Batch, []wire.Kind{wire.Kind(t.Asset)}
	write := terms(t, prokura.CostWrite, string(t.Asset))
	write.Limiter = b.Limiter
	return []wire.Edge{
		{On: on, Name: b.Edge, Method: http.MethodPost, Terms: write, In: t.Span, Act: prokura.ActBatchData, Body: maxBatch,
			About: "Makes, changes and deletes many: " + strings.ToLower(t.Plural) + ". Each request has a method (CREATE, UPDATE or DELETE) and its data, with " + b.ID(t) + ".",
			Params: []wire.Param{
				{Name: "item_type", Type: "string", About: b.ItemType + ".", Required: true},
				{Name: "requests", Type: "list of objects", About: "What is to be done: up to " + strconv.Itoa(b.Most) + ".", Required: true},
				{Name: "allow_upsert", Type: "boolean", About: "Whether UPDATE makes what is not there; true without it."},
			}, Serve: s.batch(t)},
		{On: on, Name: b.Status, Method: http.MethodGet, In: t.Span, Terms: terms(t, prokura.CostRead, string(t.Asset)), Act: prokura.ActReadData, About: "What became of such a call.",
			Params: []wire.Param{
				{Name: "handle", Type: "string", About: "What the call answered.", Required: true},
				{Name: "load_ids_of_invalid_requests", Type: "boolean", About: "Adds ids_of_invalid_requests."},
				{Name: "error_priority", Type: "enum", About: "Taken, and changes nothing."},
			}, Serve: s.batchStatus(t)},
	}
}

// request is one change as a call has it.
type request struct {
	Method string         `json:"method"`
	Data   map[string]any `json:"data"`
}

// batch serves a call that changes many.
func (s *Surface) batch(t *prokura.ResourceType) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		if _, err := c.Params.OneOf("item_type", t.Batch.ItemType); err != nil {
			return err
		}
		upsert := true
		if c.Params.Has("allow_upsert") {
			var err error
			if upsert, err = c.Params.Bool("allow_upsert"); err != nil {
				return err
			}
		}
		list, err := changes(c, t)
		if err != nil {
			return err
		}
		v := s.visit(c)
		handle, remarks, err := resources.Batch(c.Context, s.registry, v.Caller, t, resources.PlaceOf(v.Asset, nil), upsert, list)
		if err != nil {
			return err
		}
		w.Open('{')
		w.Key("handles").Open('[')
		if handle != "" {
			w.String(handle)
		}
		w.Close(']')
		if len(remarks) > 0 {
			putValidation(w, remarks)
		}
		w.Close('}')
		return nil
	}
}

// changes reads the requests of a call. What is wrong with what a change says is the
// business of that change; what no change can be made of is refused with all others.
func changes(c *wire.Call, t *prokura.ResourceType) ([]resources.Change, error) {
	var asked []request
	if _, err := c.Params.Object("requests", &asked); err != nil {
		return nil, err
	}
	wrong := func(reason prokura.Reason, format string, args ...any) error {
		return prokura.Errorf(reason, format, args...).WithField("requests")
	}
	switch {
	case len(asked) == 0:
		return nil, wrong(prokura.FieldMissing, "The parameter requests has none.")
	case len(asked) > t.Batch.Most:
		return nil, wrong(prokura.ResourceTooLarge, "The parameter requests has at most %d.", t.Batch.Most)
	}
	id := t.Batch.ID(t)
	list := make([]resources.Change, len(asked))
	for i, q := range asked {
		if !slices.Contains(resources.Methods, q.Method) {
			return nil, wrong(prokura.FieldNotListed, "The method of request %d must be one of: CREATE, UPDATE, DELETE.", i+1)
		}
		data, _ := resources.Plain(q.Data).(map[string]any)
		key := resources.TextOf(data[id])
		if key == "" {
			return nil, wrong(prokura.FieldMissing, "The data of request %d has no %s.", i+1, id)
		}
		list[i] = resources.Change{Method: resources.Method(q.Method), Key: key, Data: data, Version: c.Version}
	}
	return list, nil
}

// putValidation writes what there is to remark, item by item.
func putValidation(w *wire.Writer, remarks []resources.Remark) {
	w.Key("validation_status").Open('[')
	for from := 0; from < len(remarks); {
		to := from
		w.Open('{')
		w.Key("retailer_id").String(remarks[from].Key)
		for to < len(remarks) && remarks[to].Line == remarks[from].Line {
			to++
		}
		for _, of := range []struct {
			name    string
			refused bool
		}{{"errors", true}, {"warnings", false}} {
			w.Key(of.name).Open('[')
			for _, r := range remarks[from:to] {
				if r.Refused == of.refused {
					w.Open('{').Key("message").String(r.Message)
					w.Close('}')
				}
			}
			w.Close(']')
		}
		w.Close('}')
		from = to
	}
	w.Close(']')
}

// batchView is a batch as its status shows it.
type batchView struct {
	handle string
	state  resources.State
	ids    bool
	resources.Report
}

func batchShape() *wire.Shape[batchView] {
	count := func(name, about string, n func(batchView) int) wire.Attr[batchView] {
		return wire.Attr[batchView]{Name: name, Type: "integer", About: about, Default: true, Put: func(w *wire.Writer, b batchView) { w.Int(int64(n(b))) }}
	}
	remarks := func(name, about string, of func(batchView) []resources.Remark) wire.Attr[batchView] {
		return wire.Attr[batchView]{Name: name, Type: "list of objects", About: about, Default: true, Put: func(w *wire.Writer, b batchView) {
			w.Open('[')
			for _, r := range of(b) {
				w.Open('{')
				w.Key("line").Int(int64(r.Line))
				w.Key("id").String(r.Key)
				w.Key("message").String(r.Message)
				w.Close('}')
			}
			w.Close(']')
		}}
	}
	text := func(name, about string, of func(batchView) string) wire.Attr[batchView] {
		return wire.Attr[batchView]{Name: name, Type: "string", About: about, Default: true, Put: func(w *wire.Writer, b batchView) { w.String(of(b)) }}
	}
	return &wire.Shape[batchView]{Type: "CheckBatchRequestStatus", Attrs: []wire.Attr[batchView]{
		text("handle", "The handle.", func(b batchView) string { return b.handle }),
		text("status", "in_progress, finished or error: it was cut off.", func(b batchView) string { return string(b.state) }),
		remarks("errors", "What was refused, and why: the first hundred.", func(b batchView) []resources.Remark { return b.Errors }),
		count("errors_total_count", "How many were refused.", func(b batchView) int { return b.ErrorsTotal }),
		remarks("warnings", "What was left out: the first hundred.", func(b batchView) []resources.Remark { return b.Warnings }),
		count("warnings_total_count", "How many times something was left out.", func(b batchView) int { return b.WarningsTotal }),
		{Name: "ids_of_invalid_requests", Type: "list of strings", About: "All that was refused; for who asks to load them.", Default: true, Put: func(w *wire.Writer, b batchView) {
			if b.ids {
				wire.Strings(w, b.Invalid)
			}
		}},
	}}
}

// batchStatus serves what became of a call that changed many.
func (s *Surface) batchStatus(t *prokura.ResourceType) func(*wire.Call, *wire.Writer) error {
	shape := batchShape()
	return func(c *wire.Call, w *wire.Writer) error {
		ids, err := c.Params.Bool("load_ids_of_invalid_requests")
		if err != nil {
			return err
		}
		v, handle := s.visit(c), c.Params.Text("handle")
		state, report, err := resources.BatchReport(c.Context, s.registry, v.Caller, t, v.Asset.ID, handle)
		if err != nil {
			return err
		}
		return wire.PutList(c, w, wire.Page{}, wire.List[batchView]{Items: []batchView{{handle, state, ids, report}}}, shape.Put)
	}
}
