package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// File is a file that lies beside a result in a store: a statement of the result, or the
// signature of one. Whoever may write into the store has put it there; what it is worth its
// signature tells.
type File struct {
	Name string
	Data []byte
}

// What an image of such files is: an artifact that has the image of the result as its subject,
// as the OCI image specification calls it. Registries find it by that, or else by the tag scheme
// that the distribution specification has for those that do not know subjects.
const (
	attachedType = "application/vnd.in-toto+json"
	emptyType    = types.MediaType("application/vnd.oci.empty.v1+json")
	fileTitle    = "org.opencontainers.image.title"
	subjectOf    = "lfd.subject" // in the index of a folder: the digest of the subject's manifest
)

// Bounds of what is taken from a store.
const (
	maxAttached = 200 // images of files, of a result
	maxFiles    = 4   // in one
)

// fileName matches the names that such files may have.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// attachment is an image of files, in memory.
type attachment struct {
	manifest []byte
	blobs    map[v1.Hash][]byte
}

var emptyConfig = []byte("{}")

// attach returns the image of files that lie beside the image of a result.
func attach(i *Image, files []File) (*attachment, error) {
	a := &attachment{blobs: map[v1.Hash][]byte{sum(emptyConfig): emptyConfig}}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: attachedType,
		Config:  v1.Descriptor{MediaType: emptyType, Size: int64(len(emptyConfig)), Digest: sum(emptyConfig)},
		Subject: &v1.Descriptor{MediaType: types.OCIManifestSchema1, Size: int64(len(i.Manifest)), Digest: sum(i.Manifest)},
	}
	for _, f := range files {
		if !fileName.MatchString(f.Name) || len(f.Data) > maxDocument {
			return nil, fmt.Errorf("%s: only files with a simple name and at most %d kB can lie beside results", f.Name, maxDocument>>10)
		}
		a.blobs[sum(f.Data)] = f.Data
		m.Layers = append(m.Layers, v1.Descriptor{
			MediaType: attachedType, Size: int64(len(f.Data)), Digest: sum(f.Data),
			Annotations: map[string]string{fileTitle: f.Name},
		})
	}
	a.manifest = document(m)
	return a, nil
}

// The methods by which the library takes it.

func (a *attachment) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (a *attachment) RawManifest() ([]byte, error)        { return a.manifest, nil }
func (a *attachment) RawConfigFile() ([]byte, error)      { return emptyConfig, nil }
func (a *attachment) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	data, ok := a.blobs[h]
	if !ok {
		return nil, fmt.Errorf("there is no blob %s", h)
	}
	return inMemory(data), nil
}

// inMemory is a blob.
type inMemory []byte

func (b inMemory) Digest() (v1.Hash, error)            { return sum(b), nil }
func (b inMemory) Size() (int64, error)                { return int64(len(b)), nil }
func (b inMemory) MediaType() (types.MediaType, error) { return attachedType, nil }
func (b inMemory) Compressed() (io.ReadCloser, error)  { return io.NopCloser(bytes.NewReader(b)), nil }

// readAttached reads the files of an image that lies beside another one.
func readAttached(ctx context.Context, b blobs, manifest []byte, subject v1.Hash) ([]File, error) {
	m, err := v1.ParseManifest(bytes.NewReader(manifest))
	if err != nil || m.ArtifactType != attachedType || m.Subject == nil || m.Subject.Digest != subject || len(m.Layers) > maxFiles {
		return nil, refuse("it is no statement of this result")
	}
	var files []File
	for _, l := range m.Layers {
		name := l.Annotations[fileTitle]
		if !fileName.MatchString(name) || l.Size < 0 || l.Size > maxDocument || l.Digest.Algorithm != "sha256" {
			return nil, refuse("it has a file of another kind than statements have")
		}
		data, err := readBlob(ctx, b, l)
		if err != nil {
			return nil, err
		}
		files = append(files, File{name, data})
	}
	return files, nil
}

// readAllAttached reads the files of all images that an index describes as lying beside another
// one. What is of no use is left out: a store may have anything beside a result.
func readAllAttached(ctx context.Context, b blobs, all []v1.Descriptor, subject v1.Hash) (found [][]File, err error) {
	for _, d := range all[:min(len(all), maxAttached)] {
		if d.Size < 0 || d.Size > maxDocument || d.Digest.Algorithm != "sha256" {
			continue
		}
		manifest, err := b.manifest(ctx, d)
		var files []File
		if err == nil {
			files, err = readAttached(ctx, b, manifest, subject)
		}
		switch {
		case Refused(err):
		case err != nil:
			return nil, err
		default:
			found = append(found, files)
		}
	}
	return found, nil
}

