package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A new version of a package changes few lines of the generated files, all in the
// sections of its own and of what is built from its source: that is what a
// reviewer reads.
func TestVersionBump(t *testing.T) {
	root := filepath.Join(testdata, "..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, folder := range []string{"util", "static"} {
		if err := os.CopyFS(folder, os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	generate := func(config []byte) map[string][]byte {
		if err := os.WriteFile("config.yaml", config, 0o644); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := lfdgen(t, "generate", "--strict"); code != 0 {
			t.Fatal(stderr)
		}
		return written(t, ".")
	}
	type pkg struct {
		Name, Version, SHA256 string
		SrcFrom               string `yaml:"srcFrom"`
		Mirrors               []string
	}
	var config struct {
		Packages []pkg
		Mirrors  []string
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	before := generate(text)
	names := []string{"gcc", "tzdata", "glibc", "linux", "binutils", "bash", "python", "openssl", "zlib", "coreutils"}
	if testing.Short() {
		names = names[:2] // one that others have the source of, and one alone
	}
	for _, name := range names {
		// Those that have its source, and so its version.
		var own []string
		var p pkg
		for _, other := range config.Packages {
			if other.Name == name {
				p = other
			}
			if other.Name == name || other.SrcFrom == name {
				own = append(own, other.Name)
			}
		}
		block := regexp.MustCompile(`(?ms)^- name: ` + name + `\n.*?\n\n`).Find(text)
		bumped := bytes.ReplaceAll(block, []byte(p.Version), []byte(p.Version+".1"))
		bumped = bytes.ReplaceAll(bumped, []byte(p.SHA256), fmt.Appendf(nil, "%x", sha256.Sum256([]byte(name))))
		if n := bytes.Count(block, []byte(p.Version)); n < 2 || len(p.SHA256) != 64 {
			t.Fatalf("%s: the version stands %d times in\n%s", name, n, block)
		}
		after := generate(bytes.Replace(text, block, bumped, 1))

		changed := 0
		for _, file := range slices.Sorted(maps.Keys(after)) {
			was, is := sections(before[file]), sections(after[file])
			if len(was) != len(is) {
				t.Errorf("%s: %s has %d lines instead of %d", name, file, len(is), len(was))
				continue
			}
			for i := range was {
				if was[i] == is[i] || strings.Contains(was[i].text, "urn:uuid:") { // the identifier of a whole SBOM
					continue
				}
				if !told.MatchString(file) { // these name it once for each image that has it
					changed++
				}
				if !slices.Contains(own, strings.TrimSuffix(was[i].of, "-dl")) || was[i].of != is[i].of {
					t.Errorf("%s: a line in the section of %q changed in %s:\n-%s\n+%s", name, was[i].of, file, was[i].text, is[i].text)
				}
			}
		}
		// Of each its heading in the Dockerfile and its description in the bake file, and
		// once the download, its address and its unpacking, in the list of sources the
		// version, the address, the file and its checksum, and the mirrors in both. In what is
		// handed over with the system, a line for each and one for the source.
		mirrors := p.Mirrors
		if mirrors == nil {
			mirrors = config.Mirrors
		}
		if want := 2*len(own) + 3 + 4 + 2*len(mirrors) + len(own) + 1; changed != want {
			t.Errorf("%s: %d lines changed, not %d", name, changed, want)
		}
		t.Logf("%s: %d lines changed, in the sections of %s", name, changed, strings.Join(own, ", "))
	}
}

// line is a line of a generated file, and the package or target that it tells of.
type line struct{ of, text string }

var (
	heading = regexp.MustCompile(`^(?:# ---- (\S+) |target "([^"]+)" \{|    ([A-Z0-9_]+)_URL = | *\{?"(?:name|bom-ref)": "(?:package:|tool:)?([^"]+)"|([^\s#"{}]+)\t)`)
	told    = regexp.MustCompile(`\.(spdx\.json|cdx\.json|packages\.tsv)$`)
)

// sections tells of each line what section it is in.
func sections(text []byte) []line {
	var lines []line
	of := ""
	for _, text := range strings.Split(string(text), "\n") {
		if m := heading.FindStringSubmatch(text); m != nil {
			of = m[1] + m[2] + strings.ToLower(m[3]) + m[4] + m[5]
		}
		if strings.HasPrefix(text, "# ====") || text == "}" {
			of = ""
		}
		lines = append(lines, line{of, text})
	}
	return lines
}
