package e2e_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (w *world) get(t *testing.T, path, token string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.first.url+path, nil)
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
	return res.StatusCode, string(b), res.Header
}

// TestHTTP is about requests and answers as bytes. Its parts change nothing.
func TestHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, part := range map[string]func(*testing.T, *world){"status and media type": statusAndMediaType, "content types and methods": contentTypesAndMethods,
		"origins": origins, "neighbours": neighbours, "log": logLines} {
		t.Run(name, func(t *testing.T) { part(t, w) })
	}
}

// GraphQL over HTTP: what status and media type an answer has.
func statusAndMediaType(t *testing.T, w *world) {
	const plain, own = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	tests := []struct {
		name, accept, body string
		status             int
		media, code        string
	}{
		{"no Accept", "", `{"query":"{me{name}}"}`, 200, plain, ""},
		{"anything", "*/*", `{"query":"{me{name}}"}`, 200, plain, ""},
		{"JSON", "application/json", `{"query":"{me{name}}"}`, 200, plain, ""},
		{"its own type", "application/graphql-response+json", `{"query":"{me{name}}"}`, 200, own, ""},
		{"its own type among others", "text/html, application/graphql-response+json;q=0.9, application/json;q=0.8", `{"query":"{me{name}}"}`, 200, own, ""},
		{"none that there is", "text/html", `{"query":"{me{name}}"}`, 406, plain, "INVALID"},
		{"refused by weight", "application/json;q=0", `{"query":"{me{name}}"}`, 406, plain, "INVALID"},
		{"no parse, JSON", "application/json", `{"query":"{"}`, 200, plain, "GRAPHQL_PARSE_FAILED"},
		{"no parse, own", "application/graphql-response+json", `{"query":"{"}`, 400, own, "GRAPHQL_PARSE_FAILED"},
		{"not valid, JSON", "application/json", `{"query":"{nope}"}`, 200, plain, "GRAPHQL_VALIDATION_FAILED"},
		{"not valid, own", "application/graphql-response+json", `{"query":"{nope}"}`, 400, own, "GRAPHQL_VALIDATION_FAILED"},
		{"a variable of another type", "application/graphql-response+json", `{"query":"query($n:Int!){customers(first:$n){totalCount}}","variables":{"n":"x"}}`, 400, own, "GRAPHQL_VALIDATION_FAILED"},
		{"a variable that is missing", "application/graphql-response+json", `{"query":"query($n:ID!){record(id:$n){id}}"}`, 400, own, "GRAPHQL_VALIDATION_FAILED"},
		{"no such operation", "application/graphql-response+json", `{"query":"query A{me{name}} query B{me{name}}","operationName":"C"}`, 400, own, "GRAPHQL_VALIDATION_FAILED"},
		{"partial", "application/graphql-response+json", `{"query":"{me{name} record(id:\"x\"){id}}"}`, 200, own, "NOT_FOUND"},
		{"not JSON", "", `{`, 400, plain, "INVALID"},
		{"not an object", "", `"x"`, 400, plain, "INVALID"},
		{"a list (SEC-41)", "", `[{"query":"{me{name}}"},{"query":"{me{name}}"}]`, 400, plain, "INVALID"},
		{"no query", "", `{"variables":{}}`, 400, plain, "INVALID"},
		{"query is no text", "", `{"query":{}}`, 400, plain, "INVALID"},
		{"variables are a list", "", `{"query":"{me{name}}","variables":[]}`, 400, plain, "INVALID"},
		{"operationName is a number", "", `{"query":"{me{name}}","operationName":1}`, 400, plain, "INVALID"},
		{"extensions are text", "", `{"query":"{me{name}}","extensions":"x"}`, 400, plain, "INVALID"},
		{"nulls are absent", "", `{"query":"{me{name}}","variables":null,"operationName":null,"extensions":null}`, 200, plain, ""},
		{"a key twice", "", `{"query":"{me{name}}","query":"{__typename}"}`, 400, plain, "INVALID"},
		{"a key twice in variables (SEC-29)", "", `{"query":"query($v:JSON){records(form:\"task\",filter:$v){totalCount}}","variables":{"v":{"title":{"eq":"a"},"title":{"eq":"b"}}}}`, 400, plain, "INVALID"},
		{"something after it", "", `{"query":"{me{name}}"} x`, 400, plain, "INVALID"},
		{"a lone surrogate (SEC-31)", "", `{"query":"query($v:String!){customers(filter:{name:{eq:$v}}){totalCount}}","variables":{"v":"\ud800"}}`, 400, plain, "INVALID"},
		{"no UTF-8", "", "{\"query\":\"{me{name}}\",\"variables\":{\"v\":\"\xff\"}}", 400, plain, "INVALID"},
		{"NUL in a filter", "", `{"query":"query($v:String!){customers(filter:{name:{eq:$v}}){totalCount}}","variables":{"v":"\u0000"}}`, 200, plain, "INVALID"},
		{"deep", "", `{"query":"{me{name}}","variables":{"v":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}}`, 400, plain, "INVALID"},
		{"too large (SEC-43)", "", `{"query":"{me{name}}","variables":{"v":"` + strings.Repeat("x", 33<<20) + `"}}`, 413, plain, "TOO_COSTLY"},
		{"a large query", "", `{"query":"{me{name}` + strings.Repeat(" ", 300<<10) + `}"}`, 200, plain, "TOO_COSTLY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.first.statements()
			a := post(t, w, call{token: w.tokens["vera"], header: map[string]string{"Accept": tt.accept}, body: []byte(tt.body)})
			if a.status != tt.status || a.header.Get("Content-Type") != tt.media || a.code() != tt.code {
				t.Errorf("%d %s %s, want %d %s %s: %s", a.status, a.header.Get("Content-Type"), a.code(), tt.status, tt.media, tt.code, clip(a.raw))
			}
			ran := a.header.Get("Content-Type") != "" && (tt.code == "" || tt.name == "partial")
			if _, there := a.body["data"]; there != ran && tt.name != "NUL in a filter" {
				t.Errorf("data is there: %t: %s", there, clip(a.raw))
			}
			if n := len(w.first.statements()); n > 0 && !ran {
				t.Errorf("%d statements for a request that was refused", n)
			}
		})
	}
}

