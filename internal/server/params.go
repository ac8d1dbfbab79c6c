package server

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/gate"

	"github.com/99designs/gqlgen/graphql"
)

// params reads the operation from the query string or the body.
func (s *Server) params(r *http.Request, signedIn bool) (*graphql.RawParams, int, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return paramsOfURL(r)
	case http.MethodPost:
		return s.paramsOfBody(r, signedIn)
	}
	return nil, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "use POST, or GET for queries")
}

func (s *Server) paramsOfBody(r *http.Request, signedIn bool) (*graphql.RawParams, int, error) {
	if t := r.Header.Get("Content-Type"); t != typeJSON { // as nearly everyone sends it
		media, attrs, err := mime.ParseMediaType(t)
		if err != nil || media != typeJSON {
			return nil, http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "send the operation as Content-Type: application/json")
		}
		if c := attrs["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
			return nil, http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "send the operation as UTF-8")
		}
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "compressed requests are not taken")
	}
	limits := s.router.Limits
	if !signedIn { // who can only sign in has little to say
		limits.Body = min(limits.Body, maxPublicBody)
	}
	b, err := limits.ReadBody(r.Body)
	if err != nil {
		if fault.KindOf(err) == fault.TooCostly {
			return nil, http.StatusRequestEntityTooLarge, err
		}
		return nil, http.StatusRequestTimeout, fault.New(fault.Unavailable, "the body did not arrive").Because(err)
	}
	v, err := gate.DecodeJSON(b)
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	body, ok := v.(map[string]any)
	if !ok {
		if _, list := v.([]any); list {
			return nil, http.StatusBadRequest, fault.New(fault.Invalid, "send one operation; lists of operations are not taken")
		}
		return nil, http.StatusBadRequest, fault.New(fault.Invalid, "the body must be a JSON object with query, and perhaps variables and operationName")
	}
	return paramsOf(body["query"], body["operationName"], body["variables"], body["extensions"], r.Header)
}

func paramsOfURL(r *http.Request) (*graphql.RawParams, int, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, http.StatusBadRequest, fault.New(fault.Invalid, "the query string cannot be read")
	}
	part := func(name string) (any, error) {
		if q.Get(name) == "" {
			return nil, nil
		}
		v, err := gate.DecodeJSON([]byte(q.Get(name)))
		if f, ok := errors.AsType[*fault.Fault](err); ok {
			return nil, f.At(name)
		}
		return v, err
	}
	vars, err := part("variables")
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	ext, err := part("extensions")
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	var query, name any
	if q.Has("query") {
		query = q.Get("query")
	}
	if q.Get("operationName") != "" {
		name = q.Get("operationName")
	}
	return paramsOf(query, name, vars, ext, r.Header)
}

func paramsOf(query, name, vars, ext any, h http.Header) (*graphql.RawParams, int, error) {
	p := &graphql.RawParams{Headers: h}
	var ok bool
	bad := func(field, want string) (*graphql.RawParams, int, error) {
		return nil, http.StatusBadRequest, fault.New(fault.Invalid, "%s must be %s", field, want).At(field)
	}
	if p.Query, ok = query.(string); !ok && query != nil {
		return bad("query", "text")
	}
	if p.OperationName, ok = name.(string); !ok && name != nil {
		return bad("operationName", "text")
	}
	if p.Variables, ok = vars.(map[string]any); !ok && vars != nil {
		return bad("variables", "an object")
	}
	if p.Extensions, ok = ext.(map[string]any); !ok && ext != nil {
		return bad("extensions", "an object")
	}
	if p.Query == "" && p.Extensions["persistedQuery"] == nil {
		return bad("query", "there")
	}
	return p, 0, nil
}
