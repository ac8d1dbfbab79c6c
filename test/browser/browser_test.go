// Package browser opens the playground in a real browser against a stand-in for
// the server that knows four operations and one token. The same script runs
// against the real server (see playground.mjs).
//
// It needs Debian's chromium, Node 20 and `npm ci` in this folder, and skips
// itself where they are missing. go test -artifacts keeps the pictures.
package browser

import (
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fieldwork/internal/playground"
)

const token = "fw_test_token"

// introspection is what graphql-js 16 answers to an introspection of
// testdata/schema.graphql with the options GraphiQL uses.
//
//go:embed testdata/introspection.json
var introspection string

//go:embed testdata/customers.json
var customers string

func TestPlaygroundInABrowser(t *testing.T) {
	for _, need := range []string{"/usr/bin/chromium", "node_modules/playwright-core", "playground.mjs"} {
		if _, err := os.Stat(need); err != nil {
			t.Skip(err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/", playground.Handler())
	mux.HandleFunc("POST /graphql", standIn)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	tests := []struct {
		name string
		env  []string
	}{
		{name: "a token in the address"},
		{name: "an e-mail address and a password", env: []string{"TOKEN=", "EMAIL=mei@demo.example", "PASSWORD=right"}},
		{name: "signed out", env: []string{"TOKEN="}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shot := filepath.Join(t.ArtifactDir(), strings.ReplaceAll(tt.name, " ", "_")+".png")
			cmd := exec.CommandContext(t.Context(), "node", "playground.mjs")
			cmd.Env = append(os.Environ(), "BASE_URL="+server.URL, "TOKEN="+token, "SCREENSHOT="+shot)
			cmd.Env = append(cmd.Env, tt.env...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

// standIn answers as the real server does, without looking further than the
// operation's name.
func standIn(w http.ResponseWriter, r *http.Request) {
	var call struct{ Query string }
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.Contains(call.Query, "signIn("):
		io.WriteString(w, `{"data":{"signIn":{"token":"`+token+`"}}}`)
	case r.Header.Get("Authorization") != "Bearer "+token:
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"errors":[{"message":"sign in first","extensions":{"code":"UNAUTHENTICATED"}}]}`)
	case strings.Contains(call.Query, "__schema"):
		io.WriteString(w, introspection)
	case strings.Contains(call.Query, "WhereAmI"):
		io.WriteString(w, `{"data":{"organisation":{"name":"Example Trading 示例贸易"}}}`)
	default:
		io.WriteString(w, customers)
	}
}
