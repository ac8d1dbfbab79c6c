package sqlgen_test

import (
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// TestComputed pins the SQL of expressions, and of computed fields in lists.
func TestComputed(t *testing.T) {
	w := newWorld(t)
	g := &golden{w: w}
	gauge := w.cat.Form("gauge")
	env := sqlgen.Env{Now: now, Member: 1}
	column := func(text string) sqlgen.Column {
		x, err := w.cat.Compile(gauge, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return sqlgen.Column{Field: x}
	}
	for _, text := range []string{
		`size`, `thing.state`, `thing.site.zone.rank`,
		`size * 2 + amount`, `amount / size`, `size % 7`, `-price`, `null + size`, `round(amount / 3, 2)`, `floor(amount)`,
		`name & " " & size`, `upper(left(name, 3))`, `number(name)`, `replace(name, "a", "b")`,
		`if(size > 10, "much", size > 5, "some", null)`, `coalesce(size, stars, 0)`, `least(due_on, today())`,
		`size > 1 and (open or thing.checked) and not has(tags, "open")`, `size between 1 and 3`, `name is empty`, `thing.state in ("open", "done", null)`, `null in (1, size)`,
		`due_on + 7`, `due_on - today()`, `add_months(due_on, 1)`, `end_of_month(due_on)`, `year(seen_at)`, `date(seen_at)`,
		`seen_at + took`, `took - "PT1H"`, `now() - seen_at`, `hours(took)`, `thing.lead = me()`,
		`count(sites)`, `sum(thing.parts: price * quantity where quantity > 0)`, `first(forms.zone: name where rank = this.size)`, `sum(thing.parts: this.size)`,
		`max(thing.site.things: count(parts))`, `twice + site_count`,
	} {
		g.add(t, text, env.ByIDs(gauge, []sqlgen.Column{column(text)}))
	}
	one := func(keys ...string) []sqlgen.Column { return columns(gauge, append([]string{"id"}, keys...)...) }
	by := func(key string) query.Order { return query.Order{Field: gauge.Field(key)} }
	v := "5"
	filter := query.And{query.Cmp{Field: gauge.Field("twice"), Op: "gt", Args: []string{"1.5"}}, query.Cmp{Field: gauge.Field("thing_state"), Op: "in", Args: []string{"open"}}}
	g.add(t, "one is written where it is used", page(env.List(query.List{Form: gauge, Order: []query.Order{by("name")}}, one("twice"), 3)))
	g.add(t, "as condition and order", page(env.List(query.List{Form: gauge, Filter: filter, Order: []query.Order{by("twice"), by("thing_state")}}, one(), 3)))
	g.add(t, "after a cursor, keys are computed once", page(env.List(query.List{Form: gauge, Order: []query.Order{by("twice"), by("thing_state"), by("name")}, Cursor: &query.Cursor{Values: []*string{&v, nil, &v}, ID: 7}}, one(), 3)))
	g.add(t, "counted after none", env.Count(query.List{Form: gauge, Filter: filter, Order: []query.Order{by("twice")}}))
	shared := append(one("thing_state", "parts_price"), column("thing.size"), column("thing.site.name"), column("thing.site.level + size"), column("coalesce(thing.size, 0)"))
	g.add(t, "what several use is read once", page(env.List(query.List{Form: gauge, Order: []query.Order{by("name")}}, shared, 3)))
	g.add(t, "of one record", env.ByID(gauge, 5, shared))
	g.add(t, "of records by number", env.ByIDs(gauge, append(one("twice"), column("twice * 2"), column("twice + site_count"))))
	thing := w.cat.Form("thing")
	level := sqlgen.Column{Field: compiled(t, w, thing, "site.level + 1")}
	g.add(t, "of children", env.Children(w.cat.Form("site").Field("things"), query.List{Form: thing, Order: []query.Order{{Field: thing.Field("name")}}},
		append(columns(thing, "id"), level, sqlgen.Column{Field: compiled(t, w, thing, "site.name")}), 3))
	pgtest.Golden(t, "computed.sql", g.text.String())
}

func compiled(t *testing.T, w *world, f *form.Form, text string) *form.Field {
	t.Helper()
	x, err := w.cat.Compile(f, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}
