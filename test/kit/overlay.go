package kit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// configured lists the files that the system was generated from.
func (s System) configured(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root, string(s), plan.SourcesFile))
	if err != nil {
		t.Fatal(err)
	}
	list, err := document.ReadSources(text)
	if err != nil {
		t.Fatal(err)
	}
	return list.Configuration
}

// Configuration reads what describes the system.
func (s System) Configuration(t *testing.T) *config.Config {
	t.Helper()
	var files []string
	for _, name := range s.configured(t) {
		files = append(files, filepath.Join(Root, name))
	}
	cfg, diags, err := config.Load(Root, files)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return cfg
}

// generate writes the system once more, into a folder, with more overlays, and returns
// its configuration: that of this system and those.
func (s System) generate(t *testing.T, folder string, overlays ...string) (configuration string) {
	t.Helper()
	configuration = "LFD_CONFIG=" + strings.Join(append(s.configured(t), overlays...), ":")
	Command(t, Root, "env", configuration, "go", "run", "./cmd/lfdgen", "generate", "--strict", "-o", folder)
	return configuration
}

// Overlaid generates the system once more, into a folder, with more overlays.
// The sources are those that this system was built from.
func (s System) Overlaid(t *testing.T, folder string, overlays ...string) System {
	t.Helper()
	return s.overlaid(t, s, folder, overlays...)
}

// overlaid is Overlaid, with the sources of another system.
func (s System) overlaid(t *testing.T, from System, folder string, overlays ...string) System {
	t.Helper()
	s.generate(t, folder, overlays...)
	override := filepath.Join(Root, folder, "docker-bake.override.hcl")
	if err := os.Remove(override); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	sources, err := os.ReadFile(filepath.Join(Root, string(from), "docker-bake.override.hcl"))
	if err == nil {
		err = os.WriteFile(override, sources, 0o644)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return System(folder)
}

// SelfHosted builds targets of a full system with the image of a target of this one as the
// host.
func (s System) SelfHosted(t *testing.T, image string, full System, targets ...string) {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "layout")
	s.Bake(t, Root, "--set", image+".output=type=oci,tar=false,name=lfs:host,dest="+layout, image)
	hosted := full.overlaid(t, s, "self-hosted", "overlays/self-hosted.yaml")
	hosted.Bake(t, Root, append([]string{"--set", "_common.contexts.lfs:host=oci-layout://" + layout + ":host"}, targets...)...)
}

// With generates the full system once more, into a folder, with overlays that have another
// host, other sources or more packages, and fetches what is new.
func (s System) With(t *testing.T, folder string, overlays ...string) System {
	t.Helper()
	configuration := s.generate(t, folder, overlays...)
	Command(t, Root, "env", configuration, "tools/lfd.sh", "inputs", "--system", folder)
	return System(folder)
}
