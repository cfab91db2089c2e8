package wire

import (
	"net/http"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/deadline"
)

const maxIDs = 50

// isMany reports whether a call reads several nodes: ?ids=1,2 on the root or
// on the name of an edge.
func (h *Handler) isMany(c *Call) bool {
	return !c.nested && c.Method == http.MethodGet && c.Params.Has("ids") &&
		(len(c.words) == 0 || len(c.words) == 1 && h.Edges.named(c.Node))
}

func (c *Call) ids() ([]string, error) {
	ids, err := c.Params.Strings("ids")
	switch {
	case err != nil:
		return nil, err
	case len(ids) == 0:
		return nil, invalid("ids", "Cannot specify an empty identifier.")
	case len(ids) > maxIDs:
		return nil, invalid("ids", "At most %d ids can be asked for.", maxIDs)
	}
	for _, id := range ids {
		if !isNode(id) {
			return nil, prokura.Errorf(prokura.BadAlias, "Some of the aliases you requested do not exist: nodes are named by id.")
		}
	}
	return ids, nil
}

// many answers {"<id>":{…},…}. Each id is a call of its own; one that fails
// fails them all.
func (h *Handler) many(c *Call, w *Writer) error {
	if err := h.plan(c); err != nil {
		return err
	}
	ids, err := c.ids()
	if err != nil {
		return err
	}
	ctx := deadline.After(c.Context, expandDeadline)
	defer ctx.End()
	w.Open('{')
	legacy := prokura.LegacyRootIDs
	if c.Node != "" {
		legacy = prokura.LegacyEdgeIDs
	}
	legacy |= c.legacy // judged with the first of them
	for _, id := range ids {
		sub := c.sub(id, c.Node)
		sub.Context = ctx
		sub.Params.list = slices.DeleteFunc(slices.Clone(c.Params.list), func(p param) bool { return p.name == "ids" })
		sub.Fields, sub.planned = c.Fields, true
		sub.Many, sub.Extra, sub.Spent = true, c.Extra, c.Spent
		sub.legacy, sub.ignored = legacy, c.ignored
		w.Key(id)
		err := h.run(sub, w)
		legacy, c.ignored = sub.legacy, sub.ignored
		c.Version, c.Entitled, c.Extra, c.Spent = sub.Version, sub.Entitled, sub.Extra, sub.Spent
		if err != nil {
			return err
		}
	}
	w.Close('}')
	return nil
}
