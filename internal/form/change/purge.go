package change

import (
	"context"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
)

const (
	deleteField = `DELETE FROM fieldwork.field WHERE org_id = $1 AND id = $2`
	forgetUse   = `DELETE FROM fieldwork.operation_use WHERE org_id = $1 AND form = $2 AND field = $3`
)

// PurgeField takes an archived field away for good, with its values, options
// and numbers, and with the CHILDREN field on the other side of a reference.
// What the history of records holds of it goes too. Nothing brings it back; its
// key is free again. It returns the field as it was.
// Faults: NOT_FOUND, INVALID for
// a field that is in use or came with the product, CONFLICT while settings or
// rules of other fields name it, or a change of it is under way.
func (s *Store) PurgeField(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (cat *form.Catalog, gone *form.Field, err error) {
	cat, err = s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		if f := e.Cat.Form(formKey); f != nil {
			gone = f.AnyField(key)
		}
		return e.PurgeField(ctx, formKey, key)
	})
	return cat, gone, err
}

// PurgeField is the method of Store of that name, as part of a change.
func (e *Edit) PurgeField(ctx context.Context, formKey, key string) error {
	f, err := e.Form(formKey, "form")
	if err != nil {
		return err
	}
	x := f.AnyField(key)
	switch {
	case x == nil:
		return fault.New(fault.NotFound, "form %q has no field %q", formKey, fault.Clip(key)).At("key")
	case x.ArchivedAt == nil:
		return fault.New(fault.Invalid, "%q is in use: archive it first, and purge it when nobody misses it", key).At("key")
	case x.Standard:
		return fault.New(fault.Invalid, "%q came with the product: it can be archived, not purged", key).At("key")
	}
	if err := e.Idle(ctx, f, key); err != nil {
		return err
	}
	inverses := Inverses(x)
	for _, gone := range append([]*form.Field{x}, inverses...) {
		if u := namedBy(gone); len(u) > 0 {
			return fault.New(fault.Conflict, "%s names the field: change that first", u[0]).At("key").With("usedBy", u)
		}
	}
	for _, child := range inverses {
		if err := e.dropField(ctx, child); err != nil {
			return err
		}
	}
	if err := e.dropField(ctx, x); err != nil {
		return err
	}
	return e.Reload(ctx)
}

// dropField takes away what the field has in PostgreSQL, and its definition.
func (e *Edit) dropField(ctx context.Context, x *form.Field) error {
	switch {
	case x.Kind == nil || x.Stored():
		if err := e.DDL(ctx, `ALTER TABLE %s DROP COLUMN IF EXISTS %s`, x.Form.Table(), x.Column()); err != nil {
			return err
		}
	case x.HasLinkTable():
		if err := e.DDL(ctx, `DROP TABLE %s`, x.LinkTable()); err != nil {
			return err
		}
	}
	if err := e.ForgetValues(ctx, x); err != nil {
		return err
	}
	if x.KindName() == "AUTO_NUMBER" {
		if _, err := e.Tx.ExecContext(ctx, `DELETE FROM `+e.Cat.NumberTable()+` WHERE field = $1`, x.ID); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	if _, err := e.Tx.ExecContext(ctx, deleteField, e.Cat.OrgID, x.ID); err != nil { // its options go with it
		return fmt.Errorf("purge field: %w", err)
	}
	if _, err := e.Tx.ExecContext(ctx, forgetUse, e.Cat.OrgID, x.Form.Key, x.Key); err != nil {
		return fmt.Errorf("forget uses: %w", err)
	}
	e.Note("purgeField", x.Form.Key, x.Key, StateOf(x), nil)
	return nil
}

// Inverses are the CHILDREN fields on the other side of a reference.
func Inverses(f *form.Field) []*form.Field {
	var out []*form.Field
	for _, other := range f.Form.Catalog.Forms {
		for _, x := range other.Fields {
			if x.KindName() == "CHILDREN" && x.Settings.To == f.Form.Key && x.Settings.Via == f.Key {
				out = append(out, x)
			}
		}
	}
	return out
}

// namedBy lists what names the field by its key outside of expressions, in
// words; the other side of a reference and the title are not among it.
func namedBy(f *form.Field) []string {
	var out []string
	for _, other := range f.Form.Catalog.Forms {
		for _, x := range other.Fields {
			for _, setting := range Names(x, f) {
				out = append(out, "the setting "+setting+" of "+other.Key+"."+x.Key)
			}
		}
	}
	for _, r := range f.Form.Rules {
		if slices.Contains(r.FieldKeys, f.Key) {
			out = append(out, "the rule "+f.Form.Key+"."+r.Key)
		}
	}
	return out
}

// Names lists the settings of x that name f by its key.
func Names(x *form.Field, f *form.Field) []string {
	var out []string
	s := x.Settings
	if x.Form == f.Form && x != f && s.DependsOn == f.Key {
		out = append(out, "dependsOn")
	}
	if x.Target == f.Form && x.KindName() == "CHILDREN" && s.OrderBy == f.Key {
		out = append(out, "orderBy")
	}
	if slices.ContainsFunc(s.Fill, func(p kind.Fill) bool {
		return x.Form == f.Form && p.To == f.Key || x.Target == f.Form && p.From == f.Key
	}) {
		out = append(out, "fill")
	}
	return out
}
