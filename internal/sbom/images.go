package sbom

import (
	"fmt"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// Image is what an SBOM is of: a root filesystem, by the name of what is made of it.
type Image struct {
	Name  string
	Stage string
}

// Images returns the root filesystems that images are made of, each once, by the name of the
// first of these: containers come before disks.
func Images(s *document.System) []Image {
	var images []Image
	known := map[string]bool{}
	add := func(name, stage string) {
		if !known[stage] {
			known[stage] = true
			images = append(images, Image{name, stage})
		}
	}
	for _, c := range s.Containers {
		add(c.Name, c.From)
	}
	for _, d := range s.Disks {
		add(d.Name, d.From)
	}
	return images
}

// Find returns the SBOM of an image or of a stage by its name, or, without a name, of the
// first image, else of the last stage.
func Find(s *document.System, name string) (*SBOM, error) {
	var known []string
	for _, image := range Images(s) {
		if name == "" || name == image.Name || name == image.Stage {
			return New(s, image.Name, image.Stage), nil
		}
		known = append(known, image.Name)
	}
	for _, d := range s.Disks { // of a root that another image has, too
		if name == d.Name {
			return New(s, d.Name, d.From), nil
		}
	}
	for _, c := range s.Containers {
		if name == c.Name {
			return New(s, c.Name, c.From), nil
		}
	}
	if name == "" {
		name = s.Stages[len(s.Stages)-1].Name
	}
	for _, stage := range s.Stages {
		if name == stage.Name {
			return New(s, name, name), nil
		}
		known = append(known, stage.Name)
	}
	return nil, fmt.Errorf("there is no image or stage %q%s", name, diag.Nearest(name, known).Hint())
}
