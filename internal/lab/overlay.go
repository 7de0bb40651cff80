package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// generate writes the full system once more, into a folder, with one more overlay, and
// gives its configuration: config.yaml and, in LFD_CONFIG, the overlays that this system
// has, and that.
func (s System) generate(t *testing.T, folder, overlay string) (configuration string) {
	t.Helper()
	configuration = os.Getenv("LFD_CONFIG")
	if configuration == "" {
		configuration = "config.yaml"
	}
	configuration = "LFD_CONFIG=" + configuration + ":" + overlay
	Command(t, Root, "env", configuration, "go", "run", "./cmd/lfdgen", "generate", "--strict", "-o", folder)
	return configuration
}

// Overlaid generates the full system once more, into a folder, with one more overlay.
// The sources are those that this system was built from.
func (s System) Overlaid(t *testing.T, folder, overlay string) System {
	t.Helper()
	s.generate(t, folder, overlay)
	override := filepath.Join(Root, folder, "docker-bake.override.hcl")
	if err := os.Remove(override); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	sources, err := os.ReadFile(filepath.Join(Root, string(s), "docker-bake.override.hcl"))
	if err == nil {
		err = os.WriteFile(override, sources, 0o644)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return System(folder)
}

// SelfHosted builds targets of the full system with the image of a target of this one
// as the host.
func (s System) SelfHosted(t *testing.T, image string, targets ...string) {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "layout")
	s.Bake(t, Root, "--set", image+".output=type=oci,tar=false,name=lfs:host,dest="+layout, image)
	hosted := s.Overlaid(t, "self-hosted", "overlays/self-hosted.yaml")
	hosted.Bake(t, Root, append([]string{"--set", "_common.contexts.lfs:host=oci-layout://" + layout + ":host"}, targets...)...)
}

// OnHost builds targets of the full system with the host of an overlay.
func (s System) OnHost(t *testing.T, folder, overlay string, targets ...string) {
	t.Helper()
	configuration := s.generate(t, folder, overlay)
	Command(t, Root, "env", configuration, "tools/build.sh", "inputs", folder)
	System(folder).Bake(t, Root, targets...)
}
