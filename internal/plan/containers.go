package plan

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
)

// Container is a container image to make.
type Container struct {
	Name   string
	As     names.Container
	From   string  // a stage
	Root   string  // the Dockerfile stage of its root filesystem, with its SBOM
	Layers *Layers // nil where all files go into the image, in one layer

	Labels     []Label // in the order of their names
	User       string
	Ports      []string
	Volumes    []string
	Entrypoint []string
	Cmd        []string // empty where the entry point gets no argument
}

// Layers says how the files of a container image are parted.
type Layers struct {
	LeaveOut []string // patterns of paths in the root, as the shell has them, each with what is below
	Numbers  []int    // of the layers, from 1
	Packages []Owner  // whose files come into layers of their own; empty where there is one layer
}

// Label is a label of a container image, or a variable in it.
type Label struct{ Name, Value string }

// parts are what programs do without while they run, by the names that leaveOut has for them.
var parts = map[string][]string{
	"boot":             {"/boot", "/usr/lib/grub", "/usr/lib/modules", "/usr/share/grub"},
	"documentation":    {"/usr/share/doc", "/usr/share/gtk-doc", "/usr/share/info"},
	"headers":          {"/usr/include", "/usr/lib/cmake", "/usr/lib/pkgconfig", "/usr/share/aclocal", "/usr/share/cmake", "/usr/share/pkgconfig"},
	"locales":          {"/usr/lib/locale/[!C]*", "/usr/share/i18n", "/usr/share/locale"},
	"manuals":          {"/usr/share/man"},
	"static-libraries": {"/usr/*.a", "/usr/*.la", "/usr/*.o"},
	"tests":            {"/usr/lib/python*/test", "/usr/lib/python*/tests"},
}

// PartOf returns the name of the part that a path in a root is of, as templates/layers.sh leaves
// it out; the first by its name where it is of several, and nothing where it is of none.
func PartOf(path string) string {
	for _, name := range slices.Sorted(maps.Keys(inPart)) {
		if inPart[name].MatchString(path) {
			return name
		}
	}
	return ""
}

// inPart matches the paths of each part, and those below. As for find -path, a star matches
// slashes, too.
var inPart = func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	for name, patterns := range parts {
		text := regexp.QuoteMeta(strings.Join(patterns, "\n"))
		text = strings.NewReplacer(`\*`, `.*`, `\[!`, `[^`, `\]`, `]`, "\n", "|").Replace(text)
		all[name] = regexp.MustCompile(`^(` + text + `)(/.*)?$`)
	}
	return all
}()

// containers plans the container images.
func containers(x *index, p *Plan, from string) {
	for i := range x.cfg.Image.Containers {
		c := &x.cfg.Image.Containers[i]
		stage := cmp.Or(c.From, from)
		image := Container{
			Name: c.Name, As: x.names.Container(c.Name), From: stage, Root: p.imageRoot(x, c.Name, stage),
			Labels: p.labels(x, c, stage), User: c.User, Ports: c.Ports, Volumes: c.Volumes, Entrypoint: c.Entrypoint, Cmd: c.Cmd,
		}
		if c.Cmd == nil && c.Entrypoint == nil {
			image.Cmd = []string{"/bin/sh"}
		}
		if c.Parted() {
			image.Layers = p.layers(x, c, stage)
		}
		p.Containers = append(p.Containers, image)
	}
}

func (p *Plan) layers(x *index, c *config.Container, stage string) *Layers {
	layers := &Layers{Numbers: []int{1}}
	for _, name := range c.LeaveOut {
		if patterns, ok := parts[name]; ok {
			layers.LeaveOut = append(layers.LeaveOut, patterns...)
		} else {
			layers.LeaveOut = append(layers.LeaveOut, literal(name))
		}
	}
	if c.Layers > 1 {
		layers.Packages = p.owners(x, stage)
		// One for each package, and one for what is of none: more would be empty.
		for n := 2; n <= min(c.Layers, len(layers.Packages)+1); n++ {
			layers.Numbers = append(layers.Numbers, n)
		}
	}
	return layers
}

// literal writes a path as a pattern that nothing else matches.
func literal(path string) string {
	return strings.NewReplacer("[", "[[]", "?", "[?]", "*", "[*]", `\`, `\\`).Replace(path)
}

// owners returns the packages whose files make up the root of a stage, as far as it is
// known: those of an image that it starts from are not.
func (p *Plan) owners(x *index, stage string) []Owner {
	var owners []Owner
	for _, name := range p.installed(x, stage) {
		owners = append(owners, Owner{Name: name, Stage: x.names.Package(name).Stage})
	}
	return owners
}

// labels returns the labels of an image: those that the OCI image specification names and
// that are known, and those of the configuration, which come first.
func (p *Plan) labels(x *index, c *config.Container, stage string) []Label {
	const oci = "org.opencontainers.image."
	all := map[string]string{oci + "title": c.Name}
	for name, value := range map[string]string{"version": x.cfg.Image.Version, "source": x.cfg.Image.Source, "licenses": p.licenseOf(x, stage)} {
		if value != "" {
			all[oci+name] = value
		}
	}
	for _, label := range c.Labels {
		name, value, _ := strings.Cut(label, "=")
		all[name] = value
	}
	var labels []Label
	for _, name := range slices.Sorted(maps.Keys(all)) {
		labels = append(labels, Label{name, all[name]})
	}
	return labels
}

// licenseOf returns the licences of all that is in the root of a stage, as one expression;
// nothing where there is something whose licence is not known.
func (p *Plan) licenseOf(x *index, stage string) string {
	for si := x.stages[stage]; ; si = x.parentOf(si) {
		if p.Stages[si].Base == Image {
			return ""
		}
		if x.parentOf(si) < 0 {
			break
		}
	}
	all := map[string]bool{}
	for _, owner := range p.owners(x, stage) {
		license := x.license(owner.Name)
		if license == "" {
			return ""
		}
		for _, term := range conjuncts(license) {
			all[term] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(all)), " AND ")
}

// license returns the licence of a package, or of the package whose source it builds.
func (x *index) license(name string) string {
	p := &x.cfg.Packages[x.packages[name]]
	if p.License == "" && p.SrcFrom != "" {
		return x.license(p.SrcFrom)
	}
	return p.License
}

// conjuncts returns the parts of an SPDX expression that all hold, each such that AND can
// stand on both of its sides.
func conjuncts(expression string) []string {
	words, _, _ := parseLicense(expression)
	var terms []string
	depth, start := 0, 0
	for _, w := range words {
		switch {
		case w.text == "(":
			depth++
		case w.text == ")":
			depth--
		case w.text == "OR" && depth == 0:
			return []string{"(" + expression + ")"}
		case w.text == "AND" && depth == 0:
			terms = append(terms, strings.TrimSpace(expression[start:w.start]))
			start = w.start + len("AND")
		}
	}
	return append(terms, strings.TrimSpace(expression[start:]))
}
