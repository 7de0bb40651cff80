package main

import (
	"os"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
)

// What is committed is what lfdbook writes.
func TestCommitted(t *testing.T) {
	t.Chdir("../..")
	var diff strings.Builder
	if err := run(true, &diff); err != nil {
		t.Errorf("%v\n%s", err, diff.String())
	}
}

// No section of the book is without a row, and no package that follows one.
func TestFaults(t *testing.T) {
	t.Chdir("../..")
	cfg, _, err := config.Load("", []string{configFile})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(input)
	if err != nil {
		t.Fatal(err)
	}
	const bzip2 = "  - title: Bzip2\n    page: bzip2\n    packages: [bzip2]\n"
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"as it is", "", "", nil},
		{"no row for a section", bzip2, "", []string{
			"chapter 8 has 85 sections in the book and 84 here",
			`the package "bzip2" follows https://www.linuxfromscratch.org/lfs/view/13.1-systemd/chapter08/bzip2.html, but is not in the row of that page`,
		}},
		{"an empty row", bzip2, "  - title: Bzip2\n    page: bzip2\n", []string{
			"section 8.7 (Bzip2) has no package, and no note that says what stands for it",
			`the package "bzip2" follows`,
		}},
		{"a package less", "packages: [glibc, locales, tzdata]", "packages: [glibc, locales]", []string{`the package "tzdata" follows`}},
		{"unknown package", "[bzip2]", "[bzip2, bzip3]", []string{`section 8.7 (Bzip2): no stage builds a package "bzip3"`}},
		{"unknown stage", "    stage: kernel\n", "    stage: colonel\n", []string{`section 10.1 (Introduction): there is no stage "colonel"`}},
		{"unknown file", "files: [util/sanity.sh]", "files: [util/sanity]", []string{"section 8.32 (GCC): there is no file util/sanity"}},
		{"unknown key", "    page: bzip2\n", "    pages: bzip2\n", []string{"field pages not found"}},
		{"page of another", "    page: bzip2\n", "    page: zlib\n", []string{"section 8.7 (Bzip2) has the page of another section"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.old != "" && strings.Count(string(text), c.old) != 1 {
				t.Fatalf("%q is not there once", c.old)
			}
			_, err := generate([]byte(strings.Replace(string(text), c.old, c.new, 1)), cfg)
			if (err == nil) != (c.want == nil) {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
		})
	}
}
