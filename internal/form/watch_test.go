package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// shown is a watch in short: "part -thing-> thing" leads by a field of the part, and
// "<-thing-" back to those whose field it is; "by" names what one record speaks for.
func shown(w *form.Watch) string {
	var b strings.Builder
	b.WriteString(w.Of.Key)
	for _, h := range w.Way {
		switch {
		case h.To == nil:
			fmt.Fprintf(&b, " -%s-> %s", h.From.Key, h.Leads().Key)
		case h.From == nil:
			fmt.Fprintf(&b, " <-%s- %s", h.To.Key, h.Leads().Key)
		default:
			fmt.Fprintf(&b, " =%s=%s= %s", h.From.Key, h.To.Key, h.Leads().Key)
		}
	}
	if w.Anywhere() {
		b.WriteString(" ... " + w.Owner().Key)
	}
	if w.By != nil {
		b.WriteString(" by")
		for _, x := range w.By {
			b.WriteString(" " + x.Key)
		}
	}
	return b.String()
}

func TestTheWayBackFromWhatARuleCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		form, expression string
		want             []string
	}{
		{"thing", `count(parts) < 9`, []string{"part -thing-> thing"}},
		{"thing", `count(forms.part where thing = this and price > 1) < 9`, []string{"part -thing-> thing"}},
		{"site", `sum(things: sum(parts: price)) < 9`, []string{"part -thing-> thing -site-> site", "thing -site-> site"}},
		{"thing", `count(site.things) < 9`, []string{"thing -site-> site <-site- thing by site"}},
		{"gauge", `count(sites where level > 1) < 9`, []string{"site <-sites- gauge"}},
		{"thing", `count(forms.gauge where size = this.size) < 9 or state = "open"`, []string{"gauge =size=size= thing by size state"}},
		{"thing", `count(forms.gauge where size > this.size) < 9`, []string{"gauge ... thing by size"}},
		{"thing", `count(forms.gauge where size = this.size or size = 1) < 9`, []string{"gauge ... thing by size"}},
		{"site", `count(forms.gauge) < 9`, []string{"gauge ... site by"}},
		{"site", `count(things where site.zone.name = "x") < 9`, []string{"site <-site- thing -site-> site", "thing -site-> site", "zone <-zone- site <-site- thing -site-> site"}},
		{"part", `price > 1 and thing.site.zone.name != "x"`, nil},
	} {
		o := orgtest.EveryKind(t)
		cat, err := o.Forms.AddRule(t.Context(), o.Owner, nil, tt.form, form.NewRule{Key: "r", Kind: form.CheckRule, Expression: tt.expression})
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		var got []string
		for _, f := range cat.Forms {
			for _, w := range f.Watchers() {
				got = append(got, shown(w))
				if !slices.Contains(f.Guards(), w.Owner()) {
					t.Errorf("%s: writes of %s do not wait for those of %s", tt.expression, f.Key, w.Owner().Key)
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.expression, got, tt.want)
		}
	}
}