// beside returns those of an index that lie beside an image.
func beside(index *v1.IndexManifest, subject v1.Hash) (all []v1.Descriptor) {
	for _, d := range index.Manifests {
		if d.Annotations[subjectOf] == subject.String() {
			all = append(all, d)
		}
	}
	return all
}

// Attached returns the files that lie beside an image.
func (f *Folder) Attached(ctx context.Context, i *Image) ([][]File, error) {
	f.mu.Lock()
	err := f.read()
	index := f.index
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return readAllAttached(ctx, f, beside(index, sum(i.Manifest)), sum(i.Manifest))
}

func (f *Folder) manifest(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	return readBlob(ctx, f, d)
}

// Attach puts files beside an image.
func (f *Folder) Attach(_ context.Context, i *Image, files []File) error {
	a, err := attach(i, files)
	if err != nil {
		return err
	}
	return f.change(func() error {
		for digest, data := range a.blobs {
			if err := f.writeBlob(digest, data); err != nil {
				return err
			}
		}
		d := v1.Descriptor{
			MediaType: types.OCIManifestSchema1, Size: int64(len(a.manifest)), Digest: sum(a.manifest),
			ArtifactType: attachedType, Annotations: map[string]string{subjectOf: sum(i.Manifest).String()},
		}
		if slices.ContainsFunc(f.index.Manifests, func(old v1.Descriptor) bool { return old.Digest == d.Digest }) {
			return nil
		}
		if err := f.writeBlob(d.Digest, a.manifest); err != nil {
			return err
		}
		f.index.Manifests = append(f.index.Manifests, d)
		return f.write(indexFile, document(f.index))
	})
}

// Attached returns the files that lie beside an image.
func (w *web) Attached(ctx context.Context, i *Image) ([][]File, error) {
	if err := w.read(ctx); err != nil {
		return nil, err
	}
	found, err := readAllAttached(ctx, w, beside(w.index, sum(i.Manifest)), sum(i.Manifest))
	return found, explain(w.String(), err)
}

func (w *web) manifest(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	return readBlob(ctx, w, d)
}

// Attached returns the files that lie beside an image.
func (r *registry) Attached(ctx context.Context, i *Image) ([][]File, error) {
	all, err := r.referrers(ctx, sum(i.Manifest))
	if err != nil {
		return nil, err
	}
	found, err := readAllAttached(ctx, r, all, sum(i.Manifest))
	return found, explain(r.String(), err)
}

// referrers returns what the registry has beside a manifest.
func (r *registry) referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	index, err := remote.Referrers(r.repo.Digest(subject.String()), remote.WithContext(ctx), remote.Reuse(r.puller))
	if err != nil {
		return nil, explain(r.String(), err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, refuse("its list of statements cannot be read: %v", err)
	}
	return slices.DeleteFunc(m.Manifests, func(d v1.Descriptor) bool { return !d.MediaType.IsImage() }), nil
}

func (r *registry) manifest(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	got, err := r.puller.Get(ctx, r.repo.Digest(d.Digest.String()))
	if err != nil {
		return nil, lost(d.Digest, err)
	}
	return got.Manifest, nil
}

// Attach puts files beside an image.
func (r *registry) Attach(ctx context.Context, i *Image, files []File) error {
	a, err := attach(i, files)
	if err != nil {
		return err
	}
	img, err := partial.CompressedToImage(a)
	if err != nil {
		return err
	}
	return explain(r.String(), r.pusher.Push(ctx, r.repo.Digest(sum(a.manifest).String()), img))
}

// detach deletes what lies beside a manifest that is to be deleted.
func (r *registry) detach(ctx context.Context, subject v1.Hash) error {
	all, err := r.referrers(ctx, subject)
	if err != nil {
		return err
	}
	// The tag of registries that do not know subjects.
	if d, err := r.head(ctx, subject.Algorithm+"-"+subject.Hex); err != nil {
		return err
	} else if d != nil {
		all = append(all, *d)
	}
	for _, d := range all {
		var answer *transport.Error
		err := r.pusher.Delete(ctx, r.repo.Digest(d.Digest.String()))
		if err != nil && !(errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound) {
			return explain(r.String(), err)
		}
	}
	return nil
}
