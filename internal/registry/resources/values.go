package resources

import (
	"encoding/json"
	"strconv"

	"github.com/prokura/prokura"
)

// TextOf is a value as a text.
func TextOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case prokura.ID:
		return v.String()
	case prokura.Instant:
		return strconv.FormatInt(v.Unix(), 10)
	case nil:
		return ""
	}
	text, _ := json.Marshal(v) // what JSON gave
	return string(text)
}

// amountOf is a value as a number: times in seconds.
func amountOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64: // of a scenario
		return float64(v), true
	case int:
		return float64(v), true
	case prokura.ID:
		return float64(v), true
	case prokura.Instant:
		return float64(v.Unix()), true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil
	}
	return 0, false
}

// Plain turns the numbers of a decoded parameter into what values are.
func Plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := v.Float64()
		return n
	case []any:
		for i := range v {
			v[i] = Plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = Plain(v[name])
		}
	}
	return v
}
