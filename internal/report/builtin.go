package report

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"

	"github.com/goccy/go-yaml"
)

//go:embed builtin.yaml
var builtinFile []byte

// builtin is a report that comes with the program: its fields are purposes.
type builtin struct {
	Key          string     `yaml:"key"`
	Labels       form.Label `yaml:"label"`
	Descriptions form.Label `yaml:"description"`
	Of           string     `yaml:"of"` // the purpose by which its form is found
	Figure       Figure     `yaml:"figure"`
	Definition   `yaml:",inline"`
}

var builtins = func() []builtin {
	var file struct {
		Reports []builtin `yaml:"reports"`
	}
	if err := yaml.UnmarshalWithOptions(builtinFile, &file, yaml.Strict()); err != nil {
		panic(fmt.Sprintf("report: %s", err)) // it is part of the program
	}
	return file.Reports
}()

// BuiltIn are the reports that come with the program, as they are with an
// organisation's forms.
func BuiltIn(cat *form.Catalog) []*Report {
	out := make([]*Report, len(builtins))
	for i := range builtins {
		out[i] = builtins[i].in(cat)
	}
	return out
}

// in finds the fields of the purposes.
func (b *builtin) in(cat *form.Catalog) *Report {
	r := &Report{Key: b.Key, Version: 1, Labels: b.Labels, Descriptions: b.Descriptions, Figure: b.Figure, Definition: b.Definition}
	x := cat.Purpose(b.Of)
	if x == nil {
		r.Broken = missing(b.Of)
		return r
	}
	r.Form = x.Form
	if b.Figure != "" {
		r.Broken = r.Figure.lacks(cat)
		return r
	}
	l := &lookup{form: x.Form}
	r.Filter, r.Period = l.filter(b.Filter), l.path(b.Period)
	r.GroupBy, r.Measures = slices.Clone(b.GroupBy), nil
	for i := range r.GroupBy {
		r.GroupBy[i].Field = l.path(r.GroupBy[i].Field)
	}
	for _, m := range b.Measures {
		r.addMeasure(l, m)
	}
	r.Chart.Measures = slices.DeleteFunc(slices.Clone(b.Chart.Measures), func(name string) bool { return r.measure(name) < 0 })
	if l.missing != "" {
		r.Broken = missing(l.missing)
		return r
	}
	if bad := r.check(time.Now()); len(bad) > 0 {
		r.Broken = why(bad)
	}
	return r
}

// addMeasure adds a measure, unless it is optional and what it needs is not there.
func (r *Report) addMeasure(l *lookup, m Measure) {
	own := &lookup{form: l.form}
	m.Field, m.Filter = own.path(m.Field), own.filter(m.Filter)
	there := own.missing == ""
	if m.Share != nil {
		there = r.measure(m.Share.Of) >= 0 && r.measure(m.Share.Per) >= 0
	}
	if !there && m.Optional {
		return
	}
	if l.missing == "" {
		l.missing = own.missing
	}
	r.Measures = append(r.Measures, m)
}

func missing(purpose string) string {
	return fmt.Sprintf("no form in use has a field of the purpose %s", purpose)
}

// lookup turns purposes into keys of fields, and remembers the first that the form
// lacks.
type lookup struct {
	form    *form.Form
	missing string
}

var isPurpose = regexp.MustCompile(`^[A-Z][A-Z_]*$`)

func (l *lookup) path(text string) string {
	if !isPurpose.MatchString(text) {
		return text
	}
	x := l.form.ByPurpose(text)
	if x == nil {
		if l.missing == "" {
			l.missing = text
		}
		return text
	}
	return x.Key
}

func (l *lookup) filter(raw any) any {
	switch v := raw.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, part := range v {
			out[l.path(name)] = l.filter(part)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, part := range v {
			out[i] = l.filter(part)
		}
		return out
	case uint64: // of YAML; checkers expect what a JSON decoder makes
		return number(fmt.Sprint(v))
	}
	return raw
}

// why is a list of faults in words.
func why(bad fault.List) string {
	words := make([]string, len(bad))
	for i, f := range bad {
		parts := make([]string, len(f.Path))
		for j, p := range f.Path {
			parts[j] = fmt.Sprint(p)
		}
		words[i] = strings.Join(parts, ".") + ": " + f.Message
	}
	return strings.Join(words, "; ")
}
