package expr

import (
	"maps"
	"slices"
)

// form and field are Records and Fields for tests.
type form struct {
	key    string
	fields map[string]*field
}

type field struct {
	key     string
	typ     Type
	options []string
	to      *form
	many    bool
}

func (f *form) Key() string    { return f.key }
func (f *form) Keys() []string { return slices.Sorted(maps.Keys(f.fields)) }
func (f *form) Field(key string) Field {
	if x, ok := f.fields[key]; ok {
		return x
	}
	return nil
}

func (f *field) Key() string       { return f.key }
func (f *field) Type() Type        { return f.typ }
func (f *field) Options() []string { return f.options }
func (f *field) Many() bool        { return f.many }
func (f *field) Record() Record {
	if f.to == nil {
		return nil
	}
	return f.to
}

func newForm(key string, fields ...*field) *form {
	f := &form{key, map[string]*field{}}
	for _, x := range fields {
		f.fields[x.key] = x
	}
	return f
}

func (f *form) add(fields ...*field) {
	for _, x := range fields {
		f.fields[x.key] = x
	}
}

func of1(t Type, keys ...string) []*field {
	var out []*field
	for _, k := range keys {
		out = append(out, &field{key: k, typ: t})
	}
	return out
}

func ref(key string, to *form) *field  { return &field{key: key, typ: Reference, to: to} }
func many(key string, to *form) *field { return &field{key: key, typ: Reference, to: to, many: true} }
func choice(key string, options ...string) *field {
	return &field{key: key, typ: Option, options: options}
}

// The forms of the tests: tasks of a customer, whose assignee is a member.
var (
	member    = newForm("member", of1(Text, "name")...)
	customer  = newForm("customer", of1(Text, "name", "region")...)
	task      = newForm("task", of1(Text, "title", "in", "count", "group", "Ünï_码")...)
	priceList = newForm("price_list", of1(Number, "price")...)
	forms     = map[string]*form{"member": member, "customer": customer, "task": task, "price_list": priceList}
)

func init() {
	member.add(ref("manager", member), many("assigned_tasks", task))
	member.add(of1(Date, "joined")...)
	customer.add(ref("owner", member), many("tasks", task), choice("level", "gold", "silver"))
	customer.add(of1(Number, "revenue")...)
	customer.add(of1(Integer, "staff")...)
	customer.add(of1(Boolean, "active")...)
	task.add(ref("customer", customer), ref("assignee", member), ref("parent", task), many("subtasks", task))
	task.add(choice("status", "open", "doing", "done"), choice("last_status", "open", "waiting"))
	task.add(&field{key: "tags", typ: Options, options: []string{"urgent", "later"}})
	task.add(of1(Number, "estimate_hours", "progress")...)
	task.add(of1(Integer, "rank", "order", "where")...)
	task.add(of1(Boolean, "done", "late")...)
	task.add(of1(Date, "due_date", "started_on", "date")...)
	task.add(of1(DateTime, "created_at", "closed_at")...)
	task.add(of1(Duration, "spent", "planned")...)
	priceList.add(ref("product", customer))
}

func formOf(key string) Record {
	if f, ok := forms[key]; ok {
		return f
	}
	return nil
}

var inTask = Scope{This: task, Form: formOf, Saved: savedOf}

// summaryOf is a Summary for tests.
type summaryOf struct {
	key     string
	keys    []*field
	metrics *form
}

func (s summaryOf) Key() string              { return s.key }
func (s summaryOf) Metric(name string) Field { return s.metrics.Field(name) }
func (s summaryOf) Metrics() []string        { return s.metrics.Keys() }
func (s summaryOf) Keys() (out []Field) {
	for _, k := range s.keys {
		out = append(out, k)
	}
	return out
}

func savedOf(key string) (Summary, string) {
	metrics := newForm("", append(of1(Number, "hours"), append(of1(Integer, "tasks"), append(of1(Duration, "took"), of1(Date, "last")...)...)...)...)
	switch key {
	case "workload":
		return summaryOf{key, []*field{ref("assignee", member), choice("status", "open", "done")}, metrics}, ""
	case "by_day":
		return summaryOf{key, append(of1(Date, "due_date"), of1(Integer, "rank")...), metrics}, ""
	case "by_time":
		return summaryOf{key, of1(Duration, "spent"), metrics}, ""
	case "all":
		return summaryOf{key, nil, metrics}, ""
	case "bad":
		return summaryOf{key, nil, metrics}, "nothing is there"
	}
	return nil, ""
}
