package template

import (
	"encoding/json"
	"slices"
	"strings"

	"fieldwork/internal/expr"
	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
)

func savedKey(a document.Aggregate) string { return a.Key }

// asJSON is JSON that is equal for equal values.
func asJSON(v any) string {
	b, _ := json.Marshal(v) // which was decoded
	return string(b)
}

// metricName is the name of a metric, "" if it has none.
func metricName(m any) string {
	of, _ := m.(map[string]any)
	name, _ := of["name"].(string)
	return name
}

func items(v any) []any {
	list, _ := v.([]any)
	return slices.Clone(list)
}

// aggregates lays saved aggregates over those of a form. Labels, filter, keys and each
// metric become what want says where they are what was says.
func (m *merger) aggregates(have *document.Form, was, want document.Form) {
	have.Aggregates = slices.Clone(have.Aggregates)
	for _, w := range want.Aggregates {
		h, b := byKey(have.Aggregates, w.Key, savedKey), byKey(was.Aggregates, w.Key, savedKey)
		l := Left{Form: have.Key, Aggregate: w.Key}
		switch {
		case h == nil && b != nil:
			l.Why = Removed
			m.leave(l)
		case h == nil && m.taken(w.Key), h != nil && b == nil && asJSON(*h) != asJSON(w):
			l.Why = Clash
			m.leave(l)
		case h == nil:
			have.Aggregates = append(have.Aggregates, w)
		case b != nil:
			*h = mergeAggregate(*h, *b, w)
		}
	}
	slices.SortStableFunc(have.Aggregates, func(a, b document.Aggregate) int { return strings.Compare(a.Key, b.Key) })
}

func mergeAggregate(have, was, want document.Aggregate) document.Aggregate {
	have.Labels = newsLabel(have.Labels, was.Labels, want.Labels)
	if asJSON(have.Filter) == asJSON(was.Filter) {
		have.Filter = want.Filter
	}
	if asJSON(have.GroupBy) == asJSON(was.GroupBy) {
		have.GroupBy = want.GroupBy
	}
	metrics, before := items(have.Metrics), items(was.Metrics)
	for _, w := range items(want.Metrics) {
		named := func(x any) bool { return metricName(x) == metricName(w) }
		h, b := slices.IndexFunc(metrics, named), slices.IndexFunc(before, named)
		switch {
		case h < 0 && b < 0:
			metrics = append(metrics, w)
		case h >= 0 && b >= 0 && asJSON(metrics[h]) == asJSON(before[b]):
			metrics[h] = w
		}
	}
	if len(metrics) > 0 {
		have.Metrics = metrics
	}
	return have
}

// taken says whether the organisation has a saved aggregate of that key, of any form.
func (m *merger) taken(key string) bool {
	return slices.ContainsFunc(m.cat.Forms, func(f *form.Form) bool {
		return slices.ContainsFunc(f.Aggregates, func(a *form.SavedAggregate) bool { return a.Key == key })
	})
}

// pruneSaved leaves saved aggregates as they are that would be made of a field that is
// left, then rules that would look at such a field or at a saved aggregate that is not as the
// template has it.
func (m *merger) pruneSaved(d *document.Document, want document.Document) {
	for i := range d.Forms {
		f := &d.Forms[i]
		have := m.now(f.Key)
		f.Aggregates = slices.DeleteFunc(slices.Clone(f.Aggregates), func(a document.Aggregate) bool {
			h := byKey(have.Aggregates, a.Key, savedKey)
			if h != nil && asJSON(*h) == asJSON(a) || !m.madeOfLeft(d, f.Key, a) {
				return false
			}
			m.leave(Left{Form: f.Key, Aggregate: a.Key, Why: Lacking})
			return true
		})
		for _, h := range have.Aggregates { // back to what it is
			if byKey(f.Aggregates, h.Key, savedKey) == nil {
				f.Aggregates = append(f.Aggregates, h)
			}
		}
	}
	for i := range d.Forms {
		f := &d.Forms[i]
		have := m.now(f.Key)
		var rules []document.Rule
		for _, r := range f.Rules {
			h := byKey(have.Rules, r.Key, ruleKey)
			if h != nil && h.Expression == r.Expression || m.metricsThere(d, want, r) && !m.ruleOnLeft(d, f.Key, r) {
				rules = append(rules, r)
				continue
			}
			m.leave(Left{Form: f.Key, Rule: r.Key, Why: Lacking})
			if h != nil {
				rules = append(rules, *h)
			}
		}
		f.Rules = rules
	}
}

