package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
)

// Images have the texts of what is in them, once each; what is handed over has those of all
// packages, and says which are in images.
func TestLegal(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("a", 64)
	cfg, diags, err := config.Parse("config.yaml", []byte(strings.ReplaceAll(`
host: {image: "debian:13"}
packages:
- {name: zlib, version: 1.3.2, url: "https://example.org/zlib-1.3.2.tar.gz", sha256: SUM, licenseFiles: [{path: LICENSE, sha256: SUM}]}
- {name: zlib-static, srcFrom: zlib}
- {name: minizip, srcFrom: zlib, licenseFiles: [{path: contrib/LICENSE}]}
- {name: gmp, url: "https://example.org/gmp.tar", sha256: SUM, licenseFiles: [{path: COPYING}]}
- {name: gcc, url: "https://example.org/gcc.tar", sha256: SUM, licenseFiles: [{path: COPYING}, {path: COPYING3}], srcDeps: [gmp], patches: [fix]}
- {name: fix, url: "https://example.org/fix.patch", sha256: SUM}
- {name: page, url: "https://example.org/page.tar", sha256: SUM, licenseNote: It has none.}
- {name: page-again, srcFrom: page}
- {name: unused, url: "https://example.org/unused.tar", sha256: SUM, licenseFiles: [{path: COPYING}]}
stages:
- {name: s, parent: host, packages: [zlib-static, minizip, gcc, page-again]}
- {name: below, parent: scratch, install: [minizip]}
- {name: r, parent: below, install: [zlib-static, gcc]}
- {name: other, parent: scratch, install: [page-again]}
image:
  licenses: true
  legalInfo: true
  containers: [{name: one, from: r}, {name: two, from: other}, {name: three, from: r}]
  disk: {name: one, from: r}
`, "SUM", sum)))
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
	}
	p, diags := Resolve(cfg)
	if p == nil {
		t.Fatal(diags)
	}
	show := func(l Licenses) string {
		var words []string
		for _, m := range l.Mounts {
			words = append(words, m.From+m.Source+m.Target)
		}
		for _, text := range l.Texts {
			words = append(words, text.Source+"/"+text.Path+strings.ReplaceAll("="+text.SHA256, "="+sum, "!"))
		}
		return strings.Join(words, " ")
	}
	mounts := func(names ...string) string {
		var words []string
		for _, name := range names {
			words = append(words, fmt.Sprintf("%s-src/src/lfs/%[1]s/src/sources/%[1]s", name))
		}
		return strings.Join(words, " ")
	}
	if len(p.Licenses) != 2 || p.Licenses[0].Of != "r" || p.Licenses[1].Of != "other" {
		t.Fatalf("%+v", p.Licenses)
	}
	for _, c := range []struct{ got, want string }{
		{show(p.Licenses[0].Licenses), mounts("zlib", "gcc", "gmp") + " zlib/contrib/LICENSE= zlib/LICENSE! gcc/COPYING= gcc/COPYING3= gmp/COPYING="},
		{show(p.Licenses[1].Licenses), ""},
		{p.Containers[0].Root + " " + p.Containers[1].Root + " " + p.Disk.Root, "r-licensed other-licensed r-licensed"},
		{show(p.Legal.Licenses), mounts("zlib", "gcc", "gmp") + " zlib/LICENSE! zlib/contrib/LICENSE= gcc/COPYING= gcc/COPYING3= gmp/COPYING="},
		{p.Legal.InfoFile() + " " + p.Legal.SourcesFile(), "out/one-legal-info.tar out/one-legal-sources.tar"},
	} {
		if c.got != c.want {
			t.Errorf("%s\nnot\n%s", c.got, c.want)
		}
	}
	var packages, downloads []string
	for _, pkg := range p.Legal.Packages {
		packages = append(packages, fmt.Sprintf("%s %s %s %d %q", pkg.Name, pkg.BuiltIn, pkg.Images, len(pkg.Texts), pkg.NoText))
	}
	for _, s := range p.Legal.Downloads {
		downloads = append(downloads, s.Name)
	}
	if got, want := strings.Join(packages, ", "), "gcc s [one three one-disk] 2 \"\", minizip s [one three one-disk] 1 \"\", page-again s [two] 0 \"It has none.\", zlib-static s [one three one-disk] 1 \"\""; got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	if got, want := fmt.Sprint(downloads, p.Legal.Patches), "[zlib gcc gmp fix page] [{fix-src /src/lfs/fix.patch /src/patches/fix.patch}]"; got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}

// Many packages of a source with many texts are too many lines for a list.
func TestTooManyTexts(t *testing.T) {
	t.Parallel()
	var files, packages, names strings.Builder
	for i := range 100 {
		fmt.Fprintf(&files, "{path: f%d}, ", i)
	}
	for i := range maxCopies/100 + 1 {
		fmt.Fprintf(&packages, "- {name: p%d, srcFrom: z}\n", i)
		fmt.Fprintf(&names, "p%d, ", i)
	}
	cfg, diags, err := config.Parse("config.yaml", []byte(`
host: {image: "debian:13"}
packages:
- {name: z, url: "https://example.org/z.tar", licenseFiles: [`+files.String()+`]}
`+packages.String()+`
stages:
- {name: s, parent: host, packages: [`+names.String()+`]}
image: {legalInfo: true}
`))
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
	}
	_, diags = Resolve(cfg)
	if got := fmt.Sprint(diags); !strings.Contains(got, "packages name 150100 texts of licences, more than the 150000 that lfdgen takes") {
		t.Error(got)
	}
}