// Bodies that a form of another site could send, or that are not what they say
// (SEC-46), and methods.
func contentTypesAndMethods(t *testing.T, w *world) {
	const create = `{"query":"mutation { createCustomer(input: {name: \"x\"}) { customer { id } } }"}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(create))
	_ = z.Close()
	u := "/graphql?query=" + url.QueryEscape(`mutation { createCustomer(input: {name: "x"}) { customer { id } } }`)
	tests := []struct {
		name, method, path, media, coding, body string
		status                                  int
	}{
		{"text", "POST", "/graphql", "text/plain", "", create, 415},
		{"a form", "POST", "/graphql", "application/x-www-form-urlencoded", "", "query=" + url.QueryEscape("{me{name}}"), 415},
		{"multipart", "POST", "/graphql", "multipart/form-data; boundary=x", "", "--x--", 415},
		{"application/graphql", "POST", "/graphql", "application/graphql", "", "{me{name}}", 415},
		{"none", "POST", "/graphql", "", "", create, 415},
		{"another charset", "POST", "/graphql", "application/json; charset=utf-16", "", create, 415},
		{"gzip", "POST", "/graphql", "application/json", "gzip", zipped.String(), 415},
		{"GET mutation", "GET", u, "", "", "", 405},
		{"HEAD mutation", "HEAD", u, "", "", "", 405},
		{"PUT", "PUT", "/graphql", "application/json", "", create, 405},
		{"DELETE", "DELETE", u, "", "", "", 405},
		{"TRACE (SEC-50)", "TRACE", "/graphql", "", "", "", 405},
		{"GET without a query", "GET", "/graphql", "", "", "", 400},
		{"GET variables that are no JSON", "GET", "/graphql?query={me{name}}&variables={", "", "", "", 400},
		{"GET query", "GET", "/graphql?query={me{name}}&variables={}&extensions={}&operationName=", "", "", "", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, w.first.url+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+w.tokens["olga"])
			if tt.media != "" {
				r.Header.Set("Content-Type", tt.media)
			}
			if tt.coding != "" {
				r.Header.Set("Content-Encoding", tt.coding)
			}
			a := send(t, r)
			if a.status != tt.status {
				t.Errorf("%d, want %d: %s", a.status, tt.status, a.raw)
			}
			if tt.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
	var n int
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM org_acme.customer`); err != nil || n != 0 {
		t.Errorf("%d records were made: %v", n, err)
	}
}

// Web origins (SEC-47): exactly those that are listed.
func origins(t *testing.T, w *world) {
	for origin, allowed := range map[string]bool{"https://app.example": true, "https://evil.example": false, "null": false, "https://app.example.evil.com": false,
		"https://APP.example": false, "https://app.example:444": false, "http://app.example": false} {
		a := post(t, w, call{token: w.tokens["vera"], query: `{ me { name } }`, header: map[string]string{"Origin": origin}})
		if got := a.header.Get("Access-Control-Allow-Origin"); (got == origin) != allowed || !allowed && got != "" {
			t.Errorf("origin %s: allowed %q", origin, got)
		}
		if a.header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Origin") {
			t.Errorf("origin %s: %v", origin, a.header)
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, w.first.url+"/graphql", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		if p := send(t, r); (p.header.Get("Access-Control-Allow-Methods") != "") != allowed {
			t.Errorf("preflight of %s: %v", origin, p.header)
		}
	}
}

// What else the public port answers (SEC-49, SEC-50).
func neighbours(t *testing.T, w *world) {
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 200, "/debug/pprof/": 404, "/metrics": 404, "/.git/config": 404,
		"/graphql/..%2fmetrics": 404, "/graphql/": 404, "/playground/": 404, "/schema.graphql": 401, "/schema": 404} {
		status, body, h := w.get(t, path, "")
		if status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" || h.Get("Server") != "" {
			t.Errorf("%s: %v", path, h)
		}
		if strings.Contains(body, ".go") {
			t.Errorf("%s: %s", path, body)
		}
	}
	_, _, h := w.get(t, "/", "")
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy of the page: %s", csp)
	}
}

// Logs are one line each, cut and escaped, without the values of variables (SEC-84).
func logLines(t *testing.T, w *world) {
	name := "Op" + strings.Repeat("x", 180)
	post(t, w, call{token: w.tokens["vera"], query: "query " + name + `($v: String) { customers(filter: {name: {eq: $v}}) { totalCount } }`, vars: vars{"v": "private-value"},
		header: map[string]string{"User-Agent": "a\tlevel=ERROR"}})
	_, _, _ = w.get(t, "/a%0Alevel=ERROR%1b[31m", "")
	for line := range strings.Lines(w.logged()) {
		if !strings.HasPrefix(line, "time=") || len(line) > 1000 || strings.ContainsAny(line[:len(line)-1], "\x1b\n\r") {
			t.Errorf("logged: %q", line)
		}
	}
	if text := w.logged(); strings.Contains(text, "private-value") || !strings.Contains(text, "organisation=acme") || strings.Contains(text, name) {
		t.Errorf("logged: %s", text)
	}
}
