package bench

import (
	"cmp"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// table is what is told in the end.
type table struct {
	rows     []row
	checked  int // answers
	wrong    int
	sample   string
	looked   int     // measurements in which others were looked for
	others   float64 // cores that they used in the worst one
	sum      float64
	settings string // of PostgreSQL
}

// row is one line. A row without a goal is there to be compared with.
type row struct {
	what, figure, beside, goal string
	reached                    bool
}

func (t *table) add(rows ...row) { t.rows = append(t.rows, rows...) }

func (t *table) check(o *outcome) {
	t.checked += o.calls
	if t.wrong += o.wrong; t.sample == "" {
		t.sample = o.sample
	}
}

// note counts how much others worked during a measurement, in cores.
func (t *table) note(others float64) {
	t.looked++
	t.sum += others
	t.others = max(t.others, others)
}

// quietBelow is how much of a core others may use in a measurement.
const quietBelow = 0.1

func (t *table) quiet() string {
	switch {
	case t.looked == 0:
		return "Whether others worked on the machine meanwhile is not known."
	case t.others < quietBelow:
		return fmt.Sprintf("The machine was quiet: others used at most %.2f of a core in a measurement.", t.others)
	}
	return fmt.Sprintf("THE MACHINE WAS NOT QUIET: others used up to %.2f of a core in a measurement, %.2f on average. Trust no figure, and ratios with care.",
		t.others, t.sum/float64(t.looked))
}

func (t *table) write(out io.Writer, b *bench) error {
	var s strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	storage := "SQLite"
	if b.Postgres != "" {
		storage = t.settings
	}
	line("%s: %s token families on %s; the middle third of %d runs of %v; %s.", cmp.Or(b.Commit, commit()), thousands(b.Families), storage, b.Rounds, b.Lasts, b.pins.note)
	line("%s, %s/%s, %d cores%s. `%s`", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), prefixed(" of ", machine()), b.Command)
	if b.Beside != "" {
		line("The other build is %s.", versionOf(b.Beside))
	}
	line("%s %s answers were compared with the ones expected, %d were wrong.", t.quiet(), thousands(t.checked), t.wrong)
	line("")
	line("| what | figure | beside it | goal | reached |")
	line("|---|---|---|---|---|")
	for _, r := range t.rows {
		reached := ""
		if r.goal != "" {
			reached = map[bool]string{true: "yes", false: "**no**"}[r.reached]
		}
		line("| %s | %s | %s | %s | %s |", r.what, r.figure, r.beside, r.goal, reached)
	}
	_, err := io.WriteString(out, s.String())
	return err
}

// commit is the one that this program was built from.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "commit unknown"
	}
	revision, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(9, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return "commit " + revision + changed
}

// versionOf is what another build says of itself.
func versionOf(binary string) string {
	out, err := exec.Command(binary, "version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	if err != nil || first == "" {
		return filepath.Base(binary)
	}
	return first
}

// share is the rate as a part of another one.
func (o *outcome) share(of *outcome) float64 { return o.perSecond() / of.perSecond() }

func rate(o *outcome) string {
	text := thousands(int(o.perSecond())) + "/s"
	if o.cpu > 0 {
		text += fmt.Sprintf(", %.0f µs of CPU", o.each())
	}
	return text
}

// compare tells a rate as a part of the bare handler's, and as a multiple of the
// other build's.
func compare(o map[string]*outcome, name, bare, other string) string {
	text := fmt.Sprintf("%.0f %% of the bare handler", 100*o[name].share(o[bare]))
	if o[bare].cpu > 0 {
		text += fmt.Sprintf(", %.2f × its CPU", o[name].each()/o[bare].each())
	}
	return join(text, besideOther(o, name, other))
}

func besideOther(o map[string]*outcome, name, other string) string {
	if o[other] == nil {
		return ""
	}
	return fmt.Sprintf("%s the other build's %s/s", times(o[name], o[other]), thousands(int(o[other].perSecond())))
}

func times(o, of *outcome) string { return fmt.Sprintf("%.2f ×", o.share(of)) }

func join(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, "; ")
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func millis(t time.Duration) string {
	return strconv.FormatFloat(float64(t.Nanoseconds())/1e6, 'f', 2, 64) + " ms"
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
