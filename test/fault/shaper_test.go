package fault_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
)

// formDef and fieldDef are definitions as a client reads them.
type formDef struct {
	Key, Plural, TypeName string
	Standard              bool
	ArchivedAt            *string
	Fields                []fieldDef
	Rules                 []struct {
		Key, Kind string
		Broken    *string
	}
}

type fieldDef struct {
	Key, Name, Kind           string
	Required, Unique, Indexed bool
	ArchivedAt, Broken        *string
	Settings                  struct {
		To      *string
		Options []struct {
			Key        string
			ArchivedAt *string
		}
	}
}

const definitions = `{ forms(archived: true) { key plural typeName standard archivedAt rules { key kind broken }
	fields(archived: true) { key name kind required unique indexed archivedAt broken settings { to options { key archivedAt } } } } }`

// readDefinitions takes the answer to definitions apart.
func readDefinitions(t testing.TB, a answer) []formDef {
	t.Helper()
	var out struct{ Data struct{ Forms []formDef } }
	if err := json.Unmarshal([]byte(a.raw), &out); err != nil {
		t.Error(err)
	}
	return out.Data.Forms
}

// change is one change of definitions, as it is asked for.
type change struct {
	name  string // of the mutation
	input vars
}

var inputTypes = map[string]string{
	"createForm": "CreateFormInput", "updateForm": "UpdateFormInput", "archiveForm": "FormInput", "restoreForm": "FormInput", "addField": "AddFieldInput",
	"updateField": "UpdateFieldInput", "moveField": "MoveFieldInput", "convertField": "ConvertFieldInput", "archiveField": "FieldInput", "restoreField": "FieldInput",
	"purgeField": "FieldInput", "addRule": "AddRuleInput", "updateRule": "UpdateRuleInput", "removeRule": "RuleInput", "changeForms": "ChangeFormsInput", "undoChange": "UndoChangeInput",
}

func (c change) query() string {
	return fmt.Sprintf(`mutation ($input: %s!) { %s(input: $input) { change { version state } } }`, inputTypes[c.name], c.name)
}

// serial numbers whatever must have a name of its own.
var serial atomic.Int64

// shaper thinks of changes. It leaves name alone in every form, and of n only
// changes the kind: by these two, records are found again.
type shaper struct {
	rnd   *rand.Rand
	forms []formDef
	undo  func() int64 // version of a change that was made, 0 for none
}

func pick[T any](s *shaper, from []T) (out T) {
	if len(from) > 0 {
		out = from[s.rnd.IntN(len(from))]
	}
	return out
}

func (s *shaper) chance(percent int) bool { return s.rnd.IntN(100) < percent }

// own are the forms that may be changed, in use or not.
func (s *shaper) own(archived bool) (out []formDef) {
	for _, f := range s.forms {
		if !f.Standard && (f.ArchivedAt != nil) == archived {
			out = append(out, f)
		}
	}
	return out
}

func (f formDef) field(key string) *fieldDef {
	for i := range f.Fields {
		if f.Fields[i].Key == key {
			return &f.Fields[i]
		}
	}
	return nil
}

// some are the fields that can be changed freely, in use or not.
func (f formDef) some(archived bool, kinds ...string) (out []fieldDef) {
	for _, x := range f.Fields {
		if x.Key != "name" && x.Key != "n" && (x.ArchivedAt != nil) == archived && (len(kinds) == 0 || slices.Contains(kinds, x.Kind)) {
			out = append(out, x)
		}
	}
	return out
}

