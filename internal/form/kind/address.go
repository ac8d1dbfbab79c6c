package kind

import (
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"
)

// Address is where something is or is sent to, in parts, of which any may be
// missing:
//
//	{"country":"CN","province":"上海市","city":"上海市","district":"浦东新区","street":"…","postcode":"200120"}
type Address struct{}

func (Address) Name() string       { return "ADDRESS" }
func (Address) Column() string     { return "jsonb" }
func (Address) GraphQL() string    { return "Address" }
func (Address) Filter() string     { return "PresenceFilter" }
func (Address) Form() Form         { return AsObject }
func (Address) Operators() []Op    { return presence }
func (Address) Settings() []string { return nil }

// Parse takes an object of the parts. Blank parts are left out, an address
// without parts is empty. The path of a fault is the part.
func (k Address) Parse(raw any, _ *Settings) (any, error) {
	parts, err := object(k, raw, func(name string, v any) ([]byte, error) {
		s, err := part(v)
		if err != nil || s == "" {
			return nil, err
		}
		if name == "country" {
			if s = strings.ToUpper(s); !IsCountry(s) {
				return nil, invalid("%q is not the two-letter code of a country such as CN", fault.Clip(s))
			}
		}
		return AppendQuoted(nil, s), nil
	})
	if err != nil {
		return nil, err
	}
	return parts.print(k), nil
}

// Parts returns the keys of the values of an AsObject kind, in order; nil for
// other kinds. They are spelled alike in JSON and in GraphQL.
func Parts(k Kind) []string {
	switch k.(type) {
	case Address:
		return []string{"country", "province", "city", "district", "street", "postcode"}
	case Location:
		return []string{"latitude", "longitude", "label"}
	}
	return nil
}

// parts are the JSON values of an object by key; absent ones are empty.
type parts map[string][]byte

// object reads an object whose keys are the Parts of k.
func object(k Kind, raw any, each func(name string, v any) ([]byte, error)) (parts, error) {
	if s, ok := raw.(string); raw == nil || ok && strings.TrimSpace(s) == "" {
		return nil, nil
	}
	in, ok := raw.(map[string]any)
	if !ok {
		return nil, invalid("expected an object of %s, got %s", strings.Join(Parts(k), ", "), describe(raw))
	}
	out := parts{}
	for _, name := range Parts(k) {
		v, ok := in[name]
		if !ok || v == nil {
			continue
		}
		b, err := each(name, v)
		var bad fault.List
		if err := bad.Add(err, name); err != nil {
			return nil, err
		}
		if len(bad) > 0 {
			bad[0].Message = name + ": " + bad[0].Message // callers may drop the path
			return nil, bad[0]
		}
		if b != nil {
			out[name] = b
		}
	}
	known := 0
	for _, name := range Parts(k) {
		if _, ok := in[name]; ok {
			known++
		}
	}
	if known != len(in) {
		return nil, invalid("must have no other keys than %s", strings.Join(Parts(k), ", "))
	}
	return out, nil
}

// print writes the object with its keys in order, nil when it has none.
func (p parts) print(k Kind) any {
	if len(p) == 0 {
		return nil
	}
	b := []byte{'{'}
	for _, name := range Parts(k) {
		if p[name] == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(AppendQuoted(b, name), ':'), p[name]...)
	}
	return string(append(b, '}'))
}

// part reads one short line of text without outer spaces, "" for none.
func part(raw any) (string, error) {
	s, _, err := line(raw)
	if err != nil {
		return "", err
	}
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n > MaxPart {
		return "", invalid("must be at most %d characters long, is %d", MaxPart, n)
	}
	return s, nil
}
