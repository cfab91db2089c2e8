package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/jsontext"
)

const (
	maxQuery     = 8 << 10
	maxBody      = 256 << 10
	maxMultipart = 1 << 20
	maxBatchBody = 1 << 20
	maxParts     = 20
)

// bodyForm is how a body is to be read.
type bodyForm int

const (
	noBody bodyForm = iota
	formBody
	rawFormBody // of a batch operation: may or may not be percent-encoded
	jsonBody
	multipartBody
	sniffBody // no or a meaningless Content-Type: JSON if it starts like it
)

// formOf classifies a Content-Type. Two Go and JavaScript clients in the field
// send forms without any, and browsers call a plain string text/plain.
func formOf(contentType string) (form bodyForm, boundary string, err error) {
	if contentType == "" {
		return sniffBody, "", nil
	}
	media, args, err := mime.ParseMediaType(contentType)
	if err != nil {
		return noBody, "", prokura.Errorf(prokura.BadEncoding, "The Content-Type cannot be read.")
	}
	if c := jsontext.FoldASCII(args["charset"]); c != "" && c != "utf-8" && c != "utf8" && c != "us-ascii" {
		return noBody, "", prokura.Errorf(prokura.BadEncoding, "Bodies must be UTF-8.")
	}
	switch media {
	case "application/x-www-form-urlencoded":
		return formBody, "", nil
	case "application/json", "text/json":
		return jsonBody, "", nil
	case "multipart/form-data":
		return multipartBody, args["boundary"], nil
	case "text/plain":
		return sniffBody, "", nil
	}
	return noBody, "", prokura.Errorf(prokura.BadEncoding, "This Content-Type is not taken: send a form or JSON.")
}

// readBody reads a request's body within its limit, into memory, once.
// Clients send bodies on GET and DELETE too, so the method does not matter.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (body []byte, form bodyForm, boundary string, err error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, noBody, "", nil
	}
	if e := jsontext.FoldASCII(r.Header.Get("Content-Encoding")); e != "" && e != "identity" {
		return nil, noBody, "", prokura.Errorf(prokura.BadEncoding, "Compressed bodies are not taken.")
	}
	form, boundary, typeErr := formOf(r.Header.Get("Content-Type"))
	if form == multipartBody {
		limit = max(limit, maxMultipart)
	}
	tooLarge := prokura.Errorf(prokura.TooLarge, "The body is larger than %d KiB.", limit>>10)
	if r.ContentLength > limit {
		return nil, noBody, "", tooLarge
	}
	reader := http.MaxBytesReader(w, r.Body, limit)
	if r.ContentLength > 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(reader, body)
	} else {
		body, err = io.ReadAll(reader)
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, noBody, "", tooLarge
	}
	if err != nil {
		return nil, noBody, "", prokura.Errorf(prokura.InvalidParameter, "The body could not be read to its end.").WithCause(err)
	}
	if len(body) == 0 {
		return nil, noBody, "", nil
	}
	return body, form, boundary, typeErr
}

// decodeBody adds a body's parameters.
func (p *Params) decodeBody(body []byte, form bodyForm, boundary string) error {
	if form == sniffBody {
		form = formBody
		if b := bytes.TrimLeft(body, " \t\r\n"); len(b) > 0 && b[0] == '{' {
			form = jsonBody
		}
	}
	switch form {
	case formBody, rawFormBody:
		return p.decodeForm(string(body), true, form == rawFormBody)
	case jsonBody:
		return p.decodeJSON(body)
	case multipartBody:
		return p.decodeMultipart(body, boundary)
	}
	return nil
}

// decodeForm adds the parameters of a query or form. Raw text that is not
// percent-encoded, as one client writes inside batches, is taken literally
// where decoding fails.
func (p *Params) decodeForm(text string, body, raw bool) error {
	var lists gathered
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name, raw)
		if err != nil {
			return err
		}
		if value, err = unescape(value, raw); err != nil {
			return err
		}
		if err := p.add(&lists, name, value, body); err != nil {
			return err
		}
	}
	return p.close(&lists, body)
}

func unescape(s string, raw bool) (string, error) {
	if strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, '+') >= 0 {
		switch u, err := url.QueryUnescape(s); {
		case err == nil:
			s = u
		case !raw:
			return "", prokura.Errorf(prokura.InvalidParameter, "A parameter is not percent-encoded properly.")
		}
	}
	return s, checkText(s)
}

// checkText refuses what no database column and no log line should meet.
func checkText(s string) error {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return prokura.Errorf(prokura.InvalidParameter, "Parameters must be UTF-8 text without NUL characters.")
	}
	return nil
}

