// Package wire is the Graph API's wire: it turns HTTP requests into calls,
// finds the edge that serves a call, and turns what the edge wrote, or why it
// refused, back into the answers that unmodified Graph clients understand.
//
// One request takes one path:
//
//	Handler.ServeHTTP   read the body once, size-limited       decode.go, call.go
//	  batch, ids        many calls in one request              batch.go, many.go
//	  Handler.run       path → edge, parameters, fields        route.go, fields.go
//	    Edge.Serve      the act; its answer into a Writer      encode.go, shape.go, paging.go
//	  errors.go         Reason → code, subcode, type, status
//	Handler.send        headers, ETag, status                  answer.go
//
// An edge is one row of a table and one short function; routing, metadata=1
// and the documentation read the same rows. The rows themselves are the graph
// package's. This package knows no registry, so that nothing which decodes or
// encodes can reach authority: who may do what is asked through
// [Handler.Resolve] and [Edge.Serve] alone, and every refusal comes back as a
// [prokura.Reason]. It keeps no state but the key of its cursors, sets no
// cookies and reads none.
package wire
