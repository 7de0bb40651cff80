package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/linux-from-docker/lfd/internal/filelock"
)

// Folder is a store in a folder: an OCI layout, whose index names each image by its key.
type Folder struct {
	dir string

	mu    sync.Mutex
	index *v1.IndexManifest // as it was read last; nil before
}

// NewFolder returns the store in a folder, which need not be there yet.
func NewFolder(dir string) *Folder { return &Folder{dir: dir} }

func (f *Folder) String() string { return f.dir }

// The files of a layout.
const (
	layoutFile = "oci-layout"
	layoutText = `{"imageLayoutVersion":"1.0.0"}`
	indexFile  = "index.json"
	refName    = "org.opencontainers.image.ref.name"
	newBlob    = ".new-" // what the names of blobs begin with that are being written
)

// maxIndex bounds what is read of an index: that of ten thousand results has 3 MB.
const maxIndex = 64 << 20

func (f *Folder) blobs() string              { return filepath.Join(f.dir, "blobs", "sha256") }
func (f *Folder) path(digest v1.Hash) string { return filepath.Join(f.blobs(), digest.Hex) }
func (f *Folder) at(name string) string      { return filepath.Join(f.dir, name) }
func named(d v1.Descriptor, key string) bool { return d.Annotations[refName] == key }

