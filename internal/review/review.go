// Package review says in words how a system differs from an earlier version of itself: for
// the reader of a pull request.
package review

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/versions"
)

// System is one of the two that are compared.
type System struct {
	Config *config.Config
	Files  map[string]string // digests of the project's files that the build takes, by their paths: scripts, and what steps copy
	Lock   []lock.Entry      // of results; nothing where the system has no lock
}

// Section is what changes in one way, a line for each thing.
type Section struct {
	Title string
	Lines []string
}

// Changes are how two systems differ. Their order is that of the sections below, and in each
// that of the configuration; what is gone comes last.
type Changes struct {
	Sections []Section
	// Unlocked tells that what is built changes, and the lock has no digests of it yet.
	Unlocked bool
}

// The titles of the sections, in their order.
const (
	bumped    = "Other versions"
	added     = "Added"
	removed   = "Removed"
	replaced  = "Other bytes under the same version"
	moved     = "Downloaded from elsewhere, the same bytes"
	rebuilt   = "Built in another way"
	described = "Described in another way"
	system    = "Host, stages and images"
	files     = "Files of the project that the build takes"
	results   = "Results, by the lock"
)

// Compare returns how a system differs from what it was before.
func Compare(before, after System) *Changes {
	c := comparison{before: before, after: after, lines: map[string][]string{}}
	old, now := packages(before), packages(after)
	for _, p := range after.Config.Packages {
		if was, ok := old[p.Name]; ok {
			c.pkg(was, p)
		} else {
			c.add(added, "%s%s", named(p, now), from(p))
		}
	}
	for _, p := range before.Config.Packages {
		if _, ok := now[p.Name]; !ok {
			c.add(removed, "%s", named(p, old))
		}
	}
	c.stages()
	c.images()
	for _, name := range slices.Sorted(maps.Keys(union(before.Files, after.Files))) {
		switch was, is := before.Files[name], after.Files[name]; {
		case was == is || c.told[name]:
		case was == "":
			c.add(files, "%s is new", code(name))
		case is == "":
			c.add(files, "%s is not taken any more", code(name))
		default:
			c.add(files, "%s has changed", code(name))
		}
	}
	all := &Changes{Unlocked: len(after.Lock) > 0 && slices.Equal(entries(before.Lock), entries(after.Lock))}
	built := false
	for _, title := range []string{bumped, added, removed, replaced, moved, rebuilt, system, files, described} {
		all.section(title, c.lines[title])
		built = built || title != moved && title != described && len(c.lines[title]) > 0
	}
	all.Unlocked = all.Unlocked && built
	all.section(results, lockLines(before.Lock, after.Lock))
	return all
}

func (c *Changes) section(title string, lines []string) {
	if len(lines) > 0 {
		c.Sections = append(c.Sections, Section{title, lines})
	}
}

