package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// explainArchive makes the archive of a file as it is in the fake builder's result of one.
func explainArchive(t *testing.T, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "usr/one", Mode: 0o644, Size: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// writeLayout writes an OCI layout of one layer.
func writeLayout(t *testing.T, dir string, layer []byte) {
	t.Helper()
	blob := func(data string) string {
		digest := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
		write(t, filepath.Join(dir, "blobs/sha256", digest), data)
		return "sha256:" + digest
	}
	manifest := blob(`{"schemaVersion": 2, "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "` + blob(string(layer)) + `"}]}`)
	write(t, filepath.Join(dir, "oci-layout"), `{"imageLayoutVersion": "1.0.0"}`)
	write(t, filepath.Join(dir, "index.json"),
		`{"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "`+manifest+`"}]}`)
}

// explained runs lfd explain, without diffoscope.
func explained(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"explain", "--system", "sys", "--diffoscope=false"}, args...), nil, &out, &errs)
	return code, out.String(), errs.String()
}

// What the builder has is compared with a result in each of its forms.
func TestExplain(t *testing.T) {
	state := setUp(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	place := func(name string) string { return filepath.Join(t.TempDir(), name) }
	same, other, layout, folder := place("same.tar"), place("other.tar"), place("layout"), place("folder")
	write(t, same, string(explainArchive(t, "abc")))
	write(t, other, string(explainArchive(t, "abd")))
	writeLayout(t, layout, explainArchive(t, "abd"))
	write(t, filepath.Join(folder, "usr/one"), "abd")
	difference := "/usr/one\n  other content\n    @@ -1 +1 @@\n      -abc\n      +abd\n\npaths that differ: 1 (1 with other content)\n"
	if code, stdout, stderr := explained(t, "one", same); code != ok || !strings.HasPrefix(stdout, "equal: 1 files, 3 bytes, digest ") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	for _, args := range [][]string{{"one", other}, {"one", "built", other}, {"one", layout}, {"one", same, layout}, {"anything", same, other}} {
		code, stdout, stderr := explained(t, args...)
		if code != failures || !strings.HasSuffix(stdout, difference) {
			t.Errorf("%s: %d %s%s", args, code, stdout, stderr)
		}
		if slices.Contains(args, same) != (stderr == "") {
			t.Errorf("%s: %s", args, stderr)
		}
	}
	// Whose a folder's files are is seen as well, where that is not root.
	if code, stdout, stderr := explained(t, "one", folder); code != failures || !strings.Contains(stdout, "+++ "+folder) || !strings.Contains(stdout, "      +abd\n") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := explained(t, "one", other, "built"); code != failures || !strings.Contains(stdout, "-abd\n      +abc\n") || !strings.Contains(stdout, "+++ one of sys, built: 1 files") {
		t.Errorf("%d %s", code, stdout)
	}
	// Nothing is left, and what bake did for it is no build.
	left, err := filepath.Glob("*")
	if err != nil || !slices.Equal(left, []string{"out", "sys"}) {
		t.Error("left behind:", left, err)
	}
	if left, _ := filepath.Glob("out/*"); len(left) > 1 { // the mark of lfd's folders
		t.Error("left behind:", left)
	}
	if entries, err := os.ReadDir(tmp); err != nil || len(entries) > 0 {
		t.Error("left behind:", entries, err)
	}
	if log := content(t, filepath.Join(state, "log")); !strings.Contains(log, "history rm mine\n") {
		t.Error(log)
	}
}

func TestExplainFaults(t *testing.T) {
	setUp(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	archive := filepath.Join(t.TempDir(), "a.tar")
	write(t, archive, string(explainArchive(t, "abc")))
	text := filepath.Join(t.TempDir(), "text")
	write(t, text, strings.Repeat("text", 500))
	for _, c := range []struct {
		want string
		args []string
	}{
		{"explain takes a target and the results A and B", []string{"one"}},
		{"explain would compare what the builder has with itself", []string{"one", "built", "built"}},
		{"explain would compare what the builder has with itself", []string{"one", "built"}},
		{"none", []string{"one", archive, filepath.Join(t.TempDir(), "none")}},
		{text + ": archive/tar: invalid tar header", []string{"one", archive, text}},
		{"there is no target 'ona' in sys", []string{"ona", archive}},
		{"build-packages is a group: name one of its targets, one, two, three", []string{"build-packages", archive}},
		{"the builder does not have three as the generated files describe it: three-build would be built for it", []string{"three", archive}},
		{"cannot be read", []string{"-c", "none.yaml", "one", archive}},
	} {
		code, stdout, stderr := explained(t, c.args...)
		if code != usage || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %s%s", c.args, code, stdout, stderr)
		}
	}
	if left, _ := filepath.Glob("out/*"); len(left) > 1 { // the mark of lfd's folders
		t.Error("left behind:", left)
	}
	if entries, err := os.ReadDir(tmp); err != nil || len(entries) > 0 {
		t.Error("left behind:", entries, err)
	}
}

// diffoscope's report follows where it is installed, unless that is not wanted.
func TestExplainDiffoscope(t *testing.T) {
	setUp(t)
	a, b := filepath.Join(t.TempDir(), "a.tar"), filepath.Join(t.TempDir(), "b.tar")
	write(t, a, string(explainArchive(t, "abc")))
	write(t, b, string(explainArchive(t, "abd")))
	bin := t.TempDir()
	put(t, filepath.Join(bin, "diffoscope"), "#!/bin/sh\necho it asks; exit 1\n")
	none, installed := t.TempDir(), bin+string(os.PathListSeparator)+os.Getenv("PATH")
	for _, c := range []struct {
		path string
		args []string
		code int
		asks bool
	}{
		{installed, nil, failures, true},
		{installed, []string{"--diffoscope=false"}, failures, false},
		{none, nil, failures, false},
		{none, []string{"--diffoscope"}, usage, false},
	} {
		t.Setenv("PATH", c.path)
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"explain", "one", a, b}, c.args...), nil, &out, &errs)
		if code != c.code || strings.Contains(out.String(), "it asks") != c.asks || !strings.Contains(out.String(), "+abd") {
			t.Errorf("%s: %d %s%s", c.args, code, out.String(), errs.String())
		}
		if (code == usage) != strings.Contains(errs.String(), "diffoscope") {
			t.Error(errs.String())
		}
	}
}
