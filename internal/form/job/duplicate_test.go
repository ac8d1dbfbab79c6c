package job_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/orgtest"
)

// TestDuplicateKey: what is written in more than one way has one key; what differs
// has not.
func TestDuplicateKey(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	tests := []struct{ how, key, texts string }{ // texts are parted by |
		{"NAME", "华东钢铁", "华东钢铁|华东钢铁有限公司| 华东 钢铁　有限责任公司 |华东钢铁股份有限公司|华东钢铁集团|华东钢铁（集团）有限公司|华东钢铁集团股份有限公司|華東"},
		{"NAME", "华东钢铁上海", "华东钢铁（上海）有限公司|华东钢铁上海|华东钢铁(上海)股份有限公司"},
		{"NAME", "上海华东钢铁", "上海华东钢铁有限公司|（上海）华东钢铁"},
		{"NAME", "华东钢铁上海分公司", "华东钢铁上海分公司|华东钢铁 (上海) 分公司"},
		{"NAME", "华东钢铁有限公司上海分公司", "华东钢铁有限公司上海分公司"},
		{"NAME", "examplesteel", "Example Steel|EXAMPLE-STEEL CO., LTD.|Example Steel Co.Ltd|example steel inc|Example Steel, L.L.C.|Éxample Steel GmbH|Ｅｘａｍｐｌｅ Ｓｔｅｅｌ Ｐｌｃ|Example Steel Corporation|Example Steel (Group) Limited|Example Steel Pte. Ltd.|Example Steel Corp有限公司"},
		{"NAME", "example3m", "Example 3M|example3m company"},
		{"NAME", "exampleltdsteel", "Example Ltd Steel"},
		{"NAME", "examplecoltd", "ExampleColtd"},
		{"NAME", "exampleincorporate", "Example Incorporate"},
		{"NAME", "集团有限公司", "集团有限公司"},
		{"NAME", "groupltd", "Group Ltd"},
		{"NAME", "колос", "Колос"},
		{"NAME", "", " |(）|、。-"},
		{"CODE", "91310000ma1fl0abcx", "91310000MA1FL0ABCX|9131 0000 MA1F L0AB CX|９１３１０００0ma1fl0abcx|91310000-MA1FL0ABC.X"},
		{"CODE", "examplecoltd", "Example Co Ltd"},
		{"CODE", "", "--"},
		{"PHONE", "13800138000", "+8613800138000|138 0013 8000|(86) 138-0013-8000|８６１３８００１３８０００|0086 13800138000|013800138000|tel:+86 138 0013 8000;ext=12|138 0013 8000 转 8|13800138000x7"},
		{"PHONE", "2161234567", "+862161234567|021-6123 4567|（021）61234567#22|+86 (0)21 6123 4567|02161234567转1转2"},
		{"PHONE", "+12125551234", "+1 212 555 1234|0012125551234"},
		{"PHONE", "", "none|+|0|fax"},
		{"EMAIL", "mei@example.com", "mei@example.com| Mei@Example.COM |ｍｅｉ@example.com"},
		{"EMAIL", "", "  "},
	}
	for _, tt := range tests {
		for text := range strings.SplitSeq(tt.texts, "|") {
			var got sql.NullString
			if err := o.DB.Control.GetContext(t.Context(), &got, `SELECT fieldwork_expr.duplicate_key($1, $2)`, text, tt.how); err != nil {
				t.Fatal(err)
			}
			if text == "華東" { // traditional characters are others
				if got.String == tt.key {
					t.Errorf("%s has the key of another name", text)
				}
			} else if got.String != tt.key || got.Valid != (tt.key != "") {
				t.Errorf("%s %q: %q, want %q", tt.how, text, got.String, tt.key)
			}
		}
	}
	var long int
	if err := o.DB.Control.GetContext(t.Context(), &long, `SELECT octet_length(fieldwork_expr.duplicate_key(repeat('𠀀', 5000) || 'x', 'NAME'))`); err != nil || long != 2000 {
		t.Errorf("a long text has a key of %d bytes: %v", long, err)
	}
}

// duplicateIndexes are those that a form has, and those that it wants, by field.
func duplicateIndexes(t *testing.T, o *orgtest.Org, key string) (have []string, want map[string]string) {
	t.Helper()
	if err := o.DB.Control.SelectContext(t.Context(), &have, `SELECT c.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
		WHERE x.indrelid = $1::regclass AND x.indisvalid AND c.relname LIKE 'duplicate%' ORDER BY 1`, "org_acme."+key); err != nil {
		t.Fatal(err)
	}
	want = map[string]string{}
	for _, x := range o.Catalog(t).Form(key).Own() {
		if x.Telling() != "" {
			want[x.Key] = x.DuplicateIndex()
		}
	}
	return have, want
}

// TestDuplicateIndexesFollow: whatever happens to fields of a form, small or large,
// each that tells of duplicates has an index, and no other has.
func TestDuplicateIndexesFollow(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	wake, stop := formtest.Runner(t, o)
	defer stop()
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "small", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "size", Kind: "INTEGER"}, {Key: "note", Kind: "LONG_TEXT"}}})
	if err != nil {
		t.Fatal(err)
	}
	o.DB.Control.MustExec(`INSERT INTO org_acme.small (name) VALUES ('a')`)
	yes, no, title, before := true, false, "size", ""
	for _, key := range []string{"small", "big"} {
		step := func(what string, want string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s %s: %v", key, what, err)
			}
			for n, until := 1, time.Now().Add(time.Minute); n > 0; wake() { // one job may begin another
				if err := o.DB.Control.GetContext(t.Context(), &n, `SELECT count(*) FROM fieldwork.job WHERE ended_at IS NULL`); err != nil || time.Now().After(until) {
					t.Fatalf("%s %s: %d jobs are not done: %v", key, what, n, err)
				}
			}
			formtest.Clean(t, o)
			have, wanted := duplicateIndexes(t, o, key)
			var fields []string
			for f, index := range wanted {
				fields = append(fields, f)
				if !slices.Contains(have, index) {
					t.Errorf("%s %s: %s has no index", key, what, f)
				}
			}
			slices.Sort(fields)
			if got := strings.Join(fields, " "); got != want || len(have) != len(wanted) {
				t.Errorf("%s %s: %s, want %s; there are %d", key, what, got, want, len(have))
			}
		}
		if f := o.Catalog(t).Form(key); f.Title != nil {
			before = f.Title.Key
		}
		step("made", before, nil)
		_, err := o.Forms.AddField(t.Context(), o.Owner, nil, key, form.NewField{Key: "zip", Kind: "TEXT"})
		step("a text that tells nothing", before, err)
		_, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, key, "zip", form.FieldUpdate{Unique: &yes})
		step("unique", before+" zip", err)
		_, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, key, "zip", conversion.Input{Kind: "PHONE"})
		step("a telephone number", before+" zip", err)
		_, err = o.Forms.UpdateField(t.Context(), o.Owner, nil, key, "zip", form.FieldUpdate{Unique: &no})
		step("not unique", before+" zip", err)
		_, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, key, "zip", conversion.Input{Kind: "LONG_TEXT"})
		step("a long text", before, err)
		_, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, key, "zip", conversion.Input{Kind: "EMAIL"})
		step("an address", before+" zip", err)
		_, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, key, "zip")
		step("archived", before, err)
		_, _, err = o.Forms.PurgeField(t.Context(), o.Owner, nil, key, "zip")
		step("purged", before, err)
		if key == "small" {
			_, err = o.Forms.UpdateForm(t.Context(), o.Owner, nil, key, form.FormUpdate{Title: &title})
			step("another title", "", err)
		}
	}
}
