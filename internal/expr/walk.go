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
	return has(n, func(n Node) bool { _, ok := n.(Aggregate); return ok })
}

// UsesFunc says whether the tree calls the function or aggregate of this name.
func UsesFunc(n Node, name string) bool {
	return has(n, func(n Node) bool {
		switch n := n.(type) {
		case Call:
			return n.Func == name
		case Aggregate:
			return n.Func == name
		case If:
			return name == "if"
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

// Fields are the fields of Scope.This itself that are mentioned, once each: the
// first step of every path that starts there, from inside aggregates too.
func Fields(n Node) []Field {
	var out []Field
	seen := map[string]bool{}
	fieldsAt(n, 0, func(f Field) {
		if !seen[f.Key()] {
			seen[f.Key()] = true
			out = append(out, f)
		}
	})
	return out
}

// fieldsAt visits the fields of the record that is depth levels out of n.
func fieldsAt(n Node, depth int, f func(Field)) {
	if n == nil {
		return
	}
	switch n := n.(type) {
	case Ref:
		if n.Level == depth {
			f(first(n.Path, n.Field))
		}
	case Aggregate:
		if n.From.Many != nil && n.From.Level == depth {
			f(first(n.From.Path, n.From.Many))
		}
	}
	same, inside := children(n)
	for _, c := range same {
		fieldsAt(c, depth, f)
	}
	for _, c := range inside {
		fieldsAt(c, depth+1, f)
	}
}

func first(path []Field, last Field) Field {
	if len(path) > 0 {
		return path[0]
	}
	return last
}
