package store

import (
	"encoding/json"
	"maps"
	"slices"
)

// valuesText is the JSON of a row's values, as [json.Marshal] writes it, without looking
// up by reflection what a map of texts is: it is done for each of thousands of rows.
func valuesText(values map[string]any) string {
	return string(appendObject(make([]byte, 0, 512), values))
}

func appendObject(b []byte, values map[string]any) []byte {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		switch v := values[name].(type) {
		case string:
			b = appendString(b, v)
		case map[string]any:
			if v == nil {
				b = append(b, "null"...)
			} else {
				b = appendObject(b, v)
			}
		default:
			b = append(b, toJSON(v)...)
		}
	}
	return append(b, '}')
}

// appendString leaves all that has to be escaped to package json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			if err != nil {
				panic("store: encode: " + err.Error())
			}
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
