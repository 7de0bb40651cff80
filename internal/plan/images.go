package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkImage looks at what is made of the system.
func checkImage(x *index, f *findings) {
	img := x.cfg.Image
	if img == nil {
		return
	}
	stage := func(at diag.Position, name string) {
		if _, ok := x.stages[name]; name != "" && !ok {
			f.Errorf(diag.NameUnknown, at, "unknown stage %q%s", name, f.hint(name, x.stageNames))
		}
	}
	stage(img.At("from"), img.From)
	for _, c := range img.Containers {
		stage(c.At("from"), c.From)
	}
	d := img.Disk
	if d == nil {
		return
	}
	stage(d.At("from"), d.From)
	checkDisk(f, d)
}

// images plans what is made of the system.
func images(x *index, f *findings, read *stepsRead, p *Plan) {
	img := x.cfg.Image
	if img == nil {
		return
	}
	from := cmp.Or(img.From, x.cfg.Stages[len(x.cfg.Stages)-1].Name)
	containers(x, p, from)
	if img.Disk != nil {
		p.Disk = disk(x, read, img.Disk, cmp.Or(img.Disk.From, from))
		p.Disk.Root = p.imageRoot(x, p.Disk.Name, p.Disk.From)
	}
	p.Legal = legal(x, p)
	listed, field := 0, "sbom"
	for _, b := range p.SBOMs {
		listed += len(b.Packages)
	}
	for _, c := range p.Containers {
		if c.Layers != nil && len(c.Layers.Packages) > 0 {
			listed += len(c.Layers.Packages)
			field = "containers"
		}
	}
	if listed > maxCopies {
		f.Errorf(diag.LimitExceeded, img.At(field), "the SBOMs and the layers of images list packages %d times, more than the %d that lfdgen takes: make fewer images of different stages", listed, maxCopies)
	}
	if p.imageTexts() > maxCopies {
		f.Errorf(diag.LimitExceeded, img.At("licenses"), "images have more than the %d texts of licences that lfdgen takes: make fewer images of different stages", maxCopies)
	}
	listed = 0
	for i := 0; p.Legal != nil && i < len(p.Legal.Packages); i++ {
		listed += len(p.Legal.Packages[i].Texts)
	}
	if listed > maxCopies {
		f.Errorf(diag.LimitExceeded, img.At("legalInfo"), "packages name %d texts of licences, more than the %d that lfdgen takes", listed, maxCopies)
	}
}

// imageRoot returns the Dockerfile stage of the root filesystem of an image, and plans its
// licences and its SBOM where it is the first image of that and is to have them.
func (p *Plan) imageRoot(x *index, image, stage string) string {
	as := x.names.Stage(stage)
	root := as.Stage
	if x.cfg.Image.Licenses {
		root = as.Licensed.Stage
		if !slices.ContainsFunc(p.Licenses, func(l ImageLicenses) bool { return l.Of == stage }) && p.imageTexts() <= maxCopies {
			p.Licenses = append(p.Licenses, ImageLicenses{Of: stage, As: as, Licenses: p.licenses(p.installed(x, stage))})
		}
	}
	if !x.cfg.Image.SBOM {
		return root
	}
	if slices.ContainsFunc(p.SBOMs, func(b SBOM) bool { return b.Of == stage }) {
		return as.Image.Stage
	}
	p.SBOMs = append(p.SBOMs, SBOM{Name: image, Of: stage, As: as, Root: root, Packages: p.owners(x, stage)})
	return as.Image.Stage
}

// imageTexts returns how many texts of licences images have.
func (p *Plan) imageTexts() (n int) {
	for _, l := range p.Licenses {
		n += len(l.Texts)
	}
	return n
}

// installed returns the packages whose files the root filesystem of a stage has, in the order
// of copying.
func (p *Plan) installed(x *index, stage string) (all []string) {
	for si := x.stages[stage]; si >= 0; si = x.parentOf(si) {
		all = append(slices.Clone(p.Stages[si].Installs), all...)
	}
	return all
}

func disk(x *index, read *stepsRead, d *config.Disk, stage string) *Disk {
	disk := &Disk{
		Name: d.Name, As: x.names.Disk(d.Name), From: stage, ID: diskID(d.Name),
		Size: cmp.Or(d.Size, "fit"), Filesystem: cmp.Or(d.Filesystem, defaultFilesystem), Method: cmp.Or(d.Method, "direct"),
		Cmdline: d.Cmdline, Console: cmp.Or(d.Console, "root"), Menu: cmp.Or(d.Menu, "open"),
	}
	if !d.Has("cmdline") {
		disk.Cmdline = "ro console=tty0 console=serial"
	}
	if d.Host != nil {
		host := *d.Host
		host.Steps = read.steps(config.DiskHostSteps, 0)
		disk.Host = &host
	}
	for i, part := range partitions(d) {
		disk.Partitions = append(disk.Partitions, Partition{
			Name: part.Name, Type: part.Type, GUID: typeOf(part.Type).guid, Size: cmp.Or(part.Size, "rest"),
			ID: diskID(d.Name, fmt.Sprint(i), part.Name),
		})
	}
	return disk
}

// diskID returns a name-based UUID: the same configuration makes the same disk.
func diskID(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("lfd:"+strings.Join(parts, ":"))).String()
}
