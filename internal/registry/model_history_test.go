//go:build !race

package registry_test

import (
	"fmt"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/store"
)

// histories reads what a played world's businesses and apps are told of the journal.
// R-HISTORY-01: in none of it is a name of a business, an asset, a group or a system
// user that is not the reader's own.
func (g *modelStage) histories() error {
	ctx := g.t.Context()
	var ids []prokura.ID
	for _, id := range g.ids {
		ids = append(ids, id)
	}
	all, err := registry.View(ctx, g.Registry, func(tx *store.View) ([]store.JournalName, error) { return tx.JournalNames(ids) })
	if err != nil {
		return err
	}
	told := 0
	for _, reader := range all {
		s := history.Scope{}
		switch reader.Kind {
		case prokura.NodeBusiness:
			s.Business = reader.ID
		case prokura.NodeApp:
			s.App = reader.ID
		default:
			continue
		}
		own, foreign := map[string]bool{}, map[string]bool{}
		for _, n := range all {
			switch mine := n.ID == reader.ID || s.Business != 0 && n.Business == s.Business || n.Kind == prokura.NodeApp || n.Kind == prokura.NodePerson || n.Kind == prokura.NodeConfiguration; {
			case mine:
				own[n.Name] = true
			case n.Name != "" && n.Kind != prokura.NodeRequest:
				foreign[n.Name] = true
			}
		}
		if _, err := history.Each(ctx, g.Registry, registry.Operator(""), s, history.Query{Kind: history.KindAny, Before: history.Newest}, history.Exported, func(l history.Line) error {
			told++
			texts := []string{l.Who}
			for _, p := range l.Parts {
				texts = append(texts, p.Text)
			}
			for _, text := range texts { // what changed of the reader's own may be called as others' things are
				if foreign[text] && !own[text] {
					return fmt.Errorf("%s %s reads %q, where %s is not its own", reader.Kind, reader.Name, l.Sentence(), text)
				}
			}
			if l.Refused != "" {
				return fmt.Errorf("%s %s reads of a refusal: %q", reader.Kind, reader.Name, l.Sentence())
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if told == 0 {
		return fmt.Errorf("nobody is told anything")
	}
	return nil
}
