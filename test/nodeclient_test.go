package test

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nodeClient is a running script of test/clients: an app's backend that uses a
// public npm package, unmodified, against the server under test.
type nodeClient struct {
	t      *testing.T
	script string
	in     io.Writer
	out    chan string
	stderr *syncBuffer
}

// nodeSettings is what the app's developer would configure in the client.
type nodeSettings struct {
	app         app
	redirectURI string
	configID    string
	scope       string // separated by spaces
	version     string // of the API, such as v26.0; empty: what the script chooses
}

func (s *server) startClient(t *testing.T, script string, settings nodeSettings) *nodeClient {
	t.Helper()
	if _, err := os.Stat("clients/node_modules"); err != nil {
		t.Fatalf("the clients of test/clients are not installed (test/setup): %v", err)
	}
	c := &nodeClient{t: t, script: script, out: make(chan string), stderr: new(syncBuffer)}
	cmd := exec.Command("node", filepath.Join("clients", script))
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"APP_ID=" + settings.app.id, "APP_SECRET=" + settings.app.secret,
		"REDIRECT_URI=" + settings.redirectURI, "CONFIG_ID=" + settings.configID, "SCOPE=" + settings.scope,
		"API_VERSION=" + settings.version,
	}, s.redirect.nodeEnv(t)...)
	cmd.Stderr = c.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	c.in = in
	go func() {
		defer close(c.out)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			c.out <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		in.Close()
		for range c.out {
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v\n%s", script, err, c.stderr)
		}
	})
	return c
}

// act has the client do something and returns what came of it.
func (c *nodeClient) act(name string, args map[string]any) map[string]any {
	c.t.Helper()
	message := map[string]any{"act": name}
	maps.Copy(message, args)
	line, err := json.Marshal(message)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		c.t.Fatalf("%s %s: %v\n%s", c.script, name, err, c.stderr)
	}
	select {
	case got, ok := <-c.out:
		if !ok {
			c.t.Fatalf("%s ended during %s\n%s", c.script, name, c.stderr)
		}
		var result map[string]any
		if err := json.Unmarshal([]byte(got), &result); err != nil {
			c.t.Fatalf("%s %s: no JSON object: %s", c.script, name, got)
		}
		return result
	case <-time.After(time.Minute):
		c.t.Fatalf("%s %s does not answer\n%s", c.script, name, c.stderr)
		return nil
	}
}

// mustText reads a string of a client's result and fails without it.
func (c *nodeClient) mustText(result map[string]any, path string) string {
	c.t.Helper()
	text, _ := at(result, path).(string)
	if text == "" {
		shown, _ := json.Marshal(result)
		c.t.Fatalf("%s: nothing at %s in %s\n%s", c.script, path, secretPatterns.ReplaceAll(shown, []byte("<secret>")), c.stderr)
	}
	return text
}

// wantError fails unless the value at path is the Graph error with that code
// and subcode (0: none), as the client hands it to its caller.
func (c *nodeClient) wantError(result map[string]any, path string, code, subcode int) {
	c.t.Helper()
	seen, _ := at(result, path).(map[string]any)
	gotSub := number(seen["error_subcode"])
	if gotSub == 0 {
		gotSub = number(seen["subcode"])
	}
	if seen == nil || number(seen["code"]) != code || gotSub != subcode {
		shown, _ := json.Marshal(result)
		c.t.Errorf("%s: at %s want error %d/%d, got %s", c.script, path, code, subcode,
			secretPatterns.ReplaceAll(shown, []byte("<secret>")))
	}
}

// wantHost fails unless the client itself leads the browser to Meta's dialog,
// which proves that it runs unmodified.
func wantHost(t *testing.T, dialog string) {
	t.Helper()
	if !strings.HasPrefix(dialog, "https://www.facebook.com/") {
		t.Errorf("the client leads to %s, not to the dialog it was written for", dialog)
	}
}
