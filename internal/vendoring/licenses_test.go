package vendoring

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/archive"
	"github.com/linux-from-docker/lfd/internal/plan"
)

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// tarOf returns a tar archive of files, by their names and texts; what begins with -> is a link.
func tarOf(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}
		text := files[i+1]
		if link, ok := strings.CutPrefix(text, "->"); ok {
			h.Typeflag, h.Linkname, h.Size, text = tar.TypeSymlink, link, 0, ""
		}
		if err := errors.Join(w.WriteHeader(h), func() error { _, err := w.Write([]byte(text)); return err }()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zipOf(t *testing.T, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The texts are found where the build unpacks them.
func TestTextsIn(t *testing.T) {
	plain := tarOf(t, "z-1/README", "read", "z-1/COPYING", "copy", "z-1/LINK", "->COPYING", "z-1/doc/COPYING", "more")
	for _, c := range []struct {
		what, data, flags, unpack, want string
	}{
		{"a tar", plain, "", "archive", "COPYING=copy doc/COPYING=more"},
		{"a packed tar", gzipped(t, plain), "", "archive", "COPYING=copy doc/COPYING=more"},
		{"names that begin with ./", tarOf(t, "./z-1/COPYING", "copy"), "", "archive", "COPYING=copy"},
		{"no top folder", tarOf(t, "COPYING", "copy", "doc/COPYING", "more"), "--strip-components=0", "archive", "COPYING=copy doc/COPYING=more"},
		{"flags without it", tarOf(t, "./COPYING", "copy"), "--exclude=x", "archive", "COPYING=copy"},
		{"two folders less", plain, "--strip-components=2 --exclude=x", "archive", "COPYING=more"},
		{"a zip", zipOf(t, "z-1/COPYING", "copy"), "", "archive", "COPYING=copy"},
		{"one file", "copy", "", "file", "COPYING=copy"},
		{"a part of one", plain, "--strip-components=1 --wildcards */doc/*", "archive", archive.ErrUnread.Error()},
		{"another kind", "LZIP\x01" + strings.Repeat("x", 600), "", "archive", archive.ErrUnread.Error()},
		{"half of one", gzipped(t, plain)[:60], "", "archive", "unexpected EOF"},
	} {
		s := plan.Source{File: "COPYING", Unpack: c.unpack, TarFlags: strings.Fields(c.flags)}
		found, err := TextsIn(strings.NewReader(c.data), s, []string{"COPYING", "LINK", "doc/COPYING"})
		want := map[string]string{}
		for _, word := range strings.Fields(c.want) {
			if name, text, ok := strings.Cut(word, "="); ok {
				want[name] = sumOf(text)
			}
		}
		switch {
		case err != nil && err.Error() != c.want, err == nil && !maps.Equal(found, want):
			t.Errorf("%s: %v, %v; not %s", c.what, found, err, c.want)
		}
	}
}

// A version whose licence has another text is fetched, and stops until somebody has read it.
func TestChangedLicense(t *testing.T) {
	p := newProject(t)
	versions := map[string]string{
		"/zlib-1.3.tar.gz": gzipped(t, tarOf(t, "zlib/LICENSE", "old")),
		"/zlib-1.4.tar.gz": gzipped(t, tarOf(t, "zlib/LICENSE", "new")),
		"/zlib-1.5.tar.gz": gzipped(t, tarOf(t, "zlib/COPYING", "new")),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(versions[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	take := func(version, text, more string) {
		file := "/zlib-" + version + ".tar.gz"
		p.write("demo/config.yaml", fmt.Sprintf(`
host: {image: "debian:trixie-slim"}
packages:
- name: zlib
  url: %s
  sha256: %s
%s- name: zlib-static
  srcFrom: zlib
  licenseFiles: [{path: LICENSE, sha256: %s}]
stages:
- {name: one, parent: host, packages: [zlib, zlib-static]}
`, server.URL+file, sumOf(versions[file]), more, sumOf(text)))
	}
	p.write("demo/util/install-zlib-static.sh", "#!/bin/sh\n")
	take("1.3", "old", "")
	p.run(0, "--base=pull")
	override := p.read("demo/docker-bake.override.hcl")

	take("1.4", "old", "")
	for range 2 { // it stays
		contains(t, p.run(1, "--base=pull"), "demo/config.yaml:9:", "the text of LICENSE in zlib-1.4.tar.gz is another one, with the sha256 "+sumOf("new")+": ", "[license-text-changed]")
	}
	if p.read("demo/docker-bake.override.hcl") != override {
		t.Error("the override was written anew")
	}
	take("1.4", "new", "")
	p.run(0, "--base=pull")

	take("1.5", "new", "")
	contains(t, p.run(1, "--base=pull"), "zlib-1.5.tar.gz has no file LICENSE, or only a link of that name: ")
	// Steps may make one, as the build will see.
	take("1.5", "new", "  srcSteps: RUN --network=none mv COPYING LICENSE\n")
	p.run(0, "--base=pull")
}
