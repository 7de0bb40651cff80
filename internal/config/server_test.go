package config

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
)

// languageServer is the YAML language server that editors start, spoken to as
// they do.
type languageServer struct {
	t        *testing.T
	root     string // of the repository, as a URI
	conn     *jsonrpc2.Conn
	settings map[string]any // by section
	asked    chan struct{}  // closed when it has asked for them
	askOnce  sync.Once

	mu        sync.Mutex
	published map[string]chan []underline
}

// position counts from 0.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// underline is what an editor shows of a mistake.
type underline struct {
	Range   struct{ Start, End position }
	Source  string
	Message string
}

// place returns line:col-line:col, counted from 1.
func (u underline) place() string {
	s, e := u.Range.Start, u.Range.End
	return fmt.Sprintf("%d:%d-%d:%d", s.Line+1, s.Character+1, e.Line+1, e.Character+1)
}

// schema reports whether the schema says so.
func (u underline) schema() bool { return strings.HasPrefix(u.Source, "yaml-schema") }

// startServer starts it with the settings in the folder of the repository.
func startServer(t *testing.T, settings map[string]any) *languageServer {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := &languageServer{
		t: t, root: "file://" + root, settings: map[string]any{},
		asked: make(chan struct{}), published: map[string]chan []underline{},
	}
	for name, value := range settings {
		section, key, found := strings.Cut(name, ".")
		if !found {
			continue // of the editor itself
		}
		if s.settings[section] == nil {
			s.settings[section] = map[string]any{}
		}
		part := asMap(s.settings[section])
		if key, inner, found := strings.Cut(key, "."); found {
			part[key] = map[string]any{inner: value}
		} else {
			part[key] = value
		}
	}
	cmd := exec.Command("node", filepath.Join(root, "tools/editor/node_modules/yaml-language-server/bin/yaml-language-server"), "--stdio")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background() // that of the test is over when it is cleaned up
	s.conn = jsonrpc2.NewConn(ctx, jsonrpc2.NewBufferedStream(pipes{stdout, stdin}, jsonrpc2.VSCodeObjectCodec{}), s)
	t.Cleanup(func() {
		s.call("shutdown", nil, nil)
		s.notify("exit", nil)
		<-s.conn.DisconnectNotify() // all is read
		if err := cmd.Wait(); err != nil {
			t.Errorf("the language server ended with %v\n%s", err, stderr.String())
		}
	})
	s.call("initialize", map[string]any{
		"processId":        os.Getpid(),
		"rootUri":          s.root,
		"workspaceFolders": []any{map[string]any{"uri": s.root, "name": "lfd"}},
		"capabilities": map[string]any{
			"workspace": map[string]any{"configuration": true, "workspaceFolders": true},
			"textDocument": map[string]any{
				"hover":      map[string]any{"contentFormat": []string{"markdown"}},
				"completion": map[string]any{"completionItem": map[string]any{"snippetSupport": true, "documentationFormat": []string{"markdown"}}},
			},
		},
	}, nil)
	s.notify("initialized", map[string]any{})
	s.wait(s.asked)
	return s
}

// pipes are the server's standard output and input.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// Handle answers the server.
func (s *languageServer) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	var params struct {
		Items       []struct{ Section string } // of workspace/configuration
		URI         string                     // of textDocument/publishDiagnostics
		Diagnostics []underline
	}
	if req.Params != nil {
		_ = json.Unmarshal(*req.Params, &params) // other methods have other ones
	}
	var answer any
	switch req.Method {
	case "workspace/configuration":
		settings := []any{}
		for _, item := range params.Items {
			settings = append(settings, s.settings[item.Section])
		}
		answer = settings
		defer s.askOnce.Do(func() { close(s.asked) })
	case "textDocument/publishDiagnostics":
		s.publications(params.URI) <- params.Diagnostics
	}
	if !req.Notif {
		_ = conn.Reply(ctx, req.ID, answer) // if it fails, wait sees that the server has gone
	}
}

func (s *languageServer) publications(uri string) chan []underline {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.published[uri] == nil {
		s.published[uri] = make(chan []underline, 16)
	}
	return s.published[uri]
}

func (s *languageServer) wait(on <-chan struct{}) {
	s.t.Helper()
	select {
	case <-on:
	case <-s.conn.DisconnectNotify():
		s.t.Fatal("the language server has gone")
	}
}

func (s *languageServer) call(method string, params, result any) {
	s.t.Helper()
	if err := s.conn.Call(context.Background(), method, params, result); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
}

func (s *languageServer) notify(method string, params any) {
	s.t.Helper()
	if err := s.conn.Notify(context.Background(), method, params); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
}

// open opens a file of the repository, with the text that the editor has.
func (s *languageServer) open(file, text string) {
	s.t.Helper()
	s.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": s.root + "/" + file, "languageId": "yaml", "version": 1, "text": text,
	}})
}

// underlines waits for what the server has to say of a file.
func (s *languageServer) underlines(file string) []underline {
	s.t.Helper()
	select {
	case u := <-s.publications(s.root + "/" + file):
		return u
	case <-s.conn.DisconnectNotify():
		s.t.Fatal("the language server has gone")
		return nil
	}
}

// hover returns what the server shows at a place, as Markdown.
func (s *languageServer) hover(file string, at position) string {
	s.t.Helper()
	var answer struct{ Contents struct{ Value string } }
	s.call("textDocument/hover", map[string]any{
		"textDocument": map[string]any{"uri": s.root + "/" + file}, "position": at,
	}, &answer)
	return answer.Contents.Value
}

// complete returns the labels that the server offers at a place.
func (s *languageServer) complete(file string, at position) []string {
	s.t.Helper()
	var answer struct{ Items []struct{ Label string } }
	s.call("textDocument/completion", map[string]any{
		"textDocument": map[string]any{"uri": s.root + "/" + file}, "position": at,
	}, &answer)
	var labels []string
	for _, item := range answer.Items {
		labels = append(labels, item.Label)
	}
	return labels
}
