package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/file"
	"fieldwork/internal/plan"
	"fieldwork/internal/request"
)

// Limits of files. Those who send or fetch them may have slow lines, so they have
// time, and places of their own.
const (
	fileTime      = 10 * time.Minute
	maxTransfers  = 64
	filesTogether = 20 // of one upload
	sweepEvery    = 12 * time.Hour
	partsOverhead = 64 << 10 // bytes of headers and boundaries of one part
)

// transfer bounds the number and the time of files on their way.
func (s *Server) transfer(next func(w http.ResponseWriter, r *http.Request, req *request.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.crossOrigin(w, r) {
			return
		}
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Add("Vary", "Authorization, Origin")
		select {
		case s.transfers <- struct{}{}:
			defer func() { <-s.transfers }()
		default:
			overloaded(w)
			return
		}
		a := &answer{w: w, accepts: typeJSON}
		req, status, err := s.request(w, r)
		if err == nil && !req.SignedIn {
			status, err = http.StatusUnauthorized, fault.New(fault.Unauthenticated, "send a token as Authorization: Bearer <token>")
		}
		if err != nil {
			a.fail(status, err)
			return
		}
		if rec, ok := w.(*recorder); ok {
			rec.organisation = req.Actor.OrgKey
		}
		end := time.Now().Add(fileTime)
		c := http.NewResponseController(w)
		_, _ = c.SetReadDeadline(end), c.SetWriteDeadline(end) // a recorder of a test has none
		next(w, r, req)
	}
}

// kept answers only where files of records are kept.
func (s *Server) kept(next func(w http.ResponseWriter, r *http.Request, req *request.Request)) func(http.ResponseWriter, *http.Request, *request.Request) {
	return func(w http.ResponseWriter, r *http.Request, req *request.Request) {
		if s.files == nil {
			s.fileFault(w, req, fault.New(fault.NotFound, "this server keeps no files"))
			return
		}
		next(w, r, req)
	}
}

// fileFault answers with the status of a fault; what is none is logged.
func (s *Server) fileFault(w http.ResponseWriter, req *request.Request, err error) {
	a := &answer{w: w, accepts: typeJSON}
	var one *fault.Fault
	if !errors.As(err, &one) {
		s.log.Error("internal error", "request", req.ID, "err", err)
		a.fail(http.StatusInternalServerError, fault.New(fault.Internal, "internal error").With("requestId", req.ID))
		return
	}
	status := map[fault.Kind]int{fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Forbidden: http.StatusForbidden,
		fault.TooCostly: http.StatusRequestEntityTooLarge, fault.Unavailable: http.StatusServiceUnavailable}[one.Kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	a.fail(status, one)
}

// upload answers POST /files.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, req *request.Request) {
	if !req.Actor.MayWrite() { // before anything is read
		s.fileFault(w, req, fault.New(fault.Forbidden, "you may read records, not change them"))
		return
	}
	media, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || attrs["boundary"] == "" {
		a := &answer{w: w, accepts: typeJSON}
		a.fail(http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "send files as multipart/form-data, in parts named file"))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, filesTogether*(s.files.Max()+partsOverhead))
	uploads, err := s.parts(multipart.NewReader(r.Body, attrs["boundary"]))
	defer func() {
		for _, u := range uploads {
			u.Discard()
		}
	}()
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	e, err := s.router.Cache.Get(r.Context(), req.Actor.OrgID)
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	saved, err := s.files.Save(r.Context(), e.Schema.Catalog, req.Actor, uploads...)
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	type answered struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
		Size int64  `json:"size"`
	}
	list := make([]answered, len(saved))
	for i, f := range saved {
		list[i] = answered{plan.FileID(f.ID), f.Name, f.Type, f.Size}
	}
	b, err := json.Marshal(map[string]any{"files": list})
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	w.Header().Set("Content-Type", typeJSON+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(b)
}

