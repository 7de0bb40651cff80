package document

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// Overview writes for people what the system is made of.
func (s *System) Overview(w io.Writer) {
	built := 0
	var rows rows
	rows.add("bake file", s.Files.Bake)
	rows.add("mirrors", s.Files.Mirrors)
	rows.add("Dockerfile", s.Files.Dockerfile)
	rows.add("picture", s.Files.Picture)
	rows.add("sources", s.Files.Sources)
	rows.add("host", s.Host.Image)
	for _, stage := range s.Stages {
		built += len(stage.Packages)
		rows.add("stage", fmt.Sprintf("%s, from %s: %s", stage.Name, stage.Parent, number(len(stage.Packages), "package")))
	}
	for _, c := range s.Containers {
		rows.add("container", fmt.Sprintf("%s, of stage %s", c.Name, c.From))
	}
	for _, d := range s.Disks {
		rows.add("disk", fmt.Sprintf("%s, of stage %s: %s", d.Name, d.From, d.File))
	}
	rows.write(w, fmt.Sprintf("%s: %s in %s", strings.Join(s.Configuration, ", "), number(built, "package"), number(len(s.Stages), "stage")))
}

// Show writes for people what there is to know of a package, a stage, an image, a target or
// a group of this name. The error says that there is none.
func (s *System) Show(w io.Writer, name string) error {
	var known []string
	is := func(other string) bool {
		known = append(known, other)
		return other == name
	}
	for _, p := range s.Packages {
		if is(p.Name) {
			s.showPackage(w, p)
			return nil
		}
	}
	for _, stage := range s.Stages {
		if is(stage.Name) {
			showStage(w, stage)
			return nil
		}
	}
	images := 0 // a container and a disk may have one name
	for _, c := range s.Containers {
		if is(c.Name) || is(c.Target) {
			showContainer(w, c)
			images++
		}
	}
	for _, d := range s.Disks {
		if is(d.Name) || is(d.Target) || is(d.ContainerTarget) {
			showDisk(w, d)
			images++
		}
	}
	if images > 0 {
		return nil
	}
	for _, group := range s.Groups {
		if is(group.Name) {
			var rows rows
			rows.add("targets", group.Targets...)
			rows.write(w, fmt.Sprintf("%s: a group of %s", group.Name, number(len(group.Targets), "target")))
			return nil
		}
	}
	for _, target := range s.Targets {
		if is(target.Name) {
			return s.showTarget(w, target)
		}
	}
	return fmt.Errorf("there is no package, stage, image or target %q%s", name, diag.Nearest(name, known).Hint())
}

// kinds say what targets make.
var kinds = map[plan.TargetKind]string{
	plan.HostTarget:      "the system that builds the first compiler",
	plan.StageTarget:     "the root filesystem of stage %s",
	plan.PackageTarget:   "the files that package %s installs",
	plan.DownloadTarget:  "the download of package %s",
	plan.CheckTarget:     "the tests of package %s",
	plan.ArtifactsTarget: "what the build of package %s tells of itself",
	plan.DiskHostTarget:  "the system that disk %s is made on",

	plan.LegalInfoTarget:    "what is handed over with the system: licences, lists of packages and sources, patches and build scripts",
	plan.LegalSourcesTarget: "the sources, to be handed over with the system",
}

// showTarget writes what a target makes, and of what.
func (s *System) showTarget(w io.Writer, t plan.Target) error {
	what := kinds[t.Kind]
	if strings.Contains(what, "%") {
		what = fmt.Sprintf(what, t.Of)
	}
	fmt.Fprintf(w, "%s: %s\n\n", t.Name, what)
	switch t.Kind {
	case plan.HostTarget:
		showHost(w, s.Host)
		return nil
	case plan.LegalInfoTarget, plan.LegalSourcesTarget:
		var rows rows
		rows.add("file", t.File)
		rows.write(w, t.Name)
		return nil
	case plan.DiskHostTarget:
		showHost(w, *s.Disks[0].Host)
		return nil
	default:
		return s.Show(w, t.Of)
	}
}

func showHost(w io.Writer, h Host) {
	var rows rows
	rows.add("snapshot", h.Snapshot)
	rows.add("target", h.Target)
	rows.write(w, h.Image)
}

