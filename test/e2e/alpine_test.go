package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/test/kit"
)

// alpinePackages are those that overlays/alpine.yaml may install: which Debian package has
// the same, and what programs Alpine's has, with those that it depends on, as patterns of
// the shell. (The compiler and what belongs to it have Debian's names.)
var alpinePackages = map[string]struct{ debian, programs string }{
	"bison":         {"bison", "bison yacc m4"},
	"e2fsprogs":     {"e2fsprogs", "mke2fs mkfs.ext[234] e2fsck fsck.ext[234]"},
	"elfutils-dev":  {"libelf-dev", ""},
	"flex":          {"flex", "flex flex++ lex m4"},
	"gawk":          {"gawk", "gawk"},
	"gcc":           {"gcc", "gcc gcc-* cc cpp cpp-* gcov* x86_64-linux-gnu-* addr2line ar as c++filt elfedit gprof ld ld.* nm objcopy objdump ranlib readelf size strings strip"},
	"linux-headers": {"linux-libc-dev", ""},
	"lz4":           {"lz4", "lz4 lz4c"},
	"make":          {"make", "make"},
	"mtools":        {"mtools", "mtools mformat mmd mcopy"},
	"musl-dev":      {"libc6-dev", ""},
	"qemu-img":      {"qemu-utils", "qemu-img"},
	"sfdisk":        {"fdisk", "sfdisk"},
	"xz":            {"xz-utils", "xz unxz xzcat lzma unlzma lzcat xzcmp xzdiff xzgrep xzless xzmore lzmainfo"},
}

// notInAlpine are applets of Debian's BusyBox that Alpine's is built without.
const notInAlpine = "ar dpkg dpkg-deb logname mke2fs pivot_root rpm rpm2cpio start-stop-daemon taskset uncompress w who xz"

// likeAlpine is a host that has BusyBox for all that the packages of the overlay do not
// have, and nothing else: no program of Debian stays beside those of these packages.
const likeAlpine = `
host:
  image: debian:trixie-slim
  steps: |
    RUN apt-get update && \
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends busybox %s && \
        rm -rf /var/lib/apt/lists/*
    RUN --network=none <<"END"
    set -eu
    for file in /usr/local/bin/* /usr/local/sbin/* /usr/bin/* /usr/sbin/*; do
        case ${file##*/} in
        busybox | %s) ;;
        *) busybox rm -f "$file" ;;
        esac
    done
    for applet in $(busybox --list); do
        case $applet in
        %s) ;;
        *) [ -e /usr/bin/$applet ] || [ -e /usr/sbin/$applet ] || busybox ln -s busybox /usr/bin/$applet ;;
        esac
    done
    END
    RUN --network=none [ "$(readlink /bin/sh)" = busybox ] && ! find / -maxdepth 0 -printf x && \
        for program in bash dash perl python3 awk mawk; do \
            case $(readlink -f "$(command -v $program)") in '' | */busybox) ;; *) exit 1 ;; esac; \
        done
`

// alpineHost reads the overlay.
func alpineHost(t *testing.T) config.Host {
	t.Helper()
	cfg, diags, err := config.Load(kit.Root, []string{
		filepath.Join(kit.Root, "quickstart/config.yaml"), filepath.Join(kit.Root, "overlays/alpine.yaml"),
	})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return cfg.Host
}

// alpineAdds are the packages that the overlay installs.
func alpineAdds(t *testing.T) []string {
	t.Helper()
	added := regexp.MustCompile(`RUN apk add --no-cache ((?:[a-z0-9+.-]+|\\\n|\s)+?)\n(?:RUN|$)`).FindStringSubmatch(alpineHost(t).Steps + "\n")
	if added == nil {
		t.Fatal("overlays/alpine.yaml adds no packages")
	}
	return strings.Fields(strings.ReplaceAll(added[1], "\\", ""))
}

// simulated returns the overlay of a host like Alpine, with the programs of the packages.
func simulated(t *testing.T, packages []string) string {
	t.Helper()
	var debian, programs []string
	for _, name := range packages {
		p, ok := alpinePackages[name]
		if !ok {
			t.Fatalf("overlays/alpine.yaml installs %s: say in alpinePackages what that has", name)
		}
		debian = append(debian, p.debian)
		programs = append(programs, strings.Fields(p.programs)...)
	}
	return fmt.Sprintf(likeAlpine, strings.Join(debian, " "), strings.Join(programs, " | "),
		strings.Join(strings.Fields(notInAlpine), " | "))
}

