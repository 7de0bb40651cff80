package adopt

import (
	"archive/tar"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
)

// source returns what is seen in an archive of files, by their names and texts.
func source(t *testing.T, files ...string) *Source {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNamed(t *testing.T) {
	for file, want := range map[string]string{
		"zlib-1.3.2.tar.gz": "zlib 1.3.2", "hello_2.10.orig.tar.gz": "hello 2.10", "boost_1_85_0.tar.bz2": "boost 1_85_0",
		"libpng1.6_1.6.39.orig.tar.gz": "libpng1.6 1.6.39", "XML-Parser-2.59.tgz": "XML-Parser 2.59", "tzdata2026c.tar.gz": "tzdata 2026c",
		"tcl8.6.18-src.tar.gz": "tcl 8.6.18", "foo-1.0-rc1.zip": "foo 1.0-rc1", "v1.2.tar.gz": " 1.2", "libsigc++-2.12.1.tar.xz": "libsigc++ 2.12.1",
		"serde-1.0.228.crate": "serde 1.0.228", "name.tar": "name ", "gtk+3.0_3.24.41.orig.tar.xz": "gtk+3.0 3.24.41", "repo-v2": "repo 2",
	} {
		name, version := Named(file)
		if got := name + " " + version; got != want {
			t.Errorf("%s: %s", file, got)
		}
	}
	// The sources of the full system: all but those whose authors number them in another way.
	text, err := os.ReadFile(filepath.Join("..", "..", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cfg, diags, err := config.Parse("config.yaml", text)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		if p.URL == "" || p.Kind() != config.Archive {
			continue
		}
		name, version := Named(p.File())
		if version != p.Version || !strings.EqualFold(strings.ReplaceAll(name, "_", "-"), p.Name) {
			if !slices.Contains([]string{"sqlite", "tcl-html", "lfs-bootscripts"}, p.Name) {
				t.Errorf("%s %s, by its file %s %s", p.Name, p.Version, name, version)
			}
		}
	}
}

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

const gplHeader = `/* This program is free software; you can redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation; either version 2 of the License, or (at your option) any later version. */
`

func TestLicense(t *testing.T) {
	for _, c := range []struct {
		what, want, reason string
		files              []string
	}{
		{"a text", "MIT", "COPYING is MIT (100 % of it)", []string{"x-1/COPYING", mit}},
		{"the same text twice", "MIT", "COPYING is MIT", []string{"x-1/COPYING", mit, "x-1/lib/LICENSE", mit}},
		{"beginnings alone", "GPL-2.0-or-later", "source files begin with GPL-2.0-or-later in 2", []string{"x-1/a.c", gplHeader, "x-1/b.c", gplHeader + "int b;"}},
		{"a tag", "BSD-2-Clause", "BSD-2-Clause in 1", []string{"x-1/a.h", "/* SPDX-License-Identifier: BSD-2-Clause */"}},
		{"by REUSE", "0BSD", "LICENSES/0BSD.txt is 0BSD", []string{"x-1/LICENSES/0BSD.txt", "short"}},
		{"unknown", "", "LICENSE is of no known licence", []string{"x-1/LICENSE", "Do what you want."}},
		{"nothing", "", "", []string{"x-1/main.c", "int main;"}},
		{"a program that is called so", "", "", []string{"x-1/license.c", mit[:20], "x-1/a/b/COPYING", mit, "x-1/debian/copyright", mit}},
	} {
		got, reasons := source(t, c.files...).License()
		if got != c.want || !strings.Contains(strings.Join(reasons, "\n"), c.reason) {
			t.Errorf("%s: %q, %q", c.what, got, reasons)
		}
	}
	// The text of the GPL does not tell whether later versions count: beginnings of files do.
	gpl := Text{Path: "COPYING", IDs: []string{"GPL-2.0"}}
	for id, heads := range map[string]map[string]int{
		"GPL-2.0-only":     {},
		"GPL-2.0-or-later": {"GPL-2.0-or-later": 3, "GPL-2.0-only": 1},
	} {
		if got, _ := (&Source{Texts: []Text{gpl}, Heads: heads}).License(); got != id {
			t.Errorf("%s, not %s", got, id)
		}
	}
	if got := (&Source{}).exact("Aladdin-9"); got != "LicenseRef-Aladdin-9" {
		t.Error(got)
	}
}

func TestSystems(t *testing.T) {
	const autoconf = "# Generated by GNU Autoconf 2.73.\n"
	for _, c := range []struct {
		want   string // the names of the systems
		script string // has it
		files  []string
	}{
		{"Autoconf, CMake", "--localstatedir=/var\nmake\n", []string{"configure", autoconf, "CMakeLists.txt", ""}},
		{"Autoconf", "--disable-static\n", []string{"configure", autoconf + "--enable-static"}},
		{"a configure of its own, make", "make DESTDIR=\"$LFS\" install\n", []string{"configure", "#!/bin/sh", "Makefile", "install:\n\tcp x $(DESTDIR)/bin"}},
		{"a configure of its own, make", "# LOOK: does its makefile know DESTDIR?\n", []string{"configure", "#!/bin/sh", "Makefile", "install:\n\tcp x /bin"}},
		{"Autoconf, whose configure has yet to be made", "autoreconf --force --install\n\n", []string{"configure.ac", ""}},
		{"Meson", "ninja install\n", []string{"meson.build", ""}},
		{"CMake", "cmake --install build\n", []string{"CMakeLists.txt", ""}},
		{"Python, make", "--find-links dist Demo.x\n", []string{"PKG-INFO", "Metadata-Version: 2.1\nName: Demo.x\n", "setup.py", "", "Makefile", ""}},
		{"Meson, Python", "meson setup", []string{"meson.build", "", "pyproject.toml", "[build-system]\nrequires = ['meson-python']\n"}},
		{"Python", "--find-links dist demo\n", []string{"pyproject.toml", "[build-system]\nrequires=['flit_core >=3']\n[project]\nname = \"demo\"\n[tool.x]\nname = 'no'\n"}},
		{"Python", "--find-links dist demo\n", []string{"setup.py", "setup(\n    name='demo',\n"}},
		{"Python", "# LOOK: NAME below", []string{"setup.py", "setup(name=NAME)"}},
		{"", "exit 1\n", []string{"pyproject.toml", "[tool.black]\n"}},
		{"make", "make PREFIX=/usr\nmake PREFIX=/usr DESTDIR=\"$LFS\" install\n", []string{"Makefile", "PREFIX ?= /usr/local\nall: x\ninstall: all\n\tcp x $(DESTDIR)$(PREFIX)/bin\n"}},
		{"make", "make prefix=\"$LFS/usr\" install\n", []string{"makefile", "prefix=/usr/local\nDESTDIR=${prefix}/bin\nclean install: x\n\tcp x $(DESTDIR)\n"}}, // as tree
		{"make", "knows neither PREFIX nor DESTDIR", []string{"Makefile", "install:\n\tcp x /usr/bin\n"}},
		{"make", "do the makefiles there know", []string{"GNUmakefile", "install:\n\t$(MAKE) -C src $@\n", "Makefile", "all:"}},
		{"make", "has no target install", []string{"Makefile", "reinstall:\nall: x\n"}},
		{"", "exit 1\n", []string{"main.c", ""}},
	} {
		var files []string
		for i, text := range c.files {
			if i%2 == 0 {
				text = "x-1/" + text
			}
			files = append(files, text)
		}
		s := source(t, files...)
		var names []string
		for _, system := range s.Systems() {
			names = append(names, system.Name)
		}
		script := s.Script("demo")
		if got := strings.Join(names, ", "); got != c.want || !strings.Contains(script, c.script) {
			t.Errorf("%q: %s\n%s", c.files, got, script)
		}
		if !strings.HasPrefix(script, "#!/bin/sh\n# LOOK") {
			t.Errorf("it begins otherwise:\n%s", script)
		}
		sh := exec.Command("sh", "-n")
		sh.Stdin = strings.NewReader(script)
		if out, err := sh.CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, out, script)
		}
	}
}