// parts reads the files of an upload. Those that were read before a failure come
// with it, for the caller to discard.
func (s *Server) parts(m *multipart.Reader) ([]*file.Upload, error) {
	var out []*file.Upload
	for {
		p, err := m.NextRawPart() // no encoding of transfer is undone
		switch {
		case errors.Is(err, io.EOF) && len(out) == 0:
			return nil, fault.New(fault.Invalid, "send at least one part named file").At("file")
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, broken(err)
		case p.FormName() != "file":
			return out, fault.New(fault.Invalid, "files come in parts named file").At(cut(p.FormName(), 40))
		case len(out) == filesTogether:
			return out, fault.New(fault.TooCostly, "an upload has at most %d files", filesTogether).At("file")
		}
		u, err := s.files.Read(p, fileName(p.Header.Get("Content-Disposition")), http.DetectContentType)
		if f, ok := errors.AsType[*fault.Fault](err); ok {
			return out, f.At("file", len(out))
		}
		if err != nil {
			return out, broken(err)
		}
		out = append(out, u)
	}
}

// broken tells what a client did from what failed here.
func broken(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.TooCostly, "the upload is too large")
	}
	return fault.New(fault.Invalid, "the upload cannot be read, or did not arrive whole").Because(err)
}

// fileName is the name that a part gives its file, as it stands there.
func fileName(disposition string) string {
	_, attrs, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return attrs["filename"]
}

// download answers GET /files/file_12. Whatever a file holds, it is saved and not
// shown: its name, its type and its content are somebody else's.
func (s *Server) download(w http.ResponseWriter, r *http.Request, req *request.Request) {
	e, err := s.router.Cache.Get(r.Context(), req.Actor.OrgID)
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	f, content, err := s.files.Open(r.Context(), e.Schema.Catalog, req.Actor, r.PathValue("id"))
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	defer func() { _ = content.Close() }()
	h := w.Header()
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("Content-Type", harmless(f.Type))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache") // kept, but asked for: rights may have changed
	h.Set("ETag", `"`+f.Hash+`"`)
	http.ServeContent(w, r, "", f.At, content)
}

// downloadMade answers GET /files/made/5f1c... Content and type are the program's
// own; what stands in a picture is others', so that nothing may run from it.
func (s *Server) downloadMade(w http.ResponseWriter, r *http.Request, req *request.Request) {
	f, content, err := s.made.Open(r.Context(), req.Actor, r.PathValue("id"))
	if err != nil {
		s.fileFault(w, req, err)
		return
	}
	h := w.Header()
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.Itoa(f.Size))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	_, _ = w.Write(content) // who went away does not want the rest
}

// harmless is the type that a file is served as: what a browser could run is but
// bytes.
func harmless(typ string) string {
	group, _, _ := strings.Cut(typ, "/")
	switch {
	case typ == "image/svg+xml", strings.HasSuffix(typ, "xml"), strings.Contains(typ, "html"), strings.Contains(typ, "script"):
		return "application/octet-stream"
	case typ == "text/plain":
		return "text/plain; charset=utf-8"
	case group == "image", group == "audio", group == "video", group == "font", strings.HasPrefix(typ, "application/"):
		return typ
	}
	return "application/octet-stream"
}

// disposition has browsers save a file by its name: RFC 6266, the name as RFC
// 5987 has it, and for those who do not know that in plain ASCII.
func disposition(name string) string {
	var plain, full strings.Builder
	for _, r := range name {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\%`, r) {
			r = '_'
		}
		plain.WriteRune(r)
	}
	for _, b := range []byte(name) {
		if b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || strings.IndexByte("!#$&+-.^_`|~", b) >= 0 {
			full.WriteByte(b)
		} else {
			full.WriteString("%" + strings.ToUpper(strconv.FormatInt(int64(b)|0x100, 16)[1:]))
		}
	}
	return `attachment; filename="` + plain.String() + `"; filename*=UTF-8''` + full.String()
}
