package query

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// Cursor is a place in an ordered list: the values of the order's keys, in the
// text of their columns (nil: empty), and the id of the record that stands there.
type Cursor struct {
	Values []*string
	ID     int64
}

// OrderName is the value of a field in the typed face's enum of order fields.
func OrderName(x *form.Field) string { return strings.ToUpper(x.Key) }

// signature tells orders apart, so that a cursor of one is refused by another.
func signature(order []Order) string {
	h := fnv.New32a()
	for _, o := range order {
		_, _ = h.Write([]byte(o.Field.Key + strconv.FormatBool(o.Desc) + strconv.FormatBool(o.NullsFirst) + ","))
	}
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// Encode prints a cursor of the given order, opaque to clients.
func (c Cursor) Encode(order []Order) string {
	b, _ := json.Marshal([]any{signature(order), c.Values, c.ID}) // strings and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor reads a cursor that was made under the same order. Any other text
// is a fault INVALID.
func DecodeCursor(order []Order, text string) (*Cursor, error) {
	bad := fault.New(fault.Invalid, "is not a cursor of this list; cursors belong to one order")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) > 16<<10 {
		return nil, bad
	}
	var parts []json.RawMessage
	if json.Unmarshal(b, &parts) != nil || len(parts) != 3 {
		return nil, bad
	}
	var (
		c   Cursor
		sig string
	)
	if json.Unmarshal(parts[0], &sig) != nil || json.Unmarshal(parts[1], &c.Values) != nil || json.Unmarshal(parts[2], &c.ID) != nil {
		return nil, bad
	}
	if sig != signature(order) || len(c.Values) != len(order) {
		return nil, bad
	}
	for i, v := range c.Values {
		if v == nil {
			continue
		}
		if !plausible(order[i].Field, *v) {
			return nil, bad
		}
	}
	return &c, nil
}

// plausible refuses values that the column's type would not take, as a forged
// cursor might hold.
func plausible(x *form.Field, v string) bool {
	if strings.IndexByte(v, 0) >= 0 {
		return false
	}
	switch x.Kind.Name() {
	case "TEXT", "LONG_TEXT":
		return true
	case "DATETIME": // in PostgreSQL's own text, 2026-01-31 09:30:00.5+00
		v = strings.Replace(v, " ", "T", 1)
		v = strings.TrimSuffix(v, "+00") + "Z"
		p, err := x.Kind.Parse(v, &x.Settings)
		return err == nil && p != nil
	case "CHOICE", "REFERENCE", "MEMBER": // by position or number
		_, err := strconv.ParseInt(v, 10, 64)
		return err == nil
	case "BOOLEAN":
		return v == "true" || v == "false"
	}
	free := x.Settings
	free.Min, free.Max, free.Scale = "", "", nil
	p, err := x.Kind.Parse(v, &free)
	return err == nil && p != nil
}
