package kit

import (
	"fmt"
	"hash/fnv"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// pageFuncs are the functions of the templates, bound to one language.
func pageFuncs(w *Words, static *Static) template.FuncMap {
	return template.FuncMap{
		"t":       w.T,
		"th":      w.HTML,
		"tn":      w.N,
		"word":    w.Or,
		"lang":    func() string { return w.Lang },
		"date":    func(t time.Time) template.HTML { return timeElement(w, t, false) },
		"moment":  func(t time.Time) template.HTML { return timeElement(w, t, true) },
		"static":  static.URL,
		"icon":    icon,
		"initial": initial,
		"tint":    tint,
		"at":      func(page any, here string) place { return place{page, here} },
		"pair":    func(page, part any) pair { return pair{page, part} },
		"field":   newField,
		"choice":  newChoice,
		"copied":  func(id, label, value string) copyField { return copyField{id, label, value} },
		"files":   newFileForm,
		"fieldID": fieldID,
		"join":    strings.Join,
		"lines":   func(s []string) string { return strings.Join(s, "\n") },
	}
}

// place is a page together with the entry of its side navigation that is open.
type place struct {
	Page any
	Here string
}

// pair is a page together with the part of it that is drawn.
type pair struct{ Page, Part any }

// copyField is a value to read and copy, never to edit.
type copyField struct{ ID, Label, Value string }

// fieldView is one labelled input.
type fieldView struct {
	Name, ID, Label, Help, Value, Error string

	Type, Autocomplete, InputMode, Placeholder string
	Max, Rows                                  string
	Required, Autofocus, Code, Disabled        bool
}

// DescribedBy lists the ids of the texts that explain the input, for
// aria-describedby.
func (f fieldView) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Help != "" {
		ids = append(ids, f.ID+"-help")
	}
	return strings.Join(ids, " ")
}

// newField describes an input of the page: field . "email" (t "login.email")
// .Email "type" "email" "required" true. The problem of the field of that name
// comes from the page itself.
func newField(p Page, name, label, value string, options ...any) (fieldView, error) {
	f := fieldView{Name: name, ID: "f-" + fieldID(name), Label: label, Value: value,
		Type: "text", Error: p.base().Problem(name)}
	if len(options)%2 != 0 {
		return f, fmt.Errorf("field %s: an option without a value", name)
	}
	for i := 0; i < len(options); i += 2 {
		option := fmt.Sprint(options[i])
		text := fmt.Sprint(options[i+1])
		on := options[i+1] == true
		switch option {
		case "type":
			f.Type = text
		case "help":
			f.Help = text
		case "autocomplete":
			f.Autocomplete = text
		case "inputmode":
			f.InputMode = text
		case "placeholder":
			f.Placeholder = text
		case "max":
			f.Max = text
		case "rows":
			f.Rows = text
		case "required":
			f.Required = on
		case "autofocus":
			f.Autofocus = on
		case "code":
			f.Code = on
		case "disabled":
			f.Disabled = on
		default:
			return f, fmt.Errorf("field %s: no option %q", name, option)
		}
	}
	return f, nil
}

// choiceView is one radio button or checkbox with its label.
type choiceView struct {
	Type, Name, ID, Value, Label, Help string
	Checked, Disabled                  bool
}

// newChoice describes a radio button or checkbox:
// choice "radio" "mode" "live" (t "…") (t "…help") .Live "disabled" true.
func newChoice(kind, name, value, label, help string, checked bool, options ...any) choiceView {
	c := choiceView{Type: kind, Name: name, Value: value, Label: label, Help: help, Checked: checked,
		ID: "c-" + IDPart(name) + "-" + IDPart(value)}
	for i := 0; i+1 < len(options); i += 2 {
		if options[i] == "disabled" {
			c.Disabled = options[i+1] == true
		}
	}
	return c
}

// fieldID is the part of an input's id that its name decides.
func fieldID(name string) string { return IDPart(name) }

// IDPart makes a text usable inside an HTML id.
func IDPart(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, s)
}

// timeElement writes a time for people and, in its datetime attribute, for
// programs. Times are UTC, and say so where the hour is shown.
func timeElement(w *Words, t time.Time, clock bool) template.HTML {
	if t.IsZero() {
		return template.HTML("–")
	}
	t = t.UTC()
	// Neither the day nor the hour breaks across lines.
	text := `<span class="nowrap">` + template.HTMLEscapeString(w.Date(t))
	if clock {
		text += `,</span> <span class="nowrap">` + t.Format("15:04") + " UTC"
	}
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + text + `</span></time>`)
}

// initial gives the letter shown where there is no picture.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}

// tint gives the class that colours a name's letter tile, the same one for the
// same name everywhere.
func tint(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("tint-%d", h.Sum32()%6)
}

// icon draws one of the icons table's drawings. It is decoration: whatever it
// says must also stand beside it in words.
func icon(name string) (template.HTML, error) {
	path, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">` + path + `</svg>`), nil
}

