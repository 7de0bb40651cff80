package share

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// web is a store on a web server: the files of a Folder.
type web struct {
	base   *url.URL
	client *http.Client

	once  sync.Once
	index *v1.IndexManifest
	err   error // of reading it
}

func newWeb(address string) (*web, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("the store %q is no address of a web server", address)
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("the store %s: an address that ends with ? or # has no files below it", base.Redacted())
	}
	t := transport.NewRetry(plainTransport(), transport.WithRetryBackoff(backoff),
		transport.WithRetryStatusCodes(http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout))
	return &web{base: base, client: &http.Client{Transport: t}}, nil
}

func (w *web) String() string { return strings.TrimSuffix(w.base.Redacted(), "/") }

// get reads a file.
func (w *web) get(ctx context.Context, parts ...string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base.JoinPath(parts...).String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := w.client.Do(request)
	if err != nil {
		return nil, err
	}
	if err := transport.CheckError(answer, http.StatusOK); err != nil {
		_ = answer.Body.Close()
		return nil, err
	}
	return answer.Body, nil
}

// Find returns the image of a key.
func (w *web) Find(ctx context.Context, key string) (*Image, error) {
	if err := w.read(ctx); err != nil {
		return nil, err
	}
	d, err := find(w.index, key)
	if err != nil {
		return nil, err
	}
	i, err := readDescribed(ctx, w, d, key)
	return i, explain(w.String(), err)
}

// read reads the index, once.
func (w *web) read(ctx context.Context) error {
	w.once.Do(func() { w.index, w.err = w.readIndex(ctx) })
	return w.err
}

func (w *web) readIndex(ctx context.Context) (*v1.IndexManifest, error) {
	body, err := w.get(ctx, indexFile)
	if err != nil {
		return nil, explain(w.String(), err)
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(io.LimitReader(body, maxIndex+1))
	if err != nil {
		return nil, explain(w.String(), err)
	}
	index, err := readIndex(text)
	if err != nil {
		return nil, fmt.Errorf("%s/%s is no index of a store: %w", w, indexFile, err)
	}
	return index, nil
}

func (w *web) blob(ctx context.Context, digest v1.Hash, _ int64) (io.ReadCloser, error) {
	return w.get(ctx, "blobs", digest.Algorithm, digest.Hex)
}

// Layer reads the layer of an image.
func (w *web) Layer(ctx context.Context, i *Image) (io.ReadCloser, error) {
	ctx, stop := context.WithCancel(ctx)
	body, err := w.blob(ctx, i.Layer.Digest, i.Layer.Size)
	if err != nil {
		stop()
		return nil, explain(w.String(), err)
	}
	return watch(body, stop), nil
}
