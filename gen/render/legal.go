package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// legal returns the list of packages and sources of what is handed over with a system, which
// templates/legal.sh reads: a line for each, its fields parted by tabs. What is missing is a
// dash.
func legal(p *plan.Plan) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "# %s from %s. Do not edit: change that, then run lfdgen generate.\n", plan.Marker, strings.Join(p.Files, ", "))
	line := func(fields ...string) {
		for i, field := range fields {
			if field == "" {
				fields[i] = "-"
			}
		}
		fmt.Fprintln(&text, strings.Join(fields, "\t"))
	}
	line("# name", "package", "version", "licence", "images", "sources", "patches", "script", "stage", "texts", "why there is none")
	for _, pkg := range p.Legal.Packages {
		var patches, texts []string
		for _, patch := range pkg.Patches {
			patches = append(patches, patch.Name)
		}
		for _, t := range pkg.Texts {
			texts = append(texts, "licenses/"+t.Source+"/"+t.Path)
		}
		sources := strings.TrimSpace(strings.Join(append([]string{pkg.Source}, pkg.SrcDeps...), " "))
		line(pkg.Name, "package", pkg.Version, pkg.License, strings.Join(pkg.Images, " "), sources, strings.Join(patches, " "),
			pkg.Script, pkg.BuiltIn, strings.Join(texts, " "), pkg.NoText)
	}
	line("# name", "source", "version", "licence", "file", "checksum", "address", "homepage")
	for _, s := range p.Legal.Downloads {
		sum := ""
		switch {
		case s.SHA256 != "":
			sum = "sha256:" + s.SHA256
		case s.SHA512 != "":
			sum = "sha512:" + s.SHA512
		}
		line(s.Name, "source", s.Version, s.License, s.File, sum, diag.Redact(s.URL), s.Homepage)
	}
	return text.Bytes()
}
