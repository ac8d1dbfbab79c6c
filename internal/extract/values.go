package extract

import (
	"strings"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
)

// showable says whether values of a field can be shown as text, which those that lead
// to other records, but for members, cannot: what is behind them is not listed.
func showable(x *form.Field) bool {
	switch x.Value.(type) {
	case kind.Choice, kind.MultiChoice:
		return x.Stored() // a computed one does not have the options
	case kind.Member:
		return x.Stored() && x.Target.IsMember()
	case kind.Text, kind.LongText, kind.Email, kind.Phone, kind.URL, kind.AutoNumber, kind.Integer, kind.Decimal, kind.Percent, kind.Money,
		kind.Boolean, kind.Date, kind.DateTime, kind.Rating, kind.Progress:
		return true
	}
	return false
}

// contact says whether a field can say how a member is reached.
func contact(x *form.Field) bool {
	switch x.Value.(type) {
	case kind.Text, kind.Email, kind.Phone, kind.URL:
		return true
	}
	return false
}

// text is a value as people read it.
func (r *reader) text(x *form.Field, v pg.Value) string {
	s := plain(v)
	if s == "" {
		return ""
	}
	switch x.Value.(type) {
	case kind.Choice:
		return r.option(x, s)
	case kind.MultiChoice:
		list := kind.Elements(s)
		for i := range list {
			list[i] = r.option(x, list[i])
		}
		return strings.Join(list, r.out.words.comma)
	case kind.Boolean:
		if strings.HasPrefix(s, "t") {
			return r.out.words.yes
		}
		return r.out.words.no
	case kind.Money:
		return strings.TrimSpace(grouped(s) + " " + x.Settings.Currency)
	case kind.Percent, kind.Progress:
		return s + "%"
	case kind.DateTime:
		if t, err := time.Parse(time.RFC3339Nano, kind.PrintText(x.Value, s)); err == nil {
			return t.In(r.cat.Zone).Format("2006-01-02 15:04")
		}
	}
	return kind.PrintText(x.Value, s)
}

func (r *reader) option(x *form.Field, key string) string {
	for _, o := range x.Options {
		if o.Key == key {
			return o.Labels.In(r.language(), r.cat.Language)
		}
	}
	return key
}

// plain is a value that came as text; it is a copy. Numbers of records are none.
func plain(v pg.Value) string {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case []byte:
		return string(v)
	}
	return ""
}

// grouped is a decimal with its whole part in groups of three.
func grouped(decimal string) string {
	sign, rest := "", decimal
	if strings.HasPrefix(decimal, "-") {
		sign, rest = "-", decimal[1:]
	}
	whole, fraction, has := strings.Cut(rest, ".")
	var b strings.Builder
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if has {
		return sign + b.String() + "." + fraction
	}
	return sign + b.String()
}