func TestEntry(t *testing.T) {
	s := source(t, "COPYING", mit, "PKG-INFO", "Name: Demo_x\n", "setup.py", "", "pyproject.toml", "[build-system]\nrequires = [\n  \"flit_core >=3\",\n  'Hatchling',\n]\n")
	p := config.Package{Name: "demo", Version: "1.10", URL: "https://github.com/me/demo/archive/v1.10.tar.gz", SHA256: strings.Repeat("a", 64),
		Signature: &config.Signature{URL: "https://example.org/x.sign", Key: "me.asc", Of: "tar", SHA256: strings.Repeat("b", 64)}}
	got := strings.Join(s.Entry(p, map[string]bool{"python": true, "flit-core": true}), "\n")
	for _, want := range []string{
		"name: demo\nversion: \"1.10\"\nurl: https://", "tarFlags: \"\"\n", "signature:\n  url: https://example.org/x.sign\n  key: me.asc\n  of: tar\n  sha256: b",
		"license: MIT\nlicenseFiles: # LOOK: read them\n- {path: COPYING, sha256: ", "purl: pkg:pypi/demo-x\n", `update: {git: "https://github.com/me/demo.git"}`,
		"deps: [python]\nbuildDeps: [flit-core]\n", "had where it is built: hatchling.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for address, want := range map[string]string{
		"https://ftp.gnu.org/gnu/hello/hello-2.12.tar.gz":                          `{listing: "https://ftp.gnu.org/gnu/hello/"}`,
		"https://gitlab.freedesktop.org/a/b/-/archive/1/b-1.tar.gz":                `{git: "https://gitlab.freedesktop.org/a/b.git"}`,
		"https://example.org/download?file=x-1.tar.gz":                             "",
		"https://files.pythonhosted.org/packages/source/p/packaging/p-26.3.tar.gz": "",
	} {
		if got := rule(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// All of an archive is in its top folder, or there is none.
func TestTop(t *testing.T) {
	for _, c := range []struct {
		want  string
		files []string
	}{
		{"x-1", []string{"./x-1/meson.build", "", "x-1/COPYING", mit}},
		{"", []string{"x-1/a/b", "", "meson.build", "", "COPYING", mit}},
		{"", []string{"x-1/a", "", "y-1/b", "", "meson.build", "", "COPYING", mit}},
	} {
		s := source(t, c.files...)
		if s.Top != c.want || len(s.Systems()) != 1 || len(s.Texts) != 1 || s.Texts[0].Path != "COPYING" {
			t.Errorf("%q: %+v", c.files, s)
		}
	}
	if _, err := Read(strings.NewReader(strings.Repeat("\x00", 1024))); err == nil || err.Error() != "there is no file in it" {
		t.Error(err)
	}
}
