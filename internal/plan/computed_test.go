package plan_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// addComputed adds to the forms of every kind what random lists are to read
// besides: computed fields, in chains up to three forms deep, choices of several
// options and links.
func addComputed(t *testing.T, o *orgtest.Org) *form.Catalog {
	t.Helper()
	s := func(v string) *string { return &v }
	add := func(form, key, kind string, in form.SettingsInput) {
		t.Helper()
		if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, form, field(key, kind, in)); err != nil {
			t.Fatalf("%s.%s: %v", form, key, err)
		}
	}
	formula := func(form, key, text string) { t.Helper(); add(form, key, "FORMULA", settings{Expression: &text}) }
	lookup := func(form, key, via, of string) { t.Helper(); add(form, key, "LOOKUP", settings{Via: &via, Field: &of}) }
	tags := []form.NewOption{{Key: "red"}, {Key: "blue"}, {Key: "green"}}
	add("thing", "tags", "MULTI_CHOICE", settings{Options: tags})
	add("thing", "near", "REFERENCES", settings{To: s("thing"), Inverse: s("near_to")})
	add("site", "things_size", "ROLLUP", settings{Via: s("things"), Function: s("SUM"), Field: s("size"), Where: s(`state != "done"`)})
	formula("site", "score", "things_size + level")
	add("zone", "best", "ROLLUP", settings{Via: s("sites"), Function: s("MAX"), Field: s("score")})
	formula("thing", "double", "size * 2")
	formula("thing", "late", "due_on < today()")
	formula("thing", "label", `code & "x"`)
	formula("thing", "next", "add_days(due_on, 7)")
	formula("thing", "since", `seen_at - datetime("2026-11-24T00:00:00Z")`)
	formula("thing", "near_count", "count(near)")
	formula("thing", "near_size", "sum(near_to: double)")
	lookup("thing", "site_level", "site", "level")
	lookup("thing", "site_opened", "site", "opened_on")
	lookup("thing", "site_zone", "site", "zone")
	lookup("thing", "site_score", "site", "score")
	lookup("part", "thing_state", "thing", "state")
	formula("part", "far", "thing.site_score * 2 + quantity")
	formula("part", "best", "thing.site_zone.best")
	return o.Catalog(t)
}

type settings = form.SettingsInput

func field(key, kind string, s form.SettingsInput) form.NewField {
	return form.NewField{Key: key, Kind: kind, Settings: s}
}

// computed are the fields of addComputed, read in memory.
var computed map[string]func(m *memory, r *record) any

func init() { computed = inMemory } // by way of each other

var inMemory = map[string]func(m *memory, r *record) any{
	"site.things_size": func(m *memory, r *record) any {
		sum := new(big.Int)
		for _, c := range m.live(r, "things") {
			if v := m.whole(c, "size"); v != nil && c.values["state"] != "" && c.values["state"] != "done" {
				sum.Add(sum, v)
			}
		}
		return sum
	},
	"site.score": func(m *memory, r *record) any { return plus(m.whole(r, "things_size"), m.whole(r, "level")) },
	"zone.best": func(m *memory, r *record) any {
		var most *big.Int
		for _, c := range m.live(r, "sites") {
			if v := m.whole(c, "score"); v != nil && (most == nil || v.Cmp(most) > 0) {
				most = v
			}
		}
		return most
	},
	"thing.double": func(m *memory, r *record) any { return plus(m.whole(r, "size"), m.whole(r, "size")) },
	"thing.late": func(m *memory, r *record) any {
		if r.values["due_on"] == "" {
			return nil
		}
		return r.values["due_on"] < "2026-11-24"
	},
	"thing.label": func(_ *memory, r *record) any { return r.values["code"] + "x" },
	"thing.next": func(_ *memory, r *record) any {
		d, err := time.Parse(time.DateOnly, r.values["due_on"])
		if d = d.AddDate(0, 0, 7); err != nil || d.Year() > 9999 {
			return nil
		}
		return d.Format(time.DateOnly)
	},
	"thing.since": func(_ *memory, r *record) any {
		at, err := time.Parse(time.RFC3339Nano, r.values["seen_at"])
		if err != nil {
			return nil
		}
		n, sign := at.UnixMicro()-1795478400*1_000_000, ""
		if n < 0 {
			n, sign = -n, "-"
		}
		return fmt.Sprintf("PT%s%d.%06dS", sign, n/1_000_000, n%1_000_000)
	},
	"thing.near_count": func(m *memory, r *record) any { return big.NewInt(int64(len(m.live(r, "near")))) },
	"thing.near_size": func(m *memory, r *record) any {
		sum := new(big.Int)
		for _, c := range m.live(r, "near_to") {
			if v := m.whole(c, "double"); v != nil {
				sum.Add(sum, v)
			}
		}
		return sum
	},
	"thing.site_level":  func(m *memory, r *record) any { return m.through(r, "site", "level") },
	"thing.site_opened": func(m *memory, r *record) any { return m.through(r, "site", "opened_on") },
	"thing.site_zone":   func(m *memory, r *record) any { return m.through(r, "site", "zone") },
	"thing.site_score":  func(m *memory, r *record) any { return m.through(r, "site", "score") },
	"part.thing_state":  func(m *memory, r *record) any { return m.through(r, "thing", "state") },
	"part.far": func(m *memory, r *record) any {
		score, _ := new(big.Int).SetString(fmt.Sprint(m.through(r, "thing", "site_score")), 10)
		return plus(plus(score, score), m.whole(r, "quantity"))
	},
	"part.best": func(m *memory, r *record) any {
		thing := m.behind(r, r.form.Field("thing"))
		if thing == nil {
			return nil
		}
		zone := m.behind(thing, thing.form.Field("site_zone"))
		if zone == nil {
			return nil
		}
		return m.whole(zone, "best")
	},
}

