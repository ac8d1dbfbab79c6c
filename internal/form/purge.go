package form

import (
	"context"
	"fmt"
	"slices"

	"fieldwork/internal/fault"
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
func (s *Store) PurgeField(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (cat *Catalog, gone *Field, err error) {
	cat, err = s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		if f := e.cat.Form(formKey); f != nil {
			gone = f.any(key)
		}
		return e.purgeField(ctx, formKey, key)
	})
	return cat, gone, err
}

func (e *edit) purgeField(ctx context.Context, formKey, key string) error {
	f, err := e.form(formKey, "form")
	if err != nil {
		return err
	}
	x := f.any(key)
	switch {
	case x == nil:
		return fault.New(fault.NotFound, "form %q has no field %q", formKey, fault.Clip(key)).At("key")
	case x.ArchivedAt == nil:
		return fault.New(fault.Invalid, "%q is in use: archive it first, and purge it when nobody misses it", key).At("key")
	case x.Standard:
		return fault.New(fault.Invalid, "%q came with the product: it can be archived, not purged", key).At("key")
	}
	if err := e.idle(ctx, f, key); err != nil {
		return err
	}
	inverses := x.inverses()
	for _, gone := range append([]*Field{x}, inverses...) {
		if u := gone.namedBy(); len(u) > 0 {
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
	return e.reload(ctx)
}

// dropField takes away what the field has in PostgreSQL, and its definition.
func (e *edit) dropField(ctx context.Context, x *Field) error {
	switch {
	case x.Kind == nil || x.Stored():
		if err := e.ddl(ctx, `ALTER TABLE %s DROP COLUMN IF EXISTS %s`, x.Form.Table(), x.Column()); err != nil {
			return err
		}
	case x.HasLinkTable():
		if err := e.ddl(ctx, `DROP TABLE %s`, x.LinkTable()); err != nil {
			return err
		}
	}
	if err := e.forgetValues(ctx, x); err != nil {
		return err
	}
	if x.KindName() == "AUTO_NUMBER" {
		if _, err := e.tx.ExecContext(ctx, `DELETE FROM `+e.cat.NumberTable()+` WHERE field = $1`, x.ID); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	if _, err := e.tx.ExecContext(ctx, deleteField, e.cat.OrgID, x.ID); err != nil { // its options go with it
		return fmt.Errorf("purge field: %w", err)
	}
	if _, err := e.tx.ExecContext(ctx, forgetUse, e.cat.OrgID, x.Form.Key, x.Key); err != nil {
		return fmt.Errorf("forget uses: %w", err)
	}
	e.note("purgeField", x.Form.Key, x.Key, x.describe(), nil)
	return nil
}

// any returns the form's own field of that key, archived and broken ones too.
func (f *Form) any(key string) *Field {
	for _, x := range f.Fields {
		if x.Key == key {
			return x
		}
	}
	return nil
}

// inverses are the CHILDREN fields on the other side of a reference.
func (f *Field) inverses() []*Field {
	var out []*Field
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
func (f *Field) namedBy() []string {
	var out []string
	for _, other := range f.Form.Catalog.Forms {
		for _, x := range other.Fields {
			for _, setting := range x.names(f) {
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

// names lists the settings of x that name f by its key.
func (x *Field) names(f *Field) []string {
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
