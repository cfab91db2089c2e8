package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// schema is a JSON schema, or a part of one. Fields that are empty are left
// out; the order here is the order in the file.
type schema struct {
	Schema      string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        string     `json:"type,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	Enum        []string   `json:"enum,omitempty"`
	Minimum     *int       `json:"minimum,omitempty"`
	Items       *schema    `json:"items,omitempty"`
	Names       *schema    `json:"propertyNames,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Additional  any        `json:"additionalProperties,omitempty"` // false, or the schema of every value
}

// properties keep the order of the fields.
type properties []property

type property struct {
	name   string
	schema *schema
}

// MarshalJSON writes an object in order.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := json.Marshal(e.schema)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", e.name, text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Schema is the JSON schema of a kind of document (draft 2020-12), for editors: made
// from what the reader reads. References between parts and the rules of the
// product are more than it can say.
func Schema(title, about string, of reflect.Type) ([]byte, error) {
	s := schemaOf(of, nil)
	s.Schema, s.Title, s.Description = "https://json-schema.org/draft/2020-12/schema", title, about
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("make schema: %w", err)
	}
	return b.Bytes(), nil
}

// keyForm is the form of keys, as the registry checks it.
const keyForm = "^[a-z][a-z0-9_-]{0,63}$"

func schemaOf(t reflect.Type, oneOf []string) *schema {
	if rows, ok := reflect.New(t).Interface().(Table); ok {
		return &schema{Type: "object", Names: &schema{Pattern: keyForm}, Additional: schemaOf(rows.Element(), oneOf)}
	}
	switch t.Kind() {
	case reflect.Struct:
		s := &schema{Type: "object", Additional: false}
		for _, f := range Fields(t) {
			p := schemaOf(t.Field(f.Index).Type, f.OneOf)
			p.Description = f.About
			s.Properties = append(s.Properties, property{f.Name, p})
			if f.Required {
				s.Required = append(s.Required, f.Name)
			}
		}
		return s
	case reflect.Slice:
		return &schema{Type: "array", Items: schemaOf(t.Elem(), oneOf)}
	case reflect.String:
		return &schema{Type: "string", Enum: oneOf}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		one := 1
		return &schema{Type: "integer", Minimum: &one}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), oneOf)
	case reflect.Float64:
		return &schema{Type: "number"}
	case reflect.Interface:
		return &schema{}
	}
	return &schema{Type: "object"}
}