// What the overlay installs is in its page, and known to the test below.
func TestAlpineOverlay(t *testing.T) {
	t.Parallel()
	if !strings.HasPrefix(alpineHost(t).Image, "alpine:") {
		t.Error("its host is not Alpine")
	}
	page, err := os.ReadFile(filepath.Join(kit.Root, "docs/alpine.md"))
	if err != nil {
		t.Fatal(err)
	}
	packages := alpineAdds(t)
	for _, name := range packages {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/alpine.md does not name %s", name)
		}
	}
	simulated(t, packages)
}

// TestAlpine builds quickstart on a host that has the programs of overlays/alpine.yaml, the
// C library being Debian's. What comes out is what comes out on Debian, to the byte, but for
// the kernel, which BusyBox's gzip packs in another way; and it boots.
func TestAlpine(t *testing.T) {
	if os.Getenv("LFD_TEST_BUILDERS") == "" {
		t.Skip("builds quickstart on another host: make test-builders")
	}
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "overlays/like-alpine.yaml"), []byte(simulated(t, alpineAdds(t))), 0o644); err != nil {
		t.Fatal(err)
	}
	kit.Command(t, dir, "go", "run", "./cmd/lfdgen", "generate", "--strict",
		"-c", "quickstart/config.yaml", "-c", "overlays/like-alpine.yaml", "-o", "alpine")
	args := []string{"engine", "buildx", "bake", "-f", "alpine/docker-bake.hcl"}
	if _, err := os.Stat(filepath.Join(dir, "quickstart/docker-bake.override.hcl")); err == nil {
		args = append(args, "-f", "quickstart/docker-bake.override.hcl")
	}
	t.Setenv("BUILDX_BAKE_ENTITLEMENTS_FS", "0")
	kit.Command(t, dir, "tools/lfd.sh", append(args,
		"--set", "quickstart.output=type=tar,dest=alpine.tar", "--set", "quickstart-disk.output=type=local,dest=disk",
		"quickstart", "quickstart-disk")...)

	theirs, err := rootfs.Open(filepath.Join(dir, "alpine.tar"))
	if err != nil {
		t.Fatal(err)
	}
	kit.Report(t, rootfs.Differences(system.Archives(t, t.TempDir(), "quickstart")["quickstart"], theirs),
		"/boot/vmlinuz: ")

	boots(t, filepath.Join(dir, "disk/quickstart.qcow2"))
}

// apart is a bake file with a target that has the programs and libraries of quickstart, musl
// and BusyBox, as an Alpine has them that is not merged, and runs a step of the overlay.
const apart = `
target "merged" {
  contexts = { image = "target:quickstart" }
  dockerfile-inline = <<END
FROM scratch
COPY --from=image /etc /etc
COPY --from=image /usr/bin /bin
COPY --from=image /usr/sbin /sbin
COPY --from=image /usr/lib /lib
RUN --network=none mkdir -p /usr/bin /usr/sbin /usr/lib && : >/usr/bin/kept
%s
RUN --network=none for name in bin sbin lib; do [ "$(readlink /$name)" = usr/$name ] || exit; done; \
    [ -f /usr/bin/kept ] && [ -L /usr/bin/ls ] && [ -f /usr/lib/libc.so ] && ls -l /sbin/init
END
  output = ["type=cacheonly"]
}
`

// TestAlpineMerged runs the step of the overlay that merges /usr, where musl is the C
// library and programs need it.
func TestAlpineMerged(t *testing.T) {
	quickstart(t)
	_, step, ok := strings.Cut(alpineHost(t).Steps, "\nRUN --network=none ")
	if !ok {
		t.Fatal("overlays/alpine.yaml does not merge /usr")
	}
	file := filepath.Join(t.TempDir(), "merged.hcl")
	if err := os.WriteFile(file, []byte(fmt.Sprintf(apart, "RUN --network=none "+step)), 0o644); err != nil {
		t.Fatal(err)
	}
	system.Bake(t, kit.Root, "-f", file, "merged")
}
