// Package share keeps results of builds in a store, where other machines find them: an OCI
// registry, a folder, or a web server that has such a folder. A result is an image of one layer,
// and is named by its key, see package lock. All of the image but the compression follows from
// the result's files. So what a store has is compared with the lock without trusting the store.
package share

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"

	"github.com/linux-from-docker/lfd/internal/compressed"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Result is a result as a store has it.
type Result struct {
	Name     string // the target of the bake file
	Platform string // that it is built for, as linux/amd64
	Key      string // of what it is made of
	Digest   string // of its files
}

// The labels of an image.
const (
	labelFormat = "lfd.format"
	labelName   = "lfd.name"
	labelKey    = "lfd.key"
	labelDigest = "lfd.digest"
)

// format is the version of the form of images: it is raised when other bytes are written.
const format = "1"

// epoch is the time of all files of a result, as builds give them.
var epoch = func() time.Time {
	seconds, err := strconv.ParseInt(steps.Epoch, 10, 64)
	if err != nil {
		panic(err)
	}
	return time.Unix(seconds, 0).UTC()
}()

// Bounds of what is taken from a store. The largest result of the full system has 1.5 GB.
const (
	maxDocument = 1 << 20  // bytes of a manifest, or of a configuration
	maxLayer    = 16 << 30 // bytes of a layer, packed or not
)

// Image is an image of a result. Its documents are in memory, and its layer is a blob in a file
// or in a store.
type Image struct {
	Result
	Manifest []byte
	Config   []byte
	Layer    *v1.Descriptor // nil where the store has the digest of a result alone
}

// ManifestDigest returns the digest of the manifest, by which builders name the image.
func (i *Image) ManifestDigest() string { return fmt.Sprintf("sha256:%x", sha256.Sum256(i.Manifest)) }

// document returns JSON as it is written here, whatever version of Go writes it.
func document(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

func sum(data []byte) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sha256.Sum256(data))}
}

// image returns the image of a result with its layer, which may be nil, and the digest of what
// is packed in that.
func image(r Result, layer *v1.Descriptor, unpacked v1.Hash) *Image {
	system, machine, _ := strings.Cut(r.Platform, "/")
	machine, variant, _ := strings.Cut(machine, "/")
	config := v1.ConfigFile{
		OS: system, Architecture: machine, Variant: variant,
		Created: v1.Time{Time: epoch},
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
		Config:  v1.Config{Labels: map[string]string{labelFormat: format, labelName: r.Name, labelKey: r.Key, labelDigest: r.Digest}},
	}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Layers: []v1.Descriptor{}}
	if layer != nil {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, unpacked)
		manifest.Layers = append(manifest.Layers, *layer)
	}
	text := document(config)
	manifest.Config = v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(text)), Digest: sum(text)}
	return &Image{r, document(manifest), text, layer}
}

// Note returns an image without files, which tells the digest of a result.
func Note(r Result) *Image { return image(r, nil, v1.Hash{}) }

// Pack writes the layer of a root into a file, and returns the image.
func Pack(root *rootfs.Root, r Result, file io.Writer) (*Image, error) {
	packed, unpacked := sha256.New(), sha256.New()
	counted := &counter{w: io.MultiWriter(file, packed)}
	z, err := zstd.NewWriter(counted, zstd.WithEncoderConcurrency(1)) // the same bytes on all machines
	if err != nil {
		return nil, err
	}
	if err := root.WriteArchive(io.MultiWriter(z, unpacked), epoch); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return image(r, &v1.Descriptor{MediaType: types.OCILayerZStd, Size: counted.n, Digest: hashed(packed)}, hashed(unpacked)), nil
}