// gathered collects k[]=a, k[0]=a and k[key]=a until the source has ended.
type gathered []struct {
	name   string
	keys   []string
	values []string
}

func (p *Params) add(lists *gathered, name, value string, body bool) error {
	base, sub, ok := strings.Cut(name, "[")
	if !ok || base == "" {
		for _, l := range *lists {
			if l.name == name {
				return invalid(name, "The parameter %s is both a list and a single value.", name)
			}
		}
		return p.set(name, value, body)
	}
	key, ok := strings.CutSuffix(sub, "]")
	if !ok || strings.ContainsAny(key, "[]") {
		return prokura.Errorf(prokura.InvalidParameter, "Parameters nest one level deep: name[key]; send JSON for more.")
	}
	for i := range *lists {
		if l := &(*lists)[i]; l.name == base {
			if len(l.keys) == maxMembers {
				return invalid(base, "The parameter %s takes at most %d members.", base, maxMembers)
			}
			l.keys, l.values = append(l.keys, key), append(l.values, value)
			return nil
		}
	}
	if p.Has(base) {
		return invalid(base, "The parameter %s is both a list and a single value.", base)
	}
	if len(*lists) == maxParams {
		return prokura.Errorf(prokura.InvalidParameter, "A request takes at most %d parameters.", maxParams)
	}
	*lists = append(*lists, struct {
		name   string
		keys   []string
		values []string
	}{base, []string{key}, []string{value}})
	return nil
}

// close turns what was gathered into JSON text: numbered or bare keys make an
// array, words an object.
func (p *Params) close(lists *gathered, body bool) error {
	for _, l := range *lists {
		open, shut := byte('['), byte(']')
		for _, k := range l.keys {
			if strings.Trim(k, "0123456789") != "" {
				open, shut = '{', '}'
			}
		}
		text := []byte{open}
		for i, v := range l.values {
			if i > 0 {
				text = append(text, ',')
			}
			if open == '{' {
				text = append(appendQuoted(text, l.keys[i]), ':')
			}
			text = appendQuoted(text, v)
		}
		if err := p.set(l.name, string(append(text, shut)), body); err != nil {
			return err
		}
	}
	return nil
}

// decodeJSON adds the members of a JSON object. null counts as absent; a key
// given twice is refused, since readers disagree about which one counts.
func (p *Params) decodeJSON(body []byte) error {
	if string(body) == "{}" { // what one client sends with every GET
		return nil
	}
	if err := jsontext.Check(string(body)); err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The body is not valid JSON: %s.", err.Error())
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return prokura.Errorf(prokura.InvalidParameter, "The body must be a JSON object.")
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return prokura.Errorf(prokura.InvalidParameter, "The body is not valid JSON.")
		}
		name, _ := t.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return prokura.Errorf(prokura.InvalidParameter, "The body is not valid JSON.")
		}
		if seen[name] {
			return prokura.Errorf(prokura.InvalidParameter, "The JSON body has a key twice.")
		}
		seen[name] = true
		text, ok, err := jsontext.Of(raw)
		if err != nil {
			return prokura.Errorf(prokura.InvalidParameter, "The body is not valid JSON: %s.", err.Error())
		}
		if !ok {
			continue
		}
		if err := p.set(name, text, true); err != nil {
			return err
		}
	}
	return nil
}

// decodeMultipart adds the plain fields of a multipart form, as curl -F sends
// them. No edge takes files.
func (p *Params) decodeMultipart(body []byte, boundary string) error {
	broken := prokura.Errorf(prokura.InvalidParameter, "The multipart body cannot be parsed.")
	if boundary == "" {
		return broken
	}
	var lists gathered
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for parts := 0; ; parts++ {
		part, err := reader.NextRawPart()
		if err == io.EOF { // and nothing that wraps it: a body cut short does
			return p.close(&lists, true)
		}
		if err != nil {
			return broken
		}
		if parts == maxParts {
			return prokura.Errorf(prokura.TooLarge, "A multipart body takes at most %d parts.", maxParts)
		}
		name := part.FormName()
		if part.FileName() != "" {
			return prokura.Errorf(prokura.InvalidParameter, "This call takes no files.")
		}
		value, err := io.ReadAll(part)
		if err != nil || name == "" {
			return broken
		}
		for _, s := range []string{name, string(value)} {
			if err := checkText(s); err != nil {
				return err
			}
		}
		if err := p.add(&lists, name, string(value), true); err != nil {
			return err
		}
	}
}
