package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// SelfHosted generates the full system once more, with the image of a target of this
// system as its host (overlays/self-hosted.yaml), and builds the targets of that. The
// configuration is config.yaml and, in LFD_CONFIG, the overlays that this system has.
func SelfHosted(t *testing.T, host System, image string, targets ...string) {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "layout")
	host.Bake(t, Root, "--set", image+".output=type=oci,tar=false,compression=uncompressed,name=lfs:host,dest="+layout, image)

	const hosted = System("out/self-hosted")
	configuration := os.Getenv("LFD_CONFIG")
	if configuration == "" {
		configuration = "config.yaml"
	}
	t.Setenv("LFD_CONFIG", configuration+":overlays/self-hosted.yaml")
	Command(t, Root, "go", "run", "./cmd/lfdgen", "generate", "--strict", "-o", string(hosted))

	// Its sources are those that this system was built from.
	override := filepath.Join(Root, string(hosted), "docker-bake.override.hcl")
	if err := os.Remove(override); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	sources, err := os.ReadFile(filepath.Join(Root, string(host), "docker-bake.override.hcl"))
	if err == nil {
		err = os.WriteFile(override, sources, 0o644)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	hosted.Bake(t, Root, append([]string{"--set", "_common.contexts.lfs:host=oci-layout://" + layout + ":host"}, targets...)...)
}
