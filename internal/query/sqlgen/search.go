package sqlgen

import (
	"fmt"
	"strings"
)

// searchFor is what the tokens of records are asked, worked out once for a
// statement.
func (w *writer) searchFor(text string, inTitle bool) string {
	return fmt.Sprintf("(SELECT fieldwork_expr.search_query(%s, %t))", w.arg(text, "text"), inTitle)
}

// rank is how well the record of an alias is found by the search of the list being
// written: 2 when its title begins like that, 1 when its title alone is found, else
// 0. Titles that are found are looked up once, by the index.
func (w *writer) rank(alias string) string {
	f, text := w.search.Form, strings.TrimSpace(w.search.Search)
	a := w.alias()
	return fmt.Sprintf("CASE WHEN %s.%s ILIKE %s THEN 2 WHEN %s.id IN (SELECT %s.id FROM %s %s WHERE %s @@ %s) THEN 1 ELSE 0 END",
		alias, f.SearchTitle(), w.arg(likeText(text)+"%", "text"), alias, a, w.table(f), a, f.SearchTokens(a), w.searchFor(text, true))
}
