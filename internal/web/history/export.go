package history

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/web/kit"
)

// format is a kind of file. All of them are written as they are read, so that a
// long history takes no more memory than a short one.
type format struct {
	media string
	make  func(io.Writer) file
}

type file interface {
	line(history.Line) error
	end(next string) error // next: the place from which to go on; "" when all is there
}

var formats = map[string]format{
	"csv":  {"text/csv; charset=utf-8; header=present", newCSV},
	"json": {"application/json; charset=utf-8", newJSON},
}

// export answers with a file of what the filters choose, of [history.Exported] lines that
// are looked through, and says where to go on. A file that could not be finished, as its
// reader may not read any more, ends with its connection: nobody takes it for whole.
func export(scope func(*kit.Request) (history.Scope, error)) func(*kit.Request) error {
	return func(q *kit.Request) error {
		f, ok := formats[q.R.URL.Query().Get("format")]
		if !ok {
			return kit.ErrNoPage
		}
		s, err := scope(q)
		if err != nil {
			return err
		}
		want, err := asked(q, &Page{}, s)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(q.W)
		w := f.make(out)
		began := false
		begin := func() {
			began = true
			h := q.W.Header()
			h.Set("Content-Type", f.media)
			h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="history-%s.%s"`, q.Registry.Now().Time().UTC().Format(time.DateOnly), q.R.URL.Query().Get("format")))
		}
		next, err := history.Each(q.Context(), q.Registry, q.Caller, s, want, history.Exported, func(l history.Line) error {
			if !began {
				begin()
			}
			return w.line(l)
		})
		if err != nil && !began {
			return err
		}
		if !began {
			begin()
		}
		if err == nil {
			place := ""
			if next != (history.Place{}) {
				place = placeText(next)
			}
			if err = w.end(place); err == nil {
				err = out.Flush()
			}
		}
		if err != nil {
			q.LogFault(prokura.AsError(err), err)
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

type csvFile struct{ w *csv.Writer }

func newCSV(w io.Writer) file {
	f := &csvFile{csv.NewWriter(w)}
	_ = f.w.Write([]string{"time", "who", "what", "changed", "kind", "act", "refused", "trace"}) // a fault stays, and end tells it
	return f
}

func (f *csvFile) line(l history.Line) error {
	var changed []string
	for _, c := range l.Changes {
		changed = append(changed, strings.TrimSpace(c.Name+" "+c.Before+" → "+c.After))
	}
	return f.row(timeOf(l), l.Who, l.Sentence(), strings.Join(changed, "; "), string(l.Kind), string(l.Act), l.Refused, l.Trace)
}

func (f *csvFile) end(next string) error {
	if next != "" {
		if err := f.row("", "", fmt.Sprintf("This file ends here, as %d lines of the history were looked through. The next one is found with before=%s in the address.", history.Exported, next), "", "", "", "", ""); err != nil {
			return err
		}
	}
	f.w.Flush()
	return f.w.Error()
}

func (f *csvFile) row(cells ...string) error {
	for i, c := range cells {
		cells[i] = harmless(c)
	}
	return f.w.Write(cells)
}

// harmless keeps a program for tables from taking a cell for a formula, which could
// send the other cells away: a name may begin as one does.
func harmless(cell string) string {
	first := func(text string) rune { r, _ := utf8.DecodeRuneInString(text); return r }
	if strings.ContainsRune("\t\r\n", first(cell)) || strings.ContainsRune(formulas, first(strings.TrimFunc(cell, notShown))) {
		return "'" + cell
	}
	return cell
}

// formulas begin one, also in the width of East Asian characters.
const formulas = "=+-@＝＋－＠"

// notShown reports whether a program for tables may pass over a character.
func notShown(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

func timeOf(l history.Line) string { return l.At.Time().UTC().Format("2006-01-02T15:04:05.000Z") }

type jsonFile struct {
	w     io.Writer
	lines int
}

func newJSON(w io.Writer) file { return &jsonFile{w: w} }

// exported is a line in a file of JSON.
type exported struct {
	Time    string   `json:"time"`
	Who     string   `json:"who"`
	What    string   `json:"what"`
	Changed []change `json:"changed,omitempty"`
	Kind    string   `json:"kind"`
	Act     string   `json:"act"`
	Refused string   `json:"refused,omitempty"`
	Trace   string   `json:"trace"`
}

type change struct {
	Name   string `json:"name,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

func (f *jsonFile) line(l history.Line) error {
	e := exported{Time: timeOf(l), Who: l.Who, What: l.Sentence(), Kind: string(l.Kind), Act: string(l.Act), Refused: l.Refused, Trace: l.Trace}
	for _, c := range l.Changes {
		e.Changed = append(e.Changed, change(c))
	}
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode line: %w", err)
	}
	before := ",\n"
	if f.lines == 0 {
		before = "{\"lines\":[\n"
	}
	f.lines++
	_, err = fmt.Fprintf(f.w, "%s%s", before, b)
	return err
}

func (f *jsonFile) end(next string) error {
	if f.lines == 0 {
		if _, err := io.WriteString(f.w, "{\"lines\":["); err != nil {
			return err
		}
	}
	rest := ""
	if next != "" {
		rest = fmt.Sprintf(",\"next_before\":%q", next)
	}
	_, err := fmt.Fprintf(f.w, "]%s}\n", rest)
	return err
}
