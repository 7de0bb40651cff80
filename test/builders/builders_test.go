// Package builders builds systems with every builder that is said to be able to,
// and compares what comes out. It takes long: `make test-builders` runs it.
package builders

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// system is what is built: a target of a Dockerfile, with the packages whose sources
// that needs.
type system struct {
	name       string
	dockerfile string
	bakefile   string
	target     string
	configs    []string
	packages   []string
	want       *rootfs.Root // as bake builds it, the way of every day
}

// flags tells a builder, in the words of its command line, that local folders are to
// stand for the stages that download.
func (s *system) flags(format string) string {
	var flags []string
	for _, p := range s.packages {
		flags = append(flags, strings.NewReplacer("NAME", p+"-dl", "FOLDER", "/sources/"+p).Replace(format))
	}
	return strings.Join(flags, " ")
}

// buildContext is how all builders but buildctl put it.
const buildContext = "--build-context NAME=FOLDER"

// baseImage is what both systems' hosts start from, base the folder with its files.
const (
	baseImage = "debian:trixie-slim"
	base      = "_base/debian_trixie-slim"
)

func TestBuilders(t *testing.T) {
	if os.Getenv("LFD_TEST_BUILDERS") == "" {
		t.Skip("builds quickstart with each builder: make test-builders")
	}
	systems := []*system{
		{
			name: "quickstart", target: "quickstart",
			dockerfile: "quickstart/generated/Dockerfile", bakefile: "quickstart/docker-bake.hcl",
			configs:  []string{"quickstart/config.yaml"},
			packages: []string{"linux", "musl", "busybox", "grub"},
		},
		{
			name: "stage1", target: "binutils-pass1",
			dockerfile: "generated/Dockerfile", bakefile: "docker-bake.hcl",
			configs:  []string{"config.yaml", "overlays/debian-sources.yaml"},
			packages: []string{"binutils"},
		},
	}
	t.Chdir("../..")
	dir := workFolder(t)
	sources := filepath.Join(dir, "sources")
	command(t, "tools/lfd.sh", "fetch", "--system", "quickstart", "--base=debian",
		"--sources="+sources, "--override="+filepath.Join(dir, "unused.hcl"))
	for _, s := range systems {
		s.fetch(t, sources)
		s.bake(t, sources, dir)
	}
	m := newMachine(t, dir, sources)

	// Podman and Buildah share their store: what one has built, the other takes.
	m.run(t, "podman import -q /sources/"+base+"/rootfs.tar docker.io/library/"+baseImage)
	// The way around a fault of theirs, from docs/builders.md.
	m.run(t, `cp -r /lfd /podman; cd /podman
		sed -i 's/\.sh,rw /.sh /; s/tmpfs,from=scratch,/tmpfs,/' generated/Dockerfile quickstart/generated/Dockerfile`)
	for _, s := range systems {
		t.Run("buildah/"+s.name, func(t *testing.T) {
			m.run(t, "cd /podman; buildah build --layers "+s.flags(buildContext)+
				" --target "+s.target+" -f "+s.dockerfile+" -t "+s.target+" .")
			s.compare(t, m, "DOCKER=podman ./export.sh "+s.target+" /result; tar -c -C /result .")
		})
		t.Run("podman/"+s.name, func(t *testing.T) {
			m.run(t, "cd /podman; podman build "+s.flags(buildContext)+
				" --target "+s.target+" -f "+s.dockerfile+" -o type=tar,dest=/result.tar .")
			s.compare(t, m, "cat /result.tar")
		})
	}
	t.Run("podman/checksum", func(t *testing.T) { checksum(t, m, "podman build") })
	t.Run("podman/scripts", func(t *testing.T) {
		scripts(t, m, systems[0], "/podman", "podman", systems[0].flags(buildContext))
	})
	m.run(t, "podman system reset --force") // for the room that it takes

	// Without a bridge and rules for it: the network is that of this machine.
	m.background(t, "dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false", "docker version")
	m.run(t, "docker import /sources/"+base+"/rootfs.tar "+baseImage)
	for _, s := range systems {
		t.Run("docker/"+s.name, func(t *testing.T) {
			m.run(t, "docker buildx build --network=host "+s.flags(buildContext)+
				" --target "+s.target+" -f "+s.dockerfile+" -o type=tar,dest=/result.tar .")
			s.compare(t, m, "cat /result.tar")
		})
	}
	t.Run("docker/checksum", func(t *testing.T) { checksum(t, m, "docker build --network=host") })
	t.Run("docker/scripts", func(t *testing.T) {
		scripts(t, m, systems[0], "/lfd", "docker", "--network=host "+systems[0].flags(buildContext))
	})
	t.Run("docker/load", func(t *testing.T) {
		// What our own BuildKit made, in an engine of the user's.
		command(t, "sh", "-e", "-c", `BUILDX_BAKE_ENTITLEMENTS_FS=0 tools/lfd.sh engine buildx bake -f quickstart/docker-bake.hcl \
			-f "$1" --set "quickstart.output=type=docker,dest=$2" quickstart`,
			"sh", filepath.Join(dir, "quickstart.hcl"), m.path("/image.tar"))
		m.run(t, "docker load -i /image.tar")
		if got := m.run(t, "docker run --rm quickstart:latest uname -s"); got != "Linux\n" {
			t.Errorf("uname -s in the loaded image says %q", got)
		}
	})

	// In front of the BuildKit that is in Docker, and of its cache.
	command(t, "sh", "-e", "-c", `cd tools; CGO_ENABLED=0 go build -buildvcs=false -o "$1" github.com/moby/buildkit/cmd/buildctl`,
		"sh", m.path("/usr/local/bin/buildctl"))
	m.background(t, "socat UNIX-LISTEN:/run/buildkit.sock,fork EXEC:'docker buildx dial-stdio'",
		"buildctl --addr unix:///run/buildkit.sock debug workers")
	for _, s := range systems {
		t.Run("buildctl/"+s.name, func(t *testing.T) {
			m.run(t, "buildctl --addr unix:///run/buildkit.sock build --frontend dockerfile.v0"+
				" --local context=. --local dockerfile="+path.Dir(s.dockerfile)+" --opt target="+s.target+" "+
				s.flags("--opt context:NAME=local:NAME --local NAME=FOLDER")+
				" --opt image-resolve-mode=local --opt force-network-mode=host --allow network.host"+
				" --output type=tar,dest=/result.tar")
			s.compare(t, m, "cat /result.tar")
		})
	}
}

