package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// archive makes a tar archive. What a header does not say is filled in: a regular file
// of root's, mode 644, with 755 for folders.
func archive(t *testing.T, files ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := f.Header
		h.Name, h.Size = f.name, int64(len(f.data))
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
			if h.Linkname != "" {
				h.Typeflag = tar.TypeSymlink
			}
		}
		if h.Mode == 0 {
			h.Mode = 0o644
			if h.Typeflag == tar.TypeDir {
				h.Mode = 0o755
			}
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func hardLink(name, target string) entry {
	return entry{name: name, Header: tar.Header{Typeflag: tar.TypeLink, Linkname: target}}
}

// layers are those of an image, and flat is what they make.
func layers(t *testing.T) (layers [][]byte, flat *Root) {
	return [][]byte{
			archive(t, folder("usr", 0o700), text("usr/a", "1"), text("usr/b", "1"), text("usr/dir/x", "1"), text("usr/dir/y", "1"),
				text("usr/gone/deep/z", "1"), text("usr/replaced/x", "1"), text("usr/held", "1"), link("out", "../../out")),
			archive(t,
				text("usr/.wh.a", ""), text("usr/.wh.gone", ""), // files and folders are removed
				text("usr/dir/x", "2"), text("usr/dir/.wh..wh..opq", ""), // all but what is in this layer
				text("usr/.wh.b", ""), text("usr/b", "2"), // removed below, and new
				text("usr/replaced", "2"),
				hardLink("usr/name", "usr/held"),
			),
			archive(t, text("usr/c", "3")),
		},
		tree(t, folder("usr", 0o700), text("usr/b", "2"), text("usr/dir/x", "2"), text("usr/replaced", "2"), text("usr/held", "1"),
			hardLink("usr/name", "usr/held"), link("out", "../../out"), text("usr/c", "3"))
}

func TestReadLayers(t *testing.T) {
	data, want := layers(t)
	var archives []Archive
	for _, layer := range data {
		archives = append(archives, bytes.NewReader(layer))
	}
	got, err := ReadLayers(archives...)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, Differences(want, got))
}

// ociLayout is the files of an OCI layout, as BuildKit writes it: an index of an index of an
// image and of what is attested of it.
type ociLayout map[string]string

func (l ociLayout) blob(data []byte) string {
	digest := fmt.Sprintf("%x", sha256.Sum256(data))
	l["blobs/sha256/"+digest] = string(data)
	return "sha256:" + digest
}

func (l ociLayout) json(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return l.blob(data)
}

func (l ociLayout) entries() []entry {
	var list []entry
	for name, data := range l {
		list = append(list, text(name, data))
	}
	return list
}

func (l ociLayout) write(t *testing.T, dir string) string {
	t.Helper()
	for name, data := range l {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(data))
	}
	return dir
}

