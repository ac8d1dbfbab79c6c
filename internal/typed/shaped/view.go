package shaped

import (
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/query"
	"fieldwork/internal/view"
)

// View reads the view that a root field is asked through. Nothing of it is kept:
// it is as it is now, whatever was compiled for the field before. It is read
// before any connection of records is lent.
func (x *Operation) View(id string) (*view.View, error) {
	return view.NewStore(x.DB).Get(x.Ctx, x.Req.Actor, x.Catalog, id)
}

// Through has a list hold the records of a view only, of those that it would hold.
// Relative periods of the view count from now.
func (x *Operation) Through(id string, l *query.List, now time.Time) (*view.View, error) {
	v, err := x.View(id)
	switch {
	case err != nil:
		return nil, err
	case v.Form != l.Form:
		return nil, view.OfAnotherForm(v, l.Form)
	}
	f, err := v.Which(now)
	switch {
	case err != nil:
		return nil, broken("filter", err)
	case f == nil:
	case l.Filter == nil:
		l.Filter = f
	default:
		l.Filter = query.And{f, l.Filter}
	}
	return v, nil
}

// broken is the fault of a view that cannot be used any more.
func broken(what string, err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return fault.New(fault.Invalid, "the view's %s no longer works: %s", what, err)
}

// viewed reads the list of a root field through the view that its arguments name,
// whose order holds unless they say one.
func (s *Selector) viewed(a Args, l *query.List) error {
	v, err := s.x.Through(a.Text("view"), l, s.Env.Now)
	if err != nil || a["orderBy"] != nil {
		return err
	}
	if l.Order, err = v.Sorted(); err != nil {
		return broken("order", err)
	}
	return nil
}