var (
	numbers   = []string{"INTEGER", "DECIMAL", "PERCENT", "MONEY"}
	oneOfKind = []string{"TEXT", "EMAIL", "URL", "INTEGER", "DECIMAL"} // that tests can fill without clashes
	plain     = []string{"TEXT", "LONG_TEXT", "EMAIL", "PHONE", "URL", "INTEGER", "DECIMAL", "PERCENT", "MONEY", "BOOLEAN", "DATE", "DATETIME", "DURATION",
		"RATING", "PROGRESS", "ADDRESS", "LOCATION", "JSON", "CHOICE", "MULTI_CHOICE"}
	becomes = map[string][]string{
		"TEXT": {"LONG_TEXT", "INTEGER", "DECIMAL", "CHOICE", "MULTI_CHOICE", "EMAIL", "DATE", "BOOLEAN"}, "LONG_TEXT": {"TEXT", "INTEGER", "MONEY"},
		"EMAIL": {"TEXT"}, "PHONE": {"TEXT"}, "URL": {"TEXT", "LONG_TEXT"}, "INTEGER": {"DECIMAL", "TEXT", "MONEY", "PERCENT"},
		"DECIMAL": {"INTEGER", "TEXT", "MONEY"}, "PERCENT": {"DECIMAL", "INTEGER"}, "MONEY": {"DECIMAL", "INTEGER", "TEXT"}, "BOOLEAN": {"TEXT"},
		"DATE": {"DATETIME", "TEXT"}, "DATETIME": {"DATE", "TEXT"}, "DURATION": {"TEXT"}, "RATING": {"INTEGER", "TEXT"}, "PROGRESS": {"INTEGER", "DECIMAL"},
		"CHOICE": {"MULTI_CHOICE", "TEXT"}, "MULTI_CHOICE": {"CHOICE", "TEXT", "LONG_TEXT"}, "REFERENCE": {"REFERENCES"}, "REFERENCES": {"REFERENCE"},
		"MEMBER": {"MEMBERS"}, "MEMBERS": {"MEMBER"}, "AUTO_NUMBER": {"TEXT"}, "ADDRESS": {"TEXT", "LONG_TEXT"}, "LOCATION": {"TEXT"}, "JSON": {"LONG_TEXT"},
	}
)

// next thinks of a change: one that is likely to be right, or wrong.
func (s *shaper) next() change {
	switch n := s.rnd.IntN(100); {
	case n < 10:
		return s.batch()
	case n < 16:
		if v := s.undo(); v > 0 {
			return change{"undoChange", vars{"version": v}}
		}
	case n < 22:
		return s.ofForm()
	}
	return s.ofField()
}

func (s *shaper) batch() change {
	var steps []any
	for range 2 + s.rnd.IntN(4) {
		c := s.ofField()
		steps = append(steps, vars{c.name: c.input})
	}
	return change{"changeForms", vars{"changes": steps, "dryRun": s.chance(20)}}
}

func (s *shaper) ofForm() change {
	used, gone := s.own(false), s.own(true)
	f := pick(s, used)
	switch n := s.rnd.IntN(10); {
	case len(gone) > 0 && n < 4:
		return change{"restoreForm", vars{"form": pick(s, gone).Key}}
	case len(used) > 4 && n < 6:
		if f.Key == "big" {
			break
		}
		return change{"archiveForm", vars{"form": f.Key}}
	case len(used)+len(gone) < 8:
		key := fmt.Sprintf("form%d", serial.Add(1))
		fields := []any{vars{"key": "name", "kind": "TEXT", "unique": s.chance(50), "required": true}, vars{"key": "n", "kind": pick(s, []string{"TEXT", "INTEGER"})}}
		for range s.rnd.IntN(4) {
			x := s.newField(formDef{})
			delete(x, "after")
			fields = append(fields, x)
		}
		return change{"createForm", vars{"key": key, "label": "A form", "fields": fields}}
	}
	return change{"updateForm", vars{"form": f.Key, "label": fmt.Sprintf("Label %d", serial.Add(1)), "title": pick(s, append(f.some(false, "TEXT"), fieldDef{Key: "name"})).Key}}
}

