// Package archtest holds the architecture to its word: which package may import
// which, and what every package must have.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "fieldwork/"

// forbidden lists imports that would turn the architecture around. The reason
// is printed with the failure, so keep it a sentence.
var forbidden = []struct{ from, to, why string }{
	{"internal/", "graph", "the domain must not know how it is served"},
	{"internal/", "github.com/99designs/gqlgen", "only graph, typed, late, plain, gate and server speak GraphQL"},
	{"internal/", "github.com/vektah/gqlparser", "only graph, typed, late, plain, gate and server speak GraphQL"},
	{"internal/", "net/http", "only server and playground speak HTTP"},
	{"internal/query", "database/sql", "compiling a query is pure; running it is plan's job"},
	{"internal/query", module + "internal/pg", "compiling a query is pure; running it is plan's job"},
	{"internal/plan", "database/sql", "plan runs on a connection that pg lends"},
	{"internal/jsonschema", "database/sql", "a schema is written from definitions alone"},
	{"internal/jsonschema", module + "internal/pg", "a schema is written from definitions alone"},
	{"internal/jsonschema", module + "internal/record", "a schema is written from definitions alone; tests compare it with record.Parse"},
	{"internal/form/kind", "database/sql", "a kind describes values, it does not fetch them"},
	{"internal/form/kind", module + "internal/form", "a kind knows values, not fields"},
	{"internal/form", module + "internal/query", "definitions know nothing of queries"},
	{"internal/form", module + "internal/record", "definitions know nothing of records"},
	{"internal/form", module + "internal/view", "definitions know nothing of views"},
	{"internal/form/document", module + "internal/pg", "a document is written from definitions alone"},
	{"internal/form/table", module + "internal/form/document", "tables follow definitions, not documents"},
	{"internal/form/check", module + "internal/form/batch", "a check changes nothing"},
	{"internal/form/impact", module + "internal/form/batch", "what is told before a change is told of one"},
	{"internal/query", module + "internal/form/change", "a query changes no definitions"},
	{"internal/plan", module + "internal/form/change", "reading changes no definitions"},
	{"internal/record", module + "internal/form/change", "writing records changes no definitions"},
	{"internal/view", module + "internal/plan", "a view says what is shown; typed shows it"},
	{"internal/org", module + "internal/form", "who may come in does not depend on forms"},
	{"internal/pg", module + "internal/org", "pg is below organisations"},
	{"internal/pg", module + "internal/form", "pg is below definitions"},
	{"internal/plan", module + "internal/record", "reading does not depend on writing"},
	{"internal/record", module + "internal/plan", "writing does not depend on reading"},
	{"internal/gate", module + "internal/typed", "the gate stands before any schema"},
	{"graph", "github.com/jmoiron/sqlx", "resolvers call stores, not the database"},
	{"graph", module + "internal/typed", "resolvers never answer records"},
	{"internal/typed/sdl", module + "internal/pg", "what a schema says follows from definitions alone"},
	{"internal/typed/sdl", module + "internal/typed/shaped", "what a schema says does not depend on who answers it"},
	{"internal/typed/sdl", module + "graph", "what a schema says does not depend on who answers it"},
	{"internal/typed/shaped", module + "internal/record", "what is selected is read; package write writes"},
	{"internal/typed/shaped", module + "internal/typed/read", "shaped is below the root fields"},
	{"internal/typed/shaped", module + "internal/typed/write", "shaped is below the root fields"},
	{"internal/typed/shaped", module + "internal/typed/customer", "shaped is below the root fields"},
	{"internal/typed/read", module + "internal/typed/write", "reading does not depend on writing"},
	{"internal/typed/read", module + "internal/typed/customer", "the product is above records"},
	{"internal/typed/write", module + "internal/typed/read", "writing does not depend on reading"},
	{"internal/typed/write", module + "internal/typed/customer", "the product is above records"},
	{"internal/fault", module, "fault is at the bottom"},
}

// allowed are the packages that a rule is not about.
var allowed = map[string][]string{
	"graph":                       {"internal/typed", "internal/server", "internal/late"},
	"github.com/99designs/gqlgen": {"internal/typed", "internal/server", "internal/late", "internal/plain", "internal/gate"},
	"github.com/vektah/gqlparser": {"internal/typed", "internal/server", "internal/late", "internal/plain", "internal/gate"},
	"net/http":                    {"internal/server", "internal/playground"},
}

type listed struct {
	ImportPath, Dir, Doc string
	GoFiles, Imports     []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,GoFiles,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func within(pkg, tree string) bool {
	return pkg == strings.TrimSuffix(tree, "/") || strings.HasPrefix(pkg, strings.TrimSuffix(tree, "/")+"/")
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		for _, imp := range p.Imports {
			for _, rule := range forbidden {
				to := strings.TrimPrefix(rule.to, module)
				hit := within(strings.TrimPrefix(imp, module), to) || rule.to == module && strings.HasPrefix(imp, module)
				if within(pkg, rule.from) && hit && !excused(pkg, rule.to) && !within(pkg, to) {
					t.Errorf("%s imports %s: %s", pkg, imp, rule.why)
				}
			}
		}
	}
}

func excused(pkg, to string) bool {
	for _, tree := range allowed[to] {
		if within(pkg, tree) {
			return true
		}
	}
	return false
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 && !generated(t, p.Dir) {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// generated says whether a package is (mostly) written by gqlgen.
func generated(t *testing.T, dir string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b[:min(len(b), 200)]), "Code generated") {
			return true
		}
	}
	return len(files) == 0
}
