package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// programs puts shell scripts into a PATH that has nothing else.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts stand in for programs")
	}
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		found, needed string
		want          bool
	}{
		{"0.16", "0.16", true}, {"0.16.1", "0.16", true}, {"0.9.9", "0.16", false}, {"1", "0.16", true},
		{"0.100", "0.16", true}, {"1.21rc2", "1.21", true}, {"1.20.99", "1.21", false}, {"", "1.21", false}, {"0", "0.12", false},
	} {
		if got := atLeast(c.found, c.needed); got != c.want {
			t.Errorf("%q, %q: %v", c.found, c.needed, got)
		}
	}
}

const buildx20 = `case "$*" in
"buildx version") echo "github.com/docker/buildx v0.20.0 0123abc" ;;
"buildx inspect --bootstrap") `

// What is said of Docker, and whether it is taken.
func TestDocker(t *testing.T) {
	for name, c := range map[string]struct {
		docker  string // a script, or none
		version string
		why     string
	}{
		"none":        {"", "", "Docker is not installed"},
		"no buildx":   {"echo \"docker: 'buildx' is not a docker command.\" >&2; exit 1\n", "", "Docker is installed, but not its buildx (needed: 0.16 or newer)"},
		"old buildx":  {"echo github.com/docker/buildx 0.9.1+azure-1 x\n", "", "Docker's buildx is too old: found 0.9.1, need 0.16 or newer"},
		"no right":    {buildx20 + "echo 'ERROR: permission denied while trying to connect to the Docker daemon' >&2; exit 1;; esac\n", "", "Docker is installed, but you have no right to use it"},
		"not running": {buildx20 + "echo 'ERROR: Cannot connect to the Docker daemon' >&2; exit 1;; esac\n", "", "Docker is installed, but does not run (start it to use it)"},
		"no builder":  {buildx20 + "echo one; echo 'ERROR: no builder' >&2; exit 1;; esac\n", "", "docker buildx has no working builder (ERROR: no builder)"},
		"old":         {buildx20 + "echo 'Buildkit: v0.11.6';; esac\n", "", "Docker's BuildKit is too old: found 0.11.6, need 0.12 or newer (Docker Engine 25)"},
		"good":        {buildx20 + "echo 'Name: default'; echo 'BuildKit version: v0.12.0+x';; esac\n", "0.12.0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			scripts := map[string]string{}
			if c.docker != "" {
				scripts["docker"] = c.docker
			}
			programs(t, scripts)
			e := New(".", os.Stderr)
			if version, why := e.docker(t.Context()); version != c.version || why != c.why {
				t.Errorf("%q, %q", version, why)
			}
		})
	}
}

// Which engine it is, or what to do where there can be none.
func TestChoose(t *testing.T) {
	good := map[string]string{"docker": buildx20 + "echo 'BuildKit version: v0.20.0';; esac\n"}
	forbidden := map[string]string{"docker": buildx20 + "echo permission denied while trying to connect;; esac\n"}
	apt := map[string]string{"env": "echo 'docker-buildx:'; echo '  Candidate: 0.21.3+ds1-1'\n"}
	old := map[string]string{"env": "echo '  Candidate: 0.13.1'\n"}
	for name, c := range map[string]struct {
		asked, system, machine string
		uid                    int
		scripts                map[string]string
		kind                   Kind
		err                    string
		said                   string
	}{
		"docker":            {"", "linux", "aarch64", 7, good, Docker, "", ""},
		"own":               {"auto", "linux", "x86_64", 0, nil, Own, "", ""},
		"own, as asked":     {"own", "linux", "x86_64", 0, good, Own, "", ""},
		"docker, as asked":  {"docker", "linux", "x86_64", 0, nil, Docker, "Docker is not installed", ""},
		"own on a Mac":      {"own", "darwin", "arm64", 7, good, Docker, "", "builder: our own builder runs on Linux only: using Docker's\n"},
		"nothing on a Mac":  {"", "darwin", "arm64", 7, nil, Own, "Docker is not installed. On this system install Docker Desktop, start it and try again", ""},
		"another machine":   {"", "linux", "aarch64", 0, nil, Own, "Docker is not installed, and our own builder cannot emulate an x86-64 machine on this one (aarch64): install Docker and try again", ""},
		"something else":    {"podman", "linux", "x86_64", 0, nil, "", "LFD_ENGINE is 'podman', but must be auto, docker or own", ""},
		"nobody in a group": {"", "linux", "x86_64", 7, forbidden, Own, "Docker is installed, but you have no right to use it, and our own builder needs root. Either run this as root:\n    sudo env \"PATH=$PATH\" make quickstart\nor give yourself Docker:\n    sudo usermod -aG docker \"$USER\"   (then log in again)", ""},
		"nobody":            {"", "linux", "x86_64", 7, apt, Own, "Docker is not installed, and our own builder needs root. Either run this as root:\n    sudo env \"PATH=$PATH\" make quickstart\nor give yourself Docker:\n    sudo apt-get install docker.io docker-buildx && sudo usermod -aG docker \"$USER\"   (then log in again)", ""},
		"nobody, old":       {"", "linux", "x86_64", 7, old, Own, "Docker is not installed, and our own builder needs root. Either run this as root:\n    sudo env \"PATH=$PATH\" make quickstart", ""},
	} {
		t.Run(name, func(t *testing.T) {
			programs(t, c.scripts)
			t.Setenv("LFD_ENGINE", c.asked)
			var said strings.Builder
			e := New(".", &said)
			e.system, e.machine, e.uid = c.system, c.machine, c.uid
			kind, err := e.Choose(t.Context())
			text := ""
			if err != nil {
				text = err.Error()
			}
			if kind != c.kind || text != c.err || said.String() != c.said {
				t.Errorf("%q, %q, %q", kind, text, said.String())
			}
		})
	}
}

// A rebuild has a builder of our own, whatever the usual one is.
func TestRebuilder(t *testing.T) {
	for _, c := range []struct {
		system, machine string
		uid             int
		want            string
	}{
		{"linux", "x86_64", 0, ""},
		{"linux", "x86_64", 1000, "needs root"},
		{"linux", "aarch64", 0, "runs on Linux on an x86-64 machine only"},
		{"darwin", "x86_64", 0, "runs on Linux on an x86-64 machine only"},
	} {
		e := New(".", nil)
		e.system, e.machine, e.uid = c.system, c.machine, c.uid
		kind, err := e.Rebuilder("program").Choose(t.Context())
		if kind != Own || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s, %d: %s, %v", c.system, c.machine, c.uid, kind, err)
		}
	}
}
