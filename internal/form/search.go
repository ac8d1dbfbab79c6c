package form

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/form/kind"
)

// A form's records are searched by the tokens of their texts, which are what
// fieldwork_expr.search_tokens makes of them (migration 0007), and found by an
// index over that expression. Which texts those are follows from the definitions,
// so every search is right whether the index is there or not. The index's name
// holds a hash of the expression: after a change of definitions the index that is
// wanted is another one, which is made at once, or by a job for a large form.

// searched are the fields whose texts are searched besides the title: stored
// texts and addresses, long texts last because a record's tokens end somewhere.
// They are in the order in which they were made, which does not change.
func (f *Form) searched() []*Field {
	var out []*Field
	for _, x := range f.Own() {
		if x.Stored() && x != f.searchTitle() && (isText(x) || x.Kind.Name() == "ADDRESS") {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b *Field) int {
		long := func(x *Field) int { return map[string]int{"LONG_TEXT": 1}[x.Kind.Name()] }
		return cmp.Or(cmp.Compare(long(a), long(b)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// isText says whether what the field holds was written by somebody as text.
func isText(x *Field) bool {
	return x.Kind.Column() == "text" && x.Kind.Name() != "CHOICE"
}

// searchTitle is the title of the form's records where it is text that is stored:
// what is found in it comes first. nil where it is not.
func (f *Form) searchTitle() *Field {
	if x := f.Title; x != nil && x.Usable() && x.Stored() && isText(x) {
		return x
	}
	return nil
}

// SearchTitle is the column of the title by which found records are ordered,
// quoted; "" where there is none.
func (f *Form) SearchTitle() string {
	if x := f.searchTitle(); x != nil {
		return x.Column()
	}
	return ""
}

// SearchTokens is the tokens of the record of an alias, "" for the table's own
// columns, in SQL.
func (f *Form) SearchTokens(alias string) string {
	if alias != "" {
		alias += "."
	}
	texts := []string{"NULL::text"}
	if x := f.searchTitle(); x != nil {
		texts[0] = alias + x.Column()
	}
	for _, x := range f.searched() {
		parts := kind.Parts(x.Kind)
		if parts == nil {
			texts = append(texts, alias+x.Column())
		}
		for _, p := range parts {
			texts = append(texts, fmt.Sprintf("(%s%s ->> '%s')", alias, x.Column(), p))
		}
	}
	return "fieldwork_expr.search_tokens(ARRAY[" + strings.Join(texts, ", ") + "])"
}

// SearchIndex names the index by which the form's records are searched.
func (f *Form) SearchIndex() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.SearchTokens("")))
	return fmt.Sprintf("%s%08x", f.SearchPrefix(), h.Sum32())
}

// SearchPrefix begins the names of the form's search indexes.
func (f *Form) SearchPrefix() string { return "search_" + strconv.FormatInt(f.ID, 10) + "_" }
