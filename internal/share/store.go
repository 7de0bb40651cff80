package share

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Store is where results are.
type Store interface {
	// String returns what users call it.
	String() string
	// Find returns the image of a key, or ErrNone.
	Find(ctx context.Context, key string) (*Image, error)
	// Layer reads the layer of an image.
	Layer(ctx context.Context, i *Image) (io.ReadCloser, error)
	// Attached returns the files that lie beside an image, as they were put there together.
	Attached(ctx context.Context, i *Image) ([][]File, error)
}

// Writable is a store that takes results.
type Writable interface {
	Store
	// Put stores an image, in place of what has its key. The layer is in a file, which may
	// be moved away.
	Put(ctx context.Context, i *Image, layer string) error
	// Attach puts files beside an image that is there.
	Attach(ctx context.Context, i *Image, files []File) error
	// Whole reports whether all blobs of an image are there.
	Whole(ctx context.Context, i *Image) (bool, error)
	// Keys returns the keys of all results that are there.
	Keys(ctx context.Context) ([]string, error)
	// Remove removes the results of keys with what lies beside them, and nothing that belongs
	// to one of those kept.
	Remove(ctx context.Context, keys, kept []string) error
}

// ErrNone is returned where a store has no result of a key.
var ErrNone = errors.New("it is not there")

// isKey matches the key of a result.
var isKey = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open returns the store of a name: a folder (./name, /name), an address of a web server
// (https://…), or else a repository of a registry (registry.example.org/name).
func Open(name string) (Store, error) {
	switch {
	case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
		return newWeb(name)
	case strings.Contains(name, "://"):
		return nil, fmt.Errorf("the store %q: an address begins with https:// or http://, a repository of a registry with the registry's name", name)
	case isFolder(name):
		return &Folder{dir: filepath.Clean(name)}, nil
	default:
		return newRegistry(name)
	}
}

// OpenWritable returns the store of a name, to which results are written.
func OpenWritable(name string) (Writable, error) {
	s, err := Open(name)
	if err != nil {
		return nil, err
	}
	w, ok := s.(Writable)
	if !ok {
		return nil, fmt.Errorf("nothing can be written to %s: write into a folder, and copy that to the web server", name)
	}
	return w, nil
}

// isFolder reports whether the name of a store is a path.
func isFolder(name string) bool {
	if filepath.IsAbs(name) || name == "." || name == ".." {
		return true
	}
	for _, start := range []string{"./", "../", `.\`, `..\`} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// IsFolder reports whether a folder is a store.
func IsFolder(dir string) bool {
	_, err := os.Stat(NewFolder(dir).at(layoutFile))
	return err == nil
}

// blobs reads the blobs of a store.
type blobs interface {
	blob(ctx context.Context, digest v1.Hash, size int64) (io.ReadCloser, error)
	manifest(ctx context.Context, d v1.Descriptor) ([]byte, error)
}

// readImage reads an image of a manifest.
func readImage(ctx context.Context, b blobs, key string, manifest []byte) (*Image, error) {
	about, layer, err := readManifest(manifest)
	if err != nil {
		return nil, err
	}
	config, err := readBlob(ctx, b, about)
	if err != nil {
		return nil, err
	}
	i, err := open(manifest, config, layer)
	if err != nil {
		return nil, err
	}
	if i.Key != key {
		return nil, refuse("it is the result %s of another key, %s", i.Name, i.Key)
	}
	return i, nil
}

// readBlob reads a small blob, and checks it.
func readBlob(ctx context.Context, b blobs, d v1.Descriptor) ([]byte, error) {
	r, err := b.blob(ctx, d.Digest, d.Size)
	if err != nil {
		return nil, lost(d.Digest, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	_ = r.Close()
	switch {
	case int64(len(data)) == d.Size && sum(data) == d.Digest:
		return data, nil
	case err == nil || int64(len(data)) >= d.Size:
		return nil, refuse("its blob %s holds something else", d.Digest)
	default:
		return nil, err
	}
}

// lost says that a blob is not there, if it is that.
func lost(digest v1.Hash, err error) error {
	var answer *transport.Error
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return refuse("its blob %s was lost: lfd push mends that, where it is built", digest)
	}
	return err
}

// tries is how often a layer is read whose transfer was cut off.
const tries = 3

// Take copies an image from a store into a folder, once it has seen that it is what it states.
func Take(ctx context.Context, from Store, i *Image, to *Folder) error {
	if i.Layer == nil {
		return to.Put(ctx, i, "")
	}
	f, err := to.temp()
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	for n := 1; ; n++ {
		if err = copyLayer(ctx, from, i, f); err == nil {
			break
		}
		if n == tries || Refused(err) || ctx.Err() != nil || errors.As(err, new(*fs.PathError)) {
			return errors.Join(err, f.Close())
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(n) * pause):
		}
	}
	if _, err = f.Seek(0, io.SeekStart); err == nil {
		err = i.Check(f, filepath.Dir(f.Name()))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return to.Put(ctx, i, f.Name())
}

// pause is what is waited before something is tried again; tests have less.
var pause = time.Second

// copyLayer copies the layer of an image into an empty file.
func copyLayer(ctx context.Context, from Store, i *Image, f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r, err := from.Layer(ctx, i)
	if err != nil {
		return lost(i.Layer.Digest, err)
	}
	defer func() { _ = r.Close() }()
	packed := sha256.New()
	to := &writeErrors{w: io.MultiWriter(f, packed)}
	n, err := io.Copy(to, io.LimitReader(r, i.Layer.Size+1))
	switch {
	case to.err != nil:
		return to.err
	case n == i.Layer.Size && hashed(packed) == i.Layer.Digest:
		return nil
	case n >= i.Layer.Size:
		return refuse("its blob %s holds something else", i.Layer.Digest)
	case err != nil:
		return fmt.Errorf("the transfer of %s ended after %d of %d bytes: %w", i.Name, n, i.Layer.Size, err)
	default:
		return fmt.Errorf("the transfer of %s ended after %d of %d bytes", i.Name, n, i.Layer.Size)
	}
}
