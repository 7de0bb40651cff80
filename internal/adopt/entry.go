package adopt

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/updates"
)

// Entry returns the lines of a package's entry in a configuration, without their indentation.
// Packages are the names of those that there are: of what builds it, these are named.
func (s *Source) Entry(p config.Package, packages map[string]bool) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	field := func(key, value string) {
		if value != "" {
			add("%s: %s", key, updates.Plain(value))
		}
	}
	field("name", p.Name)
	field("version", p.Version)
	field("url", p.URL)
	field("fileName", p.FileName)
	field("sha256", p.SHA256)
	if s.Top == "" {
		add("# The archive has no folder at its top that all is in.")
		add(`tarFlags: ""`)
	}
	if g := p.Signature; g != nil && g.Key != "" {
		add("signature:")
		add("  url: %s", updates.Plain(g.URL))
		add("  key: %s", g.Key)
		if g.Of != "" {
			add("  of: %s", g.Of)
		}
		add("  sha256: %s", g.SHA256)
	} else if g != nil {
		of := ""
		if g.Of != "" {
			of = ", of: " + g.Of
		}
		add("# LOOK: signed by a key that is not in %s/: put it there as %s.asc or .pub, and write", config.KeyFolder, p.Name)
		add("# signature: {url: %q, key: %s.asc%s}", g.URL, p.Name, of)
	}
	license, reasons := s.License()
	for _, reason := range reasons {
		add("# LOOK: %s.", reason)
	}
	if license == "" {
		add("# LOOK: no licence was recognized: write license, and licenseFiles or licenseNote.")
	}
	field("license", license)
	if len(s.Texts) > 0 {
		add("licenseFiles: # LOOK: read them")
		for _, t := range s.Texts {
			add("- {path: %s, sha256: %s}", updates.Plain(t.Path), t.SHA256)
		}
	}
	field("purl", s.PURL())
	if rule := rule(p.URL); rule != "" {
		add("update: %s # LOOK: does lfd update find it there?", rule)
	}
	return append(lines, s.dependencies(packages)...)
}

// dependencies returns the lines that say what a package needs, as far as its build system
// tells.
func (s *Source) dependencies(packages map[string]bool) []string {
	systems := s.Systems()
	if len(systems) == 0 {
		return []string{"# LOOK: its build system is not known. Name in deps what it needs to build and to run, in", "# buildDeps what it needs to build."}
	}
	lines := []string{
		fmt.Sprintf("# LOOK: built by %s (%s). Name in deps what it needs to build and to run, in", systems[0].Name, systems[0].File),
		"# buildDeps what it needs to build.",
	}
	var missing []string
	for _, list := range []struct {
		key   string
		names []string
	}{{"deps", systems[0].Deps}, {"buildDeps", systems[0].Tools}} {
		var there []string
		for _, name := range list.names {
			if packages[name] {
				there = append(there, name)
			} else {
				missing = append(missing, name)
			}
		}
		if len(there) > 0 {
			lines = append(lines, list.key+": ["+strings.Join(there, ", ")+"]")
		}
	}
	if len(missing) > 0 {
		lines = append(lines, "# LOOK: no packages here, and so to be had where it is built: "+strings.Join(missing, ", ")+".")
	}
	return lines
}

// rule returns where newer versions of a source may be, as the field update has it.
func rule(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	parts := strings.Split(u.Path, "/")
	switch {
	case (u.Host == "github.com" || u.Host == "gitlab.com" || u.Host == "codeberg.org" || strings.HasPrefix(u.Host, "gitlab.")) && len(parts) > 3:
		return fmt.Sprintf("{git: %q}", u.Scheme+"://"+u.Host+"/"+parts[1]+"/"+strings.TrimSuffix(parts[2], ".git")+".git")
	case u.Host == "snapshot.debian.org" || u.RawQuery != "" || strings.HasSuffix(u.Host, "pythonhosted.org"):
		return "" // lfd update knows, or no list of files
	}
	u.Path = strings.TrimSuffix(path.Dir(u.Path), "/") + "/"
	u.RawPath, u.Fragment = "", ""
	return fmt.Sprintf("{listing: %q}", u.String())
}
