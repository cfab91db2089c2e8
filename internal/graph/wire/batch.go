package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/deadline"
	"github.com/prokura/prokura/internal/graph/wire/jsontext"
)

const (
	maxOperations = 50
	maxBatchNodes = 2 * maxNodes // that all operations together may read (T65)
)

// operation is one item of a batch.
type operation struct {
	input      input
	names      []string // of operations it depends on or refers to
	name       string
	omit       bool // leave a successful answer out
	omitGiven  bool
	headers    bool // list the answer's headers
	referenced bool // a later operation uses the answer
	call       *Call
	references bool  // the call has references to fill in
	err        error // why it cannot be run
}

// batch answers many calls in one request. Each is the call it would be alone,
// with its own token and proof if it brings them; they run one after the
// other within one deadline, and what is left when that passes is null.
func (h *Handler) batch(c *Call) *Answer {
	ctx := deadline.After(c.Context, callDeadline)
	defer ctx.End()
	c.Context = ctx
	ops, err := h.operations(c)
	if err != nil {
		return h.fail(c, err)
	}
	return runBatch(c, ops, h.answer, h.fail)
}

// operations reads the whole batch and charges what it may cost before
// anything runs.
func (h *Handler) operations(c *Call) ([]operation, error) {
	if c.Token == "" && !c.Params.Has("batch_app_id") {
		return nil, prokura.Errorf(prokura.NoToken, "A batch needs an access token.")
	}
	var items []json.RawMessage
	if _, err := c.Params.Object("batch", &items); err != nil {
		return nil, err
	}
	if len(items) == 0 || len(items) > maxOperations {
		return nil, invalid("batch", "A batch has from 1 to %d operations.", maxOperations)
	}
	headers := !c.Params.Has("include_headers") || c.Params.Flag("include_headers")
	ops := make([]operation, len(items))
	nodes := 0
	for i, item := range items {
		op := &ops[i]
		op.headers = headers
		if op.err = op.read(c, item); op.err != nil {
			continue
		}
		op.names = append(op.names, op.call.references()...)
		op.references = len(op.call.references()) > 0
		for _, name := range op.names {
			if parent := latest(ops[:i], name); parent >= 0 {
				ops[parent].referenced = true
			}
		}
		if op.references {
			continue
		}
		if op.err = op.settle(h); op.err == nil {
			nodes += op.call.nodes
		}
	}
	if nodes > maxBatchNodes {
		return nil, invalid("batch", "The batch asks for up to %d nodes, at most %d are allowed.", nodes, maxBatchNodes)
	}
	return ops, nil
}

// read decodes an item: {"method","relative_url","body","name",…}.
func (op *operation) read(c *Call, item json.RawMessage) error {
	var p Params
	if err := p.decodeJSON(item); err != nil {
		return invalid("batch", "An operation of a batch is a JSON object.").WithCause(err)
	}
	if p.Has("attached_files") || p.Has("attachedFiles") {
		return invalid("batch", "Operations take no files.")
	}
	op.name = p.Text("name")
	if p.Has("include_headers") {
		op.headers = p.Flag("include_headers")
	}
	op.omit, op.omitGiven = p.Flag("omit_response_on_success"), p.Has("omit_response_on_success")
	var err error
	if op.names, err = p.Strings("depends_on"); err != nil {
		return err
	}
	method := strings.ToUpper(jsontext.FoldASCII(p.Text("method")))
	if method == "" {
		method = http.MethodGet
	}
	path, query, _ := strings.Cut(p.Text("relative_url"), "?")
	if token, ok := p.Lookup("access_token"); ok {
		query += "&access_token=" + url.QueryEscape(token)
	}
	op.input = input{method: method, path: path, query: query, body: []byte(p.Text("body")), form: rawFormBody}
	if len(op.input.body) > maxBody {
		return prokura.Errorf(prokura.TooLarge, "The body of an operation is larger than %d KiB.", maxBody>>10)
	}
	if op.input.header, err = operationHeaders(p.Text("headers")); err != nil {
		return err
	}
	op.call = c.sub("", "")
	op.call.nested, op.call.batched = false, true
	return op.call.decode(op.input)
}

// operationHeaders reads [{"name":…,"value":…}] or ["Name: value"]; only what
// matters to a call is kept.
func operationHeaders(text string) (http.Header, error) {
	h := http.Header{}
	if text == "" {
		return h, nil
	}
	var items []json.RawMessage
	if jsontext.Check(text) != nil || json.Unmarshal([]byte(text), &items) != nil {
		return nil, invalid("batch", "The headers of an operation are a list.")
	}
	for _, item := range items {
		var pair struct{ Name, Value string }
		var line string
		if json.Unmarshal(item, &line) == nil {
			pair.Name, pair.Value, _ = strings.Cut(line, ":")
		} else if json.Unmarshal(item, &pair) != nil {
			return nil, invalid("batch", "The headers of an operation are a list.")
		}
		switch jsontext.FoldASCII(strings.TrimSpace(pair.Name)) {
		case "authorization":
			h.Add("Authorization", strings.TrimSpace(pair.Value))
		case "if-none-match":
			h.Set("If-None-Match", strings.TrimSpace(pair.Value))
		}
	}
	return h, nil
}

