package playground_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fieldwork/internal/playground"
)

var handler = playground.Handler()

func ask(t *testing.T, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func page(t *testing.T) string {
	t.Helper()
	return text(t, ask(t, "GET", "/").Body)
}

// links returns what the page makes a browser fetch.
func links(t *testing.T) []string {
	t.Helper()
	var urls []string
	for _, m := range regexp.MustCompile(`\b(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page(t), -1) {
		urls = append(urls, m[1])
	}
	if len(urls) < 7 {
		t.Fatalf("the page mentions only %q", urls)
	}
	return urls
}

func TestMethodsAndPaths(t *testing.T) {
	tests := []struct {
		name, method, target string
		status               int
	}{
		{"the page", "GET", "/", 200},
		{"the page's headers", "HEAD", "/", 200},
		{"an asset", "GET", "/playground/app.js", 200},
		{"an asset's headers", "HEAD", "/playground/app.js", 200},
		{"a licence", "GET", "/playground/LICENSE-graphiql.txt", 200},
		{"posting to the page", "POST", "/", 405},
		{"deleting an asset", "DELETE", "/playground/app.js", 405},
		{"options", "OPTIONS", "/", 405},
		{"trace", "TRACE", "/", 405},
		{"an unknown asset", "GET", "/playground/none.js", 404},
		{"the folder is not listed", "GET", "/playground/", 404},
		{"the page has one address", "GET", "/playground/index.html", 404},
		{"the API is not here", "POST", "/graphql", 404},
		{"a path upwards", "GET", "/playground/../playground.go", 404},
		{"an escaped path upwards", "GET", "/playground/..%2fplayground.go", 404},
		{"two slashes", "GET", "//playground/app.js", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, tt.method, tt.target)
			if got.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", got.StatusCode, tt.status)
			}
			if tt.status == 405 && got.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow = %q", got.Header.Get("Allow"))
			}
			if tt.method == "HEAD" && text(t, got.Body) != "" {
				t.Error("HEAD has a body")
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
				if got.Header.Get(name) != want {
					t.Errorf("%s = %q, want %q", name, got.Header.Get(name), want)
				}
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	got := ask(t, "GET", "/").Header
	if got.Get("Cache-Control") != "no-store" || got.Get("ETag") != "" {
		t.Errorf("the page may be stored: %q %q", got.Get("Cache-Control"), got.Get("ETag"))
	}
	policy := got.Get("Content-Security-Policy")
	for _, part := range strings.Split(policy, "; ") {
		for source := range strings.FieldsSeq(part[strings.Index(part, " "):]) {
			switch {
			case source == "'none'", source == "'self'":
			case source == "data:" && (strings.HasPrefix(part, "img-src ") || strings.HasPrefix(part, "font-src ")):
			case strings.HasPrefix(source, "'sha256-") && strings.HasPrefix(part, "style-src "):
			default:
				t.Errorf("the policy allows %s in %q", source, part)
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy+";", part+";") {
			t.Errorf("the policy lacks %q", part)
		}
	}
}

func TestEveryLinkIsServedAndStored(t *testing.T) {
	for _, url := range links(t) {
		got := ask(t, "GET", url)
		if got.StatusCode != 200 {
			t.Errorf("%s: status %d", url, got.StatusCode)
		}
		if c := got.Header.Get("Cache-Control"); c != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control = %q", url, c)
		}
		want := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
		if mime := want[filepath.Ext(strings.Split(url, "?")[0])]; mime == "" || !strings.HasPrefix(got.Header.Get("Content-Type"), mime) {
			t.Errorf("%s: Content-Type = %q", url, got.Header.Get("Content-Type"))
		}
	}
}

func TestRevalidation(t *testing.T) {
	const url = "/playground/app.css"
	first := ask(t, "GET", url)
	if c := first.Header.Get("Cache-Control"); c != "no-cache" {
		t.Errorf("without a hash: Cache-Control = %q", c)
	}
	if c := ask(t, "GET", url+"?v=0000").Header.Get("Cache-Control"); c != "no-cache" {
		t.Errorf("with a hash of other content: Cache-Control = %q", c)
	}
	again := ask(t, "GET", url, "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != 304 || text(t, again.Body) != "" {
		t.Errorf("the same content again: status %d", again.StatusCode)
	}
	zipped := ask(t, "GET", url, "If-None-Match", first.Header.Get("ETag"), "Accept-Encoding", "gzip")
	if zipped.StatusCode != 200 {
		t.Errorf("the plain file's tag for the compressed one: status %d", zipped.StatusCode)
	}
}

func TestCompression(t *testing.T) {
	tests := []struct {
		accept string
		zipped bool
	}{
		{"", false}, {"gzip", true}, {"br, gzip, deflate", true}, {"deflate, GZIP;q=0.5", true},
		{"gzip;q=0", false}, {"gzip; q=0.000", false}, {"x-gzip-like", false}, {"gzip;q=much", false},
	}
	for _, tt := range tests {
		for _, url := range []string{"/", "/playground/app.css"} {
			got := ask(t, "GET", url, "Accept-Encoding", tt.accept)
			if got.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: Vary = %q", url, got.Header.Get("Vary"))
			}
			body := text(t, got.Body)
			if got.ContentLength != int64(len(body)) {
				t.Errorf("%s: Content-Length %d, body %d", url, got.ContentLength, len(body))
			}
			if zipped := got.Header.Get("Content-Encoding") == "gzip"; zipped != tt.zipped {
				t.Errorf("%s with %q: compressed is %v", url, tt.accept, zipped)
			} else if zipped {
				r, err := gzip.NewReader(strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				body = text(t, r)
			}
			if body != text(t, ask(t, "GET", url).Body) {
				t.Errorf("%s with %q: another content", url, tt.accept)
			}
		}
	}
}

func TestNoInlineCode(t *testing.T) {
	html := page(t)
	for _, m := range regexp.MustCompile(`(?s)<script\b([^>]*)>(.*?)</script>`).FindAllStringSubmatch(html, -1) {
		if !strings.Contains(m[1], ` src="/playground/`) || m[2] != "" {
			t.Errorf("inline script: %s", m[0])
		}
	}
	if m := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:`).FindString(html); m != "" {
		t.Errorf("the page holds %q", m)
	}
	app, err := os.ReadFile("assets/app.js")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|localStorage|document\.cookie`).Find(app); m != nil {
		t.Errorf("app.js uses %s", m)
	}
}

