package kind

import "github.com/cockroachdb/apd/v3"

// Location is a point on the earth in degrees of WGS 84, to about a millimetre,
// and what people call it:
//
//	{"latitude":31.2304,"longitude":121.4737,"label":"上海总部"}
type Location struct{}

func (Location) Name() string       { return "LOCATION" }
func (Location) Column() string     { return "jsonb" }
func (Location) GraphQL() string    { return "Location" }
func (Location) Filter() string     { return "PresenceFilter" }
func (Location) Form() Form         { return AsObject }
func (Location) Operators() []Op    { return presence }
func (Location) Settings() []string { return nil }

// Parse takes an object with latitude and longitude, as numbers or their text.
// The path of a fault is the key it is about.
func (k Location) Parse(raw any, _ *Settings) (any, error) {
	parts, err := object(k, raw, func(name string, v any) ([]byte, error) {
		switch name {
		case "latitude":
			return degrees(v, 90)
		case "longitude":
			return degrees(v, 180)
		}
		s, err := part(v)
		if err != nil || s == "" {
			return nil, err
		}
		return AppendQuoted(nil, s), nil
	})
	if err != nil {
		return nil, err
	}
	if len(parts) > 0 && (parts["latitude"] == nil || parts["longitude"] == nil) {
		return nil, invalid("must have both latitude and longitude")
	}
	return parts.print(k), nil
}

// degrees reads an exact number of degrees, either way.
func degrees(raw any, most int64) ([]byte, error) {
	d, err := number(raw)
	if err != nil || d == nil {
		return nil, err
	}
	d.Reduce(d)
	if d.Exponent < -8 {
		return nil, invalid("must have at most 8 digits after the point")
	}
	if new(apd.Decimal).Abs(d).Cmp(apd.New(most, 0)) > 0 {
		return nil, invalid("must lie between -%d and %d", most, most)
	}
	return []byte(d.Text('f')), nil
}
