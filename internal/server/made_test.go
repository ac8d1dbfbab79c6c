package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"fieldwork/internal/made"
	"fieldwork/internal/org"
)

// TestMadeFiles fetches files that the program made as their member, as another,
// and as nobody.
func TestMadeFiles(t *testing.T) {
	w := newWorld(t)
	f, err := made.NewStore(w.org.DB).Keep(t.Context(), w.org.Owner, "分工表.svg", "image/svg+xml", []byte("<svg/>"))
	if err != nil {
		t.Fatal(err)
	}
	get := func(url, token string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(b)
	}
	res, body := get(f.URL, w.tok)
	if res.StatusCode != http.StatusOK || body != "<svg/>" {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/svg+xml", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Content-Disposition": `attachment; filename="___.svg"; filename*=UTF-8''%E5%88%86%E5%B7%A5%E8%A1%A8.svg`, "Cache-Control": "private, no-store",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if res, _ := get(f.URL, ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody gets %d", res.StatusCode)
	}
	_, tom := w.member("Tom", org.Worker)
	_, unknown := get(made.Path+strings.Repeat("0", 32), w.tok)
	if res, body := get(f.URL, tom); res.StatusCode != http.StatusNotFound || body != unknown {
		t.Errorf("another member gets %d %s, for an unknown file %s", res.StatusCode, body, unknown)
	}
}
