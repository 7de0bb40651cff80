package cloud

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/test/kit"
)

// TestKubeVirt runs the tests of a module of its own, which has KubeVirt's types.
func TestKubeVirt(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles Kubernetes's types")
	}
	dir := filepath.Join(kit.Root, "test/kubevirt")
	download := exec.Command("go", "mod", "download")
	download.Dir = dir
	if out, err := download.CombinedOutput(); err != nil {
		t.Skipf("its modules cannot be had here: %v\n%s", err, out)
	}
	kit.Command(t, dir, "go", "test", "-count=1", "./...")
}

// TestKubeVirtSeed gives the script what docs/kubevirt.yaml has for it: nothing is refused.
func TestKubeVirtSeed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(kit.Root, "docs/kubevirt.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Spec struct {
			Template struct {
				Spec struct {
					Volumes []struct {
						CloudInitNoCloud struct {
							UserData    string `yaml:"userData"`
							NetworkData string `yaml:"networkData"`
						} `yaml:"cloudInitNoCloud"`
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	volumes := manifest.Spec.Template.Spec.Volumes
	seed := volumes[len(volumes)-1].CloudInitNoCloud
	m := newMachine(t, "busybox", "cidata", map[string]string{
		"meta-data": `{"instance-id":"quickstart.default","local-hostname":"quickstart"}`,
		// Not into the /etc of the system that the test runs on.
		"user-data":      strings.ReplaceAll(seed.UserData, "/etc/", "$HERE/etc/"),
		"network-config": seed.NetworkData,
	})
	if said := m.settings(t); len(said) != 1 {
		t.Errorf("it says %q", said)
	}
	for name, want := range map[string]string{
		"etc/hostname":              "quickstart\n",
		"etc/motd":                  "This machine is of a seed.\n",
		"root/.ssh/authorized_keys": "ssh-ed25519 AAAA... you@example.org\n",
		"state/network":             "e* dhcp\n",
		"state/todo":                "#!/bin/sh\necho \"$(hostname) is up\"\n",
	} {
		if got := m.get(name); got != want {
			t.Errorf("%s has %q, not %q", name, got, want)
		}
	}
}
