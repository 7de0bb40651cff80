package templates_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// bzip2ed is a tar file of one file, top/README, that says "hello".
const bzip2ed = "QlpoOTFBWSZTWecsYCQAAHz/hMmQAERAAO2AJgIRAGJE3gAAAIAIIABUMqGIAGjI9Q009QSVMmjQNAADQR+xra1CB7gEiFry6qiYhIkgYHTBsWRa5JIwincQwve5r48oiVjiS+zEA2JnZJWBflcSQPxdyRThQkOcsYCQ"

// tarred gives such a file, not packed.
func tarred(t *testing.T, name string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: 6}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestUnpack unpacks archives with just the programs that a host has.
func TestUnpack(t *testing.T) {
	bz2, err := base64.StdEncoding.DecodeString(bzip2ed)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		archive  []byte
		programs string
		want     string // of what it says, or nothing where it unpacks
	}{
		"plain":           {tarred(t, "top/README"), "tar", ""},
		"gzip":            {gzipped(t, tarred(t, "top/README")), "tar gzip", ""},
		"gzip without":    {gzipped(t, tarred(t, "top/README")), "tar", "lfd: sources of demo: demo.tar needs the program 'gzip' to unpack, and the host stage has none: add the package gzip to host.steps\n"},
		"bzip2":           {bz2, "tar bzip2", ""},
		"bzip2 by Python": {bz2, "tar python3", ""},
		"bzip2 without":   {bz2, "tar", "lfd: sources of demo: demo.tar needs the program 'bzip2' to unpack, and the host stage has none: add the package bzip2 to host.steps\n"},
		"half, by Python": {bz2[:len(bz2)-9], "tar python3", "lfd: sources of demo: tar could not unpack demo.tar\n"},
		"no top folder":   {tarred(t, "README"), "tar", "lfd: sources of demo: with tar's flags --strip-components=1, nothing of demo.tar is left: where an archive has no top folder, set tarFlags to --strip-components=0\n"},
		"text":            {[]byte("hello\n"), "tar", "lfd: sources of demo: demo.tar is none of the known archive types (tar, plain or packed by gzip, bzip2, xz, zstd or lzip; zip)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			bin := filepath.Join(dir, "bin")
			for _, folder := range []string{bin, filepath.Join(dir, "dl")} {
				if err := os.Mkdir(folder, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, program := range strings.Fields("dd ls mkdir od tr " + c.programs) {
				path, err := exec.LookPath(program)
				if err != nil {
					t.Fatal(err)
				}
				// What it needs in turn, it finds: it may be a script.
				wrapper := "#!/bin/sh\nPATH='" + os.Getenv("PATH") + "' exec " + path + " \"$@\"\n"
				if err := os.WriteFile(filepath.Join(bin, program), []byte(wrapper), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "dl", "demo.tar"), c.archive, 0o644); err != nil {
				t.Fatal(err)
			}
			script, err := templates.FS.ReadFile("unpack.sh")
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("/bin/sh", "-c", strings.ReplaceAll(string(script), "/src/", dir+"/"), "unpack.sh", "demo")
			cmd.Env = []string{"PATH=" + bin, "LC_ALL=C"}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			err = cmd.Run()
			if c.want != "" {
				if err == nil || !strings.HasSuffix(stderr.String(), c.want) {
					t.Fatalf("got %v, want\n%s", stderr.String(), c.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			got, err := os.ReadFile(filepath.Join(dir, "lfs", "demo", "README"))
			if err != nil || string(got) != "hello\n" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
