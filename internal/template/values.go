package template

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/form"
)

// Values of records in templates are those of the generic face by field key, and
// besides:
//
//	{en: Example, zh: 示例}   a text in the language of installation
//	'@steel'                 the record of the template that is called so
//	'@member2'               a member: the second after who installs, and round again
//	'@member2?'              the same, or nobody in an organisation of fewer members
//	'+30', '-3 09:30'        a day, counted from today, and a time of it
//	null                     nothing, also where the field has a default
//	{year}, {quarter}        in texts and numbers: those of today
var (
	dayFromToday  = regexp.MustCompile(`^[+-]\d{1,5}$`)
	timeFromToday = regexp.MustCompile(`^([+-]\d{1,5}) (\d\d):(\d\d)$`)
	memberName    = regexp.MustCompile(`^@member(\d*)(\??)$`)
)

// values are what a client would write; false when the record cannot be without
// something that the organisation lacks.
func (w *sampler) values(ctx context.Context, f *form.Form, r map[string]any) (map[string]any, bool, error) {
	out := map[string]any{}
	for key, raw := range r {
		x := f.Field(key)
		if key == "id" || x == nil || x.System || !x.Writable() {
			continue
		}
		v, err := w.value(ctx, x, raw)
		if err != nil {
			return nil, false, fmt.Errorf("%s.%s: %w", f.Key, key, err)
		}
		if v != nil || raw == nil && !x.Required {
			out[key] = v
		} else if x.Required {
			return nil, false, nil
		}
	}
	return out, true, nil
}

func (w *sampler) value(ctx context.Context, x *form.Field, raw any) (any, error) {
	switch v := raw.(type) {
	case map[string]any:
		if x.Kind.Name() == "JSON" {
			return v, nil
		}
		_, en := v["en"].(string)
		if _, zh := v["zh"].(string); en && zh {
			label := form.Label{}
			for lang, s := range v {
				label[lang], _ = s.(string)
			}
			return w.value(ctx, x, label.In(w.language, w.cat.Language, "en"))
		}
		return v, nil
	case []any:
		var out []any
		for _, item := range v {
			one, err := w.value(ctx, x, item)
			if err != nil {
				return nil, err
			}
			if one != nil {
				out = append(out, one)
			}
		}
		return out, nil
	case uint64:
		return json.Number(strconv.FormatUint(v, 10)), nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case string:
		return w.text(ctx, x, v)
	}
	return raw, nil
}

func (w *sampler) text(ctx context.Context, x *form.Field, s string) (any, error) {
	if m := memberName.FindStringSubmatch(s); m != nil && x.Target != nil && x.Target.IsMember() {
		n, _ := strconv.Atoi(m[1]) // digits, or none for who installs
		id, err := w.member(ctx, n)
		if err != nil || id == 0 || m[2] != "" && n >= len(w.members) {
			return nil, err
		}
		return recordID(w.cat.Form("member"), id), nil
	}
	if name, ok := strings.CutPrefix(s, "@"); ok && x.Target != nil {
		id := w.ids[x.Target.Key+" "+name]
		if id == 0 {
			w.lacks = w.lacks || w.coming[x.Target.Key+" "+name]
			return nil, nil
		}
		return recordID(x.Target, id), nil
	}
	day := func(n string) time.Time {
		days, _ := strconv.Atoi(n) // of few digits
		return w.now.AddDate(0, 0, days)
	}
	if m := timeFromToday.FindStringSubmatch(s); m != nil && x.Kind.Name() == "DATETIME" {
		y, mo, d := day(m[1]).Date()
		hour, _ := strconv.Atoi(m[2])
		minute, _ := strconv.Atoi(m[3])
		return time.Date(y, mo, d, hour, minute, 0, 0, w.cat.Zone).Format(time.RFC3339), nil
	}
	if dayFromToday.MatchString(s) && x.Kind.Name() == "DATE" {
		return day(s).Format(time.DateOnly), nil
	}
	s = strings.NewReplacer("{year}", strconv.Itoa(w.now.Year()), "{quarter}", fmt.Sprintf("Q%d", (int(w.now.Month())+2)/3)).Replace(s)
	if x.Kind.Name() == "INTEGER" {
		return json.Number(s), nil
	}
	return s, nil
}

// neededOf are those of the records in common that some records name.
func neededOf(common, by []records) []records {
	named := map[string]bool{}
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case string:
			named[strings.TrimPrefix(v, "@")] = named[strings.TrimPrefix(v, "@")] || strings.HasPrefix(v, "@")
		case []any:
			for _, item := range v {
				look(item)
			}
		}
	}
	for _, r := range by {
		for _, m := range r.Records {
			for _, v := range m {
				look(v)
			}
		}
	}
	own := map[string]bool{} // should it have some of these names
	for _, r := range by {
		for _, m := range r.Records {
			if name, ok := m["id"].(string); ok {
				own[r.Form+" "+name] = true
			}
		}
	}
	var out []records
	for i := len(common) - 1; i >= 0; i-- { // what comes later needs what comes before
		r := records{Form: common[i].Form}
		for _, m := range common[i].Records {
			if name, _ := m["id"].(string); named[name] && !own[r.Form+" "+name] {
				r.Records = append(r.Records, m)
				for _, v := range m {
					look(v)
				}
			}
		}
		out = append([]records{r}, out...)
	}
	return out
}
