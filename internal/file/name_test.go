package file

import "testing"

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{"a\x00b\x07.txt": "ab.txt", "/": "file", `..\..\x`: "x", "a/b/": "file", "con?.txt": "con_.txt", "  spaced  name .pdf ": "spaced  name .pdf", "\u2066x\u2069": "x"} {
		if got := CleanName(name); got != want || CleanName(got) != got {
			t.Errorf("%q is named %q, want %q", name, got, want)
		}
	}
}

func TestRefine(t *testing.T) {
	entry := func(name string) []byte { return append(append([]byte("PK\x03\x04"), make([]byte, 26)...), name...) }
	for _, c := range []struct {
		sniffed, name string
		head          []byte
		want          string
	}{
		{"text/plain; charset=utf-8", "a.html", nil, "text/plain"},
		{"application/zip", "a.docx", entry("[Content_Types].xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"application/zip", "A.XLSX", entry("_rels/.rels"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"application/zip", "a.docx", entry("evil.exe"), "application/zip"},
		{"application/zip", "a.docx", []byte("PK"), "application/zip"},
		{"application/zip", "a.zip", entry("[Content_Types].xml"), "application/zip"},
		{"image/png", "a.docx", entry("[Content_Types].xml"), "image/png"},
	} {
		if got := refine(c.sniffed, c.name, c.head); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.sniffed, c.name, got, c.want)
		}
	}
}
