package test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The Dockerfile gives an image of the product. What a container tool would do
// with it is checked here step by step, so that it holds on machines without one:
// the tree as .dockerignore leaves it has all that the build reads, the build is
// the one that made the binary of these tests, which is static, and that starts
// by ENTRYPOINT, CMD and ENV.
func TestContainer(t *testing.T) {
	t.Parallel()
	file := readDockerfile(t, "../Dockerfile")
	if file.stages != 2 || file.from["build"] == "" {
		t.Fatalf("the image is not built in one stage and made in another: %+v", file)
	}
	if want := "golang:" + toolchain(t) + "-"; !strings.HasPrefix(file.from["build"], want) {
		t.Errorf("the build is by %s; this tree is tested with %s…", file.from["build"], want)
	}
	if last := file.from[""]; last != "scratch" {
		t.Errorf("the image stands on %s", last)
	}
	user, group, _ := strings.Cut(file.one(t, "USER"), ":")
	if number := regexp.MustCompile(`^[1-9][0-9]+$`); !number.MatchString(user) || !number.MatchString(group) {
		t.Errorf("USER %s:%s is not a number that Kubernetes can tell from root's", user, group)
	}

	tree := t.TempDir()
	copyTree(t, "..", tree)
	if have, want := sourcesOf(t, tree), sourcesOf(t, ".."); have != want {
		t.Errorf("the build reads other files in the container than here:\n%s\nhere:\n%s", have, want)
	}
	for _, line := range file.lines("build", "RUN") {
		if _, target, compiles := strings.Cut(line, " go build -o "); compiles {
			if !slices.Contains(recipe(t, "build"), line) {
				t.Errorf("make build is another build than RUN %s", line)
			}
			target, _, _ = strings.Cut(target, " ")
			line = "mkdir -p " + path.Dir(target) + " && cp " + binary(t) + " " + target
		}
		run := exec.Command("/bin/sh", "-ec", line)
		run.Dir = tree
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("RUN %s: %v\n%s", line, err, out)
		}
	}
	image := map[string]string{} // what the image has, and where it comes from
	for _, line := range file.lines("", "COPY") {
		words := strings.Fields(line)
		from, to := words[len(words)-2], words[len(words)-1]
		source := filepath.Join(tree, strings.TrimPrefix(from, file.one(t, "WORKDIR")))
		if !strings.HasPrefix(from, file.one(t, "WORKDIR")+"/") {
			continue // of the build's own system
		}
		info, err := os.Stat(source)
		if err != nil {
			t.Fatalf("COPY %s: %v", line, err)
		}
		if info.IsDir() && !strings.Contains(line, "--chown="+user+":"+group+" ") {
			t.Errorf("COPY %s: the user of the image cannot write there", line)
		}
		image[to] = source
	}
	entry := file.list(t, "ENTRYPOINT")
	product := image[entry[0]]
	if product == "" {
		t.Fatalf("ENTRYPOINT %v is not in the image %v", entry, image)
	}
	mustBeStatic(t, product)

	env := map[string]string{}
	for _, pair := range strings.Fields(file.one(t, "ENV")) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	if image[env["PROKURA_DATA"]] == "" || file.one(t, "VOLUME") != env["PROKURA_DATA"] || image["/tmp"] == "" {
		t.Errorf("data go to %s, the volume is %s, the image has %v", env["PROKURA_DATA"], file.one(t, "VOLUME"), image)
	}
	host, port, err := net.SplitHostPort(env["PROKURA_LISTEN"])
	if err != nil || host != "0.0.0.0" || port != file.one(t, "EXPOSE") {
		t.Errorf("the server listens on %s, EXPOSE says %s", env["PROKURA_LISTEN"], file.one(t, "EXPOSE"))
	}
	const token = "token-of-the-container"
	s := &server{addr: freeAddr(t), log: new(syncBuffer), http: &http.Client{Timeout: startLimit}}
	s.url = "http://" + s.addr
	_, free, _ := net.SplitHostPort(s.addr)
	s.command = slices.Concat([]string{product}, entry[1:], file.list(t, "CMD"), []string{"--dev", "--dev-token", token})
	s.env = []string{"PROKURA_DATA=" + image[env["PROKURA_DATA"]], "TMPDIR=" + image["/tmp"], "PROKURA_LISTEN=" + net.JoinHostPort(host, free)}
	s.start(t)
	for want, headers := range map[int]http.Header{http.StatusUnauthorized: {}, http.StatusOK: {"Authorization": {"Bearer " + token}}} {
		req, err := http.NewRequest(http.MethodPost, s.url+"/_dev/time", strings.NewReader(`{"advance":"1s"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = headers
		req.Header.Set("Content-Type", "application/json")
		resp, err := s.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("/_dev/time with %v: %s, want %d", headers, resp.Status, want)
		}
	}
	stop(t, s.process, s.exited)
	checkLog(t, s.log.String())
	if strings.Contains(s.log.String(), token) {
		t.Error("the log tells the token")
	}

	if tool := containerTool(); tool != "" {
		const tag = "prokura-test"
		for _, args := range [][]string{{"build", "--tag", tag, ".."}, {"run", "--rm", tag, "version"}} {
			if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
				t.Errorf("%s %v: %v\n%s", tool, args, err, out)
			}
		}
	}
}

// containerTool is a tool that can build and run images here, if there is one
// that works: a client without its server does not.
func containerTool() string {
	for _, tool := range []string{"docker", "podman"} {
		if exec.Command(tool, "info").Run() == nil {
			return tool
		}
	}
	return ""
}

// toolchain is the version of Go that the tests are built with.
func toolchain(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "go")
}

// sourcesOf lists the files of ours that the product is compiled from.
func sourcesOf(t *testing.T, tree string) string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.GoFiles}} {{.EmbedFiles}}{{end}}", "./cmd/prokura")
	list.Dir, list.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("in %s: %v\n%s", tree, err, out)
	}
	return string(out)
}

// recipe is what make does for a target.
func recipe(t *testing.T, target string) []string {
	t.Helper()
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = bytes.Cut(text, []byte("\n"+target+":"))
	text, _, _ = bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(text), "\n\t")
	return lines[1:]
}

func mustBeStatic(t *testing.T, binary string) {
	t.Helper()
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Errorf("%s wants a dynamic linker, which the image lacks", binary)
		}
	}
	if libraries, err := f.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("%s wants %v: %v", binary, libraries, err)
	}
}

// dockerfile is what a Dockerfile says, by stage; the last one has no name.
type dockerfile struct {
	stages int
	from   map[string]string
	said   []instruction
}

type instruction struct{ stage, word, rest string }

func readDockerfile(t *testing.T, name string) *dockerfile {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d, stage := &dockerfile{from: map[string]string{}}, ""
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "" || strings.HasPrefix(word, "#"):
		case word == "FROM":
			image, name, _ := strings.Cut(rest, " AS ")
			stage = name
			d.stages, d.from[stage] = d.stages+1, image
		default:
			d.said = append(d.said, instruction{stage, word, rest})
		}
	}
	return d
}

func (d *dockerfile) lines(stage, word string) (out []string) {
	for _, i := range d.said {
		if i.stage == stage && i.word == word {
			out = append(out, i.rest)
		}
	}
	return out
}

// one is what the only instruction of its word says.
func (d *dockerfile) one(t *testing.T, word string) string {
	t.Helper()
	all := slices.Concat(d.lines("build", word), d.lines("", word))
	if len(all) != 1 {
		t.Fatalf("%s stands in the Dockerfile %d times", word, len(all))
	}
	return all[0]
}

func (d *dockerfile) list(t *testing.T, word string) (out []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(d.one(t, word)), &out); err != nil || len(out) == 0 {
		t.Fatalf("%s is not a list: %v", word, err)
	}
	return out
}

// copyTree copies what a build gets to see: the files of the repository but for
// those that .dockerignore names.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	ignored, err := os.ReadFile(filepath.Join(from, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("git", "ls-files", "-z", "-co", "--exclude-standard")
	list.Dir = from
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		name := string(name)
		if leftOut(t, name, string(ignored)) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) { // deleted, and not committed yet
			continue
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// leftOut reports whether a pattern matches a file or a folder that it is in: as
// Docker reads them, from the root of the tree, and at any depth behind **/.
func leftOut(t *testing.T, name, patterns string) bool {
	t.Helper()
	for pattern := range strings.Lines(patterns) {
		pattern = strings.TrimSpace(pattern)
		if pattern == "" || pattern[0] == '#' {
			continue
		}
		if strings.ContainsAny(pattern, "!\\") {
			t.Fatalf(".dockerignore: this test cannot read %s", pattern)
		}
		anywhere, deep := strings.CutPrefix(pattern, "**/")
		words := strings.Split(name, "/")
		for i := range words {
			matched, err := path.Match(pattern, strings.Join(words[:i+1], "/"))
			if deep {
				matched, err = path.Match(anywhere, words[i])
			}
			if err != nil {
				t.Fatal(err)
			}
			if matched {
				return true
			}
		}
	}
	return false
}
