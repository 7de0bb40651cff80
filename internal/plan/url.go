package plan

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// maxName is the longest name that a file can have on Linux, in bytes.
const maxName = 255

// checkURLs looks at all addresses of a package, and reports whether its source can be
// fetched from the first.
func checkURLs(f *findings, p *config.Package) bool {
	checkPage(f, p.At("homepage"), p.Homepage)
	checkPage(f, p.At("book"), p.Book)
	good := p.URL != "" && checkDownload(f, p.At("url"), p.URL)
	if good {
		checkFile(f, p)
		checkVersion(f, p)
	}
	known := map[string]diag.Position{p.URL: p.At("url")}
	for i, mirror := range p.Mirrors {
		at := p.At(field("mirrors", i))
		address := config.Mirror(mirror, p.File())
		checkDownload(f, at, address)
		if first, ok := known[address]; ok {
			f.Warnf(diag.ListDuplicate, at, "the file is looked for there already (at %s)", first)
		}
		known[address] = at
	}
	return good
}

// checkMirrors looks at the folders that may hold all sources.
func checkMirrors(x *index, f *findings) {
	known := map[string]diag.Position{}
	for i, folder := range x.cfg.Mirrors {
		at := x.cfg.At(field("mirrors", i))
		checkDownload(f, at, config.Mirror(folder, "file.tar"))
		if first, ok := known[folder]; ok {
			f.Warnf(diag.ListDuplicate, at, "sources are looked for there already (at %s)", first)
		}
		known[folder] = at
	}
}

// checkPage looks at the address of a page, which nothing fetches.
func checkPage(f *findings, at diag.Position, raw string) {
	if raw == "" {
		return
	}
	if _, err := parseURL(raw); err != nil {
		f.Errorf(diag.URLInvalid, at, "%v", err)
	} else if diag.Redact(raw) != raw {
		f.Warnf(diag.URLSecret, at, "holds a password or a token; leave it out, as the file is there to be read by others")
	}
}

// checkDownload looks at an address that builders and lfd fetch, and reports whether
// it names a file.
func checkDownload(f *findings, at diag.Position, raw string) bool {
	u, err := parseURL(raw)
	if err != nil {
		f.Errorf(diag.URLInvalid, at, "%v", err)
		return false
	}
	if _, git, _ := dfgitutil.ParseGitRef(raw); git {
		f.Errorf(diag.URLGit, at, "an address whose path ends in .git is a git repository to BuildKit, which would clone it; name an archive, such as those that GitHub has at /archive/refs/tags/v1.0.tar.gz of a repository")
		return false
	}
	if diag.Redact(raw) != raw {
		f.Warnf(diag.URLSecret, at, "holds a password or a token, which would get into the generated files and into logs; leave it out, and give it to the build as the secret HTTP_AUTH_HEADER_%s (docs/packages.md)", u.Hostname())
	}
	return true
}

// checkFile looks at the name of a package's download.
func checkFile(f *findings, p *config.Package) {
	at, file := p.At("url"), p.File()
	u, _ := url.Parse(p.URL)
	switch {
	case file == "":
		f.Errorf(diag.URLInvalid, at, "the URL names no file")
	case file[0] == '.' && p.FileName == "":
		f.Errorf(diag.URLInvalid, at, "%q is the name of a hidden file, which is easily overlooked; give it another one with fileName", file)
	case len(file) > maxName || len(path.Base(u.Path)) > maxName: // BuildKit names it by the latter
		f.Errorf(diag.URLInvalid, at, "the name of the file has more than the %d bytes that names can have; look for another address of it", maxName)
	}
}

// parseURL returns the parts of a URL, or says what is wrong with it.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err == nil:
	case diag.Redact(raw) != raw:
		return nil, errors.New("cannot be read as a URL; the characters : / ? # [ ] @ in a password are written as %3A and so on")
	case strings.Contains(raw, "://["):
		return nil, errors.New("cannot be read as a URL: only an IPv6 address stands in [ ]")
	default:
		return nil, fmt.Errorf("cannot be read as a URL: %w", errors.Unwrap(err))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("there is no port %s; ports are 1 to 65535", port)
		}
	}
	return u, checkHost(u)
}

var label = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)

// checkHost says what is wrong with the host of a URL.
func checkHost(u *url.URL) error {
	host := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		switch addr, err := netip.ParseAddr(host); {
		case err != nil || !addr.Is6():
			return fmt.Errorf("%q is no IPv6 address", host)
		case addr.Zone() != "":
			return fmt.Errorf("%q names a network card of one machine; leave out %q", host, "%"+addr.Zone())
		}
		return nil
	}
	if host == "" {
		return errors.New("the URL names no host")
	}
	name := strings.TrimSuffix(host, ".") // of the root, as DNS writes it
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if !label.MatchString(l) || len(name) > 253 {
			return fmt.Errorf("%q cannot be the name of a host; it has letters a-z, digits and - in parts of 63 at most, parted by dots, and other letters are written as xn--", host)
		}
	}
	if _, err := strconv.ParseUint(labels[len(labels)-1], 10, 64); err == nil {
		if addr, err := netip.ParseAddr(name); err != nil || !addr.Is4() {
			return fmt.Errorf("%q is no IPv4 address", host)
		}
	}
	return nil
}
