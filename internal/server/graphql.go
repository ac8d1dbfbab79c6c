package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/request"
	"fieldwork/internal/typed/sdl"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"
)

// Media types of GraphQL over HTTP.
const (
	typeResponse = "application/graphql-response+json"
	typeJSON     = "application/json"
)

// maxPublicBody is how long a body may be that comes without a token.
const maxPublicBody = 1 << 20

// graphql answers /graphql.
func (s *Server) graphql(w http.ResponseWriter, r *http.Request) {
	if s.crossOrigin(w, r) {
		return
	}
	a := &answer{w: w, accepts: accepted(r.Header.Get("Accept"))}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Add("Vary", "Accept, Authorization, Accept-Language, Origin")
	if a.accepts == "" {
		a.accepts = typeJSON
		a.fail(http.StatusNotAcceptable, fault.New(fault.Invalid, "answers are %s or %s", typeResponse, typeJSON))
		return
	}
	req, status, err := s.request(w, r)
	if err != nil {
		a.fail(status, err)
		return
	}
	params, status, err := s.params(r, req.SignedIn)
	if err != nil {
		a.fail(status, err)
		return
	}
	ctx := request.With(graphql.StartOperationTrace(r.Context()), req)
	op, errs := s.router.CreateOperationContext(ctx, params)
	if rec, ok := w.(*recorder); ok {
		rec.organisation = req.Actor.OrgKey
		if op != nil && op.Operation != nil {
			rec.operation = op.Operation.Name
		}
	}
	if errs != nil {
		a.write(s.router.DispatchError(ctx, errs), false)
		return
	}
	if r.Method != http.MethodPost && op.Operation.Operation != ast.Query { // HEAD is a GET too
		w.Header().Set("Allow", "POST")
		a.fail(http.StatusMethodNotAllowed, fault.New(fault.Invalid, "a GET request can only query"))
		return
	}
	next, ctx := s.router.DispatchOperation(ctx, op)
	a.write(next(ctx), true)
}

// request makes out who asks. It fails with the status to answer with.
func (s *Server) request(w http.ResponseWriter, r *http.Request) (*request.Request, int, error) {
	req := &request.Request{ID: w.Header().Get(requestID), Now: s.now()}
	req.Language, req.Others = wanted(r.Header.Get("Accept-Language"))
	req.From, _, _ = net.SplitHostPort(r.RemoteAddr)
	auth := r.Header.Values("Authorization")
	switch {
	case len(auth) == 0:
		return req, 0, nil
	case len(auth) > 1:
		return nil, http.StatusBadRequest, fault.New(fault.Invalid, "send one Authorization header")
	}
	scheme, token, _ := strings.Cut(auth[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, http.StatusUnauthorized, fault.New(fault.Unauthenticated, "send Authorization: Bearer <token>")
	}
	actor, err := s.orgs.Authenticate(r.Context(), strings.TrimSpace(token))
	if err != nil {
		status := http.StatusUnauthorized
		if fault.KindOf(err) != fault.Unauthenticated {
			status = http.StatusServiceUnavailable
		}
		return nil, status, err
	}
	req.Actor, req.SignedIn = actor, true
	return req, 0, nil
}

// maxLanguages is how many languages of a header are looked at.
const maxLanguages = 10

// wanted is the language that the header prefers, "" for none, and those that
// follow it by weight. "*", which fetch of Node.js sends, is no language.
func wanted(header string) (first string, others []string) {
	if header == "" || len(header) > 1000 {
		return "", nil
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return "", nil
	}
	for _, tag := range tags[:min(len(tags), maxLanguages)] {
		if base, _ := tag.Base(); tag == language.Und || base.String() == "mul" || base.String() == "und" {
			continue
		}
		if first == "" {
			first = tag.String()
		} else {
			others = append(others, tag.String())
		}
	}
	return first, others
}

// accepted chooses the media type of the answer, "" when neither will do.
func accepted(header string) string {
	if header == "" {
		return typeJSON
	}
	best := ""
	for part := range strings.SplitSeq(header, ",") {
		media, attrs, err := mime.ParseMediaType(part)
		if err != nil || attrs["q"] == "0" {
			continue
		}
		switch media {
		case typeResponse:
			return typeResponse
		case typeJSON, "application/*", "*/*":
			best = typeJSON
		}
	}
	return best
}

// answer writes one GraphQL answer.
type answer struct {
	w       http.ResponseWriter
	accepts string
}

// fail answers a request that is no operation, or one nobody may send.
func (a *answer) fail(status int, err error) {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		f = fault.New(fault.Unavailable, "try again")
	}
	ext := map[string]any{"code": f.Kind}
	if len(f.Path) > 0 {
		ext["path"] = f.Path
	}
	if f.Kind == fault.Unavailable {
		ext["retryAfter"], ext["outcome"] = 1, fault.NotDone
		a.w.Header().Set("Retry-After", "1")
	}
	if status == http.StatusUnauthorized {
		a.w.Header().Set("WWW-Authenticate", `Bearer realm="fieldwork"`)
	}
	if status == http.StatusMethodNotAllowed && a.w.Header().Get("Allow") == "" {
		a.w.Header().Set("Allow", "GET, POST, OPTIONS")
	}
	a.send(status, &graphql.Response{Errors: gqlerror.List{{Message: f.Message, Extensions: ext}}}, false)
}

