package suggestion

import (
	"context"
	"slices"
	"strconv"

	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/record"
)

// MaxItems is how many suggestions are applied at once.
const MaxItems = query.MaxPage

// Item gives a member a role.
type Item struct {
	Customer, Member string // ids
	Responsibility   string // key
	Level            any    // key; nil: accountable
	On               any    // first day; nil: that of all
	State            string // of the suggestion; "": whatever it is
}

// Apply gives members roles: all of them or, when one is at fault, none.
type Apply struct {
	Ask   Ask // of the day, without a filter
	On    any // first day
	Items []Item

	bulk   record.Bulk
	fields []named
}

// named is a field of roles by its name in the input.
type named struct {
	name  string
	field *form.Field
}

// Form is the form of roles. Faults: NOT_FOUND where there is none.
func Form(cat *form.Catalog) (*form.Form, error) {
	x := cat.ToCustomer("ROLE_CUSTOMER")
	if x == nil || x.Form.ByPurpose("ROLE_RESPONSIBILITY") == nil || x.Form.ByPurpose("ROLE_MEMBER") == nil {
		return nil, fault.New(fault.NotFound, "the organisation has no form of roles")
	}
	return x.Form, nil
}

// Stated says whether any item is to be given only in the state that it was seen in.
func (a *Apply) Stated() bool {
	return slices.ContainsFunc(a.Items, func(it Item) bool { return it.State != "" })
}

// Check checks what can be checked beforehand. Faults of the whole: NOT_FOUND,
// TOO_COSTLY.
func (a *Apply) Check() error {
	f, err := Form(a.Ask.Division.Catalog)
	if err != nil {
		return err
	}
	if len(a.Items) > MaxItems {
		return fault.New(fault.TooCostly, "at most %d suggestions are applied at once", MaxItems).At("items")
	}
	for _, n := range [...][2]string{{"customer", "ROLE_CUSTOMER"}, {"responsibility", "ROLE_RESPONSIBILITY"}, {"member", "ROLE_MEMBER"}, {"level", "ROLE_LEVEL"}, {"on", "ROLE_START"}} {
		if x := f.ByPurpose(n[1]); x != nil {
			a.fields = append(a.fields, named{n[0], x})
		}
	}
	a.bulk = record.Bulk{Form: f, Action: record.CreateAll, Face: query.Generic, Before: a.outdated}
	for _, it := range a.Items {
		a.bulk.Rows = append(a.bulk.Rows, a.row(it))
	}
	return a.bulk.Parse()
}

// row is the role of an item, by the keys of its fields.
func (a *Apply) row(it Item) map[string]any {
	values := map[string]any{"customer": it.Customer, "responsibility": it.Responsibility, "member": it.Member, "level": it.Level, "on": it.On}
	if it.Level == nil {
		values["level"] = "a"
	}
	if it.On == nil {
		values["on"] = a.On
	}
	out := map[string]any{}
	for _, n := range a.fields {
		if v := values[n.name]; v != nil {
			out[n.field.Key] = v
		}
	}
	return out
}

// Write writes the roles. What is wrong with items is in the answer, with paths as
// they are in the input; other errors are those of the whole.
func (a *Apply) Write(ctx context.Context, c *pg.Conn, by record.Call) (record.Done, error) {
	done, err := a.bulk.Write(ctx, c, by)
	for i, f := range done.Faults {
		moved := *f.Fault
		moved.Path = a.place(f.Path)
		done.Faults[i].Fault = &moved
	}
	return done, err
}

// place is the path of a fault in the item that it is of.
func (a *Apply) place(path []any) []any {
	out := slices.Clone(path)
	for _, n := range a.fields {
		if len(out) > 0 && out[0] == n.field.Key {
			out[0] = n.name
			break
		}
	}
	return out
}

// outdated finds items whose suggestion has another state now. Those who apply
// suggestions do so one after the other, so that the second sees what the first did.
func (a *Apply) outdated(ctx context.Context, c *pg.Conn) ([]record.RowFault, error) {
	cat := a.Ask.Division.Catalog
	var customers []int64
	for _, it := range a.Items {
		if f, n, ok := cat.Locate(it.Customer); ok && f == cat.Customers() && it.State != "" && !slices.Contains(customers, n) {
			customers = append(customers, n)
		}
	}
	if len(customers) == 0 {
		return nil, nil
	}
	s := sqlgen.Serialise(a.bulk.Form)
	if err := c.Query(ctx, s.SQL, s.Args, func([]pg.Value) error { return nil }); err != nil {
		return nil, err
	}
	r := &reader{ctx: ctx, c: c, ask: a.Ask, cat: cat}
	r.ask.Division.List = one(cat.Customers(), customers...)
	gaps, err := r.read()
	if err != nil {
		return nil, err
	}
	var bad []record.RowFault
	for i, it := range a.Items {
		if now := r.facts.stateOf(gaps, cat, it); it.State != "" && it.State != now {
			bad = append(bad, record.RowFault{Row: i, Fault: fault.New(fault.Conflict, "what the suggestion rested on has changed").At("state").With("state", now)})
		}
	}
	return bad, nil
}

// stateOf is the state of the suggestion of an item now, "" if there is none.
func (f *facts) stateOf(gaps []division.Gap, cat *form.Catalog, it Item) string {
	_, customer, _ := cat.Locate(it.Customer)
	m, member, _ := cat.Locate(it.Member)
	for _, g := range gaps {
		if g.CustomerID == customer && g.Responsibility == it.Responsibility && m != nil && m.IsMember() && slices.Contains(f.able(g), member) {
			return f.candidate(f.open(g), member).State
		}
	}
	return ""
}

func numbers(ids []int64) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return out
}
