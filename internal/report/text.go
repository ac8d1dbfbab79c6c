package report

import (
	"fmt"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/chart"
	"fieldwork/internal/form"
)

// Label is what people read for a value of a column, in the first of the languages
// that there is.
func (res *Result) Label(col Column, v any, languages ...string) string {
	language := first(languages)
	switch text, isText := v.(string); {
	case v == nil:
		return in(language, label("(none)", "（无）"))
	case isText && col.Kind == Option:
		return optionLabel(col.field, text, languages)
	case isText && col.Kind == Record:
		return res.title(col.target, text, languages)
	case isText && col.Kind == Date:
		return dateLabel(text, col.By)
	case isText && col.Key == "verdict" && res.Report.Figure == Workload:
		return in(language, verdicts[text])
	case col.Kind == Integer || col.Kind == Decimal:
		x := rat(v)
		switch {
		case x != nil && col.Measure:
			return chart.Figure(col.rounded(x), unitIn(language, col.Unit), language)
		case x != nil: // of a key, so that years stay years
			return decimal(x, keyDigits)
		}
	case v == true:
		return in(language, label("Yes", "是"))
	case v == false:
		return in(language, label("No", "否"))
	}
	return fmt.Sprint(v)
}

// TotalLabel is what people read at the keys of a total.
func TotalLabel(languages ...string) string {
	return in(first(languages), label("Total", "合计"))
}

func first(languages []string) string {
	if len(languages) == 0 {
		return ""
	}
	return languages[0]
}

var verdicts = map[string]form.Label{"OVER": label("Over", "过重"), "BALANCED": label("Balanced", "适中"), "UNDER": label("Under", "偏轻")}

// in is the text in Chinese for every tag of it, and in English for all others.
func in(language string, l form.Label) string {
	if base, _, _ := strings.Cut(language, "-"); strings.EqualFold(base, "zh") {
		return l["zh"]
	}
	return l["en"]
}

func optionLabel(x *form.Field, key string, languages []string) string {
	for _, o := range x.Options {
		if o.Key == key {
			if t := o.Labels.In("", languages...); t != "" {
				return t
			}
		}
	}
	return key
}

// title is what a record is called; its id where that is not known.
func (res *Result) title(f *form.Form, id string, languages []string) string {
	t, known := res.titles[id]
	if known && t != id && f != nil && f.Title != nil && f.Title.IsChoice() {
		return optionLabel(f.Title, t, languages)
	}
	if !known {
		return id
	}
	return t
}

// dateLabel is the period that begins on a day.
func dateLabel(text, by string) string {
	d, err := calendar.Parse(text)
	if err != nil {
		return text
	}
	y, m, _ := date(d)
	switch by {
	case "MONTH":
		return fmt.Sprintf("%04d-%02d", y, int(m))
	case "QUARTER":
		return fmt.Sprintf("%04d Q%d", y, (int(m)-1)/3+1)
	case "YEAR":
		return fmt.Sprintf("%04d", y)
	}
	return text
}
