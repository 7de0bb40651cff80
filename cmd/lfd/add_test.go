package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// packed returns a packed archive of files, by their names and texts, and the archive in it.
func packed(t *testing.T, files ...string) (archive, unpacked string) {
	t.Helper()
	var inner, outer bytes.Buffer
	w := tar.NewWriter(&inner)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o755, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&outer)
	if _, err := z.Write(inner.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return outer.String(), inner.String()
}

// signify returns a public key, and its signature of a text.
func signify(number byte, text string) (key, signature string) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{number}, ed25519.SeedSize))
	line := func(what string, parts ...[]byte) string {
		head := append([]byte("Ed"), bytes.Repeat([]byte{number}, 8)...)
		return "untrusted comment: " + what + "\n" + base64.StdEncoding.EncodeToString(bytes.Join(append([][]byte{head}, parts...), nil)) + "\n"
	}
	return line("key", private[32:]), line("signature", ed25519.Sign(private, []byte(text)))
}

func addProject(t *testing.T) (address string, files map[string]string) {
	t.Helper()
	files = map[string]string{}
	server := served(t, files)
	put(t, "sys/config.yaml", `host: {image: "debian:x"} # stays
packages:
# Of the system.
- {name: meson}
- name: ninja

stages:
- name: build
  parent: host
  packages: [meson, ninja] # two
- {name: root, parent: scratch, install: [ninja]}
`)
	put(t, "mine/config.yaml", "stages:\n- name: root\n  install: [+meson]\n")
	for _, name := range []string{"meson", "ninja"} {
		put(t, "sys/util/install-"+name+".sh", "#!/bin/sh\n")
	}
	return server.URL, files
}

func runAdd(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"add"}, args...), strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

func TestAdd(t *testing.T) {
	address, files := addProject(t)
	data, unpacked := packed(t, "demo-1.2/meson.build", "project('demo', 'c')\n", "demo-1.2/COPYING", "Do what you want.\n")
	files["/demo-1.2.tar.gz"] = data
	// kernel.org's way; beside it lies a page that is no signature.
	key, signed := signify(7, unpacked)
	files["/demo-1.2.tar.sign"], files["/demo-1.2.tar.gz.asc"] = signed, "<html>not here</html>"
	put(t, "keys/demo.pub", key)
	other, _ := signify(8, "")
	put(t, "keys/another.pub", other)
	before := read(t, "sys/config.yaml")
	code, stdout, stderr := runAdd(t, "-c", "sys/config.yaml", "--stage", "build", "--install", "root", address+"/demo-1.2.tar.gz")
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	contains(t, stdout, "sys/config.yaml: demo 1.2\n", "sys/util/install-demo.sh: builds it by Meson\n", "no licence was recognized\n", "next: read what LOOK marks")
	got := read(t, "sys/config.yaml")
	contains(t, got,
		"- name: ninja\n- name: demo\n  version: \"1.2\"\n  url: "+address+"/demo-1.2.tar.gz\n  sha256: "+sha256Of(data)+"\n"+
			"  signature:\n    url: "+address+"/demo-1.2.tar.sign\n    key: demo.pub\n    of: tar\n    sha256: "+sha256Of(signed)+"\n",
		"  - {path: COPYING, sha256: "+sha256Of("Do what you want.\n")+"}\n", "  buildDeps: [meson, ninja]\n\nstages:\n",
		"packages: [meson, ninja, demo] # two\n", "install: [ninja, demo]}")
	// Nothing else has changed.
	entry := got[strings.Index(got, "- name: demo"):strings.Index(got, "\nstages:")]
	rest := strings.NewReplacer(entry, "", "ninja, demo]", "ninja]").Replace(got)
	if rest != before {
		t.Errorf("it was\n%s\nand is\n%s", before, rest)
	}
	contains(t, read(t, "sys/util/install-demo.sh"), "meson setup")
	// What was written is a configuration, and the same source is not added twice.
	code, _, stderr = runAdd(t, "-c", "sys/config.yaml", "--name", "again", address+"/demo-1.2.tar.gz")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	contains(t, stderr, "the package demo has this source already: srcFrom: demo builds it in another way")
}

