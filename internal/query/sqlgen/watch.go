package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/form"
)

// Owners selects the numbers of the records whose rules look at some records, each
// with the number of the one that it looks at; without that where they look at
// whatever record. Of those that are not led to, it selects one for all that have
// the same values of what their rules read, and none that is looked at itself.
func Owners(by *form.Watch, ids []int64) Statement {
	w := &writer{}
	w.put("%s", w.owners(by, ids, !by.Anywhere(), tables{(*form.Form).Table, (*form.Field).LinkTable}))
	return w.done()
}

// tables are what is read in place of forms and links.
type tables struct {
	of    func(*form.Form) string
	links func(*form.Field) string
}

func (w *writer) owners(by *form.Watch, ids []int64, from bool, t tables) string {
	if by.Direct() {
		return w.led(by.Way, ids, from, t)
	}
	var b strings.Builder
	owner := by.Owner()
	live := "r.archived_at IS NULL"
	if by.Of == owner {
		live += fmt.Sprintf(" AND r.id <> ALL(%s)", w.once(Numbers(ids), "bigint[]"))
	}
	if by.Anywhere() {
		fmt.Fprintf(&b, " FROM %s r", t.of(owner))
	} else {
		fmt.Fprintf(&b, " FROM %s w0", t.of(by.Of))
		for i, h := range by.Way {
			next := fmt.Sprintf("w%d", i+1)
			if i == len(by.Way)-1 {
				next = "r"
			}
			b.WriteString(hop(h, fmt.Sprintf("w%d", i), next, t))
		}
		live += fmt.Sprintf(" AND w0.id = ANY(%s)", w.once(Numbers(ids), "bigint[]"))
	}
	order := "r.id"
	if by.By != nil {
		var same []string
		for _, x := range by.By {
			same = append(same, "r."+x.Column())
		}
		order = strings.Join(same, ", ")
	}
	what := "r.id"
	if from {
		order, what = strings.TrimPrefix(order+", w0.id", ", "), what+", w0.id"
	}
	if order == "" {
		return fmt.Sprintf("SELECT %s%s WHERE %s ORDER BY r.id LIMIT 1", what, b.String(), live)
	}
	return fmt.Sprintf("SELECT DISTINCT ON (%[1]s) %[2]s%[3]s WHERE %[4]s ORDER BY %[1]s, r.id", order, what, b.String(), live)
}

// hop joins the records that a record of an alias leads to.
func hop(h form.Hop, at, next string, t tables) string {
	key, links := at+".id", ""
	switch x := h.From; {
	case x == nil:
	case x.IsLinks():
		links = fmt.Sprintf(" JOIN %s %s_f ON %s_f.record = %s", t.links(x), at, at, key)
		key = at + "_f.target"
	default:
		key = at + "." + x.Column()
	}
	switch y := h.To; {
	case y == nil:
		return fmt.Sprintf("%s JOIN %s %s ON %s.id = %s", links, t.of(h.Leads()), next, next, key)
	case y.IsLinks():
		return fmt.Sprintf("%s JOIN %s %s_t ON %s_t.target = %s JOIN %s %s ON %s.id = %s_t.record", links, t.links(y), at, at, key, t.of(h.Leads()), next, next, at)
	default:
		return fmt.Sprintf("%s JOIN %s %s ON %s.%s = %s", links, t.of(h.Leads()), next, next, y.Column(), key)
	}
}

// led selects the records that some records lead to by references, columns or links.
func (w *writer) led(way []form.Hop, ids []int64, from bool, t tables) string {
	var b strings.Builder
	first, key := "", ""
	for i, h := range way {
		source, id, next := "", "id", "target"
		if x := h.From; x.IsLinks() {
			source, id = t.links(x), "record"
		} else {
			source, next = t.of(x.Form), x.Column()
		}
		if i == 0 {
			fmt.Fprintf(&b, " FROM %s w0", source)
			first = "w0." + id
		} else {
			fmt.Fprintf(&b, " JOIN %s w%d ON w%d.%s = %s", source, i, i, id, key)
		}
		key = fmt.Sprintf("w%d.%s", i, next)
	}
	what := key
	if from {
		what += ", " + first
	}
	return fmt.Sprintf("SELECT DISTINCT %s%s WHERE %s = ANY(%s) AND %s IS NOT NULL", what, b.String(), first, w.arg(Numbers(ids), "bigint[]"), key)
}