func (s *shaper) ofField() change {
	f := pick(s, s.own(false))
	if s.chance(25) {
		f.Key = "big"
		for _, o := range s.own(false) {
			if o.Key == "big" {
				f = o
			}
		}
	}
	x := pick(s, f.some(false))
	if s.chance(15) {
		kinds := map[string][]string{"TEXT": {"INTEGER", "LONG_TEXT", "DECIMAL"}, "LONG_TEXT": {"TEXT", "INTEGER"}, "INTEGER": {"TEXT", "DECIMAL"}, "DECIMAL": {"TEXT", "INTEGER"}}
		if n := f.field("n"); n != nil {
			return change{"convertField", vars{"form": f.Key, "key": "n", "kind": pick(s, kinds[n.Kind])}}
		}
	}
	switch n := s.rnd.IntN(100); {
	case n < 30 && len(f.Fields) < 40 || x.Key == "":
		in := s.newField(f)
		in["form"] = f.Key
		return change{"addField", in}
	case n < 45:
		return s.update(f, x)
	case n < 50:
		return change{"moveField", vars{"form": f.Key, "key": x.Key, "after": pick(s, append(f.some(false), fieldDef{})).Key}}
	case n < 65:
		to := pick(s, becomes[x.Kind])
		if to == "" || s.chance(10) {
			to = pick(s, plain)
		}
		return change{"convertField", vars{"form": f.Key, "key": x.Key, "kind": to, "onFailure": pick(s, []string{"REFUSE", "CLEAR", "CLEAR"})}}
	case n < 75:
		return change{"archiveField", vars{"form": f.Key, "key": x.Key}}
	case n < 82:
		return change{"restoreField", vars{"form": f.Key, "key": pick(s, append(f.some(true), x)).Key}}
	case n < 91:
		return change{"purgeField", vars{"form": f.Key, "key": pick(s, append(f.some(true), x)).Key}}
	}
	return s.rule(f)
}

// newField thinks of a field for a form.
func (s *shaper) newField(f formDef) vars {
	key := fmt.Sprintf("f%d", serial.Add(1))
	if s.chance(5) {
		key = fmt.Sprintf("f%d", 1+s.rnd.Int64N(serial.Load())) // one that may have been
	}
	in := vars{"key": key, "kind": pick(s, plain), "label": "Field " + key}
	settings := vars{}
	if s.chance(45) {
		in["kind"] = pick(s, []string{"REFERENCE", "REFERENCE", "REFERENCES", "MEMBER", "MEMBERS", "ATTACHMENT", "AUTO_NUMBER", "FORMULA", "FORMULA", "LOOKUP", "ROLLUP"})
	}
	via := pick(s, f.some(false, "REFERENCE"))
	many := pick(s, f.some(false, "CHILDREN", "REFERENCES"))
	if in["kind"] == "LOOKUP" && via.Key == "" || in["kind"] == "ROLLUP" && many.Key == "" {
		in["kind"] = "REFERENCE"
	}
	target := pick(s, append(s.own(false), formDef{Key: "customer"}))
	switch in["kind"] {
	case "CHOICE", "MULTI_CHOICE":
		settings["options"] = []any{vars{"key": "a"}, vars{"key": "b", "label": "B"}, vars{"key": "c"}}
	case "REFERENCE":
		settings["to"] = target.Key
		settings["onDelete"] = pick(s, []string{"RESTRICT", "CLEAR"})
		if s.chance(60) {
			settings["inverse"] = fmt.Sprintf("inv%d", serial.Add(1))
		}
	case "REFERENCES":
		settings["to"] = target.Key
	case "MONEY":
		settings["currency"] = "CNY"
	case "AUTO_NUMBER":
		settings["pattern"] = "N-{0000}"
	case "FORMULA":
		number := pick(s, f.some(false, numbers...))
		settings["expression"] = pick(s, []string{"length(name)", `name & "!"`, "coalesce(" + number.Key + ", 0) * 2", via.Key + ".name", "sum(" + many.Key + ": n)", `if(length(name) > 5, "long", "short")`})
	case "LOOKUP":
		settings["via"], settings["field"] = via.Key, pick(s, []string{"name", "n"})
	case "ROLLUP":
		settings["via"], settings["function"] = many.Key, "COUNT"
		if s.chance(40) {
			settings["function"], settings["field"] = pick(s, []string{"SUM", "MIN", "MAX", "FIRST"}), "n"
		}
	}
	if len(settings) > 0 {
		in["settings"] = settings
	}
	k := in["kind"].(string)
	in["unique"] = slices.Contains(oneOfKind, k) && s.chance(15)
	in["indexed"] = slices.Contains(plain, k) && s.chance(15)
	in["required"] = slices.Contains(plain, k) && s.chance(15)
	if k == "INTEGER" && s.chance(30) {
		in["default"] = 7
		in["unique"] = false
	}
	if s.chance(50) {
		in["after"] = pick(s, append(f.some(false), fieldDef{})).Key
	}
	return in
}

