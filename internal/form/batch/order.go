package batch

import (
	"context"
	"fmt"
	"slices"

	"fieldwork/internal/form/change"
)

const setFormPosition = `UPDATE fieldwork.form SET position = $3 WHERE org_id = $1 AND id = $2 AND position <> $3`

// order puts the fields of each form, and the forms, in the order of the document.
// What is not in it keeps its place.
func (a *applier) order(ctx context.Context) error {
	var forms []string
	for _, d := range a.doc.Forms {
		forms = append(forms, d.Key)
		f := a.Cat.Form(d.Key)
		var have, want []string
		for _, x := range f.Fields {
			have = append(have, x.Key)
		}
		for _, x := range d.Fields {
			want = append(want, x.Key)
		}
		order := arranged(have, want)
		if slices.Equal(order, have) || f.ArchivedAt != nil {
			continue
		}
		for i, key := range order {
			after := ""
			if i > 0 {
				after = order[i-1]
			}
			x := f.AnyField(key)
			if change.After(x) == after && x.Position == i+1 {
				continue
			}
			if err := a.Place(ctx, x, i+1); err != nil {
				return err
			}
			if change.After(x) != after {
				a.Note("moveField", f.Key, key, map[string]any{"after": change.After(x)}, map[string]any{"after": after})
			}
		}
	}
	var have []string
	for _, f := range a.Cat.Forms {
		have = append(have, f.Key)
	}
	order := arranged(have, forms)
	if slices.Equal(order, have) {
		return nil
	}
	for i, key := range order {
		if _, err := a.Tx.ExecContext(ctx, setFormPosition, a.Cat.OrgID, a.Cat.Form(key).ID, i+1); err != nil {
			return fmt.Errorf("move form: %w", err)
		}
	}
	a.Note("moveForms", "", "", have, order)
	return nil
}

// arranged is have with those that are in want in its order, in their places.
func arranged(have, want []string) []string {
	var known []string
	for _, key := range want {
		if slices.Contains(have, key) {
			known = append(known, key)
		}
	}
	out := slices.Clone(have)
	next := 0
	for i, key := range out {
		if slices.Contains(known, key) {
			out[i] = known[next]
			next++
		}
	}
	return out
}
