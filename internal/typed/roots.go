package typed

import (
	"context"
	"maps"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/record"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// addRoots adds the root fields of one form: the typed face.
func (s *Schema) addRoots(f *form.Form) {
	s.roots["Query."+f.One] = func(x *exec, c graphql.CollectedField) (prepared, error) {
		id := arguments(c.Field, x.op.Variables).text("id")
		if x.s.Catalog.Form(f.Key) != f || idForm(x, id) != f {
			return prepared{}, record.NotFound().At("id")
		}
		return x.readAt(id, c)
	}
	s.roots["Query."+f.Many] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.list(f, c, query.Typed) }
	s.roots["Query."+f.Many+aggregateSuffix] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.aggregate(f, c, query.Typed) }
	s.roots["Mutation.create"+f.Type] = func(x *exec, c graphql.CollectedField) (prepared, error) {
		in := arguments(c.Field, x.op.Variables).input()
		values := in
		if _, given := in["idempotencyKey"]; given {
			values = maps.Clone(in)
			delete(values, "idempotencyKey")
		}
		return x.create(f, in, values, query.Typed, nil, f.One, c)
	}
	s.roots["Mutation.update"+f.Type] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.update(f, query.Typed, f.One, c) }
	s.roots["Mutation.archive"+f.Type] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.archive(f, true, f.One, c) }
	s.roots["Mutation.restore"+f.Type] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.archive(f, false, f.One, c) }
	s.roots["Mutation.delete"+f.Type] = func(x *exec, c graphql.CollectedField) (prepared, error) { return x.remove(f, c) }
	for verb := range actions {
		s.roots["Mutation."+verb+f.Types()] = bulkRoot(f, verb)
	}
}

// genericRoots are the root fields that take any form: the generic face.
func genericRoots() map[string]root {
	byID := func(x *exec, c graphql.CollectedField) (prepared, error) {
		return x.read(arguments(c.Field, x.op.Variables).text("id"), c)
	}
	roots := map[string]root{
		"Query.node": byID,
		"Query.record": func(x *exec, c graphql.CollectedField) (prepared, error) {
			return x.readAt(arguments(c.Field, x.op.Variables).text("id"), c)
		},
		"Query.records": func(x *exec, c graphql.CollectedField) (prepared, error) {
			f, err := x.formArg(arguments(c.Field, x.op.Variables)["form"], "form")
			if err != nil {
				return prepared{}, err
			}
			return x.list(f, c, query.Generic)
		},
		"Query.search": search,
		"Query.aggregate": func(x *exec, c graphql.CollectedField) (prepared, error) {
			f, err := x.formArg(arguments(c.Field, x.op.Variables)["form"], "form")
			if err != nil {
				return prepared{}, err
			}
			return x.aggregate(f, c, query.Generic)
		},
		"Query.savedAggregate":      savedAggregate,
		"Query.candidates":          candidates,
		"Query.duplicates":          duplicates,
		"Query.viewCounts":          viewCounts,
		"Query.changes":             changes,
		"Query.recordHistory":       recordHistory,
		"Query.deletedRecords":      deletedRecords,
		"Mutation.holdReview":       holdReview,
		"Mutation.logContact":       logContact,
		"Mutation.applySuggestions": applySuggestions,
		"Mutation.undeleteRecord":   undelete,
		"Mutation.purgeRecord":      purge,
		"Mutation.mergeRecords":     merge,
		"Mutation.createRecord": func(x *exec, c graphql.CollectedField) (prepared, error) {
			in := arguments(c.Field, x.op.Variables).input()
			f, err := x.formArg(in["form"], "input", "form")
			if err != nil {
				return prepared{}, err
			}
			values, ok := in["values"].(map[string]any)
			if !ok {
				return prepared{}, fault.New(fault.Invalid, "expected an object of values by field key").At("input", "values")
			}
			return x.create(f, in, values, query.Generic, []any{"values"}, "record", c)
		},
		"Mutation.updateRecord": func(x *exec, c graphql.CollectedField) (prepared, error) {
			return x.update(nil, query.Generic, "record", c)
		},
		"Mutation.archiveRecord": func(x *exec, c graphql.CollectedField) (prepared, error) { return x.archive(nil, true, "record", c) },
		"Mutation.restoreRecord": func(x *exec, c graphql.CollectedField) (prepared, error) { return x.archive(nil, false, "record", c) },
		"Mutation.deleteRecord":  func(x *exec, c graphql.CollectedField) (prepared, error) { return x.remove(nil, c) },
	}
	for verb := range actions {
		roots["Mutation."+verb+"Records"] = bulkRoot(nil, verb)
	}
	return roots
}

