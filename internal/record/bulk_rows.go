package record

import (
	"slices"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query/sqlgen"
)

// parsed is a row as far as it can be known without asking PostgreSQL.
type parsed struct {
	raw     map[string]any
	values  Values
	id      int64
	version int
	done    bool // values are those of the record's id
}

// Row is the record that a row is about and the fields that it gives a value.
func (b *Bulk) Row(i int) (id int64, given []*form.Field) {
	return b.parsed[i].id, b.parsed[i].values.Given()
}

// Parse checks what can be checked of the rows beforehand. Faults of the request
// as a whole: TOO_COSTLY.
func (b *Bulk) Parse() error {
	if len(b.Rows) > MaxBulk {
		return fault.New(fault.TooCostly, "a request writes at most %d records, and this one has %d: send them in several", MaxBulk, len(b.Rows)).At("rows")
	}
	b.bad = map[int]fault.List{}
	b.parsed = make([]parsed, len(b.Rows))
	for i, raw := range b.Rows {
		m, ok := raw.(map[string]any)
		if !ok {
			b.bad[i] = fault.List{fault.New(fault.Invalid, "expected an object")}
			continue
		}
		p := &b.parsed[i]
		p.raw, p.version = m, sqlgen.AnyVersion
		switch b.Action {
		case CreateAll:
			b.values(i, p, nil)
		case UpsertAll:
			b.identify(i, p, "id")
		case UpdateAll:
			set, _ := m["set"].(map[string]any)
			b.identify(i, p, "id", "version", "set")
			if set == nil {
				b.fail(i, fault.New(fault.Invalid, "expected an object of values by field").At("set"))
			} else {
				p.raw = set
				b.values(i, p, []any{"set"})
			}
		default:
			b.identify(i, p, "id", "version")
			p.values, p.done = Values{Form: b.Form}, true
		}
		if err := b.tooMany(); err != nil {
			return err
		}
	}
	if b.Action != UpsertAll || len(b.By) == 0 {
		b.distinct()
	}
	return nil
}

func (b *Bulk) tooMany() error {
	if b.children > MaxBulk {
		return fault.New(fault.TooCostly, "a request writes at most %d child rows", MaxBulk).At("rows")
	}
	return nil
}

func (b *Bulk) fail(row int, bad ...*fault.Fault) { b.bad[row] = append(b.bad[row], bad...) }

// identify reads which record a row is about, and of which version.
func (b *Bulk) identify(row int, p *parsed, names ...string) {
	m := p.raw
	if b.Action != UpsertAll {
		for name := range m {
			if !slices.Contains(names, name) {
				b.fail(row, fault.New(fault.Invalid, "a row has %v and no %q", names, fault.Clip(name)).At(name))
			}
		}
	} else if _, given := m["id"]; given {
		rest := make(map[string]any, len(m))
		for name, value := range m {
			if name != "id" {
				rest[name] = value
			}
		}
		p.raw = rest
	}
	switch id := m["id"].(type) {
	case string:
		var ok bool
		if p.id, ok = kind.ParseID(b.Form.Key, id); !ok {
			b.fail(row, NotFound().At("id"))
		}
		if len(b.By) > 0 {
			b.fail(row, fault.New(fault.Invalid, "records are found by other fields here: leave the id out").At("id"))
		}
	default:
		if m["id"] != nil || b.Action != UpsertAll {
			b.fail(row, fault.New(fault.Invalid, "expected the id of a record").At("id"))
		}
	}
	if v, given := m["version"]; given && v != nil && b.Action != UpsertAll {
		n, err := kind.Integer{}.Parse(v, &kind.Settings{})
		text, _ := n.(string)
		if p.version, _ = strconv.Atoi(text); err != nil || p.version < 1 {
			b.fail(row, fault.New(fault.Invalid, "a version is a whole number from 1").At("version"))
		}
	}
}

// values parses the values of a row, for its record or a new one.
func (b *Bulk) values(row int, p *parsed, path []any) {
	q := &b.parser
	q.face, q.rows, q.bad = b.Face, 0, nil
	p.values = q.record(b.Form, p.raw, b.Action == CreateAll || b.Action == UpsertAll && p.id == 0, spot{})
	p.done = true
	b.children += q.rows
	if len(q.bad) > 0 {
		b.fail(row, inRow(q.bad, path)...)
	}
}

// distinct refuses a record that an earlier row is about.
func (b *Bulk) distinct() {
	seen := map[int64]bool{}
	for i := range b.parsed {
		if id := b.parsed[i].id; id != 0 && seen[id] {
			b.fail(i, fault.New(fault.Conflict, "an earlier row is about the same record").At("id"))
		} else if id != 0 {
			seen[id] = true
		}
	}
}
