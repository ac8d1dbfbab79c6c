package change

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// Part is a field, a rule or a saved aggregate of a form.
type Part struct{ form, field, rule, aggregate string }

func (p Part) String() string {
	if p.rule != "" {
		return "rule " + p.form + "." + p.rule
	}
	if p.aggregate != "" {
		return "saved aggregate " + p.aggregate
	}
	return "field " + p.form + "." + p.field
}

// Standing says of every field, rule and saved aggregate in use why it does not work, "" of those
// that do. Settings that name a field which is not there count, although the
// field itself can be read.
func Standing(c *form.Catalog) map[Part]string {
	out := map[Part]string{}
	for _, f := range c.Active() {
		for _, x := range f.Fields {
			if x.ArchivedAt != nil || x.Target != nil && x.Target.ArchivedAt != nil {
				continue
			}
			why := x.Broken
			if why == "" {
				why = loose(x)
			}
			out[Part{form: f.Key, field: x.Key}] = why
		}
		for _, r := range f.Rules {
			out[Part{form: f.Key, rule: r.Key}] = r.Broken
		}
		for _, a := range f.Aggregates {
			out[Part{form: f.Key, aggregate: a.Key}] = a.Broken
		}
	}
	return out
}

// loose says which setting of a usable field names a field that is not there or
// no longer fits; "" when all is well.
func loose(f *form.Field) string {
	s := f.Settings
	if s.DependsOn != "" {
		if on := f.Form.Field(s.DependsOn); on == nil || on.Kind.Name() != "CHOICE" {
			return fmt.Sprintf("dependsOn: form %s has no CHOICE %q", f.Form.Key, fault.Clip(s.DependsOn))
		}
	}
	for _, fill := range s.Fill {
		if problem := badFill(f, fill); problem != "" {
			return "fill: " + problem
		}
	}
	if s.OrderBy != "" && f.Target != nil {
		if x := f.Target.Field(s.OrderBy); x == nil || x.Kind.Name() != "INTEGER" {
			return fmt.Sprintf("orderBy: form %s has no INTEGER field %q", f.Target.Key, fault.Clip(s.OrderBy))
		}
	}
	return ""
}

// changedAt is the path of what a change is about, for a fault that is found
// after it.
var changedAt = map[string]string{"archiveForm": "form", "restoreForm": "form", "updateField": "settings", "updateRule": "expression"}

// Breaks refuses a change by which something stops working that worked before,
// or which brings back into use what cannot work. It names the first and lists
// all.
func (e *Edit) Breaks(before map[Part]string, after *form.Catalog) error {
	var broken []Part
	inUse := map[string]bool{}
	for p := range before {
		inUse[p.form] = true
	}
	standing := Standing(after)
	for p, why := range standing {
		was, known := before[p]
		// A form that comes back does so with whatever is wrong with it.
		if why != "" && (known && was == "" || !known && inUse[p.form]) {
			broken = append(broken, p)
		}
	}
	if len(broken) == 0 {
		return nil
	}
	slices.SortFunc(broken, func(a, b Part) int { return strings.Compare(a.String(), b.String()) })
	list := make([]map[string]string, len(broken))
	for i, p := range broken {
		list[i] = map[string]string{"form": p.form}
		switch {
		case p.rule != "":
			list[i]["rule"] = p.rule
		case p.aggregate != "":
			list[i]["savedAggregate"] = p.aggregate
		default:
			list[i]["field"] = p.field
		}
	}
	first := broken[0]
	word := " uses it: "
	if _, known := before[first]; !known {
		word = " cannot work: "
	}
	ft := fault.New(fault.Conflict, "%s%s%s", first, word, standing[first]).With("usedBy", list)
	path := "key"
	if len(e.Log) > 0 && changedAt[e.Log[0].action] != "" {
		path = changedAt[e.Log[0].action]
	}
	return ft.At(path)
}
