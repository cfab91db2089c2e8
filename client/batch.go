package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/prokura/prokura"
)

// MaxBatch is how many operations one batch has.
const MaxBatch = 50

// Op is an operation of a batch.
type Op struct {
	Call
	// Token stands in for that of the batch; its proof is made too.
	Token prokura.Secret
	// Name lets others use the answer: {result=NAME:$.data.*.id} in their
	// parameters. They may be at most fifty together.
	Name, DependsOn string
	OmitOnSuccess   bool
}

// Result is the outcome of an operation; [Read] decodes it.
type Result struct {
	Err    error // as the call alone would have failed
	Header http.Header
	Body   []byte // of a success; nil when it was omitted

	call string
}

// Read decodes the outcome of an operation of a batch.
func Read[T any](r Result) (out T, err error) {
	if r.Err != nil {
		return out, r.Err
	}
	return decode[T](r.call, r.Body)
}

// Batch makes many calls, fifty at once, and answers their outcomes in the same
// order. A batch is not repeated as a whole, unless all that it does may be. An
// operation whose turn did not come is [Transient].
func (a *Caller) Batch(ctx context.Context, ops ...Op) []Result {
	out := make([]Result, 0, len(ops))
	for rest := ops; len(rest) > 0; rest = rest[min(MaxBatch, len(rest)):] {
		out = append(out, a.batch(ctx, rest[:min(MaxBatch, len(rest))], len(ops) > MaxBatch)...)
	}
	return out
}

// wireOp is an operation on the wire.
type wireOp struct {
	Method    string `json:"method"`
	URL       string `json:"relative_url"`
	Body      string `json:"body,omitempty"`
	Name      string `json:"name,omitempty"`
	DependsOn string `json:"depends_on,omitempty"`
	Omit      *bool  `json:"omit_response_on_success,omitempty"`
}

// wireResult is its outcome there.
type wireResult struct {
	Code    int `json:"code"`
	Headers []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"headers"`
	Body *string `json:"body"`
}

func (a *Caller) batch(ctx context.Context, ops []Op, several bool) []Result {
	out := make([]Result, len(ops))
	all := func(err error) []Result {
		for i := range out {
			out[i] = Result{Err: err, call: ops[i].name()}
		}
		return out
	}
	list, idempotent := make([]wireOp, len(ops)), true
	for i := range ops {
		if err := ops[i].check(); err != nil {
			return all(err)
		}
		if several && (ops[i].Name != "" || ops[i].DependsOn != "") {
			return all(fmt.Errorf("client: operations that use each other are at most %d in one batch", MaxBatch))
		}
		list[i] = a.onWire(&ops[i])
		idempotent = idempotent && (ops[i].Idempotent || ops[i].method() == http.MethodGet)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return all(err)
	}
	if err := a.c.pacer.wait(ctx, a.c.pacer.slowest(ops)); err != nil {
		return all(err)
	}
	call := Call{Method: http.MethodPost, Params: []Param{{"batch", string(text)}}, Idempotent: idempotent}
	body, err := a.do(ctx, &call)
	if err != nil {
		if fault, ok := errors.AsType[*Error](err); ok {
			a.clear(fault, secretsOf(ops))
		}
		return all(err)
	}
	answers, err := decode[[]*wireResult]("POST batch", body)
	if err == nil && len(answers) != len(ops) {
		err = fmt.Errorf("POST batch: %d answers for %d operations", len(answers), len(ops))
	}
	if err != nil {
		return all(err)
	}
	hidden := secretsOf(ops) // one may use the answer of another, and repeat it
	for i, w := range answers {
		out[i] = a.outcome(&ops[i], w, hidden)
	}
	return out
}

// secretsOf are the parameters and tokens of operations, of which errors say nothing.
func secretsOf(ops []Op) (out []Param) {
	for i := range ops {
		out = append(append(out, ops[i].Params...), Param{"access_token", ops[i].Token.Reveal()})
	}
	return out
}

func (a *Caller) onWire(op *Op) wireOp {
	w := wireOp{Method: op.method(), URL: op.Path, Name: op.Name, DependsOn: op.DependsOn}
	if op.Name != "" {
		w.Omit = &op.OmitOnSuccess
	}
	as, params := &Caller{c: a.c}, op.Params // without a token there is no proof
	if op.Token != "" {
		as, params = a.c.As(op.Token), append([]Param{{"access_token", op.Token.Reveal()}}, params...)
	}
	form := as.form(params, "")
	if op.method() == http.MethodPost {
		w.Body = form
	} else if form != "" {
		w.URL += "?" + form // in the body of the batch, not in an address
	}
	return w
}

func (a *Caller) outcome(op *Op, w *wireResult, hidden []Param) Result {
	r := Result{call: op.name()}
	if w == nil {
		if !op.OmitOnSuccess {
			r.Err = &Error{Class: Transient, Message: "its turn did not come, or what it depends on failed", call: r.call}
		}
		return r
	}
	r.Header = http.Header{}
	for _, h := range w.Headers {
		r.Header.Add(h.Name, h.Value)
	}
	if w.Body != nil {
		r.Body = []byte(*w.Body)
	}
	fault := failure(r.call, w.Code, r.Header, r.Body)
	a.c.pacer.note(&op.Call, r.Header, fault)
	if fault != nil {
		a.clear(fault, hidden)
		r.Err, r.Body = fault, nil
	}
	return r
}

// FirstError is the first error of a batch, for those that want all or nothing.
func FirstError(results []Result) error {
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// errNoToken is an answer that lacks what it is for.
var errNoToken = errors.New("client: the answer holds no token")

// join writes ids or names as a list.
func join(list []string) string { return strings.Join(list, ",") }