func (s *System) showPackage(w io.Writer, p Package) {
	var rows rows
	rows.add("licence", p.License)
	for _, text := range p.LicenseTexts {
		rows.add("its texts", path.Join(text.Source, text.Path))
	}
	rows.add("no text", p.LicenseNote)
	rows.add("homepage", p.Homepage)
	rows.add("cpe", p.CPE)
	if !strings.HasPrefix(p.PURL, "pkg:generic/") { // which says no more than the rows below
		rows.add("purl", p.PURL)
	}
	rows.add("book", p.Book)
	if p.Source != "" && p.Source != p.Name {
		rows.add("source", "that of "+p.Source)
	}
	if d := p.Download; d != nil {
		rows.add("source", d.URL)
		rows.add("sha256", d.SHA256)
		rows.add("sha512", d.SHA512)
		for _, mirror := range d.Mirrors {
			rows.add("mirror", mirror)
		}
	}
	for _, patch := range p.Patches {
		rows.add("patch", fmt.Sprintf("%s, by %s", patch.Name, patch.Command))
	}
	if p.Stage != "" {
		rows.add("built in", "stage "+p.Stage)
		rows.add("script", p.Script)
	} else {
		rows.add("built in", "no stage")
	}
	if p.Check != nil {
		rows.add("tests", p.Check.Script)
		var parts []string
		for _, part := range p.Check.Parts {
			parts = append(parts, part.Name)
		}
		rows.add("in parts", parts...)
		rows.add("these need", p.Check.Deps...)
	}
	rows.add("needs", p.Needs...)
	rows.add("needed by", p.NeededBy...)
	rows.add("sources of", p.SrcDeps...)
	rows.add("source of", p.SourceOf...)
	rows.add("targets", s.targetsOf(p.Name)...)
	rows.write(w, strings.TrimSpace(p.Name+" "+p.Version))
}

// targetsOf returns the targets of a package.
func (s *System) targetsOf(name string) (targets []string) {
	for _, t := range s.Targets {
		switch t.Kind {
		case plan.PackageTarget, plan.DownloadTarget, plan.CheckTarget, plan.ArtifactsTarget:
			if t.Of == name {
				targets = append(targets, t.Name)
			}
		}
	}
	return targets
}

func showStage(w io.Writer, s Stage) {
	var rows rows
	rows.add("from", s.Parent)
	rows.add("needs", s.Needs...)
	rows.add("builds", s.Packages...)
	rows.add("needed by", s.NeededBy...)
	rows.add("target", s.Target)
	rows.add("group", s.Group)
	rows.write(w, "stage "+s.Name)
}

func showContainer(w io.Writer, c Container) {
	var rows rows
	rows.add("of", "stage "+c.From)
	rows.add("starts", strings.Join(c.Entrypoint, " "))
	rows.add("command", strings.Join(c.Cmd, " "))
	rows.add("user", c.User)
	rows.add("ports", c.Ports...)
	rows.add("volumes", c.Volumes...)
	if c.Layers > 1 {
		rows.add("layers", fmt.Sprint(c.Layers))
	}
	rows.add("without", c.LeaveOut...)
	rows.add("target", c.Target)
	rows.write(w, "container "+c.Name)
}

func showDisk(w io.Writer, d Disk) {
	var rows rows
	rows.add("of", "stage "+d.From)
	rows.add("file", d.File)
	rows.add("size", d.Size)
	rows.add("filesystem", d.Filesystem)
	rows.add("kernel", d.Cmdline)
	rows.add("console", d.Console)
	rows.add("menu", d.Menu)
	rows.add("method", d.Method)
	if d.Host != nil {
		rows.add("made on", d.Host.Image)
	}
	rows.add("targets", d.Target, d.ContainerTarget)
	rows.write(w, "disk "+d.Name)
}

// rows are what there is to say of something, under its heading: what, and the words.
type rows [][2]string

const (
	indent = 14 // of the words
	width  = 96 // of a line
)

// add adds a row, unless it would be empty. Lists are wrapped between their elements.
func (r *rows) add(what string, list ...string) {
	line := ""
	for i, word := range list {
		if i < len(list)-1 {
			word += ","
		}
		switch {
		case line == "":
			line = word
		case indent+len(line)+1+len(word) > width:
			*r = append(*r, [2]string{what, line})
			what, line = "", word
		default:
			line += " " + word
		}
	}
	if line != "" {
		*r = append(*r, [2]string{what, line})
	}
}

func (r rows) write(w io.Writer, heading string) {
	fmt.Fprintln(w, heading)
	last := ""
	for _, row := range r {
		what := row[0]
		if what == last {
			what = ""
		}
		fmt.Fprintf(w, "  %-*s%s\n", indent-2, what, row[1])
		last = row[0]
	}
}

func number(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