// now is the form as the organisation has it, an empty one if it has none.
func (m *merger) now(key string) document.Form {
	if f := m.cat.Form(key); f != nil {
		return document.OfForm(f)
	}
	return document.Form{}
}

// metricsThere says whether what a rule looks at of the template's saved aggregates is
// as the template has it.
func (m *merger) metricsThere(d *document.Document, want document.Document, r document.Rule) bool {
	for _, metric := range expr.MetricsIn(r.Expression) {
		for _, f := range want.Forms {
			w := byKey(f.Aggregates, metric.Saved, savedKey)
			if w == nil {
				continue
			}
			g := m.find(d, f.Key)
			if g == nil {
				return false
			}
			named := func(x any) bool { return metricName(x) == metric.Name }
			h := byKey(g.Aggregates, metric.Saved, savedKey)
			if h == nil || asJSON(h.GroupBy) != asJSON(w.GroupBy) || !slices.ContainsFunc(items(h.Metrics), named) {
				return false
			}
		}
	}
	return true
}

// ruleOnLeft says whether a rule is about a field that is left.
func (m *merger) ruleOnLeft(d *document.Document, formKey string, r document.Rule) bool {
	return m.namesLeft(d, formKey, r.Expression) || slices.ContainsFunc(r.Fields, func(key string) bool { return m.leftOn(d, formKey, []string{key}) })
}

// namesLeft says whether an expression names a field that is left.
func (m *merger) namesLeft(d *document.Document, formKey, expression string) bool {
	return slices.ContainsFunc(expr.PathsIn(expression), func(path []string) bool { return m.leftOn(d, formKey, path) })
}

// madeOfLeft says whether a saved aggregate names a field that is left.
func (m *merger) madeOfLeft(d *document.Document, formKey string, a document.Aggregate) bool {
	for _, x := range append(items(a.GroupBy), items(a.Metrics)...) {
		part, _ := x.(map[string]any)
		path, _ := part["field"].(string)
		if path != "" && m.leftOn(d, formKey, strings.Split(path, ".")) {
			return true
		}
	}
	return m.leftIn(d, formKey, a.Filter)
}

func (m *merger) leftIn(d *document.Document, formKey string, filter any) bool {
	switch v := filter.(type) {
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return m.leftIn(d, formKey, x) })
	case map[string]any:
		for name, x := range v {
			to := formKey
			if name != "and" && name != "or" && name != "not" {
				if m.leftOn(d, formKey, []string{name}) {
					return true
				}
				to = m.behind(d, formKey, name)
			}
			if to != "" && m.leftIn(d, to, x) {
				return true
			}
		}
	}
	return false
}

// leftOn says whether a path of fields goes by one that is left.
func (m *merger) leftOn(d *document.Document, formKey string, path []string) bool {
	for _, key := range path {
		if slices.ContainsFunc(m.left, func(l Left) bool { return l.Form == formKey && l.Field == key && l.Option == "" }) {
			return true
		}
		formKey = m.behind(d, formKey, key)
	}
	return false
}

// behind is the key of the form that a field leads to, "" for none.
func (m *merger) behind(d *document.Document, formKey, key string) string {
	if f := m.find(d, formKey); f != nil {
		if x := byKey(f.Fields, key, fieldKey); x != nil {
			return leadsTo(*x)
		}
	}
	return ""
}