// checksum tries the step that the local folders stand for: a download that is the
// one that was asked for, and one that is not.
func checksum(t *testing.T, m *machine, build string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "what was asked for")
	}))
	defer server.Close()
	try := func(content string) string {
		return fmt.Sprintf("mkdir -p /empty; printf 'FROM scratch\\nADD --checksum=sha256:%x %s/file /\\n' | %s -f - /empty || exit 1",
			sha256.Sum256([]byte(content)), server.URL, build)
	}
	m.fails(t, try("something else"), 1, "digest")
	m.run(t, try("what was asked for"))
}

// fetch brings the sources into the folder.
func (s *system) fetch(t *testing.T, folder string) {
	t.Helper()
	cfg, diags, err := config.Load(".", s.configs)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	cache, err := fetch.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	var sources []fetch.Source
	for _, p := range cfg.Packages {
		if slices.Contains(s.packages, p.Name) {
			sources = append(sources, fetch.Source{
				Name: p.Name, URL: p.URL, Mirrors: p.Mirrors, SHA256: p.SHA256, SHA512: p.SHA512, File: p.File(),
			})
		}
	}
	err = fetch.Fetch(t.Context(), sources, fetch.Options{
		Dir: folder, CacheDir: cache, Progress: io.Discard, Archives: []fetch.Archive{fetch.NewDebian(cache)},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// bake builds the system in the usual way.
func (s *system) bake(t *testing.T, sources, dir string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "target \"_common\" {\n  contexts = {\n    %q = \"target:lfd-base\"\n", baseImage)
	for _, p := range s.packages {
		fmt.Fprintf(&b, "    %q = %q\n", p+"-dl", filepath.Join(sources, p))
	}
	fmt.Fprintf(&b, "  }\n}\n\ntarget \"lfd-base\" {\n  context = %q\n  dockerfile-inline = \"FROM scratch\\nADD rootfs.tar /\\n\"\n}\n",
		filepath.Join(sources, base))
	override, result := filepath.Join(dir, s.name+".hcl"), filepath.Join(dir, s.name+".tar")
	if err := os.WriteFile(override, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	command(t, "sh", "-e", "-c", `BUILDX_BAKE_ENTITLEMENTS_FS=0 tools/lfd.sh engine buildx bake -f "$1" -f "$2" --set "$3.output=type=tar,dest=$4" "$3"`,
		"sh", s.bakefile, override, s.target, result)
	root, err := rootfs.Open(result)
	if err != nil {
		t.Fatal(err)
	}
	s.want = root
	if n := len(root.Names()); n < 20 {
		t.Fatalf("only %d files in what bake built", n)
	}
}

// compare looks at what a builder made, in an archive that a script prints.
func (s *system) compare(t *testing.T, m *machine, script string) {
	t.Helper()
	got, err := rootfs.Read(strings.NewReader(m.run(t, script+"; rm -rf /result /result.tar")))
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range rootfs.Differences(s.want, got) {
		t.Error(difference)
	}
}