// Markdown returns the changes as a text under this title, in the Markdown of GitHub, without
// the passwords of addresses.
func (c *Changes) Markdown(title string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## %s\n\n", title)
	if len(c.Sections) == 0 {
		b.WriteString("Nothing changes.\n")
	}
	for i, s := range c.Sections {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "### %s (%d)\n\n", s.Title, len(s.Lines))
		for _, line := range s.Lines {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	if c.Unlocked {
		b.WriteString("\n`lfd.lock` is as before: which results change is known when the system has been built, and locked by `lfd lock`.\n")
	}
	return []byte(diag.Redact(b.String()))
}

// comparison is the work of Compare.
type comparison struct {
	before, after System
	lines         map[string][]string // by the titles
	told          map[string]bool     // files that a line of a package tells of
}

func (c *comparison) add(title, format string, args ...any) {
	c.lines[title] = append(c.lines[title], fmt.Sprintf(format, args...))
}

func packages(s System) map[string]config.Package {
	all := map[string]config.Package{}
	for _, p := range s.Config.Packages {
		all[p.Name] = p
	}
	return all
}

// version returns the version of a package; a virtual one has that of its source.
func version(p config.Package, all map[string]config.Package) string {
	if p.Version == "" && p.SrcFrom != "" {
		return all[p.SrcFrom].Version
	}
	return p.Version
}

func named(p config.Package, all map[string]config.Package) string {
	return strings.TrimSpace(code(p.Name) + " " + version(p, all))
}

// from says where the source of a package comes from.
func from(p config.Package) string {
	switch {
	case p.URL != "":
		return ", from " + code(p.URL)
	case p.SrcFrom != "":
		return ", of the source of " + code(p.SrcFrom)
	}
	return ""
}

// pkg compares a package with what it was.
func (c *comparison) pkg(was, is config.Package) {
	name := code(is.Name)
	sums := func(p config.Package) string { return p.SHA256 + " " + p.SHA512 }
	switch {
	case was.Version != is.Version:
		line := fmt.Sprintf("%s %s → %s", name, orNone(was.Version), orNone(is.Version))
		if was.Version != "" && is.Version != "" && versions.Compare(was.Version, is.Version) > 0 {
			line += ", an older one"
		}
		if host(was.URL) != host(is.URL) {
			line += fmt.Sprintf(", from %s in place of %s", code(host(is.URL)), code(host(was.URL)))
		}
		if is.URL != "" && sums(was) == sums(is) {
			line += "; its checksum is as before"
		}
		if virtual := c.virtual(is.Name); len(virtual) > 0 {
			line += "; of its source, too: " + list(virtual)
		}
		c.add(bumped, "%s", line)
	case sums(was) != sums(is):
		c.add(replaced, "%s%s: another checksum for %s", named(is, nil), from(is), code(is.File()))
	case was.URL != is.URL:
		c.add(moved, "%s: %s in place of %s", name, code(is.URL), code(was.URL))
	}
	if was.SrcFrom != is.SrcFrom {
		c.add(rebuilt, "%s is built of the source of %s, not of %s", name, code(is.SrcFrom), code(was.SrcFrom))
	}
	c.script(name, "install script", c.before.Config.Scripts[is.Name], c.after.Config.Scripts[is.Name])
	c.script(name, "check script", c.before.Config.Checks[is.Name], c.after.Config.Checks[is.Name])
	for _, l := range []struct {
		what    string
		was, is []string
	}{
		{"patches", patches(was), patches(is)},
		{"deps", was.Deps, is.Deps},
		{"buildDeps", was.BuildDeps, is.BuildDeps},
		{"lfsDeps", was.LFSDeps, is.LFSDeps},
		{"srcDeps", was.SrcDeps, is.SrcDeps},
		{"replaces", was.Replaces, is.Replaces},
		{"checkDeps", was.CheckDeps, is.CheckDeps},
		{"checkParts", was.CheckParts, is.CheckParts},
	} {
		c.list(rebuilt, name, l.what, l.was, l.is)
	}
	for _, f := range []struct{ what, was, is string }{
		{"preBuildSteps", was.PreBuildSteps, is.PreBuildSteps},
		{"postBuildSteps", was.PostBuildSteps, is.PostBuildSteps},
		{"srcSteps", was.SrcSteps, is.SrcSteps},
		{"preCheckSteps", was.PreCheckSteps, is.PreCheckSteps},
		{"tarFlags", was.TarFlags, is.TarFlags},
		{"type", was.Type, is.Type},
	} {
		c.field(rebuilt, name, f.what, f.was, f.is)
	}
	for _, f := range []struct{ what, was, is string }{
		{"license", was.License, is.License}, {"cpe", was.CPE, is.CPE}, {"purl", was.PURL, is.PURL}, {"homepage", was.Homepage, is.Homepage},
	} {
		if f.was != f.is {
			c.add(described, "%s: `%s` %s → %s", name, f.what, orNone(code(f.was)), orNone(code(f.is)))
		}
	}
	if !slices.Equal(was.Mirrors, is.Mirrors) {
		c.add(described, "%s: other `mirrors`", name)
	}
}

// virtual returns the virtual packages that are built of a source.
func (c *comparison) virtual(source string) (names []string) {
	for _, p := range c.after.Config.Packages {
		if p.SrcFrom == source {
			names = append(names, p.Name)
		}
	}
	return names
}

// script says that a package has another script, or another text in it.
func (c *comparison) script(name, what, was, is string) {
	if c.told == nil {
		c.told = map[string]bool{}
	}
	c.told[was], c.told[is] = true, true
	switch {
	case was == "" && is == "":
	case was == "":
		c.add(rebuilt, "%s: %s added, %s", name, what, code(is))
	case is == "":
		c.add(rebuilt, "%s: %s removed, %s", name, what, code(was))
	case was != is:
		c.add(rebuilt, "%s: another %s, %s in place of %s", name, what, code(is), code(was))
	case c.before.Files[was] != c.after.Files[is]:
		c.add(rebuilt, "%s: %s changed, %s", name, what, code(is))
	}
}

// list says what was added to a list and taken out of it.
func (c *comparison) list(title, name, what string, was, is []string) {
	if slices.Equal(was, is) {
		return
	}
	without := func(all, these []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(these, s) })
	}
	var how []string
	if more := without(is, was); len(more) > 0 {
		how = append(how, "with "+list(more))
	}
	if less := without(was, is); len(less) > 0 {
		how = append(how, "without "+list(less))
	}
	if how == nil {
		how = []string{"in another order"}
	}
	c.add(title, "%s: `%s` %s", name, what, strings.Join(how, ", "))
}

