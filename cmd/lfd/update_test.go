package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/current"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/updates"
)

// served works in an empty folder, with nothing in the cache. The server has these files, by
// their paths, also those that come later.
func served(t *testing.T, files map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LFD_CONFIG", "")
	return server
}

// updateProject makes a project of two packages whose files a server has, and works in it.
func updateProject(t *testing.T, files map[string]string) (server *httptest.Server) {
	t.Helper()
	server = served(t, files)
	put(t, "sys/config.yaml", fmt.Sprintf(`host: {image: "debian:x"} # stays
packages:
# A comment.
- name: zlib
  version: 1.3.1 # this, too
  url: %[1]s/zlib-1.3.1.tar.gz
  mirrors: [%[1]s/mirror/zlib-1.3.1.tar.gz, "%[1]s/none/"]
  sha256: %[2]s
  licenseFiles: [{path: LICENSE, sha256: %[2]s}]
  update: {hold: a test}
- {name: static, srcFrom: zlib}
- {name: tool, deps: [zlib]}
- {name: alone}
stages:
- {name: build, parent: host, packages: [zlib, static, tool, alone]}
`, server.URL, strings.Repeat("a", 64)))
	// The first is an overlay of this system, the second of another one.
	put(t, "lfd.go", "//go:generate go run ./cmd/lfdgen generate --strict -c sys/config.yaml -c overlays/other.yaml -o other\n"+
		"//go:generate go run ./cmd/lfdgen generate --strict -c elsewhere.yaml -c overlays/alien.yaml -o alien\n")
	for _, name := range []string{"other", "alien"} {
		put(t, "overlays/"+name+".yaml", `packages:
- name: zlib
  url: https://example.org/zlib-1.3.1.orig.tar.gz
  sha256: `+strings.Repeat("b", 64)+"\n")
	}
	for _, name := range []string{"zlib", "static", "tool", "alone"} {
		put(t, "sys/util/install-"+name+".sh", "#!/bin/sh\n")
	}
	old := generate
	t.Cleanup(func() { generate = old })
	generate = func(s current.System, _ context.Context) error {
		put(t, "generated", s.Folder+" "+strings.Join(s.Files, ":"))
		return nil
	}
	return server
}

