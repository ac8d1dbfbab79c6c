package write

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/record"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

func create(x *shaped.Operation, f *form.Form, in, values map[string]any, face query.Face, path []any, name string, c graphql.CollectedField) (shaped.Prepared, error) {
	p, err := NewPayload(x, c, map[string]Showing{name: One(f)})
	if err != nil {
		return shaped.Prepared{}, err
	}
	call, err := Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	at := append([]any{"input"}, path...)
	v, err := record.Parse(f, values, face, true)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, at...)
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		id, err := record.Create(ctx, c, call, v)
		Wrote(x, f)
		if err != nil {
			return b, inInput(err, path...)
		}
		return p.Append(ctx, c, b, Written{name: {id}}, nil)
	}}, nil
}

// Wrote tells of members that may have changed.
func Wrote(x *shaped.Operation, f *form.Form) {
	if f.Key == "member" && x.Accounts != nil {
		x.Accounts(f.Catalog.OrgID)
	}
}

// target finds the record that an input names by id and version: of form want,
// or of any form when want is nil.
func target(x *shaped.Operation, want *form.Form, in map[string]any) (f *form.Form, id int64, version int, err error) {
	text, _ := in["id"].(string)
	f, id, ok := x.Catalog.Locate(text)
	if !ok || want != nil && f != want {
		return nil, 0, 0, record.NotFound().At("input", "id")
	}
	version, ok = shaped.Number(in["version"])
	if !ok || version < 0 || version > 1<<31-1 {
		return nil, 0, 0, fault.New(fault.Invalid, "a version is a whole number from 1").At("input", "version")
	}
	return f, id, version, nil
}

func update(x *shaped.Operation, want *form.Form, face query.Face, name string, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	f, id, version, err := target(x, want, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	p, err := NewPayload(x, c, map[string]Showing{name: One(f)})
	if err != nil {
		return shaped.Prepared{}, err
	}
	call, err := Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	set, ok := in["set"].(map[string]any)
	if !ok {
		return shaped.Prepared{}, fault.New(fault.Invalid, "expected an object of values by field").At("input", "set")
	}
	v, err := record.Parse(f, set, face, false)
	if err != nil {
		return shaped.Prepared{}, fault.Below(err, "input", "set")
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		err := record.Update(ctx, c, call, id, version, v)
		Wrote(x, f)
		if err != nil {
			return b, inInput(Current(ctx, x, c, err, Told{f, v.Given(), face, Always(id)}), "set")
		}
		return p.Append(ctx, c, b, Written{name: {id}}, nil)
	}}, nil
}

// faceOf is the face of a mutation of records of one form, or with nil of any.
func faceOf(want *form.Form) query.Face {
	if want == nil {
		return query.Generic
	}
	return query.Typed
}

func archive(x *shaped.Operation, want *form.Form, archive bool, name string, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	f, id, version, err := target(x, want, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	call, err := Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	p, err := NewPayload(x, c, map[string]Showing{name: One(f)})
	if err != nil {
		return shaped.Prepared{}, err
	}
	return shaped.Prepared{Cost: p.Cost, Run: func(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
		err := record.SetArchived(ctx, c, call, f, id, version, archive)
		Wrote(x, f)
		if err != nil {
			return b, fault.Below(Current(ctx, x, c, err, Told{f, whole(f), faceOf(want), Always(id)}), "input")
		}
		return p.Append(ctx, c, b, Written{name: {id}}, nil)
	}}, nil
}

func remove(x *shaped.Operation, want *form.Form, c graphql.CollectedField) (shaped.Prepared, error) {
	in := x.Arguments(c).Input()
	f, id, version, err := target(x, want, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	call, err := Once(x, c.Name, in)
	if err != nil {
		return shaped.Prepared{}, err
	}
	return shaped.Prepared{Cost: 1, Run: func(ctx context.Context, conn *pg.Conn, b []byte) ([]byte, error) {
		if err := record.Delete(ctx, conn, call, f, id, version); err != nil {
			return b, fault.Below(Current(ctx, x, conn, err, Told{f, whole(f), faceOf(want), Always(id)}), "input")
		}
		return deleted(x, b, in["id"].(string), c.Selections), nil
	}}, nil
}

// deleted appends what is told of a record that is gone.
func deleted(x *shaped.Operation, b []byte, id string, sel ast.SelectionSet) []byte {
	fields := graphql.CollectFields(x.Op, sel, []string{"RecordDeletedPayload"})
	return shaped.AppendObject(b, fields, func(b []byte, i int) []byte {
		if fields[i].Name == "__typename" {
			return append(b, shaped.Constant("RecordDeletedPayload")...)
		}
		return append(b, shaped.Constant(id)...)
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
