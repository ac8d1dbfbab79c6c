package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/blob"
	"fieldwork/internal/file"
	"fieldwork/internal/gate"
)

// sent is one part of an upload.
type sent struct{ field, name, typ, content string }

func multipartOf(t *testing.T, parts ...sent) (body []byte, media string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, p.field, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A").Replace(p.name)))
		h.Set("Content-Type", p.typ)
		w, err := m.CreatePart(h)
		if err == nil {
			_, err = io.WriteString(w, p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m.FormDataContentType()
}

// fetch sends a request about files.
func (w *world) fetch(t *testing.T, as, method, path string, body io.Reader, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.first.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if w.tokens[as] != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[as])
	}
	for k, v := range header {
		r.Header.Set(k, v)
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

// upload sends files that must be taken, and returns what is said of them.
func (w *world) upload(t *testing.T, as string, parts ...sent) []map[string]any {
	t.Helper()
	body, media := multipartOf(t, parts...)
	res, text := w.fetch(t, as, http.MethodPost, "/files", bytes.NewReader(body), map[string]string{"Content-Type": media})
	v, err := gate.DecodeJSON([]byte(text))
	if res.StatusCode != http.StatusCreated || err != nil {
		t.Fatalf("upload: %d %s %v", res.StatusCode, text, err)
	}
	var out []map[string]any
	for _, f := range v.(map[string]any)["files"].([]any) {
		out = append(out, f.(map[string]any))
	}
	return out
}

// one uploads a single file and returns its id.
func (w *world) one(t *testing.T, as, name, content string) string {
	t.Helper()
	return w.upload(t, as, sent{"file", name, "application/octet-stream", content})[0]["id"].(string)
}

// kept lists what the folder of files holds.
func (w *world) kept(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(w.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	png = "\x89PNG\r\n\x1a\n" + "rest of a picture"
	pdf = "%PDF-1.7 rest of a document"
)

const contract = `mutation { createForm(input: {key: "contract", fields: [{key: "name", kind: TEXT},
  {key: "papers", kind: ATTACHMENT, settings: {maxItems: 3}}, {key: "photo", kind: ATTACHMENT, settings: {maxSize: 100, types: ["image/*"]}}] }) { form { key } } }`

func TestFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withBeta(t)
	body, media := multipartOf(t, sent{"file", "a.txt", "text/plain", "early"})
	if res, text := w.fetch(t, "tom", "POST", "/files", bytes.NewReader(body), map[string]string{"Content-Type": media}); res.StatusCode != 400 || !strings.Contains(text, `"INVALID"`) {
		t.Errorf("before there is a field for files: %d %s", res.StatusCode, text)
	}
	w.ask(t, "mei", contract, nil)
	w.ask(t, "bea", contract, nil)

	list := w.upload(t, "tom", sent{"file", "offer.pdf", "text/html", pdf}, sent{"file", "报价 2026.png", "x", png}, sent{"file", "note.html", "image/png", "<html><script>alert(1)</script>"})
	want := []map[string]any{{"id": list[0]["id"], "name": "offer.pdf", "type": "application/pdf", "size": list[0]["size"]}, {"id": list[1]["id"], "name": "报价 2026.png", "type": "image/png", "size": list[1]["size"]},
		{"id": list[2]["id"], "name": "note.html", "type": "text/html", "size": list[2]["size"]}}
	if !reflect.DeepEqual(list, want) || fmt.Sprint(list[0]["size"]) != fmt.Sprint(len(pdf)) {
		t.Errorf("uploaded: %v", list)
	}
	paper, photo, page := list[0]["id"].(string), list[1]["id"].(string), list[2]["id"].(string)

	t.Run("until a record names it, a file is its uploader's alone", func(t *testing.T) {
		for as, status := range map[string]int{"tom": 200, "olga": 404, "mei": 404, "vera": 404, "bea": 404, "nobody": 401} {
			if res, text := w.fetch(t, as, "GET", "/files/"+paper, nil, nil); res.StatusCode != status || status == 200 && text != pdf {
				t.Errorf("%s: %d %s", as, res.StatusCode, text)
			}
		}
		a := w.try(t, "mei", `mutation($f: [ID!]) { createContract(input: {name: "stolen", papers: $f}) { contract { id } } }`, vars{"f": []string{paper}})
		if v := a.view(0); a.code() != "INVALID" || fmt.Sprint(v["path"]) != "[input papers 0]" {
			t.Errorf("somebody else names it: %s", a.raw)
		}
	})

	a := w.ask(t, "tom", `mutation($p: [ID!], $o: [ID!]) { createContract(input: {name: "C", papers: $p, photo: $o}) { contract { id papers { id name type size url __typename } photo { url } values } } }`, vars{"p": []string{paper, page}, "o": []string{photo}})
	wantData, err := expected(`{"papers": [{"id": "` + paper + `", "name": "offer.pdf", "type": "application/pdf", "size": ` + fmt.Sprint(len(pdf)) + `, "url": "/files/` + paper + `", "__typename": "File"}, {"id": "` + page + `", "name": "note.html", ...}],
		"photo": [{"url": "/files/` + photo + `"}], "values": {"name": "C", "papers": ["` + paper + `", "` + page + `"], "photo": ["` + photo + `"]}, "id": "..."}`)
	if err != nil {
		t.Fatal(err)
	}
	if d := (&matcher{names: map[string]string{}}).match(wantData, a.at("createContract", "contract"), "contract"); d != "" {
		t.Errorf("%s\n%s", d, a.raw)
	}
	id := a.text("createContract", "contract", "id")

	t.Run("then whoever reads the record may fetch it", func(t *testing.T) {
		for as, status := range map[string]int{"tom": 200, "olga": 200, "vera": 200, "bea": 404, "nobody": 401} {
			if res, _ := w.fetch(t, as, "GET", "/files/"+paper, nil, nil); res.StatusCode != status {
				t.Errorf("%s: %d, want %d", as, res.StatusCode, status)
			}
		}
		for _, bad := range []string{"file_999", "file_0", "file_01", "1", "FILE_1", "file_1%2F..", "contract_1", "file_9223372036854775808", "..%2f..%2fetc%2fpasswd"} {
			if res, text := w.fetch(t, "olga", "GET", "/files/"+bad, nil, nil); res.StatusCode != 404 {
				t.Errorf("%s: %d %s", bad, res.StatusCode, text)
			}
		}
	})
	t.Run("headers", func(t *testing.T) { fileHeaders(t, w, photo, page) })
	t.Run("parts and cache", func(t *testing.T) {
		res, text := w.fetch(t, "vera", "GET", "/files/"+paper, nil, map[string]string{"Range": "bytes=1-3"})
		if res.StatusCode != 206 || text != "PDF" || res.Header.Get("Content-Range") != fmt.Sprintf("bytes 1-3/%d", len(pdf)) {
			t.Errorf("a range: %d %q %v", res.StatusCode, text, res.Header)
		}
		if res, _ := w.fetch(t, "vera", "GET", "/files/"+paper, nil, map[string]string{"If-None-Match": res.Header.Get("ETag")}); res.StatusCode != 304 {
			t.Errorf("what the client has: %d", res.StatusCode)
		}
		if res, _ := w.fetch(t, "nobody", "GET", "/files/"+paper, nil, map[string]string{"If-None-Match": res.Header.Get("ETag")}); res.StatusCode != 401 {
			t.Errorf("without a token: %d", res.StatusCode)
		}
		if res, text := w.fetch(t, "vera", "HEAD", "/files/"+paper, nil, nil); res.StatusCode != 200 || text != "" || res.ContentLength != int64(len(pdf)) {
			t.Errorf("HEAD: %d %q", res.StatusCode, text)
		}
	})
	t.Run("what a field does not take", func(t *testing.T) {
		big := w.one(t, "tom", "big.png", png+strings.Repeat("x", 100))
		more := w.one(t, "tom", "more.txt", "one more")
		beta := w.one(t, "bea", "beta.txt", "beta's")
		for _, c := range []struct{ values, path string }{
			{`{"photo": ["` + paper + `"]}`, "[input values photo 0]"}, {`{"photo": ["` + photo + `", "` + big + `"]}`, "[input values photo 1]"},
			{`{"papers": ["file_999"]}`, "[input values papers 0]"}, {`{"papers": ["` + paper + `", "` + page + `", "` + photo + `", "` + big + `"]}`, "[input values papers]"},
			{`{"papers": ["contract_1"]}`, "[input values papers]"}, {`{"papers": [{"id": "file_1"}]}`, "[input values papers]"},
		} {
			a := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: JSON!) { createRecord(input: {form: "contract", values: $v}) { record { id } } }`, vars: vars{"v": raw(c.values)}})
			if v := a.view(0); len(a.errors) != 1 || a.code() != "INVALID" || fmt.Sprint(v["path"]) != c.path {
				t.Errorf("%s: %s", c.values, a.raw)
			}
		}
		if a := w.try(t, "bea", `mutation($f: [ID!]) { createContract(input: {papers: $f}) { contract { id } } }`, vars{"f": []string{"file_2"}}); a.code() != "INVALID" {
			t.Errorf("another organisation's file: %s", a.raw)
		}
		if res, _ := w.fetch(t, "tom", "GET", "/files/"+beta, nil, nil); beta != paper && res.StatusCode == 200 {
			if _, text := w.fetch(t, "tom", "GET", "/files/"+beta, nil, nil); text == "beta's" {
				t.Error("beta's file is served to acme")
			}
		}
		both := post(t, w, call{token: w.tokens["tom"], query: `mutation($v: JSON!) { createRecord(input: {form: "contract", values: $v}) { record { id } } }`, vars: vars{"v": raw(`{"photo": ["` + more + `", "file_77"], "papers": ["file_78"]}`)}})
		if len(both.errors) != 3 {
			t.Errorf("not all that is wrong is told at once: %s", both.raw)
		}
	})
	t.Run("kept when saved again, filtered, taken out", func(t *testing.T) {
		w.ask(t, "mei", `mutation { updateField(input: {form: "contract", key: "papers", settings: {maxSize: 1, types: ["video/mp4"]}}) { field { settings { maxSize types } } } }`, nil)
		w.ask(t, "mei", `mutation($i: ID!, $p: [ID!]) { updateContract(input: {id: $i, version: 1, set: {papers: $p}}) { contract { papers { id } } } }`, vars{"i": id, "p": []string{page, paper}})
		a := w.ask(t, "vera", `{ with: contracts(filter: {papers: {isNull: false}}) { nodes { papers { id } } } without: records(form: "contract", filter: {papers: {isNull: true}}) { totalCount } }`, nil)
		if a.at("with", "nodes", 0, "papers", 0, "id") != page || fmt.Sprint(a.at("without", "totalCount")) != "0" {
			t.Error(a.raw)
		}
		w.ask(t, "mei", `mutation($i: ID!) { updateContract(input: {id: $i, version: 2, set: {papers: null}}) { contract { papers { id } } } }`, vars{"i": id})
		for as, status := range map[string]int{"tom": 200, "vera": 404} {
			if res, _ := w.fetch(t, as, "GET", "/files/"+paper, nil, nil); res.StatusCode != status {
				t.Errorf("%s: %d, want %d", as, res.StatusCode, status)
			}
		}
	})
	t.Run("what nothing names is swept", func(t *testing.T) { sweepFiles(t, w, photo, paper) })
}

func fileHeaders(t *testing.T, w *world, photo, page string) {
	for id, want := range map[string]map[string]string{
		photo: {"Content-Type": "image/png", "Content-Disposition": `attachment; filename="__ 2026.png"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%202026.png`},
		page:  {"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename="note.html"; filename*=UTF-8''note.html`},
	} {
		res, _ := w.fetch(t, "vera", "GET", "/files/"+id, nil, map[string]string{"Origin": "https://app.example"})
		want["X-Content-Type-Options"], want["Content-Security-Policy"], want["Cache-Control"] = "nosniff", "default-src 'none'; sandbox", "private, no-cache"
		want["Access-Control-Allow-Origin"], want["Accept-Ranges"] = "https://app.example", "bytes"
		for k, v := range want {
			if got := res.Header.Get(k); got != v {
				t.Errorf("%s: %s is %q, want %q", id, k, got, v)
			}
		}
	}
	for content, typ := range map[string]string{"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>": "text/plain; charset=utf-8", "<?xml version=\"1.0\"?><svg onload=\"alert(1)\"/>": "application/octet-stream",
		"  <!DOCTYPE html><body>": "application/octet-stream", "\x00\x01\x02": "application/octet-stream", "": "text/plain; charset=utf-8", "a,b\n1,2": "text/plain; charset=utf-8"} {
		res, text := w.fetch(t, "tom", "GET", "/files/"+w.one(t, "tom", "x.svg", content), nil, nil)
		if res.StatusCode != 200 || text != content || res.Header.Get("Content-Type") != typ || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("%q is served as %d %s %q", content, res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Content-Disposition"))
		}
	}
}

// sweepFiles makes everything old and sweeps: what a record names stays.
func sweepFiles(t *testing.T, w *world, named, gone string) {
	if _, err := w.acme.DB.Control.Exec(`UPDATE org_acme.file__ SET created_at = created_at - interval '2 days'`); err != nil {
		t.Fatal(err)
	}
	young := w.one(t, "tom", "young.txt", "just uploaded")
	old := time.Now().Add(-3 * time.Hour)
	for _, path := range w.kept(t) {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	blobs, err := blob.New(w.folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.NewStore(w.acme.DB, blobs, 0).Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, status := range map[string]int{named: 200, gone: 404, young: 200} {
		if res, _ := w.fetch(t, "tom", "GET", "/files/"+id, nil, nil); res.StatusCode != status {
			t.Errorf("%s: %d, want %d", id, res.StatusCode, status)
		}
	}
	if got := w.kept(t); len(got) != 3 { // beta's among them
		t.Errorf("%d contents are kept, want 3", len(got))
	}
}

// Names are what attackers send.
func TestFileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", contract, nil)
	for name, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\Users\tom\offer.pdf`: "offer.pdf", "evil\u202Egnp.exe": "evilgnp.exe", `quo"te.txt`: "quo_te.txt", "<b>.txt": "_b_.txt", ".": "file", "..": "file", "": "file", "   ": "file",
		"tab\there.txt": "tabhere.txt", "trail. . .": "trail", "e\u0301.txt": "é.txt", "😀 👩‍💻.png": "😀 👩‍💻.png", ".htaccess": ".htaccess", "a\u2028b": "ab", "%2e%2e%2fx": "%2e%2e%2fx", "x'; filename=y": "x'; filename=y",
		strings.Repeat("长", 200) + ".pdf": strings.Repeat("长", 83) + ".pdf", strings.Repeat("a", 400): strings.Repeat("a", 255), "bad\xff\xfe.txt": "bad_.txt",
	} {
		f := w.upload(t, "tom", sent{"file", name, "text/plain", "x"})[0]
		if f["name"] != want {
			t.Errorf("%q is named %q, want %q", name, f["name"], want)
			continue
		}
		res, _ := w.fetch(t, "tom", "GET", "/files/"+f["id"].(string), nil, nil)
		d := res.Header.Get("Content-Disposition")
		media, attrs, err := mime.ParseMediaType(strings.Replace(d, `filename="`+before(d, `"; filename*`)+`"; `, "", 1))
		if err != nil || media != "attachment" || attrs["filename"] != want || strings.ContainsAny(d, "\r\n\x00") {
			t.Errorf("%q: the header is %q (%q, %v)", name, d, attrs["filename"], err)
		}
	}
}

// before is what stands between the first name and an end.
func before(d, end string) string {
	_, rest, _ := strings.Cut(d, `filename="`)
	name, _, _ := strings.Cut(rest, end)
	return name
}

// Uploads that are refused or break leave nothing.
func TestBrokenUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask(t, "mei", contract, nil)
	good := sent{"file", "good.txt", "text/plain", "good"}
	large := sent{"file", "large.bin", "text/plain", strings.Repeat("x", maxFile+1)}
	whole, media := multipartOf(t, good, good)
	multi := func(parts ...sent) []byte { b, m := multipartOf(t, parts...); media = m; return b }
	for _, c := range []struct {
		name, as, typ string
		body          []byte
		status        int
		code          string
	}{
		{"no token", "nobody", media, whole, 401, "UNAUTHENTICATED"},
		{"a viewer", "vera", media, whole, 403, "FORBIDDEN"},
		{"JSON", "tom", "application/json", []byte(`{}`), 415, "INVALID"},
		{"no boundary", "tom", "multipart/form-data", whole, 415, "INVALID"},
		{"another boundary", "tom", "multipart/form-data; boundary=nope", whole, 400, "INVALID"},
		{"nothing", "tom", media, nil, 400, "INVALID"},
		{"cut off", "tom", media, whole[:len(whole)-30], 400, "INVALID"},
		{"cut off within a header", "tom", media, whole[:80], 400, "INVALID"},
		{"another part", "tom", "", multi(good, sent{"other", "x", "text/plain", "x"}), 400, "INVALID"},
		{"too large", "tom", "", multi(good, large), 413, "TOO_COSTLY"},
		{"too many", "tom", "", multi(append(make([]sent, 0), good, good, good, good, good, good, good, good, good, good, good, good, good, good, good, good, good, good, good, good, good)...), 413, "TOO_COSTLY"},
	} {
		typ := c.typ
		if typ == "" {
			typ = "multipart/form-data; boundary=" + strings.TrimPrefix(strings.SplitN(string(c.body), "\r\n", 2)[0], "--")
		}
		res, text := w.fetch(t, c.as, "POST", "/files", bytes.NewReader(c.body), map[string]string{"Content-Type": typ})
		if res.StatusCode != c.status || !strings.Contains(text, `"code":"`+c.code+`"`) {
			t.Errorf("%s: %d %s, want %d %s", c.name, res.StatusCode, text, c.status, c.code)
		}
		for _, inside := range insides {
			if strings.Contains(text, inside) || strings.Contains(text, w.folder) {
				t.Errorf("%s tells of insides: %s", c.name, text)
			}
		}
	}
	if got := w.kept(t); len(got) > 0 {
		t.Errorf("left: %q", got)
	}
	var n int
	if err := w.acme.DB.Control.Get(&n, `SELECT count(*) FROM org_acme.file__`); err != nil || n != 0 {
		t.Errorf("%d rows are left, %v", n, err)
	}
	if ids := w.upload(t, "tom", sent{"file", "exact.bin", "x", strings.Repeat("x", maxFile)}); len(ids) != 1 {
		t.Error("a file of just the limit is not taken")
	}
	res, _ := w.fetch(t, "tom", "OPTIONS", "/files", nil, map[string]string{"Origin": "https://app.example"})
	if res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "https://app.example" {
		t.Errorf("preflight: %d %v", res.StatusCode, res.Header)
	}
}