func (s *shaper) update(f formDef, x fieldDef) change {
	in := vars{"form": f.Key, "key": x.Key}
	switch s.rnd.IntN(6) {
	case 0:
		in["label"] = fmt.Sprintf("Label %d", serial.Add(1))
	case 1:
		in["required"] = !x.Required && slices.Contains(plain, x.Kind)
	case 2:
		in["indexed"] = !x.Indexed
	case 3:
		in["unique"] = !x.Unique && slices.Contains(oneOfKind, x.Kind)
	case 4:
		in["help"] = []any{vars{"language": "en", "text": "Help"}}
		in["settings"] = vars{"shownWhen": pick(s, []string{"length(name) > 1", ""})}
	case 5:
		in["settings"] = vars{"options": []any{vars{"key": "c"}, vars{"key": "a", "label": "A"}, vars{"key": fmt.Sprintf("o%d", serial.Add(1))}}}
		if x.Kind == "FORMULA" {
			in["settings"] = vars{"expression": pick(s, []string{"length(name) + 1", "upper(name)", "n"})}
		}
	}
	return change{"updateField", in}
}

func (s *shaper) rule(f formDef) change {
	unique := vars{"form": f.Key, "key": fmt.Sprintf("r%d", serial.Add(1)), "kind": "UNIQUE", "fields": []any{"name", pick(s, append(f.some(false, plain...), fieldDef{Key: "n"})).Key}}
	check := vars{"form": f.Key, "key": fmt.Sprintf("r%d", serial.Add(1)), "kind": "CHECK", "message": "Too long",
		"expression": pick(s, []string{"length(name) < 400", "coalesce(" + pick(s, f.some(false, numbers...)).Key + ", 0) >= 0"})}
	if len(f.Rules) == 0 || len(f.Rules) < 10 && s.chance(50) {
		return change{"addRule", pick(s, []vars{unique, check, check})}
	}
	r := pick(s, f.Rules)
	if s.chance(50) {
		return change{"removeRule", vars{"form": f.Key, "key": r.Key}}
	}
	in := vars{"form": f.Key, "key": r.Key, "message": fmt.Sprintf("Message %d", serial.Add(1))}
	if r.Kind == "CHECK" {
		in["expression"] = "length(name) < 450"
	}
	return change{"updateRule", in}
}

// values fills a record of a form in, all of it, with the k-th value of each kind.
// others holds ids of records by form.
func (f formDef) values(k int64, member string, others map[string]string) vars {
	out := vars{}
	for _, x := range f.Fields {
		if x.ArchivedAt == nil {
			if v := x.value(k, member, others); v != nil {
				out[x.Key] = v
			}
		}
	}
	out["name"] = fmt.Sprintf("w%d", k)
	return out
}

func (x fieldDef) value(k int64, member string, others map[string]string) any {
	var choice any
	for _, o := range x.Settings.Options {
		if o.ArchivedAt == nil {
			choice = o.Key
		}
	}
	other := any(nil)
	if x.Settings.To != nil && others[*x.Settings.To] != "" {
		other = others[*x.Settings.To]
	}
	list := func(v any) any {
		if v == nil {
			return nil
		}
		return []any{v}
	}
	switch x.Kind {
	case "TEXT", "LONG_TEXT", "DECIMAL", "PERCENT", "MONEY":
		return fmt.Sprint(k)
	case "INTEGER":
		return k
	case "EMAIL":
		return fmt.Sprintf("u%d@x.example", k)
	case "PHONE":
		return fmt.Sprintf("+86138%08d", k)
	case "URL":
		return fmt.Sprintf("https://x.example/%d", k)
	case "BOOLEAN":
		return true
	case "DATE":
		return "2026-01-31"
	case "DATETIME":
		return "2026-01-31T09:30:00Z"
	case "DURATION":
		return "PT2H30M"
	case "RATING":
		return 3
	case "PROGRESS":
		return 50
	case "ADDRESS":
		return vars{"country": "CN", "city": "上海"}
	case "LOCATION":
		return vars{"latitude": "31.2", "longitude": "121.4"}
	case "JSON":
		return vars{"k": k}
	case "CHOICE":
		return choice
	case "MULTI_CHOICE":
		return list(choice)
	case "MEMBER":
		return member
	case "MEMBERS":
		return list(member)
	case "REFERENCE":
		return other
	case "REFERENCES":
		return list(other)
	}
	return nil
}
