package template

import (
	"encoding/json"
	"fmt"
	"testing"
)

func written(t *testing.T, key, text string) sheet {
	t.Helper()
	s := sheet{form: "x", key: key}
	if err := json.Unmarshal([]byte(text), &s.says); err != nil {
		t.Fatal(err)
	}
	return s
}

// What comes of a view of a template, by what the organisation has and what the
// template said before.
func TestLay(t *testing.T) {
	t.Parallel()
	const (
		old = `{"label":{"en":"Old"},"layout":"TABLE","settings":{},"columns":["a"]}`
		now = `{"label":{"en":"New","zh":"新"},"layout":"BOARD","settings":{"board":"s"},"columns":["a","b"]}`
	)
	for _, c := range []struct {
		name, have, was, want string
		lacks                 bool
		says, left            string
	}{
		{name: "what is lacking is made", want: now, says: now},
		{name: "what cannot be is left", want: now, lacks: true, left: "LACKING"},
		{name: "what was taken away stays away", was: old, want: now, left: "REMOVED"},
		{name: "one of the organisation's own stays", have: old, want: now, left: "CLASH"},
		{name: "one that says the same is the template's", have: now, want: now},
		{name: "one that nobody changed is brought up to date", have: old, was: old, want: now, says: now},
		{name: "nothing is new", have: old, was: now, want: now},
		{name: "a part that was changed stays, and the others come", have: `{"label":{"en":"Mine"},"layout":"TABLE","settings":{},"columns":["c"]}`, was: old, want: now,
			says: `{"columns":["c"],"label":{"en":"Mine","zh":"新"},"layout":"BOARD","settings":{"board":"s"}}`},
		{name: "layout and settings go together", have: `{"label":{"en":"Old"},"layout":"TABLE","settings":{"x":1},"columns":["a"]}`, was: old, want: now,
			says: `{"columns":["a","b"],"label":{"en":"New","zh":"新"},"layout":"TABLE","settings":{"x":1}}`},
		{name: "a part that is said no more goes", have: `{"columns":["a"],"filter":1}`, was: `{"columns":["a"],"filter":1}`, want: `{"columns":["a"]}`, says: `{"columns":["a"]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list := func(text string) []sheet {
				if text == "" {
					return nil
				}
				return []sheet{written(t, "k", text)}
			}
			got := viewSheets.lay(list(c.have), list(c.was), list(c.want), func(sheet) bool { return !c.lacks })
			var says, left string
			for _, s := range append(got.fresh, got.revised...) {
				b, _ := json.Marshal(s.says)
				says += string(b)
			}
			for _, l := range got.left {
				left += string(l.Why)
			}
			want := ""
			if c.says != "" {
				b, _ := json.Marshal(written(t, "k", c.says).says)
				want = string(b)
			}
			if says != want || left != c.left {
				t.Errorf("says %s, left %q\nwant %s, left %q", says, left, want, c.left)
			}
			if (len(got.made) > 0) != (c.says != "") {
				t.Errorf("differences %s", fmt.Sprint(got.made))
			}
		})
	}
}
