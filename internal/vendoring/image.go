package vendoring

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// image is a reference to an image in a registry.
type image struct {
	ref   string // as configured
	named reference.Named
}

func parseImage(ref string) (image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return image{}, fmt.Errorf("the image %q: %w", ref, err)
	}
	return image{ref, named}, nil
}

// tag returns the tag, or latest where there is none.
func (i image) tag() string {
	if tagged, ok := i.named.(reference.Tagged); ok {
		return tagged.Tag()
	}
	return "latest"
}

// digest returns the digest, or nothing where there is none.
func (i image) digest() string {
	if digested, ok := i.named.(reference.Digested); ok {
		return digested.Digest().String()
	}
	return ""
}

// context returns the name under which BuildKit looks for something else to use in place
// of the image: the short one, without the tag latest.
func (i image) context() string {
	return strings.TrimSuffix(reference.FamiliarString(i.named), ":latest")
}

// remote returns the reference as the registry's client has it.
func (i image) remote() (name.Reference, error) {
	registry, err := name.NewRegistry(reference.Domain(i.named))
	if err != nil {
		return nil, err
	}
	repository := registry.Repo(reference.Path(i.named))
	if digest := i.digest(); digest != "" {
		return repository.Digest(digest), nil
	}
	return repository.Tag(i.tag()), nil
}

// pullable asks the registry for the image, as far as one can without pulling, with the
// passwords that Docker knows. A registry that wants to know who asks counts as one that
// has the image: the builder may know more.
func (i image) pullable(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ref, err := i.remote()
	if err != nil {
		return err
	}
	_, err = remote.Head(ref, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), once)
	host := reference.Domain(i.named)
	var answer *transport.Error
	var unknown *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return nil
		case http.StatusNotFound:
			return fmt.Errorf("%s does not have it", host)
		default:
			return fmt.Errorf("%s answers %d %s", host, answer.StatusCode, http.StatusText(answer.StatusCode))
		}
	case errors.As(err, &unknown):
		return fmt.Errorf("cannot find the host %s: %s", unknown.Name, unknown.Err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not answer", host)
	}
	return err
}

// once asks a registry a single time: where it fails, the image is made.
var once = remote.WithRetryBackoff(remote.Backoff{Steps: 1})
