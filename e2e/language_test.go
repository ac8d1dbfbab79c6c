package e2e_test

import "testing"

// The language of texts is the first of those the header prefers, by weight, that
// a text has; then the organisation's, then English, then any.
func TestAcceptLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // whose organisation speaks English
	w.ask(t, "mei", `mutation { createForm(input: {key: "visit", labels: [{language: "en", text: "Visit"}, {language: "zh", text: "拜访"}, {language: "de", text: "Besuch"}],
		fields: [{key: "a", kind: TEXT, labels: [{language: "zh-TW", text: "甲"}, {language: "fr", text: "Ah"}]}]}) { form { key } } }`, nil)
	for _, tt := range []struct{ header, form, field string }{
		{"", "Visit", "Ah"},
		{"*", "Visit", "Ah"}, // fetch of Node.js
		{"zh-TW", "拜访", "甲"},
		{"zh-Hant-TW", "拜访", "Ah"},
		{"zh", "拜访", "Ah"},
		{"de-AT", "Besuch", "Ah"},
		{"en;q=0.3, zh;q=0.2, de;q=0.9", "Besuch", "Ah"},
		{"ja, zh-TW;q=0.8, de;q=0.7", "拜访", "甲"},
		{"zh;q=0, de;q=0.1", "Besuch", "Ah"},
		{"ja, ko", "Visit", "Ah"},
		{"not a language at all;;;", "Visit", "Ah"},
	} {
		a := post(t, w, call{token: w.tokens["tom"], query: `{ form(key: "visit") { label fields { label } } }`, header: map[string]string{"Accept-Language": tt.header}})
		if got := a.text("form", "label"); got != tt.form {
			t.Errorf("%q: form %q, want %q", tt.header, got, tt.form)
		}
		if got := a.text("form", "fields", 0, "label"); got != tt.field {
			t.Errorf("%q: field %q, want %q", tt.header, got, tt.field)
		}
	}
	// A label without a language is in the organisation's when none is asked for.
	a := post(t, w, call{token: w.tokens["mei"], query: `mutation { updateForm(input: {form: "visit", label: "Call"}) { form { labels { language text } } } }`, header: map[string]string{"Accept-Language": "*"}})
	if got := a.text("updateForm", "form", "labels", 0, "text"); got != "Call" {
		t.Errorf("the English label is %q: %s", got, a.raw)
	}
}
