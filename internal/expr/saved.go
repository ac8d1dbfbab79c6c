package expr

import "fieldwork/internal/fault"

// saved checks aggregate("workload", "hours", assignee): a metric of a saved
// aggregate, and a value for each of its keys.
func (c *checker) saved(t *tree) Node {
	if c.scope.Saved == nil {
		return c.fail(t.pos, "aggregate(...) is offered in rules alone")
	}
	if len(t.args) < 2 || t.args[0].what != isText || t.args[1].what != isText {
		return c.fail(t.pos, `aggregate wants the keys of a saved aggregate and of a metric written out, as in aggregate("workload", "hours", assignee)`)
	}
	key, name := t.args[0], t.args[1]
	s, broken := c.scope.Saved(key.word)
	switch {
	case s == nil:
		return c.fail(key.pos, "there is no saved aggregate %q", fault.Clip(key.word))
	case broken != "":
		return c.fail(key.pos, "the saved aggregate %s is broken: %s", s.Key(), broken)
	}
	metric := s.Metric(name.word)
	switch {
	case metric == nil:
		return c.fail(name.pos, "the saved aggregate %s has no metric %q%s", s.Key(), fault.Clip(name.word), meant(name.word, s.Metrics()))
	case metric.Type() == Duration:
		return c.fail(name.pos, "the metric %s of the saved aggregate %s is a duration, which rules cannot look at", metric.Key(), s.Key())
	}
	keys, values := s.Keys(), t.args[2:]
	if len(keys) != len(values) {
		return c.fail(t.pos, "the saved aggregate %s goes by %s: give aggregate a value for each of its keys, not %d", s.Key(), keysOf(keys), len(values))
	}
	out := Saved{Of: s, Metric: metric}
	good := true
	for i, a := range values {
		n := c.key(s, keys[i], a)
		out.Keys, good = append(out.Keys, n), good && n != nil
	}
	return only(out, good)
}

func keysOf(keys []Field) string {
	if len(keys) == 0 {
		return "no keys"
	}
	list := ""
	for i, k := range keys {
		if i > 0 {
			list += ", "
		}
		list += k.Key()
	}
	return list
}

// key checks the value of one key.
func (c *checker) key(s Summary, k Field, t *tree) Node {
	typ := k.Type()
	if typ == Duration {
		return c.fail(t.pos, "the key %s of the saved aggregate %s is a duration, which rules cannot look at", k.Key(), s.Key())
	}
	n := c.check(t)
	if n == nil {
		return nil
	}
	if soft(n) && hardens(typ) {
		h, problem := harden(n, typ, k.Options())
		if problem != "" {
			return c.fail(t.pos, "%s", problem)
		}
		n = h
	}
	switch {
	case !n.Type().fits(typ) && !(n.Type().numeric() && typ.numeric()):
		return c.fail(t.pos, "the key %s of the saved aggregate %s is %s, not %s%s", k.Key(), s.Key(), typ.phrase(), n.Type().phrase(), compareHint(typ, n.Type()))
	case n.Type() == Reference && !sameRecord(k.Record(), RecordOf(n)):
		return c.fail(t.pos, "the key %s of the saved aggregate %s is a record of %s, not of %s", k.Key(), s.Key(), keyOf(k.Record()), keyOf(RecordOf(n)))
	}
	return n
}

// Metric names a metric of a saved aggregate.
type Metric struct{ Saved, Name string }

// MetricsIn are those that a text looks at, known or not; none of a text that makes no
// sense.
func MetricsIn(src string) []Metric {
	tokens, err := lex(src)
	if err != nil {
		return nil
	}
	var out []Metric
	for i := range tokens {
		if i+4 < len(tokens) && tokens[i].kind == word && tokens[i].text == "aggregate" && tokens[i+1].text == "(" && tokens[i+2].kind == text && tokens[i+4].kind == text {
			out = append(out, Metric{tokens[i+2].text, tokens[i+4].text})
		}
	}
	return out
}

// PathsIn are the fields of the record at hand that a text names, each as the keys that
// lead to it, known or not; none of a text that makes no sense. What stands
// after where is of another record, unless it begins with this.
func PathsIn(src string) [][]string {
	tokens, err := lex(src)
	if err != nil {
		return nil
	}
	var out [][]string
	depth, elsewhere := 0, -1 // elsewhere: the depth at which a where began
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.kind == sign && t.text == "(":
			depth++
		case t.kind == sign && t.text == ")":
			if depth == elsewhere {
				elsewhere = -1
			}
			depth--
		case t.kind == word && t.text == "where" && elsewhere < 0:
			elsewhere = depth
		case t.kind == quoted, t.kind == word && !(tokens[i+1].kind == sign && tokens[i+1].text == "("):
			path := []string{t.text}
			for ; tokens[i+1].text == "." && tokens[i+1].kind == sign && (tokens[i+2].kind == word || tokens[i+2].kind == quoted); i += 2 {
				path = append(path, tokens[i+2].text)
			}
			own := t.kind == word && t.text == "this"
			if own {
				path = path[1:]
			}
			if len(path) > 0 && (own || elsewhere < 0) {
				out = append(out, path)
			}
		}
	}
	return out
}
