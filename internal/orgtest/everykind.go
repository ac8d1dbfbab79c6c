package orgtest

import (
	"context"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query/sqlgen"
)

// withEveryKind is a database in which acme has the forms of EveryKind.
var withEveryKind = pgtest.Template{Name: "everykind", Build: func(ctx context.Context, db *pg.DB) error {
	o, err := add(ctx, db, "acme")
	if err != nil {
		return err
	}
	return o.addEveryKind(ctx)
}}

// EveryKind makes an organisation that has, besides the standard forms, a form
// with a field of every kind, two levels of forms it refers to, and one whose
// records are its children:
//
//	zone <- site <- thing <- part
//
// The option lost of thing.state is archived; thing.serial is never empty. The
// form gauge, which refers to thing and site, has a field of each other kind.
func EveryKind(t testing.TB) *Org {
	t.Helper()
	return open(t, withEveryKind)
}

func (o *Org) addEveryKind(ctx context.Context) error {
	text := func(key string) form.NewField { return form.NewField{Key: key, Kind: "TEXT"} }
	refer := func(key, to, inverse string) form.NewField {
		return form.NewField{Key: key, Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: &inverse}}
	}
	led := "led_things"
	ptr := func(s string) *string { return &s }
	option := func(key, en, zh string) form.NewOption {
		return form.NewOption{Key: key, Labels: form.Label{"en": en, "zh": zh}}
	}
	options := []form.NewOption{option("open", "Open", "未开始"), option("in_work", "In work", "进行中"), option("done", "Done", "已完成"), option("lost", "Lost", "已流失")}
	_, err := o.Forms.CreateForms(ctx, o.Owner, nil,
		form.NewForm{Key: "zone", Fields: []form.NewField{text("name"), {Key: "rank", Kind: "INTEGER"}}},
		form.NewForm{Key: "site", Fields: []form.NewField{text("name"), {Key: "level", Kind: "INTEGER"}, {Key: "opened_on", Kind: "DATE"}, refer("zone", "zone", "sites")}},
		form.NewForm{Key: "thing", Title: "name", Fields: []form.NewField{
			text("name"), {Key: "code", Kind: "TEXT", Indexed: true},
			{Key: "body", Kind: "LONG_TEXT"},
			{Key: "serial", Kind: "INTEGER", Required: true, Indexed: true},
			{Key: "size", Kind: "INTEGER"},
			{Key: "amount_due", Kind: "DECIMAL"},
			{Key: "checked", Kind: "BOOLEAN"},
			{Key: "due_on", Kind: "DATE", Indexed: true},
			{Key: "seen_at", Kind: "DATETIME", Indexed: true},
			{Key: "state", Kind: "CHOICE", Settings: form.SettingsInput{Options: options}},
			{Key: "lead", Kind: "MEMBER", Settings: form.SettingsInput{Inverse: &led}},
			refer("site", "site", "things"),
		}},
		form.NewForm{Key: "part", Fields: []form.NewField{text("name"), {Key: "quantity", Kind: "INTEGER"}, {Key: "price", Kind: "DECIMAL"}, refer("thing", "thing", "parts")}},
		form.NewForm{Key: "gauge", Title: "name", Fields: []form.NewField{
			text("name"),
			{Key: "mail", Kind: "EMAIL"}, {Key: "phone", Kind: "PHONE"}, {Key: "site_url", Kind: "URL"},
			{Key: "share", Kind: "PERCENT"}, {Key: "price", Kind: "MONEY"}, {Key: "amount", Kind: "DECIMAL"}, {Key: "size", Kind: "INTEGER"}, {Key: "took", Kind: "DURATION"},
			{Key: "tags", Kind: "MULTI_CHOICE", Indexed: true, Settings: form.SettingsInput{Options: options[:3]}},
			{Key: "stars", Kind: "RATING"}, {Key: "done", Kind: "PROGRESS"},
			{Key: "helpers", Kind: "MEMBERS"}, {Key: "sites", Kind: "REFERENCES", Settings: form.SettingsInput{To: ptr("site")}},
			{Key: "address", Kind: "ADDRESS"}, {Key: "place", Kind: "LOCATION"}, {Key: "files", Kind: "ATTACHMENT"},
			{Key: "code", Kind: "AUTO_NUMBER", Settings: form.SettingsInput{Pattern: ptr("G-{000}")}}, {Key: "extra", Kind: "JSON"},
			{Key: "due_on", Kind: "DATE"}, {Key: "seen_at", Kind: "DATETIME"}, {Key: "open", Kind: "BOOLEAN"},
			{Key: "thing", Kind: "REFERENCE", Settings: form.SettingsInput{To: ptr("thing")}},
			{Key: "twice", Kind: "FORMULA", Settings: form.SettingsInput{Expression: ptr("size * 2 + amount")}},
			{Key: "thing_state", Kind: "LOOKUP", Settings: form.SettingsInput{Via: ptr("thing"), Field: ptr("state")}},
			{Key: "parts_price", Kind: "FORMULA", Settings: form.SettingsInput{Expression: ptr("sum(thing.parts: price * quantity)")}},
			{Key: "site_count", Kind: "ROLLUP", Settings: form.SettingsInput{Via: ptr("sites"), Function: ptr("COUNT")}},
		}},
	)
	if err != nil {
		return err
	}
	_, err = o.Forms.UpdateField(ctx, o.Owner, nil, "thing", "state", form.FieldUpdate{Settings: &form.SettingsInput{Options: options[:3]}})
	return err
}

// Insert stores records as they are, without the checks of package record, and
// returns their numbers. Values are by field key, in the text of their column.
func (o *Org) Insert(t testing.TB, f *form.Form, records ...map[string]string) []int64 {
	t.Helper()
	ids := make([]int64, 0, len(records))
	err := o.DB.As(t.Context(), f.Catalog.Role, func(c *pg.Conn) error {
		for _, r := range records {
			var values []sqlgen.Assignment
			for _, x := range f.Own() { // in one order, so that statements stay prepared
				if v, ok := r[x.Key]; ok {
					values = append(values, sqlgen.Assignment{Field: x, Value: v})
				}
			}
			s := sqlgen.Env{}.Insert(sqlgen.Write{Form: f, Values: values})
			err := c.Query(t.Context(), s.SQL, s.Args, func(row []pg.Value) error { ids = append(ids, row[0].(int64)); return nil })
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
