package plan

import (
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
)

// What packages are called in lists of vulnerabilities and of ecosystems. A virtual package
// is called as its source is, unless it says otherwise.
func TestIdentity(t *testing.T) {
	t.Parallel()
	cfg, diags, err := config.Parse("config.yaml", []byte(`
host: {image: "debian:13"}
packages:
- {name: zlib, version: 1.3.2+x, url: "https://u:secret@example.org/zlib-1.3.2.tar.gz", sha256: `+strings.Repeat("a", 64)+`, cpe: "cpe:2.3:a:zlib:zlib"}
- {name: zlib-static, srcFrom: zlib}
- {name: minizip, srcFrom: zlib, cpe: "cpe:2.3:a:zlib:minizip:1.0", purl: "pkg:conda/minizip"}
- {name: jinja2, version: "3+1", url: "https://example.org/jinja2.tar.gz", sha512: `+strings.Repeat("b", 128)+`, purl: "pkg:pypi/jinja2"}
- {name: base}
stages:
- {name: s, parent: host, packages: [zlib, zlib-static, minizip, jinja2, base]}
`))
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
	generic := "pkg:generic/zlib@1.3.2%2Bx?checksum=sha256:" + strings.Repeat("a", 64) + "&download_url=https:%2F%2F%2A%2A%2A%40example.org%2Fzlib-1.3.2.tar.gz"
	want := map[string][2]string{
		"zlib":        {`cpe:2.3:a:zlib:zlib:1.3.2\+x:*:*:*:*:*:*:*`, generic},
		"zlib-static": {`cpe:2.3:a:zlib:zlib:1.3.2\+x:*:*:*:*:*:*:*`, generic},
		"minizip":     {`cpe:2.3:a:zlib:minizip:1.0:*:*:*:*:*:*:*`, "pkg:conda/minizip@1.3.2%2Bx"},
		"jinja2":      {"", "pkg:pypi/jinja2@3%2B1"},
		"base":        {"", "pkg:generic/base"},
	}
	for _, pkg := range p.Stages[0].Packages {
		if got := [2]string{pkg.CPE, pkg.PURL}; got != want[pkg.Name] {
			t.Errorf("%s is called %q", pkg.Name, got)
		}
	}
}
