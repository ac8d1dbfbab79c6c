package health

import (
	"context"
	"strconv"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Measures are what customers answer: never without the number of answers.
type Measures struct {
	Answers         int // with a rating, a recommendation, or both
	Ratings         int
	MeanRating      *float64
	CSAT            *float64 // per cent of ratings of 4 and more
	Recommendations int
	NPS             *float64 // -100 to 100
	Asked           *int     // as the caller said
	ResponseRate    *float64 // 0 to 1
}

// Counted is how many answers are the same.
type Counted struct {
	Rating, Recommend *int
	Count             int
}

// Measure reckons measures of answers. asked is how many were asked, nil where that
// is not known.
func Measure(answers []Counted, asked *int) Measures {
	m := Measures{Asked: asked}
	var sum, content, fans, critics int
	for _, a := range answers {
		if a.Rating == nil && a.Recommend == nil {
			continue
		}
		m.Answers += a.Count
		if a.Rating != nil {
			m.Ratings += a.Count
			sum += *a.Rating * a.Count
			if *a.Rating >= 4 {
				content += a.Count
			}
		}
		if a.Recommend == nil {
			continue
		}
		m.Recommendations += a.Count
		switch {
		case *a.Recommend >= 9:
			fans += a.Count
		case *a.Recommend <= 6:
			critics += a.Count
		}
	}
	m.MeanRating = share(sum, m.Ratings, 1)
	m.CSAT = share(content, m.Ratings, 100)
	m.NPS = share(fans-critics, m.Recommendations, 100)
	if asked != nil {
		m.ResponseRate = share(m.Answers, *asked, 1)
	}
	return m
}

func share(part, all int, of float64) *float64 {
	if all <= 0 {
		return nil
	}
	v := round(of * float64(part) / float64(all))
	return &v
}

// Answers are the fields of the form in which customers answer.
type Answers struct {
	Form                    *form.Form
	Time, Rating, Recommend *form.Field
	Env                     sqlgen.Env // for whom and when they are counted
}

// AnswersOf finds them. Fault: INVALID where the organisation has no such form.
func AnswersOf(cat *form.Catalog) (Answers, error) {
	x := cat.ToCustomer("FEEDBACK_CUSTOMER")
	if x == nil {
		return Answers{}, fault.New(fault.Invalid, "there is no form in which customers answer")
	}
	a := Answers{Form: x.Form, Time: x.Form.StoredAs("FEEDBACK_TIME", "timestamptz"), Rating: x.Form.StoredAs("FEEDBACK_RATING", "smallint"), Recommend: x.Form.StoredAs("FEEDBACK_RECOMMEND", "bigint")}
	if a.Time == nil || a.Rating == nil && a.Recommend == nil {
		return a, fault.New(fault.Invalid, "form %s has no time, or neither a rating nor a recommendation", a.Form.Key)
	}
	return a, nil
}

// Day holds for answers from a day on, or until it.
func (a Answers) Day(d calendar.Day, from bool) query.Filter {
	op := kind.Gte
	if !from {
		op, d = kind.Lt, d.Add(1)
	}
	return query.Cmp{Field: a.Time, Op: op, Args: []string{d.Begin(a.Form.Catalog.Zone).UTC().Format(time.RFC3339)}}
}

// Count reads the answers that a filter holds for, those that are the same together.
func (a Answers) Count(ctx context.Context, c *pg.Conn, filter query.Filter) ([]Counted, error) {
	q := query.Aggregation{List: query.List{Form: a.Form, Filter: filter}, First: 10_000}
	var given query.Or
	for _, x := range []*form.Field{a.Rating, a.Recommend} {
		if x != nil {
			q.Groups = append(q.Groups, query.Group{Field: x})
			given = append(given, query.Cmp{Field: x, Op: kind.IsNull, Args: []string{"false"}})
		}
	}
	q.List.Filter = query.And{given, filter}
	if filter == nil {
		q.List.Filter = given
	}
	var out []Counted
	s := a.Env.Aggregate(q)
	err := c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		var n Counted
		for i, v := range row[:len(row)-1] {
			text, _ := v.(string)
			if k, err := strconv.Atoi(text); err == nil && q.Groups[i].Field == a.Rating {
				n.Rating = &k
			} else if err == nil {
				n.Recommend = &k
			}
		}
		n.Count = int(row[len(row)-1].(int64))
		out = append(out, n)
		return nil
	})
	return out, err
}