// field says that a text is another one.
func (c *comparison) field(title, name, what, was, is string) {
	switch {
	case was == is:
	case was == "":
		c.add(title, "%s: `%s` added", name, what)
	case is == "":
		c.add(title, "%s: `%s` removed", name, what)
	default:
		c.add(title, "%s: `%s` changed", name, what)
	}
}

// stages compares the host and the stages.
func (c *comparison) stages() {
	c.value("the host's image", c.before.Config.Host.Image, c.after.Config.Host.Image)
	c.value("the host's snapshot of Debian", c.before.Config.Host.Snapshot, c.after.Config.Host.Snapshot)
	c.field(system, "the host", "steps", c.before.Config.Host.Steps, c.after.Config.Host.Steps)
	c.list(system, "the system", "mirrors", c.before.Config.Mirrors, c.after.Config.Mirrors)
	old, now := map[string]config.Stage{}, map[string]config.Stage{}
	for _, s := range c.before.Config.Stages {
		old[s.Name] = s
	}
	for _, s := range c.after.Config.Stages {
		now[s.Name] = s
		name := "stage " + code(s.Name)
		was, ok := old[s.Name]
		if !ok {
			c.add(system, "%s is new: it builds %s", name, orNone(list(s.Packages)))
			continue
		}
		c.value("the parent of "+name, was.Parent, s.Parent)
		c.list(system, name, "packages", was.Packages, s.Packages)
		c.list(system, name, "install", was.Install, s.Install)
		c.list(system, name, "lfsInstall", was.LFSInstall, s.LFSInstall)
		c.list(system, name, "replaces", was.Replaces, s.Replaces)
		c.field(system, name, "preSteps", was.PreSteps, s.PreSteps)
	}
	for _, s := range c.before.Config.Stages {
		if _, ok := now[s.Name]; !ok {
			c.add(system, "stage %s is gone", code(s.Name))
		}
	}
}

// value says that a word is another one.
func (c *comparison) value(what, was, is string) {
	if was != is {
		c.add(system, "%s: %s → %s", what, orNone(code(was)), orNone(code(is)))
	}
}

