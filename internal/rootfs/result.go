package rootfs

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/linux-from-docker/lfd/internal/compressed"
)

// Result is a result of a build, as somebody has it.
type Result struct {
	*Root
	Unreadable []Finding // files of a folder that are not in the root, as they cannot be read
}

// OpenResult reads a folder, a tar archive or an image: a folder or an archive that is an OCI
// layout, or what docker save writes. Archives and layers may be compressed: they are unpacked
// into files in the folder tmp, which must be there until the result is closed.
func OpenResult(name, tmp string) (Result, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Result{}, err
	}
	var r Result
	if info.IsDir() {
		r.Root, err = readFolder(name, func(below string, err error) error {
			if below == "" { // the folder itself
				return err
			}
			r.Unreadable = append(r.Unreadable, Finding{"/" + below, "cannot be read: " + err.Error()})
			return nil
		})
	} else {
		r.Root, err = openArchive(name, tmp)
	}
	if err != nil {
		return Result{}, err
	}
	layers, err := r.layers()
	if err != nil {
		return Result{}, errors.Join(fmt.Errorf("%s: %w", name, err), r.Close())
	}
	if layers == nil {
		return r, nil
	}
	image, err := openLayers(layers, tmp)
	if err != nil {
		return Result{}, errors.Join(fmt.Errorf("%s: %w", name, err), r.Close())
	}
	image.open = append(image.open, r.open...)
	return Result{Root: image}, nil
}

// openArchive opens an archive, which may be compressed.
func openArchive(name, tmp string) (*Root, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := io.NewSectionReader(f, 0, info.Size())
	format, err := detect(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if format == compressed.None {
		return Open(name)
	}
	file, err := unpack(format, data, tmp)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return Open(file)
}

func detect(data *io.SectionReader) (compressed.Format, error) {
	head := make([]byte, compressed.Head)
	n, err := data.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return compressed.None, err
	}
	return compressed.Detect(head[:n]), nil
}

// unpack writes what is compressed in data into a new file of a folder, and returns its name.
func unpack(format compressed.Format, data io.Reader, tmp string) (name string, err error) {
	r, err := compressed.NewReader(format, data)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	f, err := os.CreateTemp(tmp, "unpacked-")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, r)
	return f.Name(), errors.Join(err, f.Close())
}

// layers returns the layers of the image that the files of a root are, the lowest first, or
// nil where they are none.
func (r *Root) layers() ([]*io.SectionReader, error) {
	switch {
	case r.Content("oci-layout") != nil && r.Content("index.json") != nil:
		manifests, err := r.manifests(r.Content("index.json"))
		if err != nil {
			return nil, err
		}
		if len(manifests) != 1 {
			return nil, fmt.Errorf("it holds %d images, not one", len(manifests))
		}
		blob, err := r.blob(manifests[0])
		if err != nil {
			return nil, err
		}
		manifest, err := v1.ParseManifest(blob)
		if err != nil {
			return nil, err
		}
		layers := []*io.SectionReader{}
		for _, d := range manifest.Layers {
			if !d.MediaType.IsLayer() {
				return nil, fmt.Errorf("its layer %s is of the type %q, which is no filesystem", d.Digest, d.MediaType)
			}
			layer, err := r.blob(d.Digest)
			if err != nil {
				return nil, err
			}
			layers = append(layers, layer)
		}
		return layers, nil
	case r.Content("manifest.json") != nil:
		return r.saved()
	default:
		return nil, nil
	}
}

// manifests returns the digests of the images that an index lists.
func (r *Root) manifests(index io.Reader) ([]v1.Hash, error) {
	parsed, err := v1.ParseIndexManifest(index)
	if err != nil {
		return nil, err
	}
	var found []v1.Hash
	for _, d := range parsed.Manifests {
		switch {
		case d.MediaType.IsIndex():
			blob, err := r.blob(d.Digest)
			if err != nil {
				return nil, err
			}
			below, err := r.manifests(blob)
			if err != nil {
				return nil, err
			}
			found = append(found, below...)
		case d.MediaType.IsImage() && d.Annotations["vnd.docker.reference.type"] == "": // else about an image
			found = append(found, d.Digest)
		}
	}
	slices.SortFunc(found, func(a, b v1.Hash) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(found), nil // one with several names is one
}

// blob returns the content of a digest.
func (r *Root) blob(digest v1.Hash) (*io.SectionReader, error) {
	f := r.files[clean("blobs/"+digest.Algorithm+"/"+digest.Hex)]
	switch {
	case f == nil || f.data == nil:
		return nil, fmt.Errorf("its blob %s is not there", digest)
	case digest.Algorithm != "sha256" || hex.EncodeToString(f.sum[:]) != digest.Hex:
		return nil, fmt.Errorf("its blob %s holds something else", digest)
	default:
		return io.NewSectionReader(f.data, 0, f.data.Size()), nil
	}
}

// saved returns the layers of an image as docker save wrote it before it wrote OCI layouts,
// and Podman does.
func (r *Root) saved() ([]*io.SectionReader, error) {
	var manifest []struct{ Layers []string }
	if json.NewDecoder(r.Content("manifest.json")).Decode(&manifest) != nil || len(manifest) == 0 || len(manifest[0].Layers) == 0 {
		return nil, nil // a file of this name
	}
	if len(manifest) != 1 {
		return nil, fmt.Errorf("it holds %d images, not one", len(manifest))
	}
	var layers []*io.SectionReader
	for _, name := range manifest[0].Layers {
		f := r.lookup(name) // equal layers are links
		if f == nil {
			return nil, fmt.Errorf("its layer %q is not there", name)
		}
		layers = append(layers, io.NewSectionReader(f.data, 0, f.data.Size()))
	}
	return layers, nil
}

// openLayers puts the files of layers together.
func openLayers(layers []*io.SectionReader, tmp string) (root *Root, err error) {
	var archives []Archive
	var open []io.Closer
	defer func() {
		if err != nil {
			for _, c := range open {
				_ = c.Close()
			}
		}
	}()
	for _, layer := range layers {
		format, err := detect(layer)
		if err != nil {
			return nil, err
		}
		if format == compressed.None {
			archives = append(archives, layer)
			continue
		}
		name, err := unpack(format, layer, tmp)
		if err != nil {
			return nil, fmt.Errorf("a layer: %w", err)
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		archives, open = append(archives, f), append(open, f)
	}
	if root, err = ReadLayers(archives...); err != nil {
		return nil, err
	}
	root.open = open
	return root, nil
}
