package vuln

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"
)

// index finds our packages by what lists call them. It is made once, and only read.
type index struct {
	packages   []Package
	versions   []string         // by package, as lists of CPE know it; empty where there is none
	products   map[string][]int // by vendor:product of CPE
	ecosystems map[string][]int // by ecosystem/name of OSV
	repos      map[string][]int // by address, as repository makes it
}

func newIndex(packages []Package) *index {
	x := &index{
		packages: packages, versions: make([]string, len(packages)),
		products: map[string][]int{}, ecosystems: map[string][]int{}, repos: map[string][]int{},
	}
	for i, p := range packages {
		x.versions[i] = p.Version
		if c, err := parseCPE(p.CPE); err == nil {
			x.products[c.key()] = append(x.products[c.key()], i)
			x.versions[i] = strings.TrimSuffix(c.version, "*")
		}
		if u, err := packageurl.FromString(p.PURL); err == nil && ecosystems[u.Type] != "" {
			key := ecosystemKey(ecosystems[u.Type], ecosystemName(u))
			x.ecosystems[key] = append(x.ecosystems[key], i)
		}
		for _, address := range p.Addresses {
			if repo := repository(address); repo != "" && !slices.Contains(x.repos[repo], i) {
				x.repos[repo] = append(x.repos[repo], i)
			}
		}
	}
	return x
}

// named reports whether any list can know a package.
func (x *index) named(i int) bool {
	p := x.packages[i]
	u, err := packageurl.FromString(p.PURL)
	return p.CPE != "" || err == nil && ecosystems[u.Type] != ""
}

// isKernel reports whether a package is the Linux kernel.
func (x *index) isKernel(i int) bool { return slices.Contains(x.products[linuxKernel], i) }

// ecosystems are OSV's, by the types of package URLs.
var ecosystems = map[string]string{
	"cargo": "crates.io", "composer": "Packagist", "conan": "ConanCenter", "cran": "CRAN", "gem": "RubyGems", "golang": "Go",
	"hackage": "Hackage", "hex": "Hex", "julia": "Julia", "maven": "Maven", "npm": "npm", "nuget": "NuGet", "pub": "Pub", "pypi": "PyPI", "swift": "SwiftURL",
}

func ecosystemName(u packageurl.PackageURL) string {
	switch {
	case u.Namespace == "":
		return u.Name
	case u.Type == packageurl.TypeMaven:
		return u.Namespace + ":" + u.Name
	default:
		return u.Namespace + "/" + u.Name
	}
}

var pythonSeparators = regexp.MustCompile(`[-_.]+`)

// ecosystemKey returns the key of a package of an ecosystem, whose release (Debian:12) does
// not matter.
func ecosystemKey(ecosystem, name string) string {
	ecosystem, _, _ = strings.Cut(ecosystem, ":")
	if ecosystem == "PyPI" {
		name = pythonSeparators.ReplaceAllString(strings.ToLower(name), "-")
	}
	return ecosystem + "/" + name
}

// repository returns the address of the Git repository that something is from, without what
// differs between ways to write it: of an archive at a forge that of its project. It is empty
// where the address names none.
func repository(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch {
	case strings.HasSuffix(u.Path, ".git"):
	case u.Host == "github.com" && len(parts) >= 2:
		parts = parts[:2]
	case strings.HasPrefix(u.Host, "gitlab."):
		if i := slices.Index(parts, "-"); i >= 0 {
			parts = parts[:i]
		}
	case u.Host == "codeberg.org" && len(parts) >= 2:
		parts = parts[:2]
	default:
		return ""
	}
	return strings.ToLower(u.Host + "/" + strings.TrimSuffix(strings.Join(parts, "/"), ".git"))
}
