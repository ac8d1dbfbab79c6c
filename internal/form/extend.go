package form

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
)

// Extend makes the forms that the organisation lacks, and gives those that it has
// the fields that they lack. What is there stays as it is, also archived, so that
// doing it twice changes nothing. Faults: FORBIDDEN, and INVALID with the path of
// the form in forms.
func (s *Store) Extend(ctx context.Context, by org.Actor, forms ...NewForm) (*Catalog, error) {
	return s.change(ctx, by, nil, func(ctx context.Context, e *edit) error { return e.extend(ctx, forms) })
}

func (e *edit) extend(ctx context.Context, forms []NewForm) error {
	var lacking, there []NewForm
	for _, n := range forms {
		if e.cat.Form(n.Key) == nil {
			lacking = append(lacking, n)
		} else {
			there = append(there, n)
		}
	}
	if len(lacking) > 0 {
		if err := e.createForms(ctx, lacking); err != nil {
			return err
		}
		e.making = nil
		if err := e.reload(ctx); err != nil {
			return err
		}
	}
	var bad fault.List
	for i, n := range there {
		for j, x := range n.Fields {
			if e.cat.Form(n.Key).has(x.Key) {
				continue
			}
			if err := bad.Add(e.addField(ctx, e.cat.Form(n.Key), x), i, "fields", j); err != nil {
				return err
			}
			if err := e.reload(ctx); err != nil {
				return err
			}
		}
	}
	e.still = len(e.log) == 0
	return bad.Err()
}

// has says whether the form has a field of that key, usable or not.
func (f *Form) has(key string) bool {
	for _, x := range f.Fields {
		if x.Key == key {
			return true
		}
	}
	return false
}
