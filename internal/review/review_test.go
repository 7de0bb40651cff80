package review

import (
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/lock"
)

const (
	sumA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sumB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, diags, err := config.Parse("config.yaml", []byte(text))
	if err != nil || cfg == nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return cfg
}

const before = `
host: {image: "debian:a"}
packages:
- {name: zlib, version: 1.3.1, url: "https://zlib.net/zlib-1.3.1.tar.gz", sha256: ` + sumA + `}
- {name: zlib-static, srcFrom: zlib}
- {name: curl, version: "8.2", url: "https://curl.se/curl-8.2.tar.gz", sha256: ` + sumA + `, deps: [zlib, old], license: MIT}
- {name: same, version: "1", url: "https://example.org/same-1.tar.gz", sha256: ` + sumA + `}
- {name: gone, version: "1", url: "https://example.org/gone-1.tar.gz", sha256: ` + sumA + `, patches: [p]}
- {name: elsewhere, version: "1", url: "https://example.org/e-1.tar.gz", sha256: ` + sumA + `}
- {name: base}
stages:
- {name: build, parent: host, packages: [zlib, zlib-static, curl, same, gone]}
image: {containers: [{name: tiny}]}
`

const after = `
host: {image: "debian:b"}
packages:
- {name: zlib, version: 1.3.2, url: "https://user:secret@github.com/zlib-1.3.2.tar.gz", sha256: ` + sumB + `}
- {name: zlib-static, srcFrom: zlib}
- {name: curl, version: "8.1", url: "https://curl.se/curl-8.1.tar.gz", sha256: ` + sumA + `, deps: [new, zlib], license: curl, preBuildSteps: "RUN true"}
- {name: same, version: "1", url: "https://example.org/same-1.tar.gz", sha256: ` + sumB + `}
- {name: elsewhere, version: "1", url: "https://example.com/e-1.tar.gz", sha256: ` + sumA + `}
- {name: base}
- {name: extra, version: "2", url: "https://user:secret@example.org/extra-2.tar.gz", sha256: ` + sumB + `}
stages:
- {name: build, parent: host, packages: [zlib, zlib-static, curl, same, extra]}
- {name: root, parent: scratch, install: [curl]}
image: {containers: [{name: tiny}], disk: {name: d}}
`

func TestCompare(t *testing.T) {
	old, now := System{Config: parse(t, before)}, System{Config: parse(t, after)}
	old.Config.Scripts = map[string]string{"base": "util/install-base.sh", "curl": "util/install-curl.sh"}
	now.Config.Scripts = map[string]string{"base": "util/install-base.sh", "curl": "mine/install-curl.sh"}
	now.Config.Checks = map[string]string{"zlib": "util/check-zlib.sh"}
	old.Files = map[string]string{"util/install-base.sh": "1", "static/a": "1", "static/b": "1"}
	now.Files = map[string]string{"util/install-base.sh": "2", "static/a": "2", "static/c": "1"}
	old.Lock = []lock.Entry{{Name: "zlib", Platform: "linux/amd64", Key: "1", Digest: "1"}, {Name: "base", Platform: "linux/amd64", Key: "1", Digest: "1"}, {Name: "gone", Platform: "linux/amd64"}}
	now.Lock = []lock.Entry{{Name: "zlib", Platform: "linux/amd64", Key: "2", Digest: "2"}, {Name: "base", Platform: "linux/amd64", Key: "2", Digest: "1"}, {Name: "extra", Platform: "linux/amd64"}}
	const want = `## What changes

### Other versions (2)

- ` + "`zlib` 1.3.1 → 1.3.2, from `github.com` in place of `zlib.net`; of its source, too: `zlib-static`" + `
- ` + "`curl` 8.2 → 8.1, an older one; its checksum is as before" + `

### Added (1)

- ` + "`extra` 2, from `https://***@example.org/extra-2.tar.gz`" + `

### Removed (1)

- ` + "`gone` 1" + `

### Other bytes under the same version (1)

- ` + "`same` 1, from `https://example.org/same-1.tar.gz`: another checksum for `same-1.tar.gz`" + `

### Downloaded from elsewhere, the same bytes (1)

- ` + "`elsewhere`: `https://example.com/e-1.tar.gz` in place of `https://example.org/e-1.tar.gz`" + `

### Built in another way (5)

- ` + "`zlib`: check script added, `util/check-zlib.sh`" + `
- ` + "`curl`: another install script, `mine/install-curl.sh` in place of `util/install-curl.sh`" + `
- ` + "`curl`: `deps` with `new`, without `old`" + `
- ` + "`curl`: `preBuildSteps` added" + `
- ` + "`base`: install script changed, `util/install-base.sh`" + `

### Host, stages and images (4)

- ` + "the host's image: `debian:a` → `debian:b`" + `
- ` + "stage `build`: `packages` with `extra`, without `gone`" + `
- ` + "stage `root` is new: it builds none" + `
- ` + "disk `d` is new" + `

### Files of the project that the build takes (3)

- ` + "`static/a` has changed" + `
- ` + "`static/b` is not taken any more" + `
- ` + "`static/c` is new" + `

### Described in another way (1)

- ` + "`curl`: `license` `MIT` → `curl`" + `

### Results, by the lock (4)

- ` + "linux/amd64, other bytes: `zlib`" + `
- ` + "linux/amd64, made of something else, and the same bytes: `base`" + `
- ` + "linux/amd64, new in the lock: `extra`" + `
- ` + "linux/amd64, gone from the lock: `gone`" + `
`
	got := string(Compare(old, now).Markdown("What changes"))
	if got != want {
		t.Errorf("got\n%s", got)
	}
	for range 10 {
		if again := string(Compare(old, now).Markdown("What changes")); again != got {
			t.Fatalf("another text the next time:\n%s", again)
		}
	}
	if got := string(Compare(old, old).Markdown("x")); got != "## x\n\nNothing changes.\n" {
		t.Errorf("got\n%s", got)
	}
	// The lock is as before: it is not known yet what comes of the change.
	now.Lock = old.Lock
	if got := string(Compare(old, now).Markdown("x")); !strings.Contains(got, "`lfd.lock` is as before: ") || strings.Contains(got, results) {
		t.Errorf("got\n%s", got)
	}
	// Only the address is another one: the results are not.
	moved := System{Config: parse(t, strings.Replace(before, "example.org/e-1", "example.com/e-1", 1)), Lock: old.Lock, Files: old.Files}
	moved.Config.Scripts = old.Config.Scripts
	if got := string(Compare(old, moved).Markdown("x")); strings.Contains(got, "is as before: ") || strings.Count(got, "###") != 1 {
		t.Errorf("got\n%s", got)
	}
}