// settle finishes the call of an operation once its references are filled in.
func (op *operation) settle(h *Handler) error {
	if err := op.call.settle(op.input.header); err != nil {
		return err
	}
	if op.call.Node == "" && op.call.Params.Has("batch") {
		return invalid("batch", "A batch cannot hold a batch.")
	}
	return h.plan(op.call)
}

// latest finds the last operation of a name: one client writes the name of
// what it creates into its operations, so names repeat.
func latest(ops []operation, name string) int {
	for i := len(ops) - 1; i >= 0; i-- {
		if ops[i].name == name && name != "" {
			return i
		}
	}
	return -1
}

// runBatch runs operations in order and writes the slots. serve answers one
// call, fail renders a refusal.
func runBatch(c *Call, ops []operation, serve func(*Call) *Answer, fail func(*Call, error) *Answer) *Answer {
	out := newAnswer(http.StatusOK)
	w := out.body
	w.Open('[')
	failed := make([]bool, len(ops))
	sources := make([]source, len(ops)) // answers of referenced operations
	spent := budget{}
	for i := range ops {
		spent.nodes += ops[i].nodes()
	}
	for i := range ops {
		op := &ops[i]
		if c.Context.Err() != nil || slices.ContainsFunc(op.names, func(name string) bool {
			parent := latest(ops[:i], name)
			return parent >= 0 && failed[parent]
		}) {
			failed[i] = true
			w.raw([]byte("null"))
			continue
		}
		if op.err == nil {
			op.err = op.prepare(c, ops[:i], sources, &spent)
		}
		call := op.call
		if call == nil {
			call = c.sub("", "")
		}
		var a *Answer
		if op.err != nil {
			a = fail(call, op.err)
		} else {
			a = serve(call)
		}
		failed[i] = a.Status >= 400
		if op.referenced && !failed[i] {
			sources[i].body = bytes.Clone(a.Body())
		}
		omit := op.omit
		if !op.omitGiven {
			omit = op.referenced
		}
		if omit && !failed[i] {
			w.raw([]byte("null"))
		} else {
			a.put(w, call, op.headers)
		}
		a.release()
	}
	w.Close(']')
	return out
}

func (op *operation) nodes() int {
	if op.call == nil {
		return 0
	}
	return op.call.nodes
}

// budget is what the operations of a batch have cost together.
type budget struct {
	nodes   int // that they may read
	visited int // values of answers that references looked at, and what they wrote
}

// prepare checks what an operation stands on and fills in its references.
func (op *operation) prepare(c *Call, before []operation, sources []source, spent *budget) error {
	for _, name := range op.names {
		if latest(before, name) < 0 {
			return invalid("batch", "An operation refers to one that does not come before it.")
		}
	}
	if !op.references {
		return nil
	}
	err := op.call.expand(func(name, path string) (string, error) {
		// The deadline of the batch counts here too: paths may be slow to follow.
		if err := c.Context.Err(); err != nil {
			return "", err
		}
		return sources[latest(before, name)].evaluate(path, spent)
	})
	if err != nil {
		return err
	}
	if err := op.settle(c.handler); err != nil {
		return err
	}
	if spent.nodes += op.call.nodes; spent.nodes > maxBatchNodes {
		return invalid("batch", "The batch asks for more than %d nodes.", maxBatchNodes)
	}
	return nil
}

// put writes the answer as a slot of a batch: its body is a string.
func (a *Answer) put(w *Writer, c *Call, headers bool) {
	w.Open('{')
	w.Key("code").Int(int64(a.Status))
	if headers {
		w.Key("headers").Open('[')
		header := func(name, value string) {
			if value != "" {
				w.Open('{')
				w.Key("name").String(name)
				w.Key("value").String(value)
				w.Close('}')
			}
		}
		header("Content-Type", jsonType[0])
		header("facebook-api-version", c.served())
		header("x-api-version-warning", c.warning)
		header("Cache-Control", private[0])
		header("ETag", a.etag)
		header("Location", a.place)
		header("WWW-Authenticate", a.challenge)
		header("Retry-After", a.retry)
		for _, x := range c.Extra {
			header(x.Name, x.Value[0])
		}
		w.Close(']')
	}
	w.Key("body").begin()
	w.buf = appendQuoted(w.buf, string(a.Body()))
	w.Close('}')
}

// raw writes what is JSON: null for a slot without an answer, or what another service answered.
func (w *Writer) raw(json []byte) { w.begin(); w.buf = append(w.buf, json...) }
