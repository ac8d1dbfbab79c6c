package extract

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/draw"

	"pgregory.net/rapid"
)

func sample(members, fields int, language string) Content {
	c := Content{Organisation: "示例科技 Example Technology", Customer: "某某精密制造（苏州）有限公司", Contact: []string{"邮箱", "电话"}, words: in(language)}
	for i := range fields {
		c.Fields = append(c.Fields, Pair{fmt.Sprint("Field ", i), strings.Repeat("一段很长的说明 a long value ", i)})
	}
	for i := range members {
		c.Team = append(c.Team, Line{"技术支持 Technical support", fmt.Sprint("示例成员", i), []string{fmt.Sprintf("member%d@example.com", i), ""}})
	}
	return c
}

// Every text stays in its box and its box on the paper, and nothing is left out.
func TestNothingOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 60, 200)
		c := Content{Organisation: text.Draw(t, "organisation"), Customer: text.Draw(t, "customer"), words: in(rapid.SampledFrom([]string{"zh", "en"}).Draw(t, "language"))}
		for range rapid.IntRange(0, 5).Draw(t, "contacts") {
			c.Contact = append(c.Contact, text.Draw(t, "contact"))
		}
		for range rapid.IntRange(0, 12).Draw(t, "fields") {
			c.Fields = append(c.Fields, Pair{text.Draw(t, "label"), strings.Repeat(text.Draw(t, "value"), rapid.IntRange(0, 40).Draw(t, "times"))})
		}
		for range rapid.IntRange(0, 40).Draw(t, "members") {
			l := Line{Responsibility: text.Draw(t, "responsibility"), Name: text.Draw(t, "name")}
			for range c.Contact {
				l.Contact = append(l.Contact, text.Draw(t, "reached"))
			}
			c.Team = append(c.Team, l)
		}
		for _, p := range c.layOut(paperH).pages {
			for _, placed := range p.Placed() {
				if !placed.Box.Holds(placed.Ink) || !(draw.Box{W: p.W, H: p.H}).Inset(10, 10).Holds(placed.Box) {
					t.Fatalf("%q at %v leaves %v, or the paper", placed.Text, placed.Ink, placed.Box)
				}
			}
		}
	})
}

func TestFilesAreTheSameAndWhole(t *testing.T) {
	c := sample(60, 8, "zh")
	if pages := c.layOut(paperH).pages; len(pages) < 2 {
		t.Errorf("%d pages", len(pages))
	}
	var drawn strings.Builder
	for _, p := range c.layOut(paperH).pages {
		for _, placed := range p.Placed() {
			drawn.WriteString(placed.Text + "\n")
		}
	}
	for i := range 60 {
		if !strings.Contains(drawn.String(), fmt.Sprintf("示例成员%d\n", i)) {
			t.Errorf("member %d is not drawn", i)
		}
	}
	for _, f := range []Format{PDF, PNG, XLSX} {
		one, err := c.File(f)
		if err != nil {
			t.Fatal(err)
		}
		two, err := sample(60, 8, "zh").File(f)
		if err != nil || !bytes.Equal(one.Content, two.Content) {
			t.Errorf("%s: the same content is another file (%v)", f, err)
		}
	}
}

func TestGrouped(t *testing.T) {
	for in, want := range map[string]string{"0": "0", "999": "999", "1000": "1,000", "-1234567.50": "-1,234,567.50", "12345678901234567890": "12,345,678,901,234,567,890"} {
		if got := grouped(in); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}
