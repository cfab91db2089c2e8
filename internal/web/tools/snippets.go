package tools

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// snippet is a request as a program makes it. The token is never in it: it comes from
// the environment.
type snippet struct{ ID, Title, Text string }

func (r *request) snippets(base, app string) []snippet {
	return []snippet{{"curl", "curl", r.curl(base)}, {"go", "Go", r.golang(base, app)}, {"js", "JavaScript", r.javaScript(base)}}
}

// given is a parameter; what is secret a program has from its environment.
type given struct {
	pairOf
	secret bool
}

// params are those of the request in its order.
func (r *request) params() (list []given) {
	if r.Fields != "" {
		list = append(list, given{pairOf{"fields", r.Fields}, false})
	}
	for _, p := range r.Params {
		list = append(list, given{p, isPrivate(p)})
	}
	return list
}

// curl is a line for a POSIX shell.
func (r *request) curl(base string) string {
	var b strings.Builder
	b.WriteString("curl ")
	if r.Method != http.MethodPost {
		b.WriteString("-G ")
	}
	if r.Method == http.MethodDelete {
		b.WriteString("-X DELETE ")
	}
	b.WriteString(quoted(base + r.address()))
	if r.Token != "" {
		b.WriteString(` -H "Authorization: Bearer $TOKEN"`)
	}
	list := r.params()
	if r.Method == http.MethodPost && len(list) == 0 {
		b.WriteString(" -d ''")
	}
	for _, p := range list {
		value := quoted(p.Name + "=" + p.Value)
		if p.secret {
			value = quoted(p.Name+"=") + `"$` + envName(p.Name) + `"`
		}
		b.WriteString(" --data-urlencode " + value)
	}
	if r.Proof != "" {
		b.WriteString(` --data-urlencode "appsecret_proof=$(printf %s "$TOKEN" | openssl dgst -sha256 -hmac "$APP_SECRET" | sed 's/.* //')"`)
	}
	return b.String()
}

// quoted is a word of a POSIX shell that stands for itself.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// envName is the variable of the environment that a secret parameter comes from.
func envName(param string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return c - 'a' + 'A'
		}
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, param)
}

// golang is a program with package client.
func (r *request) golang(base, app string) string {
	var b strings.Builder
	version := ""
	if r.Version != "" {
		version = ", Version: " + strconv.Quote(r.Version)
	}
	b.WriteString("package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"log\"\n\t\"os\"\n\n\t\"github.com/prokura/prokura\"\n\t\"github.com/prokura/prokura/client\"\n)\n\nfunc main() {\n")
	b.WriteString("\tapp, err := client.New(client.Config{AppID: " + strconv.Quote(app) + ", Secret: prokura.Secret(os.Getenv(\"APP_SECRET\")), Server: " + strconv.Quote(base) + version + "})\n")
	b.WriteString("\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n")
	b.WriteString("\tanswer, err := client.Do[map[string]any](context.Background(), app.As(prokura.Secret(os.Getenv(\"TOKEN\"))), client.Call{\n")
	b.WriteString("\t\tMethod: " + strconv.Quote(r.Method) + ", Path: " + strconv.Quote(r.Path) + ",\n")
	if list := r.params(); len(list) > 0 {
		b.WriteString("\t\tParams: []client.Param{\n")
		for _, p := range list {
			value := strconv.Quote(p.Value)
			if p.secret {
				value = "os.Getenv(" + strconv.Quote(envName(p.Name)) + ")"
			}
			b.WriteString("\t\t\tclient.Set(" + strconv.Quote(p.Name) + ", " + value + "),\n")
		}
		b.WriteString("\t\t},\n")
	}
	b.WriteString("\t})\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n\tfmt.Println(answer)\n}\n")
	return b.String()
}

// javaScript is a module for servers, where the token is at home.
func (r *request) javaScript(base string) string {
	var b strings.Builder
	list := r.params()
	if r.Proof != "" {
		b.WriteString("import { createHmac } from 'node:crypto'\n")
	}
	b.WriteString("const params = new URLSearchParams([\n")
	for _, p := range list {
		value := jsText(p.Value)
		if p.secret {
			value = "process.env." + envName(p.Name)
		}
		b.WriteString("  [" + jsText(p.Name) + ", " + value + "],\n")
	}
	if r.Proof != "" {
		b.WriteString("  ['appsecret_proof', createHmac('sha256', process.env.APP_SECRET).update(process.env.TOKEN).digest('hex')],\n")
	}
	b.WriteString("])\nconst answer = await fetch(")
	options := []string{}
	if r.Token != "" {
		options = append(options, "headers: { authorization: `Bearer ${process.env.TOKEN}` }")
	}
	if r.Method != http.MethodGet {
		options = slices.Insert(options, 0, "method: "+jsText(r.Method))
	}
	address := jsText(base + r.address())
	if r.Method == http.MethodPost {
		options = append(options, "body: params")
	} else {
		address = jsText(base+r.address()+"?") + " + params"
	}
	b.WriteString(address)
	if len(options) > 0 {
		b.WriteString(", { " + strings.Join(options, ", ") + " }")
	}
	b.WriteString(")\nconsole.log(answer.status, await answer.json())\n")
	return b.String()
}

// jsText is a string of JavaScript.
func jsText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\u2028", `\u2028`, "\u2029", `\u2029`).Replace(s) + "'"
}
