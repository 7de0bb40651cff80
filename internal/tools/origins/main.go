// Command origins writes docs/origins.md: what beside the checksum in the configuration tells
// that a source is its authors', a signature or the recipes of others that record the same
// checksum (docs/origins.tsv).
//
//	origins [-check]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/origins"
)

// page is what is written, from the project's root.
const page = "docs/origins.md"

// systems are those whose sources are listed, with the overlay that has signatures of the same
// bytes from another place.
var systems = []struct {
	title   string
	files   []string
	overlay []string
}{
	{"The full system", []string{"config.yaml"}, []string{"config.yaml", "overlays/debian-sources.yaml"}},
	{"Quickstart", []string{"quickstart/config.yaml"}, nil},
}

func main() {
	check := flag.Bool("check", false, "write nothing; fail if the page is out of date")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "origins:", err)
		os.Exit(1)
	}
}

// run works in the working folder, the project's root.
func run(check bool) error {
	known, err := origins.Read(origins.File)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What tells that a source is the right one

Written by internal/tools/origins from the configurations and [%s](origins.tsv). Change
these, then run go generate.

Each source has a checksum in its configuration. Who wrote that down may have been deceived;
beside it tells

- a signature of the authors: *verified* here with their key, or *named*, where only its address
  and the key are known ([signatures](signatures.md));
- the recipe of another distribution that records the same checksum: somebody else had the same
  bytes. Linked is the recipe at the commit at which it did. Recipes that only repeat the list
  of the book do not count.
`, origins.File)
	unused := maps.Clone(known)
	for _, s := range systems {
		if err := section(&b, s.title, s.files, s.overlay, known, unused); err != nil {
			return err
		}
	}
	if len(unused) > 0 {
		return fmt.Errorf("%s: no source has the checksum %s: take the line out", origins.File, slices.Min(slices.Collect(maps.Keys(unused))))
	}
	have, err := os.ReadFile(page)
	if err == nil && bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), b.Bytes()) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is not as the configurations say; run go generate", page)
	}
	return os.WriteFile(page, b.Bytes(), 0o644)
}

// section writes the table of a system.
func section(b *bytes.Buffer, title string, files, overlay []string, known, unused map[string][]origins.Recipe) error {
	cfg, err := load(files)
	if err != nil {
		return err
	}
	verified := map[string]bool{} // by checksum
	for _, files := range [][]string{files, overlay} {
		if files == nil {
			continue
		}
		cfg, err := load(files)
		if err != nil {
			return err
		}
		for i := range cfg.Packages {
			if s := cfg.SignatureOf(&cfg.Packages[i]); s != nil && s.SHA256 != "" {
				verified[cfg.Packages[i].SHA256] = true
			}
		}
	}
	var rows []string
	one, both := 0, 0
	for i := range cfg.Packages {
		p := &cfg.Packages[i]
		if p.URL == "" {
			continue
		}
		signed := ""
		if verified[p.SHA256] {
			signed = "verified"
		} else if cfg.SignatureOf(p) != nil {
			signed = "named"
		}
		var links []string
		for _, o := range known[p.SHA256] {
			links = append(links, fmt.Sprintf("[%s](%s)", o.Distribution, o.URL()))
		}
		delete(unused, p.SHA256)
		if signed != "" || len(links) > 0 {
			one++
		}
		if signed != "" && len(links) > 0 {
			both++
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s |", p.Name, p.Version, signed, strings.Join(links, ", ")))
	}
	fmt.Fprintf(b, "\n## %s\n\nOf %d sources %d have one of the two, %d both.\n\n| source | version | signature | the same checksum |\n|---|---|---|---|\n%s\n",
		title, len(rows), one, both, strings.Join(rows, "\n"))
	return nil
}

func load(files []string) (*config.Config, error) {
	cfg, diags, err := config.Load(".", files)
	if err == nil && (cfg == nil || diags.HasErrors()) {
		err = fmt.Errorf("%s cannot be read; lfdgen check says why", strings.Join(files, ", "))
	}
	return cfg, err
}