func runUpdate(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(context.Background(), append([]string{"update", "-c", "sys/config.yaml"}, args...), strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

func TestUpdateRaises(t *testing.T) {
	updateProject(t, map[string]string{"/zlib-1.3.3.tar.gz": "new", "/mirror/zlib-1.3.3.tar.gz": "new"})
	before := read(t, "sys/config.yaml")
	code, stdout, stderr := runUpdate(t, "zlib", "1.3.3")
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	want := strings.ReplaceAll(before, "1.3.1", "1.3.3")
	want = strings.Replace(want, "  sha256: "+strings.Repeat("a", 64), "  sha256: "+fmt.Sprintf("%x", sha256.Sum256([]byte("new"))), 1)
	if got := read(t, "sys/config.yaml"); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := read(t, "overlays/other.yaml"); !strings.HasPrefix(got, "packages:\n- name: zlib\n  version: 1.3.1\n  url: ") {
		t.Errorf("got\n%s", got)
	}
	if got := read(t, "overlays/alien.yaml"); strings.Contains(got, "version") {
		t.Errorf("got\n%s", got)
	}
	for _, want := range []string{"zlib 1.3.1 → 1.3.3, 4 lines\n", "stays at zlib 1.3.1", "signature: none is known\n", "licence: its texts could not be looked at: ", "3 packages at most", ": zlib, static, tool\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if got := read(t, "generated"); got != "sys sys/config.yaml" {
		t.Errorf("generated: %s", got)
	}
	if strings.Contains(stderr, "one origin has") {
		t.Error(stderr)
	}
}

// Where something is wrong, nothing is changed.
func TestUpdateRefuses(t *testing.T) {
	files := map[string]string{"/zlib-1.3.3.tar.gz": "new", "/mirror/zlib-1.3.3.tar.gz": "other", "/mirror/zlib-1.3.4.tar.gz": "new"}
	updateProject(t, files)
	before := read(t, "sys/config.yaml")
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{"zlib 1.3.3", "have different files: nothing was changed", 1},
		{"zlib 1.3.4", "the new version is not at its url; is 1.3.4 its version?", 1},
		{"zlib 1.3.1", "zlib is of version 1.3.1 already", 1},
		{"zlip 1", `there is no package "zlip"`, 1},
		{"static 1", "a virtual package is raised with its source", 1},
		{"--db lists", "--db is for a package that is raised", 2},
		{"zlib", "update takes nothing, or a package and its new version", 2},
		{"--format xml", "--format xml: there are text and json", 2},
		{"--jobs 0", "--jobs=0 is not a positive number", 2},
	} {
		code, stdout, stderr := runUpdate(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
	if got := read(t, "sys/config.yaml"); got != before {
		t.Errorf("it was changed:\n%s", got)
	}
	if _, err := os.Stat("generated"); err == nil {
		t.Error("it was generated")
	}
}

// What a raise changes besides is said: signature, licences, vulnerabilities.
func TestUpdateTells(t *testing.T) {
	files := map[string]string{}
	server := updateProject(t, files)
	data, _ := packed(t, "zlib-1.3.3/LICENSE", "new", "zlib-1.3.3/SAME", "same", "zlib-1.3.3/UNREAD", "unread")
	key, signed := signify(7, data)
	put(t, "keys/zlib.pub", key)
	old := strings.Repeat("c", 64)
	config := strings.Replace(read(t, "sys/config.yaml"), "  update: {hold: a test}\n", `  license: Zlib
  signature: {url: "`+server.URL+`/zlib-1.3.1.tar.gz.sig", key: zlib.pub, sha256: `+old+`}
  cpe: cpe:2.3:a:zlib:zlib
  vulnerabilities:
  - {name: CVE-2026-1, notAffected: component_not_present, reason: not built}
  - {name: CVE-2026-2, notAffected: component_not_present, reason: not built}
`, 1)
	config = strings.Replace(config, "licenseFiles: [", "licenseFiles: [{path: SAME, sha256: "+sha256Of("same")+"}, {path: UNREAD}, {path: GONE}, ", 1)
	entry := func(name, before string) string {
		return `{"cve":{"id":"` + name + `","configurations":[{"nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*",` + before + `}]}]}]}}`
	}
	put(t, "lists/zlib.json", `{"format":"NVD_CVE","version":"2.0","vulnerabilities":[`+strings.Join([]string{
		entry("CVE-2026-1", `"versionEndExcluding":"1.3.2"`),
		entry("CVE-2026-2", `"versionEndExcluding":"9"`),
		entry("CVE-2026-3", `"versionEndIncluding":"1.3.2"`),
		entry("CVE-2026-4", `"versionStartIncluding":"1.3.3"`),
	}, ",")+"]}")
	for _, c := range []struct {
		signature, db string
		code          int
		want          []string
	}{
		{signed, "lists", 0, []string{
			"zlib 1.3.1 → 1.3.3, 5 lines\n", "signature: good, by the key 0707070707070707\n",
			"licence: LICENSE is another text: read it, see whether Zlib is still right, and write its sha256 " + sha256Of("new") + "\n",
			"licence: GONE is gone: look where the text is now\n", "licence: nobody has read UNREAD: do", "licence: 1 of 4 texts are the same\n",
			"vulnerabilities: gone, whose answers are to be taken out: CVE-2026-1\n", "vulnerabilities: gone: CVE-2026-3\n",
			"vulnerabilities: answered still, also for the new version: are the answers right for it?: CVE-2026-2\n", "vulnerabilities: open: CVE-2026-4\n",
		}},
		{"", "", 0, []string{"signature: it could not be verified, and is that of 1.3.1 still", "whether the answers to CVE-2026-1, CVE-2026-2 are needed still, lfd cves --db tells"}},
		{func() string { _, s := signify(7, "another"); return s }(), "", 1, []string{"does not hold, by the key zlib.pub: the signature is not of this file; nothing was changed"}},
	} {
		put(t, "sys/config.yaml", config)
		files["/zlib-1.3.3.tar.gz"], files["/mirror/zlib-1.3.3.tar.gz"] = data, data
		files["/zlib-1.3.3.tar.gz.sig"] = c.signature
		args := []string{"zlib", "1.3.3"}
		if c.db != "" {
			args = append(args, "--db", c.db)
		}
		code, stdout, stderr := runUpdate(t, args...)
		if code != c.code {
			t.Errorf("exit %d\n%s%s", code, stdout, stderr)
		}
		contains(t, stdout+stderr, c.want...)
		now := read(t, "sys/config.yaml")
		switch {
		case c.code != 0 && now != config:
			t.Errorf("it was changed:\n%s", now)
		case c.signature == signed:
			contains(t, now, `signature: {url: "`+server.URL+`/zlib-1.3.3.tar.gz.sig", key: zlib.pub, sha256: `+sha256Of(signed)+"}")
		case strings.Contains(now, "zlib-1.3.3.tar.gz.sig"):
			t.Errorf("a signature that was not verified:\n%s", now)
		}
	}
}

func TestUpdateLists(t *testing.T) {
	updateProject(t, nil)
	old := findUpdates
	t.Cleanup(func() { findUpdates = old })
	var results []updates.Result
	findUpdates = func(_ context.Context, sources []updates.Source, _ updates.Options) []updates.Result {
		if len(sources) != 1 || sources[0].Name != "zlib" || sources[0].File != "zlib-1.3.1.tar.gz" || sources[0].Rule.Hold == "" {
			t.Errorf("%+v", sources)
		}
		return results
	}
	held := updates.Result{Name: "held", Version: "1", State: updates.Held, Note: "a reason"}
	late := updates.Result{Name: "zlib", Version: "1.3.1", State: updates.Behind, Newest: "1.3.3", Where: "https://u:secret@example.org/"}
	failed := updates.Result{Name: "f", State: updates.Failed, Where: "https://example.org/", Note: "404"}
	for _, c := range []struct {
		results []updates.Result
		args    string
		code    int
		want    string
	}{
		{[]updates.Result{held}, "", 0, "0 behind, 0 newest, 1 on hold, 0 without a rule, 0 failed\n"},
		{[]updates.Result{held}, "--all", 0, "held     1     -       on hold  a reason\n"},
		{[]updates.Result{held, late}, "", 3, "zlib     1.3.1  1.3.3   behind  https://***@example.org/\n1 behind"},
		{[]updates.Result{late, failed}, "", 1, "1 failed\n"},
	} {
		results = c.results
		code, stdout, stderr := runUpdate(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stdout, c.want) || strings.Contains(stderr, "f: https://example.org/: 404") != (c.code == 1) {
			t.Errorf("%+v: exit %d\n%s%s", c, code, stdout, stderr)
		}
		code, stdout, _ = runUpdate(t, "--format", "json")
		var read struct {
			Version int
			Sources []updates.Result
		}
		if err := json.Unmarshal([]byte(stdout), &read); err != nil || code != c.code || read.Version != 1 || len(read.Sources) != len(c.results) {
			t.Errorf("exit %d, %v\n%s", code, err, stdout)
		}
	}
}

// What is downloaded from Debian's archive follows that, and is raised by its index.
type debianIndex struct{ fetch.DebianFile }

func (d debianIndex) Files(context.Context, string, func(string)) ([]fetch.DebianFile, error) {
	return []fetch.DebianFile{d.DebianFile}, nil
}

func TestOfDebian(t *testing.T) {
	const address = snapshot + "20261101T000000Z/pool/main/z/zlib/zlib_1.3.2.orig.tar.gz"
	if got := ofDebian(address); got != "zlib" {
		t.Error(got)
	}
	for _, other := range []string{"https://example.org/archive/debian/1/pool/main/z/zlib/zlib_1.orig.tar.gz", snapshot + "x"} {
		if got := ofDebian(other); got != "" {
			t.Error(other, got)
		}
	}
	r := raised{old: "1.3.2", version: "1.3.3"}
	u := updater{Options: updates.Options{Debian: debianIndex{fetch.DebianFile{Version: "1.3.dfsg+really1.3.3", Path: "pool/main/z/zlib/z.tar.gz", SHA256: "cc"}}}}
	if err := r.fromDebian(t.Context(), address, &u); err != nil || r.sha256 != "cc" || !strings.HasSuffix(r.url, "T000000Z/pool/main/z/zlib/z.tar.gz") {
		t.Error(r, err)
	}
	r.version = "9"
	if err := r.fromDebian(t.Context(), address, &u); err == nil || err.Error() != "there is no version 9 of zlib in Debian; it has 1.3.3" {
		t.Error(err)
	}
}
