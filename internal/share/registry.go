package share

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// registry is a store in a repository of a registry: the tag of an image is its key.
type registry struct {
	repo   name.Repository
	puller *remote.Puller
	pusher *remote.Pusher
}

// silence is how long a server may take to answer, and to send the next bytes.
var silence = time.Minute

// backoff is how often and after which pauses a request is sent again that failed for a while.
var backoff = remote.Backoff{Duration: time.Second, Factor: 3, Jitter: 0.1, Steps: 3}

func plainTransport() http.RoundTripper {
	t := remote.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = silence
	return t
}

func newRegistry(text string) (*registry, error) {
	host, _, _ := strings.Cut(text, "/")
	if !strings.ContainsAny(host, ".:") && host != "localhost" {
		return nil, fmt.Errorf("the store %q is not there: write a folder as ./%s, and a repository of a registry with the registry's name, such as registry.example.org/results", text, text)
	}
	repo, err := name.NewRepository(text)
	if err != nil {
		return nil, fmt.Errorf("the store %q: %w", text, err)
	}
	// Passwords are those that docker login, or podman login, has noted.
	options := []remote.Option{remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithTransport(plainTransport()), remote.WithRetryBackoff(backoff)}
	puller, err := remote.NewPuller(options...)
	if err != nil {
		return nil, err
	}
	pusher, err := remote.NewPusher(options...)
	if err != nil {
		return nil, err
	}
	return &registry{repo, puller, pusher}, nil
}

func (r *registry) String() string { return r.repo.Name() }

// explain says what to do about an answer of a server.
func explain(server string, err error) error {
	var answer *transport.Error
	var unknown *net.DNSError
	var untrusted x509.UnknownAuthorityError
	advice := ""
	switch {
	case err == nil || Refused(err) || errors.Is(err, ErrNone) || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &answer):
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			advice = "it does not let you do that: docker login " + strings.SplitN(server, "/", 2)[0] + ", with an account that may"
		case http.StatusMethodNotAllowed:
			advice = "it is read-only, or deletes nothing: its settings say so"
		case http.StatusTooManyRequests:
			advice = "it asks you to wait: run the command again later, which goes on from there"
		default:
			if answer.StatusCode >= 500 {
				advice = "it has a problem of its own: run the command again later, which goes on from there"
			}
		}
	case errors.As(err, &unknown), errors.Is(err, syscall.ECONNREFUSED):
		advice = "it cannot be reached: see that the name is right, and that it runs"
	case errors.As(err, &untrusted):
		advice = "its certificate is not known here: SSL_CERT_FILE=FILE names that of the authority that has signed it"
	}
	if advice == "" {
		return fmt.Errorf("%s: %w", server, err)
	}
	return fmt.Errorf("%s: %w\n%s", server, err, advice)
}

// Find returns the image of a key.
func (r *registry) Find(ctx context.Context, key string) (*Image, error) {
	d, err := r.puller.Get(ctx, r.repo.Tag(key))
	var answer *transport.Error
	switch {
	case errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound:
		return nil, ErrNone
	case err != nil:
		return nil, explain(r.String(), err)
	case d.MediaType != types.OCIManifestSchema1:
		return nil, refuse("it is no image of a result, but %s", d.MediaType)
	}
	i, err := readImage(ctx, r, key, d.Manifest)
	return i, explain(r.String(), err)
}

func (r *registry) blob(ctx context.Context, digest v1.Hash, _ int64) (io.ReadCloser, error) {
	layer, err := r.puller.Layer(ctx, r.repo.Digest(digest.String()))
	if err != nil {
		return nil, err
	}
	return layer.Compressed()
}

// Layer reads the layer of an image.
func (r *registry) Layer(ctx context.Context, i *Image) (io.ReadCloser, error) {
	ctx, stop := context.WithCancel(ctx)
	body, err := r.blob(ctx, i.Layer.Digest, i.Layer.Size)
	if err != nil {
		stop()
		return nil, explain(r.String(), err)
	}
	return watch(body, stop), nil
}

// watched ends a transfer that has come to a standstill.
type watched struct {
	io.ReadCloser
	stop  context.CancelFunc
	timer *time.Timer
}