// formArg finds the active form that an argument names.
func (x *exec) formArg(v any, path ...any) (*form.Form, error) {
	key, _ := v.(string)
	f := x.s.Catalog.Form(key)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q", fault.Clip(key)).At(path...)
	}
	return f, nil
}

// idForm is the form that an id is of, nil for text that is no id.
func idForm(x *exec, id string) *form.Form {
	f, _, ok := x.s.Catalog.Locate(id)
	if !ok {
		return nil
	}
	return f
}

// read prepares a record by id.
func (x *exec) read(id string, c graphql.CollectedField) (prepared, error) {
	f, n, ok := x.s.Catalog.Locate(id)
	if !ok {
		return prepared{}, record.NotFound().At("id")
	}
	key, keep := x.s.plans.key(x, f, c, "")
	if keep {
		if p, ok := x.s.plans.get(key); ok {
			return readRecord(p.plan.ForRecord(n), p.cost), nil
		}
	}
	s := x.selector(1)
	o := s.object(f, c.Selections, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	pl := plan.Record(f, n, o, x.env())
	if err := pl.Check(); err != nil {
		return prepared{}, err
	}
	cost := o.Cost().Plus(s.extra)
	if keep && !s.passing && !pl.Timely() {
		x.s.plans.add(key, &planned{pl, cost})
	}
	return readRecord(pl, cost), nil
}

// readAt prepares a record by id, as it is or as it was at the moment asOf.
func (x *exec) readAt(id string, c graphql.CollectedField) (prepared, error) {
	s, err := x.selectorAt(c)
	if err != nil {
		return prepared{}, err
	}
	if s.env.At == "" {
		return x.read(id, c)
	}
	f, n, ok := x.s.Catalog.Locate(id)
	if !ok {
		return prepared{}, record.NotFound().At("id")
	}
	o := s.object(f, c.Selections, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	pl := plan.Record(f, n, o, s.env)
	if err := pl.Check(); err != nil {
		return prepared{}, err
	}
	return readRecord(pl, o.Cost().Plus(s.extra)), nil
}

func readRecord(pl *plan.Plan, cost plan.Cost) prepared {
	return prepared{cost: cost, plan: pl, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.Run(ctx, c)
		if err != nil {
			return b, err
		}
		defer res.Free()
		if !res.Found() {
			return b, record.NotFound().At("id")
		}
		return res.Append(b), nil
	}}
}

// list prepares a page of records.
func (x *exec) list(f *form.Form, c graphql.CollectedField, face query.Face) (prepared, error) {
	s, err := x.selectorAt(c)
	if err != nil {
		return prepared{}, err
	}
	l := s.query(f, c, face, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	return x.page(s, l, c)
}

// page prepares a page of records, whose arguments s has read.
func (x *exec) page(s *selector, l query.List, c graphql.CollectedField) (prepared, error) {
	key, keep := x.s.plans.key(x, l.Form, c, shape(l))
	keep = keep && s.env.At == ""
	if keep {
		if p, ok := x.s.plans.get(key); ok {
			pl := p.plan.ForPage(l, x.env())
			return readPage(pl, p.cost), pl.Check()
		}
	}
	tree := s.below(l, c, nil)
	if err := s.result(); err != nil {
		return prepared{}, err
	}
	pl := plan.Page(tree, s.env)
	if err := pl.Check(); err != nil {
		return prepared{}, err
	}
	cost := tree.Cost().Plus(s.extra)
	if keep && !s.passing && !pl.Timely() {
		x.s.plans.add(key, &planned{pl, cost})
	}
	return readPage(pl, cost), nil
}

func readPage(pl *plan.Plan, cost plan.Cost) prepared {
	return prepared{cost: cost, plan: pl, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		res, err := pl.Run(ctx, c)
		if err != nil {
			return b, err
		}
		defer res.Free()
		return res.Append(b), nil
	}}
}

func (x *exec) create(f *form.Form, in, values map[string]any, face query.Face, path []any, name string, c graphql.CollectedField) (prepared, error) {
	p, err := x.payload(c, map[string]showing{name: one(f)})
	if err != nil {
		return prepared{}, err
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	at := append([]any{"input"}, path...)
	v, err := record.Parse(f, values, face, true)
	if err != nil {
		return prepared{}, fault.Below(err, at...)
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		id, err := record.Create(ctx, c, call, v)
		x.wrote(f)
		if err != nil {
			return b, inInput(err, path...)
		}
		return p.append(ctx, c, b, written{name: {id}}, nil)
	}}, nil
}

// wrote tells of members that may have changed.
func (x *exec) wrote(f *form.Form) {
	if f.Key == "member" && x.s.accounts != nil {
		x.s.accounts(f.Catalog.OrgID)
	}
}

// target finds the record that an input names by id and version: of form want,
// or of any form when want is nil.
func (x *exec) target(want *form.Form, in map[string]any) (f *form.Form, id int64, version int, err error) {
	text, _ := in["id"].(string)
	f, id, ok := x.s.Catalog.Locate(text)
	if !ok || want != nil && f != want {
		return nil, 0, 0, record.NotFound().At("input", "id")
	}
	version, ok = number(in["version"])
	if !ok || version < 0 || version > 1<<31-1 {
		return nil, 0, 0, fault.New(fault.Invalid, "a version is a whole number from 1").At("input", "version")
	}
	return f, id, version, nil
}

func (x *exec) update(want *form.Form, face query.Face, name string, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	f, id, version, err := x.target(want, in)
	if err != nil {
		return prepared{}, err
	}
	p, err := x.payload(c, map[string]showing{name: one(f)})
	if err != nil {
		return prepared{}, err
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	set, ok := in["set"].(map[string]any)
	if !ok {
		return prepared{}, fault.New(fault.Invalid, "expected an object of values by field").At("input", "set")
	}
	v, err := record.Parse(f, set, face, false)
	if err != nil {
		return prepared{}, fault.Below(err, "input", "set")
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		err := record.Update(ctx, c, call, id, version, v)
		x.wrote(f)
		if err != nil {
			return b, inInput(x.current(ctx, c, err, f, id, v, face), "set")
		}
		return p.append(ctx, c, b, written{name: {id}}, nil)
	}}, nil
}

func (x *exec) archive(want *form.Form, archive bool, name string, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	f, id, version, err := x.target(want, in)
	if err != nil {
		return prepared{}, err
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	p, err := x.payload(c, map[string]showing{name: one(f)})
	if err != nil {
		return prepared{}, err
	}
	return prepared{cost: p.cost, run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		err := record.SetArchived(ctx, c, call, f, id, version, archive)
		x.wrote(f)
		if err != nil {
			return b, fault.Below(err, "input")
		}
		return p.append(ctx, c, b, written{name: {id}}, nil)
	}}, nil
}

func (x *exec) remove(want *form.Form, c graphql.CollectedField) (prepared, error) {
	in := arguments(c.Field, x.op.Variables).input()
	f, id, version, err := x.target(want, in)
	if err != nil {
		return prepared{}, err
	}
	call, err := x.callOnce(c.Name, in)
	if err != nil {
		return prepared{}, err
	}
	return prepared{cost: 1, run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		if err := record.Delete(ctx, conn, call, f, id, version); err != nil {
			return b, fault.Below(err, "input")
		}
		return x.deleted(b, in["id"].(string), c.Selections), nil
	}}, nil
}

// deleted appends what is told of a record that is gone.
func (x *exec) deleted(b []byte, id string, sel ast.SelectionSet) []byte {
	fields := graphql.CollectFields(x.op, sel, []string{"RecordDeletedPayload"})
	return appendObject(b, fields, func(b []byte, i int) []byte {
		if fields[i].Name == "__typename" {
			return append(b, constant("RecordDeletedPayload")...)
		}
		return append(b, constant(id)...)
	})
}

// inInput moves a fault of a write where it belongs: values below a path in the
// input, id, version and key beside it.
func inInput(err error, values ...any) error {
	var l fault.List
	if other := l.Add(err); other != nil {
		return other
	}
	for i, f := range l {
		if beside(f.Path) {
			l[i] = f.At("input")
		} else {
			l[i] = f.At(append([]any{"input"}, values...)...)
		}
	}
	return l.Err()
}

func beside(path []any) bool {
	return len(path) == 0 || len(path) == 1 && (path[0] == "id" || path[0] == "version" || path[0] == "idempotencyKey")
}
