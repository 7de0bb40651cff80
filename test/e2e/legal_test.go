package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/test/kit"
)

// Two sources of quickstart, of which an image has the files of one.
const handedOver = `
host:
  image: debian:trixie-slim
packages:
- name: musl
  version: 1.2.5
  url: https://musl.libc.org/releases/musl-1.2.5.tar.gz
  sha256: a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4
  license: MIT
  licenseFiles:
  - {path: COPYRIGHT, sha256: f9bc4423732350eb0b3f7ed7e91d530298476f8fec0c6c427a1c04ade22655af}
- name: libc
  srcFrom: musl
- name: manual
  srcFrom: musl
  licenseFiles: [{path: README}]
- name: busybox
  type: file
  version: 1.37.0
  url: https://busybox.net/downloads/busybox-1.37.0.tar.bz2
  sha256: 3311dff32e746499f4df0d5df04d7eb396382d7e108bb9250e7b519b837043a4
  license: GPL-2.0-only
  licenseNote: It is in the archive.
- name: base
  license: MIT
  licenseNote: Made for this test.
stages:
- {name: build, parent: host, packages: [busybox, libc, manual, base]}
- {name: root, parent: scratch, install: [libc, base]}
image:
  sbom: true
  licenses: true
  legalInfo: true
  containers:
  - name: tiny
`

var handed = []string{"busybox", "libc", "manual", "base"}

// What goes with a system is complete, comes out the same again, and is built beside it: a
// licence whose text is another one stops that and the images, and no package.
func TestLegal(t *testing.T) {
	const script = "#!/bin/sh\nset -eu\nmkdir -p $LFS/usr/lib\n: >$LFS/usr/lib/"
	scripts := map[string]string{}
	for _, name := range handed {
		scripts[name] = script + name + "\n"
	}
	dir, bake := ownIn(t, handedOver, scripts)
	image := filepath.Join(dir, "out/tiny.tar")
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	build := func(targets ...string) {
		t.Helper()
		if said, err := bake(targets...); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	build(handed...)
	build("legal-info", "legal-sources", "tiny", "--set=tiny.output=type=tar,dest=out/tiny.tar")
	const look = `
		cd out
		tar -x -f tiny-legal-info.tar && tar -x -f tiny-legal-sources.tar
		cd tiny-legal-info
		sha256sum --quiet -c SHA256SUMS sources.sha256
		find licenses sources -type f | sort
		find build -name 'install-*' | sort
		ls build/own/generated/Dockerfile build/own/docker-bake.hcl
		cut -d , -f 1,2,4 packages.csv
		grep -c 'Made for this test' README.md`
	const want = `
licenses/musl/COPYRIGHT
licenses/musl/README
sources/busybox/busybox-1.37.0.tar.bz2
sources/musl/musl-1.2.5.tar.gz
build/own/util/install-base.sh
build/own/util/install-busybox.sh
build/own/util/install-libc.sh
build/own/util/install-manual.sh
build/own/docker-bake.hcl
build/own/generated/Dockerfile
package,version,images
"base","","tiny"
"busybox","1.37.0",""
"libc","1.2.5","tiny"
"manual","1.2.5",""
1
`
	if got := "\n" + kit.Command(t, dir, "sh", "-ec", look); got != want {
		t.Errorf("it has%s", got)
	}
	const list = `
		tar -t -f "$0" | grep '^usr/share/licenses/.*[^/]$'
		tar -x -O -f "$0" usr/share/sbom/files.tsv | grep licenses | cut -f 1,2,4`
	if got, want := kit.Command(t, dir, "sh", "-ec", list, image), "usr/share/licenses/musl/COPYRIGHT\n-\t644\t/usr/share/licenses/musl/COPYRIGHT\n"; got != want {
		t.Errorf("the image has %q", got)
	}

	read := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, "out", name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	info := read("tiny-legal-info.tar")
	build("legal-info", "--set=legal-info.no-cache-filter=legal-licenses,legal-info-made")
	if !bytes.Equal(read("tiny-legal-info.tar"), info) {
		t.Error("built once more it is something else")
	}

	other := strings.Replace(handedOver, "f9bc4423", "f9bc4424", 1)
	if err := os.WriteFile(filepath.Join(dir, "own/config.yaml"), []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	kit.Command(t, dir, "go", "run", "./cmd/lfdgen", "generate", "-c", "own/config.yaml")
	const changed = "musl: the text of COPYRIGHT is not the one that was read: "
	for _, target := range []string{"legal-info", "tiny"} {
		if said, err := bake(target); err == nil || !strings.Contains(said, changed) {
			t.Errorf("%s with another text: %v\n%s", target, err, said)
		}
	}
	said, err := bake(handed...)
	if again := ran(said); err != nil || len(again) > 0 {
		t.Errorf("of the packages, %v ran again: %v\n%s", again, err, said)
	}
}
