package table

import (
	"context"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// A form has indexes over expressions of texts: one by which its records are
// searched, and for each field that tells of duplicates one by which those are
// found. Nothing but their speed depends on them. Their names hold a hash of the
// expression: after a change of definitions the index that is wanted is another
// one, which is made at once, or by a job for a large form. Forms that were there
// before there were such indexes get theirs by jobs that migrations make.

const (
	selectTextIndexes = `
		SELECT i.relname FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
		 WHERE i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
		   AND EXISTS (SELECT FROM unnest($2::text[]) p WHERE starts_with(i.relname, p)) ORDER BY 1`
)

// TextIndexes are the indexes over texts that the form wants.
func TextIndexes(f *form.Form) []Index {
	out := []Index{searchIndexOn(f)}
	for _, x := range f.Own() {
		if x.Telling() != "" {
			out = append(out, duplicateIndexOn(x))
		}
	}
	return out
}

// TextPrefixes are what the names of such indexes begin with, and no others.
func TextPrefixes(f *form.Form) pq.StringArray {
	return pq.StringArray{f.SearchPrefix(), f.DuplicatePrefix()}
}

// TextDifference is what the form wants and what it does not, given the indexes
// that are there.
func TextDifference(f *form.Form, there []string) (missing []Index, stale []string) {
	wanted := TextIndexes(f)
	for _, x := range wanted {
		if !slices.Contains(there, x.Name) {
			missing = append(missing, x)
		}
	}
	for _, name := range there {
		ours := slices.ContainsFunc(TextPrefixes(f), func(p string) bool { return strings.HasPrefix(name, p) })
		if ours && !slices.ContainsFunc(wanted, func(x Index) bool { return x.Name == name }) {
			stale = append(stale, name)
		}
	}
	return missing, stale
}

// WithoutStatistics spares whoever analyses the table the tokens of thousands of
// records: no plan asks how frequent they are.
func (m *Maker) WithoutStatistics(ctx context.Context, x Index) error {
	return m.DDL(ctx, `ALTER INDEX %s.%s ALTER COLUMN 1 SET STATISTICS 0`, pg.Quote(m.Cat.Schema), pg.Quote(x.Name))
}

// dropTextIndexes drops all that the form has, before its table is changed in a
// way that they might not survive.
func (m *Maker) dropTextIndexes(ctx context.Context, f *form.Form) error {
	there, err := TextIndexesThere(ctx, m.Tx, m.Cat.Schema, TextPrefixes(f))
	if err != nil {
		return err
	}
	return m.DropIndexes(ctx, there)
}

// DropIndexes drops indexes of the organisation's schema.
func (m *Maker) DropIndexes(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := m.DDL(ctx, `DROP INDEX %s.%s`, pg.Quote(m.Cat.Schema), pg.Quote(name)); err != nil {
			return err
		}
	}
	return nil
}

// TextIndexesThere are the indexes over texts in a schema, whole or not, whose
// names begin with one of the prefixes.
func TextIndexesThere(ctx context.Context, db Selecter, schema string, prefixes pq.StringArray) (there []string, err error) {
	err = db.SelectContext(ctx, &there, selectTextIndexes, schema, prefixes)
	return there, err
}
