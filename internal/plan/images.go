package plan

import (
	"cmp"
	"fmt"
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
func images(x *index, read *stepsRead, p *Plan) {
	img := x.cfg.Image
	if img == nil {
		return
	}
	from := cmp.Or(img.From, x.cfg.Stages[len(x.cfg.Stages)-1].Name)
	for _, c := range img.Containers {
		cmd := c.Cmd
		if cmd == nil {
			cmd = []string{"/bin/sh"}
		}
		stage := cmp.Or(c.From, from)
		p.Containers = append(p.Containers, Container{Name: c.Name, As: x.names.Container(c.Name), From: stage, Root: x.names.Stage(stage).Name.Stage, Cmd: cmd})
	}
	if img.Disk != nil {
		p.Disk = disk(x, read, img.Disk, cmp.Or(img.Disk.From, from))
	}
}

func disk(x *index, read *stepsRead, d *config.Disk, stage string) *Disk {
	disk := &Disk{
		Name: d.Name, As: x.names.Disk(d.Name), From: stage, Root: x.names.Stage(stage).Name.Stage, ID: diskID(d.Name),
		Size: cmp.Or(d.Size, "fit"), Filesystem: cmp.Or(d.Filesystem, defaultFilesystem), Method: cmp.Or(d.Method, "direct"),
		Cmdline: d.Cmdline,
	}
	if !d.Has("cmdline") {
		disk.Cmdline = "ro console=tty0 console=ttyS0,115200"
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