func plus(a, b *big.Int) *big.Int {
	if a == nil || b == nil {
		return nil
	}
	return new(big.Int).Add(a, b)
}

func (m *memory) whole(r *record, key string) *big.Int {
	v, ok := m.value(r, r.form.Field(key))
	if !ok {
		return nil
	}
	n, _ := new(big.Int).SetString(v, 10)
	return n
}

// through is a field of the record behind a reference, in the text of its column.
func (m *memory) through(r *record, ref, key string) any {
	to := m.behind(r, r.form.Field(ref))
	if to == nil {
		return nil
	}
	if v, ok := m.value(to, to.form.Field(key)); ok {
		return v
	}
	return nil
}

// live are the records behind children or links that are not archived.
func (m *memory) live(r *record, key string) []*record {
	return slices.DeleteFunc(m.childrenOf(r, r.form.Field(key)), func(c *record) bool { return c.archived })
}

// computedText is a computed value in the text of its column.
func computedText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case *big.Int:
		if v == nil {
			return "", false
		}
		return v.String(), true
	}
	return fmt.Sprint(v), true
}

// link gives things random links.
func (m *memory) link(t *testing.T, o *orgtest.Org, cat *form.Catalog, rnd *rand.Rand) {
	t.Helper()
	x := cat.Form("thing").Field("near")
	err := o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
		for _, r := range m.records["thing"] {
			var records, ids, places []int64
			for _, to := range m.records["thing"] {
				if rnd.IntN(20) == 0 {
					r.near = append(r.near, to.id)
					records, ids, places = append(records, r.id), append(ids, to.id), append(places, int64(len(places)+1))
				}
			}
			s := sqlgen.AddLinks(x, records, ids, places)
			if _, err := c.Exec(t.Context(), s.SQL, s.Args); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// among says what has, hasAny and hasAll say of a list.
func among(op string, have, wanted []string) bool {
	n := 0
	for _, w := range wanted {
		if slices.Contains(have, w) {
			n++
		}
	}
	if op == "hasAll" {
		return n == len(wanted)
	}
	return n > 0
}

var lengthParts = regexp.MustCompile(`^P(?:(-?[0-9]+)D)?(?:T(?:(-?[0-9]+)H)?(?:(-?[0-9]+)M)?(?:(-?[0-9]+)(?:\.([0-9]+))?S)?)?$`)

// micros is a length of time, whose fraction has the sign of its seconds.
func micros(s string) int64 {
	p := lengthParts.FindStringSubmatch(s)
	n := func(i int) int64 { v, _ := strconv.ParseInt(p[i], 10, 64); return v } // nothing is 0
	fraction := p[5] + strings.Repeat("0", 6-len(p[5]))
	part, _ := strconv.ParseInt(fraction, 10, 64)
	if strings.HasPrefix(p[4], "-") {
		part = -part
	}
	return ((n(1)*24+n(2))*3600+n(3)*60+n(4))*1_000_000 + part
}
