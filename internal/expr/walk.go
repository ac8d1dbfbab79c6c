package expr

// children are the nodes right under n; inside are those among them that are
// judged one level further in.
func children(n Node) (same, inside []Node) {
	switch n := n.(type) {
	case Not:
		return []Node{n.X}, nil
	case Logic:
		return n.Parts, nil
	case Compare:
		return []Node{n.L, n.R}, nil
	case In:
		return append([]Node{n.X}, n.List...), nil
	case Empty:
		return []Node{n.X}, nil
	case Arith:
		return []Node{n.L, n.R}, nil
	case Neg:
		return []Node{n.X}, nil
	case Call:
		return n.Args, nil
	case Saved:
		return n.Keys, nil
	case If:
		for i := range n.Conds {
			same = append(same, n.Conds[i], n.Thens[i])
		}
		return append(same, n.Else), nil
	case Aggregate:
		for _, x := range []Node{n.Value, n.Where} {
			if x != nil {
				inside = append(inside, x)
			}
		}
	}
	return nil, inside
}

// Walk visits n and, where f answers true, what is under it.
func Walk(n Node, f func(Node) bool) {
	if n == nil || !f(n) {
		return
	}
	same, inside := children(n)
	for _, c := range same {
		Walk(c, f)
	}
	for _, c := range inside {
		Walk(c, f)
	}
}

// Size counts the nodes.
func Size(n Node) int {
	size := 0
	Walk(n, func(Node) bool { size++; return true })
	return size
}

// HasAggregate says whether the tree reads other records than those it walks to.
func HasAggregate(n Node) bool {
	return has(n, func(n Node) bool {
		switch n.(type) {
		case Aggregate, Saved:
			return true
		}
		return false
	})
}

func has(n Node, is func(Node) bool) bool {
	found := false
	Walk(n, func(n Node) bool {
		found = found || is(n)
		return !found
	})
	return found
}

// Uses visits every field used, of whatever record, as often as it is used: the
// steps of paths and what is aggregated over too.
func Uses(n Node, f func(Field)) {
	Walk(n, func(n Node) bool {
		switch n := n.(type) {
		case Ref:
			for _, x := range n.Path {
				f(x)
			}
			f(n.Field)
		case Aggregate:
			for _, x := range n.From.Path {
				f(x)
			}
			if n.From.Many != nil {
				f(n.From.Many)
			}
		}
		return true
	})
}

// Saved says whether one of the saved aggregates that the expression speaks of is
// what is looked for.
func (e *Expr) Saved(is func(s Summary) bool) bool {
	return has(e.Root, func(n Node) bool {
		s, ok := n.(Saved)
		return ok && is(s.Of)
	})
}
