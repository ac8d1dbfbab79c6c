// Package playground serves GraphiQL at /, with a bar to sign in above it.
//
// Everything the page needs is embedded in the binary, so it works in a network
// without internet, and its Content-Security-Policy lets it talk to no one but
// this server:
//
//	GET /                            the page, never stored
//	GET /playground/app.js?v=HASH    an asset, stored for a year
//	GET /playground/app.js           the same, revalidated by its ETag
//
// The page calls POST /graphql, which is not served here.
//
// # The files of others
//
// assets holds graphiql 3.8.2, react 18.3.1 and react-dom 18.3.1 as npm has
// them (graphiql.min.* from the package's root, *.production.min.js from umd),
// without their sourceMappingURL comments, whose files would be asked for. To
// renew one: npm pack it, copy, remove that comment, run the tests here and
// test/browser. What graphiql calls .min.js is not minified; it stays so, to be
// comparable with what was published. Its CSS holds the fonts Roboto and Fira
// Code. All their licences are served beside them, as LICENSE-*.txt.
package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed assets
var assets embed.FS

const prefix = "/playground/"

// lockStyle allows the one <style> element GraphiQL makes: its dialogs and menus
// stop the page behind them from scrolling. The text holds the width of the
// scroll bar, of which this page has none, so it never changes; were it refused,
// nothing but a line in the console would come of it. A browser prints the hash
// it wants there.
const lockStyle = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"

// policy lets the page load and call this server only. data: is for the fonts
// and marks inside graphiql.min.css. It also keeps descriptions of fields, which
// organisations write and GraphiQL shows as Markdown, from loading pictures.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' " + lockStyle +
	"; img-src 'self' data:; font-src data:; connect-src 'self'" +
	"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler answers GET and HEAD for the page and its assets, 405 for other
// methods on them, and 404 for every other path.
func Handler() http.Handler {
	files := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		f, ok := files[r.URL.Path]
		switch {
		case !ok:
			h.Set("Cache-Control", "no-store")
			http.Error(w, "not found", http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			h.Set("Cache-Control", "no-store")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		default:
			f.serve(w, r)
		}
	})
}

// file is one thing to serve, whole and compressed.
type file struct {
	mime   string
	hash   string // 16 hex digits of its SHA-256; "" for the page, which is never stored
	plain  []byte
	zipped func() []byte // compressed when first asked for: 0.2 s for graphiql.min.js
}

func newFile(mime, hash string, plain []byte) file {
	return file{mime, hash, plain, sync.OnceValue(func() []byte { return zip(plain) })}
}

// load returns the files by URL path. In the page each asset's URL gets the hash
// of its content, so that it may be stored for long.
func load() map[string]file {
	names, err := fs.Glob(assets, "assets/*")
	if err != nil {
		panic(err) // a bad pattern, which is a constant
	}
	files := make(map[string]file, len(names))
	var page []byte
	var versioned []string // old, new, old, new, as strings.NewReplacer takes them
	for _, name := range names {
		data, err := assets.ReadFile(name)
		if err != nil {
			panic(err) // go:embed has put it there
		}
		if path.Base(name) == "index.html" {
			page = data
			continue
		}
		sum := sha256.Sum256(data)
		hash := hex.EncodeToString(sum[:8])
		url := prefix + path.Base(name)
		files[url] = newFile(mimes[path.Ext(name)], hash, data)
		versioned = append(versioned, `"`+url+`"`, `"`+url+`?v=`+hash+`"`)
	}
	page = []byte(strings.NewReplacer(versioned...).Replace(string(page)))
	files["/"] = newFile("text/html; charset=utf-8", "", page)
	return files
}

// mimes is a list of its own because package mime reads the machine's tables.
var mimes = map[string]string{
	".js":  "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.plain, f.hash
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body, tag = f.zipped(), f.hash+"-gzip"
	}
	switch f.hash {
	case "":
		h.Set("Cache-Control", "no-store")
	case r.URL.Query().Get("v"):
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("ETag", `"`+tag+`"`)
	default:
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+tag+`"`)
	}
	h.Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out of encoded answers
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads an Accept-Encoding header. A client that weighs gzip is
// answered plainly if the weight is zero.
func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";q=")
		if strings.EqualFold(name, "gzip") {
			q, err := strconv.ParseFloat(weight, 64)
			return weight == "" || err == nil && q > 0
		}
	}
	return false
}

func zip(plain []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // a bad level, which is a constant
	}
	w.Write(plain) // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}