// TestNothingIsFetchedElsewhere reads every asset. Addresses in comments,
// documentation strings and the names of XML namespaces are not fetched; the
// browser test sees what really is.
func TestNothingIsFetchedElsewhere(t *testing.T) {
	for _, url := range links(t) {
		if !strings.HasPrefix(url, "/playground/") {
			t.Errorf("the page fetches %s", url)
		}
	}
	fetched := regexp.MustCompile(`sourceMappingURL` +
		`|url\(\s*["']?(?:https?:)?//` + // styles
		`|@import` +
		`|\b(?:fetch|import|importScripts|Worker|EventSource|WebSocket)\(\s*["'` + "`" + `](?:\w+:)?//` +
		`|\bsrc\s*=\s*\\?["'](?:https?:)?//|<link\b[^>]*//`)
	own := regexp.MustCompile(`(?i)(?:https?|wss?)://`)
	names, err := filepath.Glob("assets/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(filepath.Base(name), "LICENSE-") {
			continue
		}
		if m := fetched.FindIndex(data); m != nil {
			t.Errorf("%s fetches %.120s", name, data[m[0]:])
		}
		switch filepath.Base(name) {
		case "index.html", "app.js", "app.css":
			if m := own.FindIndex(data); m != nil {
				t.Errorf("%s mentions %.120s", name, data[m[0]:])
			}
		}
	}
}
