package form

import (
	"bytes"
	"encoding/json"
)

// DefaultJSON is the field's default as a decoded JSON value.
func (f *Field) DefaultJSON() (any, error) {
	if f.Default == nil {
		return nil, nil
	}
	return DecodeJSON(f.Default)
}

// DefaultValue is the field's default as text for its column, nil if it has none.
func (f *Field) DefaultValue() (any, error) {
	if f.Default == nil {
		return nil, nil
	}
	raw, err := DecodeJSON(f.Default)
	if err != nil {
		return nil, err
	}
	return f.Kind.Parse(raw, &f.Settings)
}

// DecodeJSON reads a JSON value, its numbers as they are written.
func DecodeJSON(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
