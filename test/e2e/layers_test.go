package e2e

import (
	"archive/tar"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// TestLayers makes an image without documentation and headers, in layers, and one of the
// same root as it is. A package that changes changes its own layer alone.
func TestLayers(t *testing.T) {
	const config = `
host:
  image: debian:trixie-slim
packages:
- {name: large, license: MIT}
- {name: small, license: GPL-2.0-only OR MIT, deps: [large]}
- {name: smaller, license: MIT}
stages:
- {name: tools, parent: host, packages: [large, small, smaller]}
- name: root
  parent: scratch
  preSteps: |
    COPY --from=host /etc/debian_version /etc/made
  install: [smaller, small]
image:
  version: "1.2"
  source: https://example.org/own
  sbom: true
  containers:
  - name: parted
    leaveOut: [documentation, headers, /usr/odd*]
    layers: 3
    user: "1000:1000"
    ports: [22/tcp, 53/udp]
    volumes: [/var/lib/data]
    entrypoint: [/usr/bin/large]
    cmd: [a b]
    labels: ['org.opencontainers.image.vendor=Ours "$HOME" \', of=none]
  - name: plain
`
	script := func(size, more string) string {
		return `#!/bin/sh
set -eu
mkdir -p "$LFS/usr/bin" "$LFS/usr/share/doc/${PWD##*/}" "$LFS/usr/include"
head -c ` + size + ` /dev/zero >"$LFS/usr/bin/${PWD##*/}"
echo text >"$LFS/usr/share/doc/${PWD##*/}/readme"
echo text >"$LFS/usr/include/${PWD##*/}.h"
` + more
	}
	scripts := map[string]string{
		"large":   script("9000", "mkdir \"$LFS/usr/odd\" && echo kept >\"$LFS/usr/odd/file\" && echo left >\"$LFS/usr/odd*\"\n"),
		"small":   script("50", ""),
		"smaller": script("40", ""),
	}
	read := func(bake func(...string) (string, error), name string) (*v1.ConfigFile, []v1.Hash, map[string]int) {
		t.Helper()
		folder := filepath.Join(t.TempDir(), name)
		if said, err := bake("--allow=fs.write="+filepath.Dir(folder), "--set", name+".output=type=oci,tar=false,dest="+folder, name); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return image(t, folder)
	}
	bake := own(t, config, scripts)
	parted, before, files := read(bake, "parted")
	c := parted.Config
	if c.User != "1000:1000" || strings.Join(c.Entrypoint, "|") != "/usr/bin/large" || strings.Join(c.Cmd, "|") != "a b" {
		t.Errorf("it runs %q %q as %q", c.Entrypoint, c.Cmd, c.User)
	}
	if _, ok := c.ExposedPorts["22/tcp"]; !ok || len(c.ExposedPorts) != 2 {
		t.Errorf("its ports are %v", c.ExposedPorts)
	}
	if _, ok := c.Volumes["/var/lib/data"]; !ok || len(c.Volumes) != 1 {
		t.Errorf("its volumes are %v", c.Volumes)
	}
	for name, want := range map[string]string{
		"created": "2026-01-01T00:00:00Z", "licenses": "(GPL-2.0-only OR MIT) AND MIT", "title": "parted",
		"version": "1.2", "source": "https://example.org/own", "vendor": `Ours "$HOME" \`,
	} {
		if got := c.Labels["org.opencontainers.image."+name]; got != want {
			t.Errorf("its label %s is %q, not %q", name, got, want)
		}
	}
	if c.Labels["of"] != "none" || parted.Created.UTC().Format("2006-01-02") != "2026-01-01" {
		t.Errorf("it has the labels %v, and is of %v", c.Labels, parted.Created)
	}
	want := map[string]int{"usr/bin/large": 0, "usr/odd/file": 0, "usr/bin/small": 1, "usr/bin/smaller": 1, "etc/made": 2}
	for name, layer := range want {
		if got, ok := files[name]; !ok || got != layer {
			t.Errorf("/%s is in layer %d, not in %d", name, got, layer)
		}
	}
	for name := range files {
		if strings.HasPrefix(name, "usr/share/doc/") || strings.HasPrefix(name, "usr/include/") || name == "usr/odd*" {
			t.Errorf("/%s is there", name)
		}
	}
	_, layers, all := read(bake, "plain")
	if _, ok := all["usr/share/doc/small/readme"]; len(layers) != 1 || !ok {
		t.Errorf("the plain image has %d layers, with %v", len(layers), all)
	}

	scripts["small"] = script("60", "")
	_, after, _ := read(own(t, config, scripts), "parted")
	changed := 0
	for _, layer := range after {
		if !slices.Contains(before, layer) {
			changed++
		}
	}
	// The layer with the package, and the last one: in it is the SBOM's list of files.
	if len(before) != 3 || len(after) != 3 || changed != 2 || after[0] != before[0] {
		t.Errorf("a changed package changes %d of the layers %v: %v", changed, before, after)
	}
}

// image reads an image in a layout: its configuration, its layers, and its files with the
// number of the layer that each is in.
func image(t *testing.T, folder string) (*v1.ConfigFile, []v1.Hash, map[string]int) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(folder)
	check(err)
	manifest, err := index.IndexManifest()
	check(err)
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil { // an index, as it has a provenance
		inner, err := index.ImageIndex(manifest.Manifests[0].Digest)
		check(err)
		manifest, err := inner.IndexManifest()
		check(err)
		img, err = inner.Image(manifest.Manifests[0].Digest)
		check(err)
	}
	config, err := img.ConfigFile()
	check(err)
	layers, err := img.Layers()
	check(err)
	var digests []v1.Hash
	files := map[string]int{}
	for i, layer := range layers {
		digest, err := layer.Digest()
		check(err)
		digests = append(digests, digest)
		text, err := layer.Uncompressed()
		check(err)
		archive := tar.NewReader(text)
		for {
			head, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			check(err)
			if head.Typeflag != tar.TypeDir {
				files[head.Name] = i
			}
		}
		check(text.Close())
	}
	return config, digests, files
}