// write answers an operation. ran says whether it came to be run: only then
// does the answer hold data.
func (a *answer) write(r *graphql.Response, ran bool) {
	status := http.StatusOK
	code := ""
	if len(r.Errors) > 0 {
		code = fmt.Sprint(r.Errors[0].Extensions["code"])
	}
	nothing := !ran || string(r.Data) == "null"
	switch {
	case nothing && code == string(fault.Unauthenticated):
		status = http.StatusUnauthorized
		a.w.Header().Set("WWW-Authenticate", `Bearer realm="fieldwork"`)
	case nothing && code == string(fault.Unavailable):
		status = http.StatusServiceUnavailable
		a.w.Header().Set("Retry-After", fmt.Sprint(r.Errors[0].Extensions["retryAfter"]))
	case !ran && a.accepts == typeResponse:
		status = http.StatusBadRequest
	}
	a.send(status, r, ran)
}

// small is what is copied rather than written by itself, in bytes.
const small = 16 << 10

func (a *answer) send(status int, r *graphql.Response, data bool) {
	before := append(make([]byte, 0, 512), '{')
	if len(r.Errors) > 0 {
		errs, err := json.Marshal(r.Errors)
		if err != nil {
			errs = []byte(`[{"message":"internal error","extensions":{"code":"INTERNAL"}}]`)
		}
		before = append(append(before, `"errors":`...), errs...)
	}
	var after []byte
	if data {
		if len(before) > 1 {
			before = append(before, ',')
		}
		before = append(before, `"data":`...)
		if r.Data == nil {
			before = append(before, "null"...)
		}
	} else {
		r.Data = nil
	}
	if len(r.Extensions) > 0 {
		if ext, err := json.Marshal(r.Extensions); err == nil {
			after = append(append(after, `,"extensions":`...), ext...)
		}
	}
	after = append(after, '}')
	a.w.Header().Set("Content-Type", a.accepts+"; charset=utf-8")
	a.w.Header().Set("Content-Length", strconv.Itoa(len(before)+len(r.Data)+len(after)))
	a.w.WriteHeader(status)
	if len(r.Data) <= small {
		before = append(append(before, r.Data...), after...)
		r.Data, after = nil, nil
	}
	for _, b := range [][]byte{before, r.Data, after} { // large data is not copied once more
		if len(b) > 0 {
			_, _ = a.w.Write(b)
		}
	}
}

// overloaded answers when too many requests are being worked on.
func overloaded(w http.ResponseWriter) {
	a := &answer{w: w, accepts: typeJSON}
	a.fail(http.StatusServiceUnavailable, fault.New(fault.Unavailable, "the server is busy; try again"))
}

// schema answers /schema.graphql: the SDL of the caller's organisation, or with
// forms=customer,task that of these forms alone.
func (s *Server) schema(w http.ResponseWriter, r *http.Request) {
	a := &answer{w: w, accepts: typeJSON}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Add("Vary", "Authorization")
	req, status, err := s.request(w, r)
	if err == nil && !req.SignedIn {
		status, err = http.StatusUnauthorized, fault.New(fault.Unauthenticated, "send a token as Authorization: Bearer <token>")
	}
	if err != nil {
		a.fail(status, err)
		return
	}
	e, err := s.router.Cache.Get(r.Context(), req.Actor.OrgID)
	if err != nil {
		a.fail(http.StatusServiceUnavailable, err)
		return
	}
	text := ""
	if forms := r.URL.Query().Get("forms"); forms == "" {
		text = sdl.Whole(e.Schema.Catalog, time.Now())
	} else if text, err = sdl.Slice(e.Schema.Catalog, strings.Split(forms, ","), time.Now()); err != nil {
		status := http.StatusNotFound
		if fault.KindOf(err) != fault.NotFound {
			s.log.ErrorContext(r.Context(), "slice of a schema", "request", req.ID, "err", err)
			status, err = http.StatusInternalServerError, fault.New(fault.Internal, "internal error %s", req.ID)
		}
		a.fail(status, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text)
}

// crossOrigin answers preflights and marks answers for origins that are
// listed, exactly. It returns true when the request is answered.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin != "" && s.cors[origin] {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, Graphql-Client-Name")
			h.Set("Access-Control-Max-Age", "600")
		}
	}
	if r.Method != http.MethodOptions {
		return false
	}
	w.Header().Add("Vary", "Origin")
	w.Header().Set("Allow", "GET, POST, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
	return true
}