// images compares containers and the disk.
func (c *comparison) images() {
	was, is := c.before.Config.Image, c.after.Config.Image
	if was == nil {
		was = &config.Image{}
	}
	if is == nil {
		is = &config.Image{}
	}
	c.value("what images are made from", was.From, is.From)
	c.value("`sbom`", fmt.Sprint(was.SBOM), fmt.Sprint(is.SBOM))
	old, now := map[string]config.Container{}, map[string]config.Container{}
	for _, one := range was.Containers {
		old[one.Name] = one
	}
	for _, one := range is.Containers {
		now[one.Name] = one
		before, ok := old[one.Name]
		if !ok {
			c.add(system, "container %s is new", code(one.Name))
			continue
		}
		c.value("container "+code(one.Name)+", made from", before.From, one.From)
		c.value("container "+code(one.Name)+", its command", strings.Join(before.Cmd, " "), strings.Join(one.Cmd, " "))
	}
	for _, one := range was.Containers {
		if _, ok := now[one.Name]; !ok {
			c.add(system, "container %s is gone", code(one.Name))
		}
	}
	switch a, b := was.Disk, is.Disk; {
	case a == nil && b == nil:
	case a == nil:
		c.add(system, "disk %s is new", code(b.Name))
	case b == nil:
		c.add(system, "disk %s is gone", code(a.Name))
	default:
		for _, f := range []struct{ what, was, is string }{
			{"name", a.Name, b.Name}, {"from", a.From, b.From}, {"size", a.Size, b.Size}, {"filesystem", a.Filesystem, b.Filesystem},
			{"method", a.Method, b.Method}, {"cmdline", a.Cmdline, b.Cmdline},
			{"console", a.Console, b.Console}, {"menu", a.Menu, b.Menu}, {"partitions", partitions(a), partitions(b)},
		} {
			c.value("the disk's `"+f.what+"`", f.was, f.is)
		}
	}
}

func partitions(d *config.Disk) string {
	var all []string
	for _, p := range d.Partitions {
		all = append(all, strings.TrimSpace(p.Name+" "+p.Type+" "+p.Size))
	}
	return strings.Join(all, ", ")
}

func patches(p config.Package) []string {
	var all []string
	for _, patch := range p.Patches {
		all = append(all, strings.TrimSpace(patch.Name+" "+patch.Cmd))
	}
	return all
}

// entries returns the lines of a lock without their places.
func entries(all []lock.Entry) []lock.Entry {
	all = slices.Clone(all)
	for i := range all {
		all[i].Line = 0
	}
	return all
}

// lockLines says which results of a lock are others, and which are made of something else and
// the same all the same.
func lockLines(before, after []lock.Entry) (lines []string) {
	type key struct{ name, platform string }
	was, is := map[key]lock.Entry{}, map[key]lock.Entry{}
	platforms := map[string]bool{}
	for _, e := range before {
		was[key{e.Name, e.Platform}], platforms[e.Platform] = e, true
	}
	for _, e := range after {
		is[key{e.Name, e.Platform}], platforms[e.Platform] = e, true
	}
	for _, platform := range slices.Sorted(maps.Keys(platforms)) {
		var differ, same, more, less []string
		for _, e := range after {
			then, ok := was[key{e.Name, platform}]
			switch {
			case e.Platform != platform:
			case !ok:
				more = append(more, e.Name)
			case then.Digest != e.Digest:
				differ = append(differ, e.Name)
			case then.Key != e.Key:
				same = append(same, e.Name)
			}
		}
		for _, e := range before {
			if _, ok := is[key{e.Name, platform}]; e.Platform == platform && !ok {
				less = append(less, e.Name)
			}
		}
		for _, group := range []struct {
			what  string
			names []string
		}{
			{"other bytes", differ},
			{"made of something else, and the same bytes", same},
			{"new in the lock", more},
			{"gone from the lock", less},
		} {
			if len(group.names) > 0 {
				lines = append(lines, fmt.Sprintf("%s, %s: %s", platform, group.what, list(group.names)))
			}
		}
	}
	return lines
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// code returns a text as Markdown shows it as it is. A text of the configuration may have what
// would end that.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(strings.ReplaceAll(text, "`", "'"), "\n", " ") + "`"
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = code(name)
	}
	return strings.Join(quoted, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
