package wire

import (
	"context"
	"io"
	"net/http"

	"github.com/prokura/prokura"
)

// Relay answers a call with what another service answered: with its status and, if it
// is whole, with its JSON wherever an object can stand. A long one is handed on as it
// arrives, and only as an answer of its own.
func (c *Call) Relay(w *Writer, f *prokura.Forwarded) error {
	if f.Rest == nil {
		w.raw(f.Whole)
	} else if !c.Alone() {
		_ = f.Rest.Close() // of a connection that nobody uses any more
		return prokura.Errorf(prokura.TooLarge, "The answer of the service that has the data is too long for a part of an answer.")
	}
	c.relayed = *f
	return nil
}

// relay hands a long answer on. Where it breaks off, so does ours: the client must not
// take a part for the whole.
func (a *Answer) relay(w http.ResponseWriter) {
	_, err := io.Copy(w, a.rest)
	_ = a.rest.Close()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// Alone reports whether the call is all of its request, and no part of another one.
func (c *Call) Alone() bool { return !c.nested && !c.batched }

// Request is the context of the whole request: what is relayed outlives the call.
func (c *Call) Request() context.Context { return c.request.Context() }
