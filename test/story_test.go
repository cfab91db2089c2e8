package test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A story is a file testdata/*.txtar: what is proved, with the ids of the
// rules, and then one section per step. A step sends one request and says what
// comes back:
//
//	-- exchange the code --
//	POST /v25.0/oauth/access_token
//	> Authorization: Basic ${basic CAMPAIGNS}
//	code=$CODE
//	redirect_uri=$CALLBACK
//	=> 200
//	Cache-Control: *no-store*
//	{"access_token": "@ROOT pkb_", "token_type": "bearer"}
//
// The request. Lines "> Name: value" are headers. Lines "name=value" are
// parameters: of the query for GET and DELETE, of a form for POST; "?name=value"
// is of the query always and "multipart" sends the form in that encoding. A line
// that begins with { or [ begins a JSON body, and "body text" is a body as it
// stands. "stranger" leaves the cookies of earlier steps at home, "as TESS" is
// sent by the browser of Tess, who logs in there with the first such step. What is written behind the ? of the path is sent as it stands.
//
// The answer. The status, then headers with their value (* stands for anything,
// @NAME for a part that is learnt, - for absence), then a JSON body. All keys count, unless "..." is one of them. In
// place of a value may stand:
//
//	"@any" "@string" "@int"   something of that type
//	"@NAME"                   any text or number, from here on known as $NAME
//	"@NAME pkc_"              the same, beginning with pkc_
//	"@NAME path"              an address of the server, learnt without scheme and host
//	"@in 60d"                 seconds until 60 days from now, a minute more or less
//	"@at 60d"                 unix time in 60 days, likewise
//
// Instead of a JSON body, "*" takes any body, and lines "#id pattern" look at
// elements of a page: what a field holds, or what an element says. An error is written in one line:
//
//	=> 400 100/36009 invalid_code           code/subcode, kind in WWW-Authenticate
//	=> 403 200                              no subcode
//	=> 400 100 GraphMethodException         type, if not OAuthException
//	=> 500 2 transient                      is_transient
//
// and "=> as "title"" demands byte for byte the answer of an earlier step, but
// for the trace id.
//
// Other steps:
//
//	consent CODE config_id=$REPORTING person=$BEN   completes a login; also business=, assets=a,b,
//	                                                or parameters of the dialog; leaves the code in $CODE
//	token ROOT CAMPAIGNS config_id=… person=…       the same, and the app exchanges the code
//	advance 61d                                     lets that time pass
//	form /login /login                              opens the page and sends its form to that path,
//	                                                with the parameters that follow, without JavaScript;
//	                                                a line shown "title" takes the page from the answer to an
//	                                                earlier step; "forged" sends what the page has no form for
//	listen HOOK                                     receives webhooks at $HOOK, with the verify token meatyhamhock
//	heard CAMPAIGNS                                 waits for a change that the app is told of: the JSON that
//	                                                follows, "field" and "value"; nothing: there is no other
//	world                                           first of all: the demo world, with lines put in
//	                                                behind others (see the examples)
//
// $NAME stands for a value that was captured or that the demo world fixes (see
// storyNames). ${basic APP} is the value behind Basic, ${proof TOKEN APP} an
// appsecret_proof, ${proof TOKEN APP -6m} one of six minutes ago with its
// ${time -6m}, ${day 0d} the date of today as pages write it, ${repeat x 100} a long text, ${flip TOKEN} a token with a letter
// changed, ${code SECRET} a one-time code of now (RFC 6238), known as $LAST_CODE
// from then on.
type story struct {
	name  string
	rules []string
	steps []*step
}

var ruleID = regexp.MustCompile(`\b(?:R-[A-Z]+-\d{2}|[TI]\d{2}|I-\d{2})\b`)

// TestStories plays each story on a server of its own, on every database, and
// compares what the databases answered: byte for byte, but for what is random
// or tells the time (I-21).
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		s, err := readStory(file)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			var onSQLite, onPostgres *transcript
			t.Cleanup(func() {
				if !t.Failed() && onSQLite != nil && onPostgres != nil {
					onSQLite.compare(t, onPostgres)
				}
			})
			eachDatabase(t, func(t *testing.T, postgres bool) {
				if postgres {
					onPostgres = s.play(t, postgres)
				} else {
					onSQLite = s.play(t, postgres)
				}
			})
		})
	}
}

func readStory(file string) (*story, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	s := &story{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), rules: ruleID.FindAllString(string(archive.Comment), -1)}
	if len(s.rules) == 0 {
		return nil, fmt.Errorf("%s: the comment names no rule", file)
	}
	titles := map[string]bool{}
	for _, section := range archive.Files {
		if titles[section.Name] {
			return nil, fmt.Errorf("%s: two steps are called %q", file, section.Name)
		}
		titles[section.Name] = true
		step, err := parseStep(section.Name, string(section.Data))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, section.Name, err)
		}
		s.steps = append(s.steps, step)
	}
	if len(s.steps) == 0 {
		return nil, fmt.Errorf("%s: no steps", file)
	}
	return s, nil
}

// transcript is what a server told during a story, without what differs from
// run to run.
type transcript struct {
	titles []string
	texts  []string
	seen   map[string]string
	counts map[string]int
}

func (tr *transcript) add(title string, a *storyAnswer) {
	var b bytes.Buffer
	fmt.Fprintln(&b, a.status)
	for _, name := range a.headerNames() {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(a.header[name], ", "))
	}
	b.Write(a.body)
	tr.titles = append(tr.titles, title)
	tr.texts = append(tr.texts, tr.mask(b.String()))
}

// volatile is what differs from run to run, in the order of masking. What
// stands for an identity gets a number, so that mixing two up still shows.
var volatile = []struct {
	name     string
	identity bool
	pattern  *regexp.Regexp
}{
	{"trace", false, regexp.MustCompile(`fbtrace_id\\?":\s*\\?"[^"\\]*\\?"`)},
	{"token", true, regexp.MustCompile(`pk[a-z]_[0-9A-Za-z]{45}`)},
	{"code", true, regexp.MustCompile(`AQ[0-9a-f]{64}`)},
	{"handle", true, regexp.MustCompile(`\b[0-9a-f]{64}\b`)},
	{"tag", false, regexp.MustCompile(`\b[0-9a-f]{32}\b`)},             // ETag inside a batch
	{"signature", false, regexp.MustCompile(`next=[0-9A-Za-z_-]{43}`)}, // of where to go after a login
	{"cursor", false, regexp.MustCompile(`QVFI[0-9A-Za-z_%=-]+`)},
	{"server", false, regexp.MustCompile(`127\.0\.0\.1:\d+`)},
	{"date", false, regexp.MustCompile(`[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d [A-Z]+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+]\d{4}|Z)`)},
	{"seconds", false, regexp.MustCompile(`"expires_in":\s*\d+`)},
	{"row", true, regexp.MustCompile(`\b\d+_[1-9]\d{14,15}\b`)}, // of data of a Page
	{"wamid", true, regexp.MustCompile(`wamid\.[0-9A-Za-z+/]+=*`)},
	{"id", true, regexp.MustCompile(`\b(?:act_)?[1-9]\d{14,15}\b`)},
	{"time", false, regexp.MustCompile(`\b[12]\d{9}\b`)},
}

// fixedID is an id of the demo world.
var fixedID = regexp.MustCompile(`^100000000000\d{3}$`)

func (tr *transcript) mask(text string) string {
	if tr.seen == nil {
		tr.seen, tr.counts = map[string]string{}, map[string]int{}
	}
	for _, v := range volatile {
		text = v.pattern.ReplaceAllStringFunc(text, func(found string) string {
			prefix := ""
			if id, ok := strings.CutPrefix(found, "act_"); ok { // of an ad account, whose number names it too
				prefix, found = "act_", id
			}
			switch {
			case fixedID.MatchString(found):
				return prefix + found
			case !v.identity:
				return "<" + v.name + ">"
			case tr.seen[found] == "":
				tr.counts[v.name]++
				tr.seen[found] = fmt.Sprintf("<%s %d>", v.name, tr.counts[v.name])
			}
			return prefix + tr.seen[found]
		})
	}
	return text
}

// compare fails for each step that the other database answered differently.
func (tr *transcript) compare(t *testing.T, other *transcript) {
	t.Helper()
	for i, text := range tr.texts {
		if i >= len(other.texts) {
			t.Errorf("I-21: PostgreSQL ended before %q", tr.titles[i])
			return
		}
		if text != other.texts[i] {
			t.Errorf("I-21: %q differs\nSQLite:\n%s\nPostgreSQL:\n%s", tr.titles[i], unlike(text, other.texts[i]), unlike(other.texts[i], text))
		}
	}
}

// unlike lists the lines of one text that another does not have.
func unlike(text, other string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(other, line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// TestStoriesCite keeps the rules that stories prove from being lost: each of
// them is proved by a story in testdata.
func TestStoriesCite(t *testing.T) {
	var all []byte
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	for _, rule := range []string{
		"R-APP-02", "R-LOGIN-09", "R-LOGIN-10", "R-TOKEN-01", "R-TOKEN-02", "R-TOKEN-03", "R-TOKEN-05", "R-TOKEN-06",
		"R-TOKEN-07", "R-TOKEN-08", "R-TOKEN-09", "R-TOKEN-11", "R-TOKEN-12", "R-RES-01", "R-LEVEL-03", "R-LEVEL-05", "R-LEVEL-06",
		"R-LEVEL-01", "R-LEVEL-02", "R-REVIEW-01", "R-REVIEW-02", "R-REVIEW-03", "R-REVIEW-04", "R-REVIEW-05",
	} {
		if !bytes.Contains(all, []byte(rule)) {
			t.Errorf("no story proves %s", rule)
		}
	}
}
