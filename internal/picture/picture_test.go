package picture

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fieldwork/internal/division"
	"fieldwork/internal/division/divisiontest"
	"fieldwork/internal/draw"
	"fieldwork/internal/fault"
)

var options = []Options{
	{Paper: A3, Language: "zh"}, {Paper: A3, Language: "en"}, {Paper: A4, Language: "zh-CN"}, {Paper: A4, Language: "en-GB", Theme: Print},
}

// tidy fails when a text leaves its box, its box the page, or one text stands on another.
func tidy(t interface {
	Helper()
	Fatalf(string, ...any)
}, pages []*draw.Page) {
	t.Helper()
	for n, p := range pages {
		paper, placed := draw.Box{W: p.W, H: p.H}, p.Placed()
		for i, a := range placed {
			if !a.Box.Holds(a.Ink) || !paper.Inset(5, 5).Holds(a.Box) {
				t.Fatalf("page %d: %q at %v leaves %v, or the paper", n+1, a.Text, a.Ink, a.Box)
			}
			for _, b := range placed[:i] {
				if apart := a.Ink.X+a.Ink.W <= b.Ink.X || b.Ink.X+b.Ink.W <= a.Ink.X || a.Ink.Y+a.Ink.H <= b.Ink.Y || b.Ink.Y+b.Ink.H <= a.Ink.Y; !apart {
					t.Fatalf("page %d: %q at %v stands on %q at %v", n+1, a.Text, a.Ink, b.Text, b.Ink)
				}
			}
		}
	}
}

func TestNothingOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.SampledFrom(options).Draw(t, "options")
		o.Filter = divisiontest.Text(t)
		tidy(t, layOut(divisiontest.Random(t, 6), o))
	})
}

func TestLargeAndSmallTables(t *testing.T) {
	for _, o := range options {
		for _, size := range [][2]int{{0, 11}, {0, 0}, {1, 0}, {1, 1}, {40, 3}, {40, 11}, {500, 11}} {
			t.Run(fmt.Sprint(o.Paper, o.Language, size), func(t *testing.T) {
				t.Parallel()
				pages := layOut(divisiontest.Sample(size[0], size[1]), o)
				tidy(t, pages)
				if numbers := rows(pages); len(numbers) != size[0] {
					t.Errorf("%d rows are drawn of %d", len(numbers), size[0])
				}
				for i, p := range pages {
					for _, want := range []string{newSheet(division.Table{}, o).words.Title, newSheet(division.Table{}, o).number(i+1, len(pages))} {
						if !strings.Contains(text(p), want) {
							t.Errorf("page %d lacks %q", i+1, want)
						}
					}
				}
			})
		}
	}
}

func TestManyResponsibilities(t *testing.T) {
	table := divisiontest.Sample(5, 11)
	for range 2 {
		table.Columns = append(table.Columns, table.Columns...)
		for i := range table.Rows {
			table.Rows[i].Cells = append(table.Rows[i].Cells, table.Rows[i].Cells...)
		}
	}
	for _, o := range options {
		tidy(t, layOut(table, o))
	}
}

func text(p *draw.Page) string {
	var all []string
	for _, t := range p.Placed() {
		all = append(all, t.Text)
	}
	return strings.Join(all, " ")
}

// rows are the numbers of customers that stand in the first column.
func rows(pages []*draw.Page) []string {
	var out []string
	for _, p := range pages {
		left := p.W
		for _, t := range p.Placed() {
			left = min(left, t.Box.X)
		}
		for _, t := range p.Placed() {
			if strings.Trim(t.Text, "0123456789") == "" && t.Box.X < left+2 {
				out = append(out, t.Text)
			}
		}
	}
	return out
}