// An overlay gets the package, and its script lies beside it.
func TestAddToOverlay(t *testing.T) {
	address, files := addProject(t)
	data, _ := packed(t, "repo-2.0/Makefile", "all:\n")
	files["/archive/v2.0.tar.gz"] = data
	files["/archive/v2.0.tar.gz.sig"] = func() string { _, s := signify(9, data); return s }()
	code, stdout, stderr := runAdd(t, "-c", "sys/config.yaml", "-c", "mine/config.yaml", "--install", "root", "--sha256", sha256Of(data), address+"/archive/v2.0.tar.gz")
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	contains(t, stderr, "is a signature by the key 0909090909090909, which is not in keys/")
	contains(t, stdout, "add repo to the packages of the stage that is to build it\n")
	contains(t, read(t, "mine/config.yaml"), "  install: [+meson, +repo]\n\npackages:\n- name: repo\n  version: \"2.0\"\n", "# LOOK: signed by a key that is not in keys/: put it there as repo.asc or .pub")
	contains(t, read(t, "mine/util/install-repo.sh"), "has no target install")
}

// Where something is wrong, nothing is written.
func TestAddRefuses(t *testing.T) {
	address, files := addProject(t)
	data, _ := packed(t, "demo-1.2/meson.build", "", "demo-1.2/x", strings.Repeat("x", 99))
	for _, name := range []string{"demo-1.2", "meson-1.2", "signed-1.2", "script-1.2"} {
		files["/"+name+".tar.gz"] = data
	}
	flat, _ := packed(t, "meson.build", "", "README", "")
	files["/flat.tar.gz"], files["/v1.2.tar.gz"] = flat, flat
	files["/cut-1.tar.gz"] = data[:40]
	files["/lzip-1.tar.lz"] = "LZIP\x01" + strings.Repeat("x", 600)
	key, signed := signify(7, "another file")
	files["/signed-1.2.tar.gz.sig"] = signed
	put(t, "keys/demo.pub", key)
	put(t, "sys/util/install-script.sh", "#!/bin/sh\n")
	before := read(t, "sys/config.yaml")
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{"", "add takes the address of a source", 2},
		{"/fix.patch", "is not the address of an archive, by its name", 1},
		{"/download?id=7", "--file-name says how the file is called", 1},
		{"/none-1.tar.gz", "404 Not Found", 1},
		{"/demo-1.2.tar.gz --sha256 " + strings.Repeat("a", 64), "wrong sha256: expected aaaa", 1},
		{"/meson-1.2.tar.gz", "there is a package meson already: lfd update meson 1.2 raises it", 1},
		{"/signed-1.2.tar.gz", "is not of this source: by the key demo.pub, the signature is not of this file; nothing was written", 1},
		{"/script-1.2.tar.gz", "there is a script", 1},
		{"/flat.tar.gz", "tells the version: say it with --version", 1},
		{"/v1.2.tar.gz", "neither v1.2.tar.gz nor the folder in it tells the package's name", 1},
		{"/cut-1.tar.gz", "cannot be read: unexpected EOF", 1},
		{"/lzip-1.tar.lz", "an archive of a kind that only tar can read, which lfd add cannot look into", 1},
		{"/demo-1.2.tar.gz --name demo_", "what was found cannot stand in a configuration", 1},
		{"/demo-1.2.tar.gz --stage built", `sys/config.yaml has no stage "built"`, 1},
		{"/demo-1.2.tar.gz --install none", `has no stage "none"`, 1},
	} {
		args := strings.Fields(c.args)
		if len(args) > 0 {
			args[0] = address + args[0]
		}
		code, stdout, stderr := runAdd(t, append([]string{"-c", "sys/config.yaml"}, args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
	if got := read(t, "sys/config.yaml"); got != before {
		t.Errorf("it was changed:\n%s", got)
	}
	if entries, err := os.ReadDir("sys/util"); err != nil || len(entries) != 3 {
		t.Error(entries, err)
	}
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