// read reads the index; of a folder that is no store, or is empty, it is empty.
func (f *Folder) read() error {
	text, err := os.ReadFile(f.at(indexFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.index = &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
		return nil
	case err != nil:
		return err
	}
	if f.index, err = readIndex(text); err != nil {
		return fmt.Errorf("%s cannot be read: %w; delete the folder, or mend that file", f.at(indexFile), err)
	}
	return nil
}

func readIndex(text []byte) (*v1.IndexManifest, error) {
	if len(text) > maxIndex {
		return nil, fmt.Errorf("it has more than %d MB", maxIndex>>20)
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(text))
	if err == nil && index.SchemaVersion != 2 {
		err = errors.New("it is no index of an OCI layout")
	}
	return index, err
}

// find returns the descriptor of a key, or ErrNone.
func find(index *v1.IndexManifest, key string) (v1.Descriptor, error) {
	i := slices.IndexFunc(index.Manifests, func(d v1.Descriptor) bool { return named(d, key) })
	if i < 0 {
		return v1.Descriptor{}, ErrNone
	}
	return index.Manifests[i], nil
}

// readDescribed reads the image of a key whose manifest an index describes.
func readDescribed(ctx context.Context, b blobs, d v1.Descriptor, key string) (*Image, error) {
	if d.Size < 0 || d.Size > maxDocument || d.Digest.Algorithm != "sha256" {
		return nil, refuse("its manifest is to have %d bytes, and the digest %s", d.Size, d.Digest)
	}
	manifest, err := readBlob(ctx, b, d)
	if err != nil {
		return nil, err
	}
	return readImage(ctx, b, key, manifest)
}

// Find returns the image of a key.
func (f *Folder) Find(ctx context.Context, key string) (*Image, error) {
	d, err := f.descriptor(key)
	if err != nil {
		return nil, err
	}
	return readDescribed(ctx, f, d, key)
}

// descriptor returns that of a key's manifest, or ErrNone.
func (f *Folder) descriptor(key string) (v1.Descriptor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.index == nil {
		if _, err := os.Stat(f.dir); err != nil {
			return v1.Descriptor{}, err
		}
		if err := f.read(); err != nil {
			return v1.Descriptor{}, err
		}
	}
	return find(f.index, key)
}

func (f *Folder) blob(_ context.Context, digest v1.Hash, _ int64) (io.ReadCloser, error) {
	return os.Open(f.path(digest))
}

// Layer reads the layer of an image.
func (f *Folder) Layer(ctx context.Context, i *Image) (io.ReadCloser, error) {
	return f.blob(ctx, i.Layer.Digest, i.Layer.Size)
}

// Whole reports whether all blobs of an image are there, and as they should be.
func (f *Folder) Whole(_ context.Context, i *Image) (bool, error) {
	if i.Layer == nil {
		return true, nil
	}
	return f.holds(*i.Layer)
}

// holds reports whether the folder has a blob, as it should be.
func (f *Folder) holds(d v1.Descriptor) (bool, error) {
	file, err := os.Open(f.path(d.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	digest, size, err := v1.SHA256(file)
	return err == nil && size == d.Size && digest == d.Digest, err
}

// temp returns a new file for a blob. It is in the store, so that it can be moved into place.
func (f *Folder) temp() (*os.File, error) {
	if err := os.MkdirAll(f.blobs(), 0o755); err != nil {
		return nil, err
	}
	return os.CreateTemp(f.blobs(), newBlob)
}

// lock waits for its turn to change the store.
func (f *Folder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(f.blobs(), 0o755); err != nil {
		return nil, err
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return nil, err
	}
	if err := filelock.Lock(dir); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return func() { _ = dir.Close() }, nil
}

// alone calls a function once nobody else changes the store, with its index read anew, as
// another process may have written it.
func (f *Folder) alone(do func() error) error {
	unlock, err := f.lock()
	if err != nil {
		return err
	}
	defer unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.read(); err != nil {
		return err
	}
	return do()
}

// change calls a function that adds to the store, as alone does, in a folder that is one by then.
func (f *Folder) change(do func() error) error {
	return f.alone(func() error {
		if err := f.begin(); err != nil {
			return err
		}
		return do()
	})
}

// Put stores an image. The blobs come first, then the index names them: what is interrupted
// leaves blobs that nothing names.
func (f *Folder) Put(_ context.Context, i *Image, layer string) error {
	return f.change(func() error {
		if i.Layer != nil {
			whole, err := f.holds(*i.Layer)
			if err == nil && !whole {
				err = f.place(layer, f.path(i.Layer.Digest))
			}
			if err != nil {
				return err
			}
		}
		for _, data := range [][]byte{i.Config, i.Manifest} {
			if err := f.writeBlob(sum(data), data); err != nil {
				return err
			}
		}
		d := v1.Descriptor{
			MediaType: types.OCIManifestSchema1, Size: int64(len(i.Manifest)), Digest: sum(i.Manifest),
			Annotations: map[string]string{refName: i.Key},
		}
		if old, err := find(f.index, i.Key); err == nil && old.Digest == d.Digest {
			return nil
		}
		f.index.Manifests = append(slices.DeleteFunc(f.index.Manifests, func(d v1.Descriptor) bool { return named(d, i.Key) }), d)
		return f.write(indexFile, document(f.index))
	})
}

func (f *Folder) writeBlob(digest v1.Hash, data []byte) error {
	return f.write(filepath.Join("blobs", "sha256", digest.Hex), data)
}

// begin makes the folder a layout, unless it holds something else.
func (f *Folder) begin() error {
	if _, err := os.Stat(f.at(layoutFile)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "blobs" && e.Name() != indexFile && !strings.HasPrefix(e.Name(), newBlob) {
			return fmt.Errorf("%s is no store of results: it holds %s; name a folder that is new or empty", f.dir, e.Name())
		}
	}
	return f.write(layoutFile, []byte(layoutText))
}

// write writes a file as a whole, or not at all.
func (f *Folder) write(name string, data []byte) (err error) {
	file, err := os.CreateTemp(f.blobs(), newBlob)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return f.place(file.Name(), f.at(name))
}

// place moves a file into its place, or copies it where that is another filesystem.
func (f *Folder) place(from, to string) (err error) {
	if filepath.Dir(from) != f.blobs() {
		file, err := os.CreateTemp(f.blobs(), newBlob)
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(file.Name()) }()
		in, err := os.Open(from)
		if err == nil {
			_, err = io.Copy(file, in)
			_ = in.Close()
		}
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
		from = file.Name()
	}
	file, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = errors.Join(file.Sync(), file.Chmod(0o644), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Keys returns the keys of all results.
func (f *Folder) Keys(context.Context) ([]string, error) {
	if _, err := os.Stat(f.at(layoutFile)); err != nil {
		return nil, fmt.Errorf("%s is no store of results: %w", f.dir, err)
	}
	if err := f.read(); err != nil {
		return nil, err
	}
	var keys []string
	for _, d := range f.index.Manifests {
		if key := d.Annotations[refName]; isKey.MatchString(key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// abandoned is how old a file must be that somebody has begun to write, to be deleted.
const abandoned = 24 * time.Hour

// Remove removes results. The index forgets them first, then go the blobs that nothing names
// any more: what is interrupted is done by the next run.
func (f *Folder) Remove(ctx context.Context, keys, _ []string) error {
	return f.alone(func() error { return f.remove(ctx, keys) })
}

func (f *Folder) remove(ctx context.Context, keys []string) error {
	gone := map[string]bool{}
	for _, key := range keys {
		gone[key] = true
	}
	left := slices.DeleteFunc(slices.Clone(f.index.Manifests), func(d v1.Descriptor) bool { return gone[d.Annotations[refName]] })
	results := map[string]bool{}
	for _, d := range left {
		results[d.Digest.String()] = true
	}
	left = slices.DeleteFunc(left, func(d v1.Descriptor) bool {
		of, beside := d.Annotations[subjectOf]
		return beside && !results[of]
	})
	used := map[string]bool{}
	for _, d := range left {
		if err := f.uses(ctx, d, used); err != nil {
			return err
		}
	}
	if len(left) < len(f.index.Manifests) {
		f.index.Manifests = left
		if err := f.write(indexFile, document(f.index)); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(f.blobs())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		info, err := e.Info()
		begun := strings.HasPrefix(e.Name(), newBlob)
		if err != nil || !info.Mode().IsRegular() || begun && time.Since(info.ModTime()) < abandoned || !begun && (used[e.Name()] || !isKey.MatchString(e.Name())) {
			continue
		}
		if err := os.Remove(filepath.Join(f.blobs(), e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// uses notes the blobs of an image. What is no image ends the run: what it needs is not known.
func (f *Folder) uses(ctx context.Context, d v1.Descriptor, used map[string]bool) error {
	manifest, err := readBlob(ctx, f, d)
	if Refused(err) {
		return nil // of what was lost nothing is needed
	}
	if err != nil {
		return err
	}
	m, err := v1.ParseManifest(bytes.NewReader(manifest))
	if err != nil || !d.MediaType.IsImage() {
		return fmt.Errorf("%s holds something that is no result, %s: nothing is deleted", f.dir, d.Digest)
	}
	used[d.Digest.Hex], used[m.Config.Digest.Hex] = true, true
	for _, l := range m.Layers {
		used[l.Digest.Hex] = true
	}
	return nil
}