func put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func layoutOf(t *testing.T, compress func(*testing.T, []byte) []byte, mediaType string, images int) ociLayout {
	t.Helper()
	type object map[string]any
	l := ociLayout{"oci-layout": `{"imageLayoutVersion":"1.0.0"}`}
	data, _ := layers(t)
	var list []object
	for _, layer := range data {
		layer = compress(t, layer)
		list = append(list, object{"mediaType": mediaType, "digest": l.blob(layer), "size": len(layer)})
	}
	const manifest = "application/vnd.oci.image.manifest.v1+json"
	attested := l.json(t, object{"schemaVersion": 2, "layers": []object{{"mediaType": "application/vnd.in-toto+json", "digest": l.blob([]byte("{}"))}}})
	inner := []object{{"mediaType": manifest, "digest": attested, "annotations": object{"vnd.docker.reference.type": "attestation-manifest"}}}
	for i := range images {
		inner = append(inner, object{"mediaType": manifest, "digest": l.json(t, object{"schemaVersion": 2, "layers": list, "annotations": object{"n": fmt.Sprint(i)}})})
	}
	index := l.json(t, object{"schemaVersion": 2, "manifests": inner})
	// One with two names is one.
	outer := object{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": index}
	top, err := json.Marshal(object{"schemaVersion": 2, "manifests": []object{outer, outer}})
	if err != nil {
		t.Fatal(err)
	}
	l["index.json"] = string(top)
	return l
}

const (
	plainLayer = "application/vnd.oci.image.layer.v1.tar"
	gzipLayer  = plainLayer + "+gzip"
	zstdLayer  = plainLayer + "+zstd"
)

func plain(_ *testing.T, data []byte) []byte { return data }

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// A result is read in whichever form somebody has it.
func TestOpenResult(t *testing.T) {
	dir := t.TempDir()
	place := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		put(t, name, data)
		return name
	}
	_, want := layers(t)
	flat := archive(t, folder("usr", 0o700), text("usr/b", "2"), text("usr/dir/x", "2"), text("usr/replaced", "2"), text("usr/held", "1"),
		hardLink("usr/name", "usr/held"), link("out", "../../out"), text("usr/c", "3"))
	data, _ := layers(t)
	for name, path := range map[string]string{
		"archive":         place("a.tar", flat),
		"gzip":            place("a.tar.gz", gzipped(t, flat)),
		"zstd":            place("a.tar.zst", zstandard(t, flat)),
		"layout":          layoutOf(t, plain, plainLayer, 1).write(t, filepath.Join(dir, "plain")),
		"layout of gzip":  layoutOf(t, gzipped, gzipLayer, 1).write(t, filepath.Join(dir, "gzip")),
		"layout, archive": place("layout.tar", archive(t, layoutOf(t, zstandard, zstdLayer, 1).entries()...)),
		"docker save": place("saved.tar", archive(t, text("1/layer.tar", string(data[0])), text("2/layer.tar", string(data[1])), text("3/file", string(data[2])),
			link("3/layer.tar", "file"), text("manifest.json", `[{"Config": "x", "Layers": ["1/layer.tar", "2/layer.tar", "3/layer.tar"]}]`))),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := OpenResult(path, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, Differences(want, got.Root))
			content := got.Content("/usr/c")
			b := make([]byte, 1)
			if _, err := content.ReadAt(b, 0); err != nil || string(b) != "3" {
				t.Errorf("%q, %v", b, err)
			}
			if err := got.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	broken, gone := layoutOf(t, plain, plainLayer, 1), layoutOf(t, plain, plainLayer, 1)
	for name := range broken {
		if strings.HasPrefix(name, "blobs/") {
			broken[name] += " "
			delete(gone, name)
		}
	}
	missing := "no such file"
	if runtime.GOOS == "windows" {
		missing = "cannot find"
	}
	for want, path := range map[string]string{
		missing:                      filepath.Join(dir, "none"),
		"invalid tar header":         place("text", []byte(strings.Repeat("no archive ", 100))),
		"unexpected EOF":             place("cut.tar.gz", gzipped(t, flat)[:40]),
		"it holds 2 images, not one": layoutOf(t, plain, plainLayer, 2).write(t, filepath.Join(dir, "two")),
		"which is no filesystem":     layoutOf(t, plain, "application/vnd.in-toto+json", 1).write(t, filepath.Join(dir, "other")),
		"holds something else":       broken.write(t, filepath.Join(dir, "broken")),
		"is not there":               gone.write(t, filepath.Join(dir, "gone")),
		`its layer "x" is not there`: place("saved-cut.tar", archive(t, text("manifest.json", `[{"Layers": ["x"]}]`))),
	} {
		if _, err := OpenResult(path, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: no %q in %v", path, want, err)
		}
	}
}

// What cannot be read in a folder is named, and the rest is read. A socket is such a file,
// whoever reads.
func TestUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("sockets are no files there")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a"), []byte("a"))
	t.Chdir(dir) // the path of a socket is short
	l, err := net.Listen("unix", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r, err := OpenResult(dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Names()) != 1 || len(r.Unreadable) != 1 || r.Unreadable[0].Path != "/s" || !strings.Contains(r.Unreadable[0].Text, "socket") {
		t.Errorf("%v, %v", r.Names(), r.Unreadable)
	}
	if _, err := Open(dir); err == nil {
		t.Error("for checks all must be readable")
	}
}
