package change

import (
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// CheckSettings takes over the settings that the kind has and refuses others.
func (e *Edit) CheckSettings(x *form.Field, in form.SettingsInput, bad *fault.List) {
	given := in.Given()
	for name := range given {
		if !form.CommonSettings[name] && !slices.Contains(x.Kind.Settings(), name) {
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s has no setting %q", x.Kind.Name(), name), "settings", name)
		}
	}
	if len(*bad) > 0 {
		return
	}
	in.Apply(&x.Settings)
	_ = bad.Add(kind.CheckSettings(x.Kind, &x.Settings), "settings")
	if x.Settings.Inverse != "" {
		_ = bad.Add(form.CheckKey(x.Settings.Inverse, form.MaxFieldKey), "settings", "inverse")
	}
	checkOptions(x, in.Options, bad)
	e.checkTarget(x, bad)
	if len(*bad) == 0 {
		checkCommon(x, bad)
	}
}

// checkCommon refuses common settings that make no sense for the field.
func checkCommon(f *form.Field, bad *fault.List) {
	no := func(name, format string, args ...any) {
		_ = bad.Add(fault.New(fault.Invalid, format, args...), "settings", name)
	}
	s := f.Settings
	written := (f.Stored() || f.HasLinkTable()) && f.Kind.Name() != "AUTO_NUMBER"
	for name, on := range fault.InOrder(map[string]bool{"requiredWhen": s.RequiredWhen != "", "readOnlyWhen": s.ReadOnlyWhen != "", "readOnly": s.ReadOnly,
		"defaultExpression": s.DefaultExpression != ""}) {
		if on && !written {
			no(name, "a field of kind %s is not written", f.Kind.Name())
		}
	}
	if s.ReadOnlyWhen != "" && s.ReadOnly {
		no("readOnlyWhen", "the field is read-only at all times")
	}
	if s.DefaultExpression != "" && !f.Stored() {
		no("defaultExpression", "a field of kind %s has none", f.Kind.Name())
	}
	if s.Pick != "" && (f.Target == nil || f.IsChildren() || !written) {
		no("pick", "only references pick a record")
	}
	if s.DependsOn != "" {
		if on := f.Form.Field(s.DependsOn); on == nil || on.Kind.Name() != "CHOICE" || on.System || on.Key == f.Key || !kind.IsChoice(f.Kind) {
			no("dependsOn", "the options of a choice depend on another CHOICE of the form")
		} else {
			for i, o := range f.Settings.Options {
				for _, p := range o.Parents {
					if _, ok := on.Settings.Option(p); !ok {
						_ = bad.Add(fault.New(fault.Invalid, "%q is not an option of %s", fault.Clip(p), on.Key), "settings", "options", i, "parents")
					}
				}
			}
		}
	}
	for i, fill := range s.Fill {
		if problem := badFill(f, fill); problem != "" {
			_ = bad.Add(fault.New(fault.Invalid, "%s", problem), "settings", "fill", i)
		}
	}
	if (s.Rows || s.OrderBy != "") && !f.IsChildren() {
		no(map[bool]string{true: "rows", false: "orderBy"}[s.Rows], "only CHILDREN have rows")
	} else if s.Rows && !(f.Via.Stored() && f.Via.IsReference()) {
		no("rows", "rows belong to one record, so %s must be a single reference", f.Via.Key)
	} else if s.Rows && f.Target.IsMember() {
		no("rows", "members are made and changed one by one: they have accounts")
	}
	if s.OrderBy != "" && f.Target != nil {
		if x := f.Target.Field(s.OrderBy); x == nil || x.System || x.Kind.Name() != "INTEGER" {
			no("orderBy", "form %q has no INTEGER field %q to keep the order in", f.Target.Key, fault.Clip(s.OrderBy))
		}
	}
	_ = bad.Add(form.Label(s.Placeholder).Check(form.MaxLabel, "placeholder"), "settings")
	switch s.Width {
	case "", "QUARTER", "THIRD", "HALF", "TWO_THIRDS", "FULL":
	default:
		no("width", "must be QUARTER, THIRD, HALF, TWO_THIRDS or FULL")
	}
}

// badFill says why what a chosen record holds cannot be copied; "" when it can.
func badFill(f *form.Field, fill kind.Fill) string {
	if !f.IsReference() || !f.Stored() {
		return "only a reference copies from the record that is chosen"
	}
	to, from := f.Form.Field(fill.To), f.Target.Field(fill.From)
	switch {
	case from == nil || !from.HasValue() || from.HasLinkTable():
		return fmt.Sprintf("form %q has no value %q to copy", f.Target.Key, fault.Clip(fill.From))
	case to == nil || to.System || !to.Stored() || to.Kind.Name() == "AUTO_NUMBER" || to.Key == f.Key:
		return fmt.Sprintf("form %q has no field %q to copy to", f.Form.Key, fault.Clip(fill.To))
	case to.SQLType() != from.SQLType() || to.Target != from.Target:
		return fmt.Sprintf("%s holds other values than %s", to.Key, from.Key)
	}
	for _, o := range from.Settings.Options {
		if _, ok := to.Settings.Option(o.Key); to.IsChoice() && !ok {
			return fmt.Sprintf("%s has no option %q, which %s has", to.Key, o.Key, from.Key)
		}
	}
	if to.IsChoice() && !from.IsChoice() {
		return fmt.Sprintf("%s takes its options only", to.Key)
	}
	return ""
}

// checkTarget finds the form a reference refers to, or the reference behind
// children.
func (e *Edit) checkTarget(x *form.Field, bad *fault.List) {
	name := x.Kind.Name()
	x.Settings.To = form.FixedTarget(x.Kind, x.Settings.To)
	switch name {
	case "REFERENCE", "MEMBER", "TEAM", "CHILDREN", "REFERENCES", "MEMBERS":
	default:
		return
	}
	if x.Settings.To == "" {
		_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s needs the form it leads to", name), "settings", "to")
		return
	}
	x.Target = e.Cat.Form(x.Settings.To)
	if x.Target == nil || x.Target.ArchivedAt != nil {
		_ = bad.Add(fault.New(fault.Invalid, "there is no form %q", fault.Clip(x.Settings.To)), "settings", "to")
		return
	}
	if name == "CHILDREN" {
		via := x.Target.Field(x.Settings.Via)
		if via == nil || via.Target == nil || via.Target.Key != x.Form.Key || !via.Stored() && !via.IsLinks() || via.System {
			_ = bad.Add(fault.New(fault.Invalid, "form %q has no reference %q to form %q", x.Target.Key, fault.Clip(x.Settings.Via), x.Form.Key), "settings", "via")
		}
		x.Via = via
		return
	}
	if x.Settings.OnDelete == "" {
		x.Settings.OnDelete = "RESTRICT"
		if x.IsLinks() {
			x.Settings.OnDelete = "CLEAR"
		}
	}
	if x.Settings.OnDelete == "CASCADE" && x.Form.IsMember() {
		_ = bad.Add(fault.New(fault.Invalid, "members are never deleted, so they cannot go with another record"), "settings", "onDelete")
	}
	if x.Required && x.Settings.OnDelete == "CLEAR" {
		_ = bad.Add(fault.New(fault.Invalid, "a required reference cannot be cleared when its record is deleted"), "settings", "onDelete")
	}
}

func checkOptions(f *form.Field, options []form.NewOption, bad *fault.List) {
	if !kind.IsChoice(f.Kind) {
		return
	}
	if len(options) > form.MaxOptions {
		_ = bad.Add(fault.New(fault.Invalid, "a choice has at most %d options", form.MaxOptions), "settings", "options")
		return
	}
	if len(options) == 0 && len(f.Settings.Options) == 0 {
		_ = bad.Add(fault.New(fault.Invalid, "a choice needs options"), "settings", "options")
	}
	seen := map[string]bool{}
	var kept []kind.Option
	for i, o := range options {
		_ = bad.Add(form.CheckOptionKey(o.Key), "settings", "options", i, "key")
		if seen[o.Key] {
			_ = bad.Add(fault.New(fault.Invalid, "option %q is there twice", o.Key), "settings", "options", i, "key")
		}
		seen[o.Key] = true
		_ = bad.Add(o.Labels.Check(form.MaxLabel, "labels"), "settings", "options", i)
		_ = bad.Add(checkName(o.Colour, "colour"), "settings", "options", i)
		kept = append(kept, kind.Option{Key: o.Key, Enum: form.EnumName(o.Key), Parents: o.Parents})
	}
	if options != nil {
		f.Settings.Options = kept
	}
}