// icons are drawn on a 20 × 20 grid with a stroke of the text's colour.
var icons = map[string]string{
	"alert":     `<path d="M10 3 18 17H2L10 3Z"/><path d="M10 8v4M10 14.4v.2"/>`,
	"app":       `<rect x="3" y="3" width="6" height="6" rx="1.5"/><rect x="11" y="3" width="6" height="6" rx="1.5"/><rect x="3" y="11" width="6" height="6" rx="1.5"/><path d="M14 11v6M11 14h6"/>`,
	"arrow":     `<path d="M4 10h12M11 5l5 5-5 5"/>`,
	"back":      `<path d="M12 4 6 10l6 6"/>`,
	"badge":     `<path d="m10 2 2 1.6 2.5-.2.8 2.4 2.1 1.4-.8 2.8.8 2.6-2.1 1.4-.8 2.4-2.5-.2L10 18l-2-1.8-2.5.2-.8-2.4-2.1-1.4.8-2.6-.8-2.8 2.1-1.4.8-2.4 2.5.2L10 2Z"/><path d="m7 10 2.2 2.2L13.2 8"/>`,
	"business":  `<path d="M3 17h14M4.5 17V4.5L11 3v14M11 8h4.5v9"/><path d="M7 7.5h1.5M7 10.5h1.5M7 13.5h1.5"/>`,
	"chat":      `<path d="M3 4.5h14v9.5H9L5 17v-3H3Z"/>`,
	"check":     `<path d="m4 10.5 4 4 8-9"/>`,
	"clock":     `<circle cx="10" cy="10" r="7"/><path d="M10 6v4l3 2"/>`,
	"code":      `<path d="m7 6-4 4 4 4M13 6l4 4-4 4"/>`,
	"copy":      `<rect x="7" y="7" width="10" height="10" rx="1.5"/><path d="M4.5 13H3V3h10v1.5"/>`,
	"down":      `<path d="m5 8 5 5 5-5"/>`,
	"external":  `<path d="M9 4H4v12h12v-5M11.5 3H17v5.5M17 3l-7.5 7.5"/>`,
	"globe":     `<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2.5 2 3 4.5 3 7s-.5 5-3 7c-2.5-2-3-4.5-3-7s.5-5 3-7Z"/>`,
	"image":     `<rect x="3" y="3" width="14" height="14" rx="3.5"/><circle cx="10" cy="10" r="3.2"/><path d="M14 5.900v.2"/>`,
	"info":      `<circle cx="10" cy="10" r="7"/><path d="M10 9v5M10 6v.2"/>`,
	"key":       `<circle cx="7" cy="13" r="3.5"/><path d="m9.6 10.4 6.9-6.900M13.5 6.5l2 2M11.5 8.5l1.5 1.5"/>`,
	"folder":    `<path d="M3 6a1 1 0 0 1 1-1h4l2 2h6a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6Z"/>`,
	"server":    `<rect x="3" y="4" width="14" height="5" rx="1"/><rect x="3" y="11" width="14" height="5" rx="1"/><path d="M6 6.500h.2M6 13.500h.2"/>`,
	"list":      `<path d="M7 5h10M7 10h10M7 15h10M3.5 5h.2M3.5 10h.2M3.5 15h.2"/>`,
	"lock":      `<rect x="4" y="9" width="12" height="8" rx="1.5"/><path d="M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9"/>`,
	"megaphone": `<path d="M3 8v4h3l7 4V4L6 8H3Z"/><path d="M6.5 12v4M16 8v4"/>`,
	"money":     `<rect x="2.5" y="5" width="15" height="10" rx="1.5"/><circle cx="10" cy="10" r="2.3"/><path d="M5.2 10h.2M14.7 10h.2"/>`,
	"page":      `<path d="M5 2.5h7L15.5 6v11.5H5Z"/><path d="M12 2.5V6h3.5M8 10h5M8 13.5h5"/>`,
	"people":    `<circle cx="7.5" cy="7" r="3"/><path d="M2 16.5c.5-3.2 2.5-5 5.5-5s5 1.8 5.5 5M13 4.300a3 3 0 0 1 0 5.400M15 12c1.7.7 2.7 2.2 3 4.5"/>`,
	"person":    `<circle cx="10" cy="7" r="3.2"/><path d="M3.5 17c.7-3.5 3-5.3 6.5-5.300s5.8 1.8 6.5 5.3"/>`,
	"plus":      `<path d="M10 4v12M4 10h12"/>`,
	"search":    `<circle cx="9" cy="9" r="5.5"/><path d="m13.2 13.2 4.3 4.3"/>`,
	"shield":    `<path d="M10 2.5 16.5 5v4.5c0 4-2.6 6.6-6.5 8-3.9-1.4-6.5-4-6.5-8V5L10 2.5Z"/>`,
	"signal":    `<path d="M10 10v.2M6.8 13.200a4.5 4.5 0 0 1 0-6.400M13.2 6.800a4.5 4.5 0 0 1 0 6.400M4.3 15.700a8 8 0 0 1 0-11.400M15.7 4.300a8 8 0 0 1 0 11.4"/>`,
	"sliders":   `<path d="M3 6h8M15 6h2M3 14h2M9 14h8"/><circle cx="13" cy="6" r="2"/><circle cx="7" cy="14" r="2"/>`,
	"tag":       `<path d="M3 3h6.5l7.5 7.5-6.5 6.5L3 9.5Z"/><path d="M6.5 6.300v.2"/>`,
	"trash":     `<path d="M3.5 5.5h13M8 5.5V3h4v2.5M5.5 5.5 6.3 17h7.400l.8-11.5M8.5 8.5v5.5M11.5 8.5v5.5"/>`,
	"voice":     `<path d="M3 4.5h14v9.5H9L5 17v-3H3Z"/><path d="M7 9.300h.2M10 9.300h.2M13 9.300h.2"/>`,
}

// kindIcons choose the drawing of an asset kind; kinds that an operator adds
// have the general one.
var kindIcons = map[string]string{
	"ad_account": "megaphone", "page": "page", "product_catalog": "tag", "instagram_account": "image",
	"whatsapp_business_account": "chat", "pixel": "signal",
}