func watch(body io.ReadCloser, stop context.CancelFunc) io.ReadCloser {
	return &watched{body, stop, time.AfterFunc(silence, func() { _ = body.Close() })}
}

func (w *watched) Read(data []byte) (int, error) {
	w.timer.Reset(silence)
	return w.ReadCloser.Read(data)
}

func (w *watched) Close() error {
	w.timer.Stop()
	w.stop()
	return w.ReadCloser.Close()
}

// Whole reports whether the registry has the layer of an image.
func (r *registry) Whole(ctx context.Context, i *Image) (bool, error) {
	if i.Layer == nil {
		return true, nil
	}
	layer, err := r.puller.Layer(ctx, r.repo.Digest(i.Layer.Digest.String()))
	if err != nil {
		return false, explain(r.String(), err)
	}
	exists, err := partial.Exists(layer)
	return exists, explain(r.String(), err)
}

// Put stores an image. Its tag comes last: what is interrupted leaves blobs that nothing names.
func (r *registry) Put(ctx context.Context, i *Image, layer string) error {
	img, err := partial.CompressedToImage(core{i, layer})
	if err != nil {
		return err
	}
	parts, err := img.Layers()
	if err != nil {
		return err
	}
	config, err := partial.ConfigLayer(img)
	if err != nil {
		return err
	}
	// Where the manifest is there already, Push would not ask for the blobs, one of which may
	// have been lost.
	for _, part := range append(parts, config) {
		if err := r.pusher.Upload(ctx, r.repo, part); err != nil {
			return explain(r.String(), err)
		}
	}
	return explain(r.String(), r.pusher.Push(ctx, r.repo.Tag(i.Key), img))
}

// core is an image as the library takes it.
type core struct {
	*Image
	file string
}

func (c core) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (c core) RawManifest() ([]byte, error)        { return c.Manifest, nil }
func (c core) RawConfigFile() ([]byte, error)      { return c.Config, nil }
func (c core) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	if c.Layer == nil || h != c.Layer.Digest {
		return nil, fmt.Errorf("there is no layer %s", h)
	}
	return packed{c}, nil
}

// packed is the layer of an image, in a file.
type packed struct{ core }

func (p packed) Digest() (v1.Hash, error)            { return p.Layer.Digest, nil }
func (p packed) Size() (int64, error)                { return p.Layer.Size, nil }
func (p packed) MediaType() (types.MediaType, error) { return p.Layer.MediaType, nil }
func (p packed) Compressed() (io.ReadCloser, error)  { return os.Open(p.file) }

// Keys returns the keys of all results.
func (r *registry) Keys(ctx context.Context) ([]string, error) {
	tags, err := r.puller.List(ctx, r.repo)
	if err != nil {
		return nil, explain(r.String(), err)
	}
	var keys []string
	for _, tag := range tags {
		if isKey.MatchString(tag) {
			keys = append(keys, tag)
		}
	}
	return keys, nil
}

// Remove removes results. Registries delete images by their digests, whatever tags they have:
// an image that somebody has given the tag of a kept one, too, stays.
func (r *registry) Remove(ctx context.Context, keys, kept []string) error {
	used := map[v1.Hash]bool{}
	for _, key := range kept {
		switch d, err := r.head(ctx, key); {
		case err != nil:
			return err
		case d != nil:
			used[d.Digest] = true
		}
	}
	for _, key := range keys {
		d, err := r.head(ctx, key)
		if err != nil {
			return err
		}
		if d == nil || used[d.Digest] {
			continue
		}
		if err := r.detach(ctx, d.Digest); err != nil {
			return err
		}
		if err := r.pusher.Delete(ctx, r.repo.Digest(d.Digest.String())); err != nil {
			return explain(r.String(), err)
		}
		used[d.Digest] = true // gone
	}
	return nil
}

// head returns the descriptor of a key, or nil where there is none.
func (r *registry) head(ctx context.Context, key string) (*v1.Descriptor, error) {
	d, err := r.puller.Head(ctx, r.repo.Tag(key))
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	return d, explain(r.String(), err)
}
