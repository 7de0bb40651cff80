package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A url that was raised without its checksum is seen by what was generated before.
func TestRaisedWithoutChecksum(t *testing.T) {
	type source struct{ version, url string }
	long := strings.Repeat("ab", 64)
	for name, c := range map[string]struct {
		before, after source
		want          string // the severity
	}{
		"nothing":              {source{"1.0", "https://h/a-1.0.tar.gz"}, source{"1.0", "https://h/a-1.0.tar.gz"}, ""},
		"all":                  {source{"1.0", "https://h/a-1.0.tar.gz"}, source{"1.1", "https://h/a-1.1.tar.gz"}, "error"},
		"without a version":    {source{"", "https://h/a-1.0.tar.gz"}, source{"", "https://h/a-1.1.tar.gz"}, "error"},
		"the folder":           {source{"1.0", "https://h/1.0/a.tar.gz"}, source{"1.1", "https://h/1.1/a.tar.gz"}, "error"},
		"the release":          {source{"1.0-rc1", "https://h/a-1.0-rc1.tar.gz"}, source{"1.0", "https://h/a-1.0.tar.gz"}, "warning"},
		"another host":         {source{"1.0", "https://h1/a-1.0.tar.gz"}, source{"1.0", "https://h2/old/a-1.0.tar.gz"}, ""},
		"another day":          {source{"1.0", "https://h/20260801T000000Z/a-1.0.tar.gz"}, source{"1.0", "https://h/20261101T000000Z/a-1.0.tar.gz"}, ""},
		"another name":         {source{"1.0", "https://h/a-1.0.tar.gz"}, source{"1.0", "https://h/a_1.0.orig.tar.gz"}, "warning"},
		"what the version is":  {source{"1", "https://h/a-1.0.tar.gz"}, source{"1.0", "https://h/a-1.0.tar.gz"}, ""},
		"a name with a folder": {source{"", "https://h/a-1.0.tar.gz/download"}, source{"", "https://h/a-1.1.tar.gz/download"}, "error"},
	} {
		for kind, sum := range map[string]string{"sha256": long[:64], "sha512": long} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Chdir(t.TempDir())
				if err := os.Mkdir("util", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile("util/install-a.sh", []byte("#!/bin/sh\n"), 0o755); err != nil {
					t.Fatal(err)
				}
				generate := func(s source, args ...string) (int, string) {
					text := fmt.Sprintf("host: {image: 'debian:trixie-slim'}\npackages: [{name: a, version: '%s', url: '%s', %s: %s}]\nstages: [{name: s, parent: host, packages: [a]}]\n", s.version, s.url, kind, sum)
					if s.version == "" {
						text = strings.Replace(text, "version: '', ", "", 1)
					}
					if err := os.WriteFile("config.yaml", []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
					var stdout, stderr bytes.Buffer
					code := run(t.Context(), append([]string{"generate"}, args...), &stdout, &stderr)
					return code, stderr.String()
				}
				if code, said := generate(c.before, "--strict"); code != 0 {
					t.Fatal(said)
				}
				before := files(t, ".")
				code, said := generate(c.after, "--strict")
				if (code != 0) != (c.want != "") || !strings.Contains(said, c.before.url[strings.LastIndex(c.before.url, "/")+1:]) && c.want != "" {
					t.Fatalf("exit %d:\n%s", code, said)
				}
				if c.want == "" {
					return
				}
				for name, text := range files(t, ".") {
					if name != "config.yaml" && !bytes.Equal(before[filepath.ToSlash(name)], text) {
						t.Errorf("%s was written", name)
					}
				}
				if code, said := generate(c.after); (code != 0) != (c.want == "error") {
					t.Fatalf("exit %d:\n%s", code, said)
				}
				// Whoever says that it is the same file is believed.
				if code, said := generate(c.before); code != 0 && c.want == "error" {
					t.Fatal(said)
				}
				same := c.after
				same.url += "', mirrors: ['" + c.before.url + "'], homepage: 'https://h/"
				if code, said := generate(same, "--strict"); code != 0 {
					t.Errorf("exit %d:\n%s", code, said)
				}
			})
		}
	}
}
