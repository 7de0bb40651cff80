package vuln

import (
	"errors"
	"path"
	"strings"

	"github.com/linux-from-docker/lfd/internal/versions"
)

// cpe is a name of CPE 2.3. (The Go libraries for it are no longer kept.)
type cpe struct {
	part, vendor, product string
	version, update       string // * is any, - is none
	targetSW              string
	wild                  bool // the version is a pattern
}

// parseCPE reads a formatted string of CPE 2.3.
func parseCPE(text string) (cpe, error) {
	rest, ok := strings.CutPrefix(text, "cpe:2.3:")
	if !ok {
		return cpe{}, errors.New("is no name of CPE 2.3")
	}
	var parts []string
	var b strings.Builder
	wild := false
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\' && i+1 < len(rest):
			i++
			b.WriteByte(rest[i])
			continue
		case c == ':':
			parts = append(parts, b.String())
			b.Reset()
			continue
		case (c == '*' || c == '?') && len(parts) == 3:
			wild = true
		}
		b.WriteByte(rest[i])
	}
	parts = append(parts, b.String())
	if len(parts) != 11 {
		return cpe{}, errors.New("has not the eleven parts of CPE 2.3")
	}
	for i := range parts {
		parts[i] = strings.ToLower(parts[i])
	}
	return cpe{
		part: parts[0], vendor: parts[1], product: parts[2], version: parts[3], update: parts[4],
		targetSW: parts[8], wild: wild && parts[3] != "*",
	}, nil
}

// key is what packages are looked up by.
func (c cpe) key() string { return c.vendor + ":" + c.product }

const linuxKernel = "linux:linux_kernel"

// elsewhere are systems, as they are named by target_sw, on which ours are not.
var elsewhere = map[string]bool{
	"windows": true, "macos": true, "mac_os": true, "mac_os_x": true, "iphone_os": true, "ios": true, "ipados": true, "ipad_os": true,
	"android": true, "chrome_os": true, "freebsd": true, "netbsd": true, "openbsd": true, "solaris": true, "aix": true, "hp-ux": true,
}

// configuration says in which circumstances something is vulnerable, as NVD and CVE records
// do.
type configuration struct {
	Operator string `json:"operator"`
	Negate   bool   `json:"negate"`
	Nodes    []node `json:"nodes"`
}

type node struct {
	Operator string     `json:"operator"`
	Negate   bool       `json:"negate"`
	CPEMatch []cpeMatch `json:"cpeMatch"`
}

type cpeMatch struct {
	Vulnerable            bool   `json:"vulnerable"`
	Criteria              string `json:"criteria"`
	VersionStartIncluding string `json:"versionStartIncluding"`
	VersionStartExcluding string `json:"versionStartExcluding"`
	VersionEndIncluding   string `json:"versionEndIncluding"`
	VersionEndExcluding   string `json:"versionEndExcluding"`
}

// truth is whether something is so. Of the hardware that a system will run on, nobody can
// tell.
type truth int

const (
	no truth = iota
	maybe
	yes
)

func (t truth) not(negate bool) truth {
	if negate {
		return yes - t
	}
	return t
}

// all returns whether all of two things are so, or, unless it is AND, one of them.
func join(operator string, a, b truth) truth {
	if operator == "AND" {
		return min(a, b)
	}
	return max(a, b)
}

func neutral(operator string) truth {
	if operator == "AND" {
		return yes
	}
	return no
}

// configurations returns what one record has to say of our packages.
func (x *index) configurations(all []configuration) (map[int]*verdict, error) {
	verdicts := map[int]*verdict{}
	for _, c := range all {
		if err := checkOperator(c.Operator); err != nil {
			return nil, err
		}
		found := map[int]*verdict{}
		value := neutral(c.Operator)
		for _, n := range c.Nodes {
			v, err := x.node(n, found, n.Negate || c.Negate)
			if err != nil {
				return nil, err
			}
			value = join(c.Operator, value, v)
		}
		value = value.not(c.Negate)
		for p, v := range found {
			if value == no {
				v.ranges = nil
			}
			if verdicts[p] == nil {
				verdicts[p] = &verdict{}
			}
			verdicts[p].add(v)
		}
	}
	return verdicts, nil
}