func TestCells(t *testing.T) {
	s := newSheet(divisiontest.Sample(1, 1), Options{Paper: A3, Language: "zh"})
	deputy := division.Person{Name: "乙"}
	for name, c := range map[string]struct {
		cell division.Cell
		want string
	}{
		"a gap":                        {division.Cell{State: division.IsGap, Gap: &division.Gap{Kind: "MISSING"}}, "[缺]"},
		"a gap of one who left":        {division.Cell{State: division.IsGap, Gap: &division.Gap{Kind: "MEMBER_LEFT"}}, "[缺·成员离职]"},
		"not required is blank":        {division.Cell{State: division.NotRequired}, ""},
		"both letters of a member":     {division.Cell{State: division.Filled, Members: []division.CellMember{{Name: "甲", Levels: []string{"A", "R"}}}}, "AR:甲"},
		"an overlap":                   {division.Cell{State: division.IsOverlap, Members: []division.CellMember{{Name: "甲", Levels: []string{"A"}}, {Name: "乙", Levels: []string{"A"}}}}, "[重] A:甲 A:乙"},
		"a deputy of one who is away":  {division.Cell{State: division.Filled, Members: []division.CellMember{{Name: "甲", Levels: []string{"A"}, Absent: true, Deputy: &deputy}}}, "A:甲 代:乙"},
		"no deputy of one who is here": {division.Cell{State: division.Filled, Members: []division.CellMember{{Name: "甲", Levels: []string{"A"}, Deputy: &deputy}}}, "A:甲"},
		"soon a gap":                   {division.Cell{State: division.Filled, Gap: &division.Gap{Kind: "ENDING"}, Members: []division.CellMember{{Name: "甲", Levels: []string{"A"}}}}, "[即将到期] A:甲"},
		"more than there is room for":  {division.Cell{State: division.Filled, Members: make10()}, "R:甲 R:甲 R:甲 R:甲 R:甲 +5"},
	} {
		var got []string
		for _, l := range s.members(c.cell, 20) {
			switch {
			case l.pill:
				got = append(got, "["+l.text+"]")
			case l.badge != "":
				got = append(got, l.badge+":"+l.text)
			default:
				got = append(got, l.text)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func make10() []division.CellMember {
	out := make([]division.CellMember, 10)
	for i := range out {
		out[i] = division.CellMember{Name: "甲", Levels: []string{"R"}}
	}
	return out
}

func TestWhole(t *testing.T) {
	for in, want := range map[string]string{"": "", "0": "0", "999.5": "1,000", "1234567.49": "1,234,567", "-1000": "-1,000", "x": "", "100000000000000000000.10": "100,000,000,000,000,000,000"} {
		if got := whole(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestRender(t *testing.T) {
	table := divisiontest.Sample(40, 11)
	for _, c := range []struct {
		options   Options
		name, typ string
		begins    string
	}{
		{Options{Format: PDF, Paper: A3, Language: "zh"}, "大客户管理分工表_2026-11-26.pdf", "application/pdf", "%PDF-"},
		{Options{Format: SVG, Paper: A3, Language: "zh", Page: 2}, "大客户管理分工表_2026-11-26_2.svg", "image/svg+xml", "<svg"},
		{Options{Format: PNG, Paper: A4, Language: "en"}, "Key-account division of labour_2026-11-26_1.png", "image/png", "\x89PNG"},
	} {
		one, err := Render(table, c.options)
		if err != nil {
			t.Fatal(err)
		}
		two, err := Render(divisiontest.Sample(40, 11), c.options)
		if err != nil || !bytes.Equal(one.Content, two.Content) {
			t.Errorf("%s: the same table is not the same file (%v)", c.name, err)
		}
		if one.Name != c.name || one.Type != c.typ || !bytes.HasPrefix(one.Content, []byte(c.begins)) {
			t.Errorf("%s of %s, want %s of %s", one.Name, one.Type, c.name, c.typ)
		}
	}
	img, err := Render(table, Options{Format: PNG, Paper: A3, Language: "zh"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := png.DecodeConfig(bytes.NewReader(img.Content)); err != nil || got.Width != 2520 || got.Height != 1782 {
		t.Errorf("the PNG is %d x %d (%v)", got.Width, got.Height, err)
	}
	for _, page := range []int{-1, 4} {
		if _, err := Render(table, Options{Format: PNG, Paper: A3, Language: "zh", Page: page}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("page %d: %v", page, err)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	table := divisiontest.Sample(40, 11)
	for b.Loop() {
		if _, err := Render(table, Options{Format: PNG, Paper: A3, Language: "zh"}); err != nil {
			b.Fatal(err)
		}
	}
}
