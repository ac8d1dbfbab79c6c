package expr

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
		case Saved:
			return name == "aggregate"
		}
		return false
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
