package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/extract"
	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
)

// Openings of extracts, of whatever comes of them, within the window: from an address,
// and of one link. At most drawnAtOnce are drawn together.
const (
	opensPerAddress = 60
	opensPerLink    = 300
	opensWindow     = 15 * time.Minute
	drawnAtOnce     = 2
)

// showExtract answers GET /extract/SECRET and /extract/SECRET/team.pdf, to whoever has
// the link. What cannot be shown is one page of constant bytes.
func (s *Server) showExtract(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", extract.Policy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	secret := r.PathValue("secret")
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	link := sha256.Sum256([]byte(secret))
	if !s.opens.Allow("from "+from, opensPerAddress) || !s.opens.Allow("of "+string(link[:]), opensPerLink) {
		h.Set("Retry-After", strconv.Itoa(int(opensWindow.Seconds())))
		plain(w, http.StatusTooManyRequests, "too many requests; wait some minutes")
		return
	}
	content, x, err := s.readExtract(r.Context(), secret)
	if err != nil {
		s.noExtract(w, err)
		return
	}
	file, err := s.extractFile(r, content, x)
	if err == nil && r.Method == http.MethodGet { // HEAD shows nothing
		err = s.extracts.Opened(r.Context(), x)
	}
	if err != nil {
		s.noExtract(w, err)
		return
	}
	if file.Name != "" {
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("Content-Disposition", disposition(file.Name))
	}
	written(w, http.StatusOK, file)
}

// readExtract reads what a link shows, once more when the definitions have changed.
func (s *Server) readExtract(ctx context.Context, secret string) (extract.Content, extract.Extract, error) {
	x, err := s.extracts.Open(ctx, secret)
	if err != nil {
		return extract.Content{}, x, err
	}
	e, err := s.router.Cache.Get(ctx, x.OrgID)
	if err != nil {
		return extract.Content{}, x, err
	}
	content, err := s.extracts.Read(ctx, e.Schema.Catalog, x, time.Now())
	if errors.Is(err, pg.ErrStale) || pg.Lost(err) {
		if e, err = s.router.Cache.Fresh(ctx, x.OrgID, e); err == nil {
			content, err = s.extracts.Read(ctx, e.Schema.Catalog, x, time.Now())
		}
	}
	return content, x, err
}

// extractFile is the page, which has no name, or the file that the path names.
func (s *Server) extractFile(r *http.Request, c extract.Content, x extract.Extract) (extract.File, error) {
	name := r.PathValue("file")
	var links []extract.Link
	for _, f := range []extract.Format{extract.PDF, extract.PNG, extract.XLSX} {
		switch {
		case !x.Allows(f):
		case name == fileOf(f):
			return s.drawExtract(r.Context(), c, f)
		default:
			links = append(links, extract.Link{Format: f, URL: extract.Path + r.PathValue("secret") + "/" + fileOf(f)})
		}
	}
	if name != "" {
		return extract.File{}, extract.NotFound()
	}
	b, err := c.Page(links)
	return extract.File{Type: typeHTML, Content: b}, err
}

// drawExtract makes a file when it is its turn.
func (s *Server) drawExtract(ctx context.Context, c extract.Content, f extract.Format) (extract.File, error) {
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
		return c.File(f)
	case <-ctx.Done():
		return extract.File{}, pg.Translate(ctx.Err())
	}
}

func fileOf(f extract.Format) string { return "team." + strings.ToLower(string(f)) }

// noExtract says that nothing is shown: one answer to all links that are wrong.
func (s *Server) noExtract(w http.ResponseWriter, err error) {
	switch fault.KindOf(err) {
	case fault.NotFound:
		written(w, http.StatusNotFound, extract.File{Type: typeHTML, Content: extract.Gone()})
	case fault.Unavailable:
		plain(w, http.StatusServiceUnavailable, "try again in a moment")
	default:
		id := w.Header().Get(requestID)
		s.log.Error("internal error", "request", id, "err", err)
		plain(w, http.StatusInternalServerError, "internal error "+id)
	}
}

const typeHTML = "text/html; charset=utf-8"

func written(w http.ResponseWriter, status int, f extract.File) {
	w.Header().Set("Content-Type", f.Type)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Content)))
	w.WriteHeader(status)
	_, _ = w.Write(f.Content) // who went away does not want the rest
}

// logged is a path as the log shows it: without what is secret in it.
func logged(path string) string {
	if strings.HasPrefix(path, extract.Path) {
		return extract.Path + "..."
	}
	return cut(path, 200)
}
