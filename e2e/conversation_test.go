package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/gate"
	"fieldwork/internal/template"
)

// A conversation is a file of steps, each of which is sent and judged in turn:
//
//	-- as mei: what happens --         a member of world, "nobody", or "mei@2" for the second server;
//	                                   "mei@2 soon" asks until the answer is right, for what takes a notification
//	mutation { ... }                   the operation
//	-- variables --                    optional, JSON
//	-- want --                         the data, as match_test.go says
//	-- want text --                    or: the data's very text, to see its order
//	-- want error --                   the errors, each {code, path, message, at, ...}; "..." leaves out the rest
//	-- want statements --              how many statements were sent to the record pool
//	-- want status --                  of HTTP, 200 if left out
//
//	-- sql --                          a query of one value, seen by the database's owner
//	-- want --                         that value's text
//
// A step without errors must have none, and one without data is not asked for
// any.
func TestConversations(t *testing.T) {
	t.Parallel()
	converse(t, "testdata/*.txtar", func(*testing.T, *conversation) {})
}

// Those of keyaccount have the key-account template installed, and know some days by
// name: @today, @ago7 and @in7 for seven days before and after it, up to 200.
func TestKeyAccountConversations(t *testing.T) {
	t.Parallel()
	converse(t, "testdata/keyaccount/*.txtar", func(t *testing.T, c *conversation) {
		o := c.w.acme
		cat, err := template.Install(t.Context(), o.Forms, o.Owner, "key_account")
		if err != nil {
			t.Fatal(err)
		}
		today := calendar.Of(time.Now(), cat.Zone)
		c.m.names["today"] = today.String()
		for i := range 200 {
			c.m.names[fmt.Sprint("ago", i)], c.m.names[fmt.Sprint("in", i)] = today.Add(-i).String(), today.Add(i).String()
		}
	})
}

func converse(t *testing.T, pattern string, prepare func(*testing.T, *conversation)) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			steps, err := parse(string(b))
			if err != nil {
				t.Fatal(err)
			}
			c := &conversation{t: t, w: newWorld(t), m: &matcher{names: map[string]string{}}}
			for name, id := range c.w.ids {
				c.m.names[name] = id
			}
			prepare(t, c)
			for _, s := range steps {
				c.step(s)
			}
		})
	}
}

type step struct {
	title string
	line  int
	as    string // "" for sql
	text  string
	parts map[string]string
}

var header = regexp.MustCompile(`^-- (.+) --$`)

func parse(file string) ([]step, error) {
	var steps []step
	var put func(line string)
	for i, line := range strings.SplitAfter(file, "\n") {
		m := header.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			if put != nil {
				put(line)
			}
			continue
		}
		name, title, is := strings.Cut(m[1], ": ")
		as, member := strings.CutPrefix(name, "as ")
		switch {
		case is && member || m[1] == "sql":
			steps = append(steps, step{title: title, line: i + 1, as: as, parts: map[string]string{}})
			if m[1] == "sql" {
				steps[len(steps)-1].as = ""
			}
			s := &steps[len(steps)-1]
			put = func(line string) { s.text += line }
		case len(steps) > 0 && (m[1] == "variables" || strings.HasPrefix(m[1], "want")):
			s := &steps[len(steps)-1]
			s.parts[m[1]] = ""
			put = func(line string) { s.parts[m[1]] += line }
		default:
			return nil, fmt.Errorf("line %d: no step is called %q", i+1, m[1])
		}
	}
	return steps, nil
}

type conversation struct {
	t *testing.T
	w *world
	m *matcher
}

func (c *conversation) step(s step) {
	c.t.Helper()
	bad := func(format string, a ...any) {
		c.t.Helper()
		c.t.Errorf("line %d, as %s: %s: %s", s.line, s.as, s.title, fmt.Sprintf(format, a...))
	}
	if s.as == "" {
		var got *string
		q := strings.TrimSpace(c.m.fill(s.text))
		if err := c.w.acme.DB.Control.GetContext(c.t.Context(), &got, "SELECT ("+q+")::text"); err != nil {
			bad("%s: %v", q, err)
			return
		}
		text := "null"
		if got != nil {
			text = *got
		}
		if want := strings.TrimSpace(c.m.fill(s.parts["want"])); text != want {
			bad("%s\n got: %s\nwant: %s", q, text, want)
		}
		return
	}
	var v map[string]any
	if text := s.parts["variables"]; text != "" {
		d, err := gate.DecodeJSON([]byte(c.m.fill(text)))
		if err != nil {
			bad("variables: %v", err)
			return
		}
		v = d.(map[string]any)
	}
	as, soon := strings.CutSuffix(s.as, " soon")
	on := c.w.first
	if strings.HasSuffix(as, "@2") {
		on = c.w.another(c.t)
	}
	for until := time.Now().Add(5 * time.Second); ; {
		on.statements()
		a := c.w.try(c.t, as, c.m.fill(s.text), v)
		d := c.judge(s, a, on.statements())
		if d == "" {
			return
		}
		if !soon || time.Now().After(until) {
			bad("%s\n got: %s", d, clip(a.raw))
			return
		}
	}
}

// judge returns what is wrong with an answer.
func (c *conversation) judge(s step, a *answer, sent []string) string {
	status := 200
	if text, ok := s.parts["want status"]; ok {
		status, _ = strconv.Atoi(strings.TrimSpace(text))
	}
	if a.status != status {
		return fmt.Sprintf("status %d, want %d", a.status, status)
	}
	if d := c.judgeErrors(s, a); d != "" {
		return d
	}
	if text, ok := s.parts["want"]; ok {
		want, err := expected(text)
		if err != nil {
			return err.Error()
		}
		if d := c.m.match(want, a.data, "data"); d != "" {
			return d
		}
	}
	if text, ok := s.parts["want text"]; ok {
		var parts struct{ Data json.RawMessage }
		if err := json.Unmarshal([]byte(a.raw), &parts); err != nil {
			return err.Error()
		}
		if want := strings.TrimSpace(c.m.fill(text)); string(parts.Data) != want {
			return fmt.Sprintf("the text is %s\nwant: %s", parts.Data, want)
		}
	}
	if text, ok := s.parts["want statements"]; ok && strings.TrimSpace(text) != strconv.Itoa(len(sent)) {
		return fmt.Sprintf("%d statements, want %s:\n%s", len(sent), strings.TrimSpace(text), strings.Join(sent, "\n"))
	}
	return ""
}

func (c *conversation) judgeErrors(s step, a *answer) string {
	text, ok := s.parts["want error"]
	if !ok {
		if len(a.errors) > 0 {
			return "an error came"
		}
		return ""
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		text = "[" + text + "]"
	}
	want, err := expected(text)
	if err != nil {
		return err.Error()
	}
	list := want.([]any)
	if len(list) != len(a.errors) {
		return fmt.Sprintf("%d errors, want %d", len(a.errors), len(list))
	}
	for _, w := range list { // in any order
		e := w.(map[string]any)
		e["..."] = 0
		last, found := "", false
		for i := range a.errors {
			d := c.m.match(e, a.view(i), "error")
			found = found || d == ""
			last = d
		}
		if !found {
			return fmt.Sprintf("no error is %s: %s", show(w), last)
		}
	}
	return ""
}
