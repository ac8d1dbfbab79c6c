package query

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
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
	_, _ = h.Write([]byte(OrderText(order)))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// Encode prints a cursor of the given order, opaque to clients.
func (c Cursor) Encode(order []Order) string {
	b, _ := json.Marshal([]any{signature(order), c.Values, c.ID}) // strings and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

// maxCursor bounds the bytes inside a cursor: an order's keys at their longest,
// which are texts of MaxText characters, in JSON of up to 6 bytes each.
const maxCursor = MaxOrder*6*kind.MaxText + 4<<10

// DecodeCursor reads a cursor that was made under the same order. Any other text
// is a fault INVALID.
func DecodeCursor(order []Order, text string) (*Cursor, error) {
	bad := fault.New(fault.Invalid, "is not a cursor of this list; cursors belong to one order")
	if len(text) > base64.RawURLEncoding.EncodedLen(maxCursor) {
		return nil, bad
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
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
		key, ok := orderKey(&order[i], *v)
		if !ok {
			return nil, bad
		}
		c.Values[i] = &key
	}
	return &c, nil
}

var (
	plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	plainLength = regexp.MustCompile(`^P(-?[0-9]{1,9}D)?(T(-?[0-9]{1,9}H)?(-?[0-9]{1,9}M)?(-?[0-9]{1,9}(\.[0-9]{1,6})?S)?)?$`)
)

// orderKey reads the text of an order's key. It is written anew by the kind, so
// that a forged cursor holds nothing that PostgreSQL would not take.
func orderKey(o *Order, v string) (string, bool) {
	if o.Rank {
		n, err := strconv.ParseInt(v, 10, 32)
		return strconv.FormatInt(n, 10), err == nil
	}
	x := o.Field
	switch name := x.Value.Name(); {
	case name == "CHOICE": // by position, an integer of PostgreSQL
		n, err := strconv.ParseInt(v, 10, 32)
		return strconv.FormatInt(n, 10), err == nil
	case x.Value.Column() == "text":
		return v, kind.CheckText(v) == nil
	case x.Target != nil: // by number
		n, err := strconv.ParseInt(v, 10, 64)
		return strconv.FormatInt(n, 10), err == nil
	case x.SQLType() == "numeric": // of any length when it is computed
		return v, len(v) < 1_000 && plainNumber.MatchString(v)
	case name == "DURATION": // longer than any that is stored when it is computed
		return v, plainLength.MatchString(v) && !strings.HasSuffix(v, "P") && !strings.HasSuffix(v, "T")
	case name == "BOOLEAN":
		return v, v == "true" || v == "false"
	case name == "DATETIME": // in PostgreSQL's own text, 2026-01-31 09:30:00.5+00
		v = strings.TrimSuffix(strings.Replace(v, " ", "T", 1), "+00") + "Z"
	}
	free := kind.Settings{}
	if x.Value.Name() == "RATING" {
		free.Max = strconv.Itoa(kind.MaxRating)
	}
	p, err := x.Value.Parse(v, &free) // the field's range may have changed since
	if err != nil || p == nil {
		return "", false
	}
	return p.(string), true
}