func hashed(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", h.Sum(nil))}
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(data []byte) (int, error) {
	n, err := c.w.Write(data)
	c.n += int64(n)
	return n, err
}

// Refusal is why what a store has is not used: it is not what it says, or no result at all.
type Refusal struct{ Why string }

func (r *Refusal) Error() string { return r.Why }

func refuse(text string, args ...any) error { return &Refusal{fmt.Sprintf(text, args...)} }

// Refused reports whether an error is about what a store has, rather than about reaching it.
func Refused(err error) bool {
	var r *Refusal
	return errors.As(err, &r)
}

// readManifest reads the manifest of a result, and returns what its configuration and its layer
// are to be.
func readManifest(manifest []byte) (config v1.Descriptor, layer *v1.Descriptor, err error) {
	m, err := v1.ParseManifest(bytes.NewReader(manifest))
	if err != nil {
		return config, nil, refuse("its manifest cannot be read: %v", err)
	}
	config = m.Config
	switch {
	case len(m.Layers) > 1 || config.MediaType != types.OCIConfigJSON || len(m.Annotations) > 0:
		return config, nil, refuse("it is no image of a result")
	case config.Size < 0 || config.Size > maxDocument:
		return config, nil, refuse("its configuration is to have %d bytes", config.Size)
	case config.Digest.Algorithm != "sha256":
		return config, nil, refuse("its configuration has the digest %s, not of sha256", config.Digest)
	case len(m.Layers) == 0:
		return config, nil, nil
	}
	l := m.Layers[0]
	if l.MediaType != types.OCILayerZStd || l.Digest.Algorithm != "sha256" || l.Size < 0 || l.Size > maxLayer {
		return config, nil, refuse("its layer is of another kind: %s, %d bytes, %s", l.MediaType, l.Size, l.Digest)
	}
	return config, &v1.Descriptor{MediaType: l.MediaType, Size: l.Size, Digest: l.Digest}, nil
}

// open returns the image that two documents are. They must say what [Pack] writes, byte for
// byte: nothing else, such as a variable of the environment, comes into a build.
func open(manifest, config []byte, layer *v1.Descriptor) (*Image, error) {
	c, err := v1.ParseConfigFile(bytes.NewReader(config))
	if err != nil {
		return nil, refuse("its configuration cannot be read: %v", err)
	}
	labels := c.Config.Labels
	if labels[labelFormat] != format {
		return nil, refuse("it has the format %q, and this program reads %q", labels[labelFormat], format)
	}
	r := Result{labels[labelName], strings.TrimSuffix(c.OS+"/"+c.Architecture+"/"+c.Variant, "/"), labels[labelKey], labels[labelDigest]}
	var unpacked v1.Hash
	if layer != nil {
		if len(c.RootFS.DiffIDs) != 1 {
			return nil, refuse("its configuration is of %d layers, not of one", len(c.RootFS.DiffIDs))
		}
		unpacked = c.RootFS.DiffIDs[0]
	}
	i := image(r, layer, unpacked)
	if !bytes.Equal(i.Manifest, manifest) || !bytes.Equal(i.Config, config) {
		return nil, refuse("it is not as lfd push writes images")
	}
	return i, nil
}

// unpackedDigest returns the digest of the layer when it is unpacked.
func (i *Image) unpackedDigest() string {
	c, err := v1.ParseConfigFile(bytes.NewReader(i.Config))
	if err != nil || len(c.RootFS.DiffIDs) != 1 {
		return ""
	}
	return c.RootFS.DiffIDs[0].Hex
}

// Check measures the layer, which is in a file, and returns an error unless it is the packed
// form of files with the digest that the image states. A layer could else measure as it should,
// and yet be unpacked otherwise by a program that reads archives in another way.
func (i *Image) Check(layer io.Reader, tmp string) (err error) {
	z, err := compressed.NewReader(compressed.Zstd, layer)
	if err != nil {
		return refuse("its layer cannot be unpacked: %v", err)
	}
	defer func() { _ = z.Close() }()
	f, err := os.CreateTemp(tmp, "layer-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	unpacked := sha256.New()
	to := &writeErrors{w: io.MultiWriter(f, unpacked)}
	n, err := io.Copy(to, io.LimitReader(z, maxLayer+1))
	switch {
	case to.err != nil:
		return to.err
	case err != nil:
		return refuse("its layer cannot be unpacked: %v", err)
	case n > maxLayer:
		return refuse("its layer has more than %d GB", maxLayer>>30)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	root, err := rootfs.Read(f)
	if err != nil {
		return refuse("its layer cannot be read: %v", err)
	}
	written := sha256.New()
	if err := root.WriteArchive(written, epoch); err != nil {
		return refuse("its layer cannot be read: %v", err)
	}
	switch digest := root.Measure().Digest; {
	case digest != i.Digest:
		return refuse("its files have the digest %s, and it states %s", digest, i.Digest)
	case hashed(unpacked).Hex != i.unpackedDigest():
		return refuse("its layer is another one than its configuration states")
	case hashed(written).Hex != hashed(unpacked).Hex:
		return refuse("its layer is not as lfd push writes layers")
	}
	return nil
}

// writeErrors remembers why writing failed, to tell a full disk from a bad layer.
type writeErrors struct {
	w   io.Writer
	err error
}

func (w *writeErrors) Write(data []byte) (int, error) {
	n, err := w.w.Write(data)
	w.err = cmp.Or(w.err, err)
	return n, err
}
