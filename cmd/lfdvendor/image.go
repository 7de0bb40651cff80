package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/fetch"
)

// image is a reference to an image in a registry, taken apart.
type image struct {
	registry string // docker.io for what names none
	path     string // such as library/debian
	tag      string
	digest   string // such as sha256:…
}

func parseImage(ref string) image {
	var i image
	ref, i.digest, _ = strings.Cut(ref, "@")
	if colon := strings.LastIndex(ref, ":"); colon > strings.LastIndex(ref, "/") {
		ref, i.tag = ref[:colon], ref[colon+1:]
	}
	first, rest, found := strings.Cut(ref, "/")
	if found && (strings.ContainsAny(first, ".:") || first == "localhost") {
		i.registry, i.path = first, rest
	} else {
		i.registry, i.path = "docker.io", ref
	}
	if i.registry == "index.docker.io" {
		i.registry = "docker.io"
	}
	if i.registry == "docker.io" && !strings.Contains(i.path, "/") {
		i.path = "library/" + i.path
	}
	return i
}

// context is the name under which BuildKit looks for something else to use in
// place of the image: the short one, without the tag latest.
func (i image) context() string {
	name := i.registry + "/" + i.path
	if i.registry == "docker.io" {
		name = strings.TrimPrefix(i.path, "library/")
	}
	if i.tag != "" && (i.tag != "latest" || i.digest != "") {
		name += ":" + i.tag
	}
	if i.digest != "" {
		name += "@" + i.digest
	}
	return name
}

// manifests are the kinds of answer that describe an image.
const manifests = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, " +
	"application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"

// pullable asks the registry for the image, as far as one can without pulling.
// A registry that wants to know who asks counts as one that has the image: the
// builder may know a password.
func (i image) pullable(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	host, scheme := i.registry, "https"
	if host == "docker.io" {
		host = "registry-1.docker.io"
	}
	if name, _, err := net.SplitHostPort(host); err == nil && (name == "localhost" || strings.HasPrefix(name, "127.")) {
		scheme = "http"
	}
	version := i.digest
	if version == "" {
		version = i.tag
	}
	if version == "" {
		version = "latest"
	}
	address := fmt.Sprintf("%s://%s/v2/%s/manifests/%s", scheme, host, i.path, version)
	res, err := ask(ctx, http.MethodHead, address, "")
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusUnauthorized {
		token, err := i.token(ctx, res.Header.Get("WWW-Authenticate"))
		if err != nil {
			return err
		}
		if token == "" {
			return nil
		}
		if res, err = ask(ctx, http.MethodHead, address, token); err != nil {
			return err
		}
		_ = res.Body.Close()
	}
	switch res.StatusCode {
	case http.StatusOK, http.StatusUnauthorized, http.StatusForbidden:
		return nil
	case http.StatusNotFound:
		return fmt.Errorf("%s does not have it", host)
	default:
		return fmt.Errorf("%s answers %s", host, fetch.Status(res))
	}
}

// token gets what lets everybody read a public image; it is empty when the
// registry wants to know who asks.
func (i image) token(ctx context.Context, challenge string) (string, error) {
	kind, rest, _ := strings.Cut(challenge, " ")
	if !strings.EqualFold(kind, "Bearer") {
		return "", nil
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = strings.Trim(value, `"`)
	}
	realm, err := url.Parse(fields["realm"])
	if err != nil || realm.Host == "" {
		return "", nil
	}
	query := realm.Query()
	query.Set("service", fields["service"])
	query.Set("scope", "repository:"+i.path+":pull")
	realm.RawQuery = query.Encode()
	res, err := ask(ctx, http.MethodGet, realm.String(), "")
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "", nil
	}
	var answer struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Token == "" {
		answer.Token = answer.AccessToken
	}
	return answer.Token, nil
}

// registries asks the servers of images.
var registries = &http.Client{CheckRedirect: fetch.CheckRedirect}

func ask(ctx context.Context, method, address, token string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", manifests)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := registries.Do(req)
	if err != nil {
		var name *net.DNSError
		switch {
		case errors.As(err, &name):
			return nil, fmt.Errorf("cannot find the host %s: %s", name.Name, name.Err)
		case errors.Is(err, context.DeadlineExceeded):
			return nil, fmt.Errorf("%s does not answer", req.URL.Host)
		}
		return nil, err
	}
	return res, nil
}
