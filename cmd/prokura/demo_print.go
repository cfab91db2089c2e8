package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// printer writes what the demo does: titles, commands that can be copied into
// a shell, and answers. Colours are for terminals alone.
type printer struct {
	w       io.Writer
	colours bool
}

// Colours by what they mean, as terminals name them.
const (
	titleColour   = "1"  // bold
	commandColour = "36" // cyan
	quietColour   = "2"  // faint
	goodColour    = "32" // green
	badColour     = "31" // red
)

func newPrinter(w io.Writer) *printer {
	p := &printer{w: w}
	if f, ok := w.(*os.File); ok && os.Getenv("NO_COLOR") == "" {
		info, err := f.Stat()
		p.colours = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *printer) paint(colour, text string) string {
	if !p.colours {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (p *printer) title(number int, text string) {
	fmt.Fprintf(p.w, "\n%s\n", p.paint(titleColour, fmt.Sprintf("%d. %s", number, text)))
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func (p *printer) command(text string) { p.line("%s", p.paint(commandColour, "$ "+text)) }

// answer prints a status, how long it took, and the JSON in lines.
func (p *printer) answer(status string, took time.Duration, body []byte) {
	p.line("%s", p.paint(quietColour, fmt.Sprintf("%s, %.1f ms", status, float64(took.Microseconds())/1000)))
	var lines bytes.Buffer
	if json.Indent(&lines, bytes.TrimSpace(body), "  ", "  ") == nil {
		p.line("  %s", lines.String())
	}
}

func (p *printer) verdict(good bool, text string) {
	mark, colour := "✓ ", goodColour
	if !good {
		mark, colour = "✗ ", badColour
	}
	p.line("%s", p.paint(colour, mark+text))
}

// curl is the shell command of a call. Blanks and quotes are safe in it.
func curl(c call) string {
	words := []string{"curl", "-s"}
	if c.json != nil {
		words = append(words, "-H", quoteShell("Content-Type: application/json"), "-d", quoteShell(string(c.json)))
	}
	for _, f := range c.form {
		words = append(words, "-d", quoteShell(f.name+"="+escapeForm(f.value)))
	}
	words = append(words, quoteShell(c.url))
	return strings.Join(words, " ")
}

// quoteShell quotes what a shell would not take as one plain word.
func quoteShell(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
