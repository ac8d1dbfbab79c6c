package kind

import (
	"strconv"
	"strings"

	"fieldwork/internal/fault"
)

// Reference is another record: a foreign key. Settings.To names its form.
type Reference struct{}

func (Reference) Name() string       { return "REFERENCE" }
func (Reference) Column() string     { return "bigint" }
func (Reference) GraphQL() string    { return "" }
func (Reference) Filter() string     { return "" }
func (Reference) Form() Form         { return AsRecord }
func (Reference) Operators() []Op    { return nil } // filtered through the form referred to
func (Reference) Settings() []string { return []string{"to", "onDelete", "inverse"} }

// Parse takes a record id of the form Settings.To, such as "customer_12".
func (Reference) Parse(raw any, s *Settings) (any, error) {
	if raw == nil {
		return nil, nil
	}
	v, ok := raw.(string)
	if !ok {
		return nil, invalid("expected the id of a record, got %s", describe(raw))
	}
	if strings.TrimSpace(v) == "" {
		return nil, nil
	}
	n, ok := ParseID(s.To, v)
	if !ok {
		return nil, invalid("%q is not the id of a record of form %s", fault.Clip(v), s.To)
	}
	return strconv.FormatInt(n, 10), nil
}

// Member is a reference to a member of the organisation.
type Member struct{ Reference }

func (Member) Name() string       { return "MEMBER" }
func (Member) Settings() []string { return []string{"onDelete", "inverse"} }

// Team is a reference to a team of the organisation.
type Team struct{ Reference }

func (Team) Name() string       { return "TEAM" }
func (Team) Settings() []string { return []string{"onDelete", "inverse"} }

// Children is the other side of a reference: the records that refer to this
// one. It has no column; Settings.To is the child form, Via its reference.
type Children struct{}

func (Children) Name() string       { return "CHILDREN" }
func (Children) Column() string     { return "" }
func (Children) GraphQL() string    { return "" }
func (Children) Filter() string     { return "" }
func (Children) Form() Form         { return AsRecord }
func (Children) Operators() []Op    { return nil } // some, none, every
func (Children) Settings() []string { return []string{"to", "via"} }

// Parse refuses every value: children are changed through their reference.
func (Children) Parse(any, *Settings) (any, error) {
	return nil, invalid("is the other side of a reference: set it on the child")
}

// ID prints the id of a record: the form's key and the record's number.
func ID(form string, n int64) string { return form + "_" + strconv.FormatInt(n, 10) }

// ParseID reads the number out of an id of the given form. Only the very text
// that ID prints is an id: no sign, no leading zero.
func ParseID(form, id string) (int64, bool) {
	digits, ok := strings.CutPrefix(id, form+"_")
	if !ok || digits == "" || digits[0] < '1' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// Number prints the number of a record as its column's text.
func Number(n int64) string { return strconv.FormatInt(n, 10) }

// FormOf returns the key of the form that an id is of.
func FormOf(id string) string {
	i := strings.LastIndexByte(id, '_')
	return id[:max(i, 0)]
}