func checkOperator(operator string) error {
	switch operator {
	case "", "AND", "OR":
		return nil
	}
	return errors.New("an operator is neither AND nor OR: " + operator)
}

// node returns whether a node is so, and adds to what was found what it has to say of our
// packages. A negated one says of none that it is vulnerable.
func (x *index) node(n node, found map[int]*verdict, negated bool) (truth, error) {
	if err := checkOperator(n.Operator); err != nil {
		return no, err
	}
	value := neutral(n.Operator)
	here := map[int]*verdict{}
	for _, m := range n.CPEMatch {
		c, err := parseCPE(m.Criteria)
		if err != nil {
			return no, errors.New(m.Criteria + " " + err.Error())
		}
		is := no
		for _, p := range x.products[c.key()] {
			in := m.has(c, x.versions[p])
			if in {
				is = yes
			}
			if !m.Vulnerable || negated {
				continue
			}
			if here[p] == nil {
				here[p] = &verdict{}
			}
			here[p].fix(m.VersionEndExcluding)
			if in {
				here[p].ranges = append(here[p].ranges, m.text(c))
			}
		}
		if is == no && (c.part == "h" || c.key() == linuxKernel && !m.Vulnerable && len(x.products[linuxKernel]) == 0) {
			is = maybe // hardware, or the kernel that a container will run on
		}
		value = join(n.Operator, value, is)
	}
	value = value.not(n.Negate)
	for p, v := range here {
		if value == no {
			v.ranges = nil
		}
		if found[p] == nil {
			found[p] = &verdict{}
		}
		found[p].add(v)
	}
	return value, nil
}

// has reports whether a version is among those that are meant. One that is not known is.
func (m cpeMatch) has(c cpe, v string) bool {
	switch {
	case elsewhere[c.targetSW]:
		return false
	case v == "" || c.version == "-":
		return true
	case c.wild:
		ok, err := path.Match(c.version, strings.ToLower(v))
		return ok && err == nil
	case c.version != "*":
		return c.names(v)
	}
	// Lists keep what is added to a release (9.9p1, 6.12-rc3) apart from its version.
	release := versions.Release(v)
	least := func(bound string) bool {
		return versions.Compare(v, bound) >= 0 || versions.Compare(release, bound) >= 0
	}
	most := func(bound string) bool {
		return versions.Compare(v, bound) <= 0 || versions.Compare(release, bound) <= 0
	}
	return (m.VersionStartIncluding == "" || least(m.VersionStartIncluding)) &&
		(m.VersionStartExcluding == "" || versions.Compare(v, m.VersionStartExcluding) > 0) &&
		(m.VersionEndIncluding == "" || most(m.VersionEndIncluding)) &&
		(m.VersionEndExcluding == "" || versions.Compare(v, m.VersionEndExcluding) < 0)
}

// names reports whether a CPE with a version is that of v: with an update that of both, with
// none (-) of the version alone, and with any (*) of all its updates.
func (c cpe) names(v string) bool {
	switch c.update {
	case "-":
		return versions.Compare(v, c.version) == 0
	case "*", "":
		return versions.Compare(v, c.version) == 0 || versions.Compare(versions.Release(v), c.version) == 0
	default:
		return versions.Compare(v, c.version+c.update) == 0
	}
}

// text returns the versions that are meant, for people.
func (m cpeMatch) text(c cpe) string {
	switch {
	case c.version == "-":
		return "no version given"
	case c.version != "*" && c.update != "*" && c.update != "-":
		return "= " + c.version + " " + c.update
	case c.version != "*":
		return "= " + c.version
	}
	return interval(m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding)
}

// interval returns versions from and to bounds, of which any may be missing.
func interval(from, after, to, before string) string {
	var parts []string
	for _, bound := range []struct{ sign, version string }{{">= ", from}, {"> ", after}, {"<= ", to}, {"< ", before}} {
		if bound.version != "" {
			parts = append(parts, bound.sign+bound.version)
		}
	}
	if len(parts) == 0 {
		return "all versions"
	}
	return strings.Join(parts, ", ")
}
