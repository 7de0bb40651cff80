package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/test/kit"
)

// Whatever shell, user and PATH the steps of a configuration choose, packages are built by
// root, with /bin/sh, and find the cross tools first, as the scripts themselves see;
// the steps have what they chose.
const chosen = `
host:
  image: debian:trixie-slim
  steps: |
    SHELL ["/bin/bash", "-o", "pipefail", "-lc"]
    ENV PATH=/opt/bin:$PATH
    RUN useradd lfs && mkdir -p /opt/bin $LFS/tools/bin && \
        for tool in /opt/bin/tool /opt/bin/other $LFS/tools/bin/tool; do \
            printf '#!/bin/sh\necho %s\n' $tool >$tool && chmod +x $tool; \
        done
    USER lfs
packages:
- name: plain
- name: with-steps
  preBuildSteps: |
    RUN --network=none [[ $BASH_VERSION ]] && shopt -q login_shell && [ "$(id -un)" = lfs ]
    ENV PATH=/usr/bin:/bin
- name: from-scratch
stages:
- name: cross
  parent: host
  packages: [plain, with-steps]
- name: root
  parent: scratch
  preSteps: |
    COPY --from=cross /usr /usr
    COPY --from=cross /bin /bin
    COPY --from=cross /lib /lib
    COPY --from=cross /lib64 /lib64
    ENV PATH=/opt/none
    USER 1000
  packages: [from-scratch]
`

func TestSteps(t *testing.T) {
	const head = "#!/bin/sh\nset -eux\ntest \"$(id -u)\" = 0\ntest \"$LFS\" = /mnt/lfs\n"
	const tail = "mkdir -p \"$LFS/usr\"\n: >\"$LFS/usr/$(basename \"$PWD\")\"\n"
	bake := own(t, chosen, map[string]string{
		"plain":        head + "test \"$(tool)\" = $LFS/tools/bin/tool\ntest \"$(other)\" = /opt/bin/other\n" + tail,
		"with-steps":   head + "test \"$(tool)\" = $LFS/tools/bin/tool\n! other\n" + tail,
		"from-scratch": head + "test \"$PATH\" = /opt/none:/usr/bin:/usr/sbin\n" + tail,
	})
	if said, err := bake("cross-packages", "root-packages"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// Packages that do not agree about a path stop each root that they would come into,
// whatever kind of root it is, before it is put together; and nothing else.
const quarrel = `
host:
  image: debian:trixie-slim
packages:
- name: one
- name: two
- name: three
  replaces: [two]
- name: folder
- name: link
- {name: needs-both, buildDeps: [one, two]}
- {name: needs-both-in-lfs, lfsDeps: [one, two]}
- {name: late, buildDeps: [two, three]}
- {name: over-the-root, buildDeps: [two]}
- {name: folder-over-the-root, deps: [folder]}
- {name: over-what-is-replaced, buildDeps: [two]}
stages:
- name: tools
  parent: host
  packages: [one, two, three, folder, link, needs-both, needs-both-in-lfs, late]
- {name: agrees, parent: scratch, install: [two, three]}
- {name: fresh, parent: scratch, install: [one, two]}
- {name: holds-one, parent: host, install: [one, link], packages: [over-the-root, folder-over-the-root]}
- {name: for-the-build, parent: holds-one, replaces: [one], packages: [over-what-is-replaced]}
- {name: many, parent: scratch, install: [folder, link]}
- {name: base, parent: scratch, install: [one]}
- {name: onto, parent: base, install: [two]}
- {name: in-lfs, parent: tools, lfsInstall: [one, three]}
- name: of-a-step
  parent: host
  preSteps: RUN --network=none ln -s run /share
- {name: onto-a-step, parent: of-a-step, install: [folder]}
`

func TestConflicts(t *testing.T) {
	scripts := map[string]string{}
	for name, script := range map[string]string{
		"one":                   `mkdir $LFS/usr; echo 1 >$LFS/usr/a`,
		"two":                   `mkdir $LFS/usr; echo 2 >$LFS/usr/a`,
		"three":                 `mkdir $LFS/usr; echo 3 >$LFS/usr/a`,
		"folder":                `mkdir $LFS/share; echo 1 >$LFS/share/a`,
		"link":                  `ln -s run $LFS/share`,
		"needs-both":            `echo 1 >$LFS/b`,
		"needs-both-in-lfs":     `echo 1 >$LFS/b`,
		"over-the-root":         `echo 1 >$LFS/d`,
		"folder-over-the-root":  `echo 1 >$LFS/d`,
		"over-what-is-replaced": `test "$(cat /usr/a)" = 2; echo 1 >$LFS/d`,
		"late":                  `test "$(cat /usr/a)" = 3; echo 1 >$LFS/c`,
	} {
		scripts[name] = "#!/bin/sh\nset -eu\n" + script + "\n"
	}
	bake := own(t, quarrel, scripts)
	const content = " both install /usr/a, with different content: let one of them leave it out or, if that of "
	for target, want := range map[string]string{
		"agrees":                "",
		"late":                  "",
		"over-what-is-replaced": "",
		"over-the-root":         "lfd: the build of package over-the-root: one and two" + content,
		"folder-over-the-root":  "lfd: the build of package folder-over-the-root: /share is a link to run in link and a folder in folder",
		"base":                  "",
		"fresh":                 "lfd: the root of stage fresh: one and two" + content + "two is wanted, give two the field 'replaces: [one]'",
		"onto":                  "lfd: the root of stage onto: one and two" + content + "two is wanted, give two the field 'replaces: [one]'",
		"in-lfs":                "lfd: the root of stage in-lfs: one and three both install /mnt/lfs/usr/a, with different content",
		"many":                  "lfd: the root of stage many: /share is a folder in folder and a link to run in link: one cannot be copied over the other; let link install elsewhere",
		"onto-a-step":           "lfd: the root of stage onto-a-step: /share is a link to run there before and a folder in folder",
		"needs-both":            "lfd: the build of package needs-both: one and two" + content,
		"needs-both-in-lfs":     "lfd: the build of package needs-both-in-lfs: one and two both install /mnt/lfs/usr/a",
	} {
		t.Run(target, func(t *testing.T) {
			said, err := bake(target)
			if (err == nil) != (want == "") || !strings.Contains(said, want) {
				t.Errorf("%v\n%s", err, said)
			}
		})
	}
}

// own makes a system of its own in a copy of the repository, with the install scripts by
// package. It returns what builds targets of it, and returns what the builder says.
func own(t *testing.T, config string, scripts map[string]string) (bake func(targets ...string) (said string, err error)) {
	t.Helper()
	_, bake = ownIn(t, config, scripts)
	return bake
}

// ownIn is own; it returns the folder of the copy, too.
func ownIn(t *testing.T, config string, scripts map[string]string) (dir string, bake func(targets ...string) (said string, err error)) {
	t.Helper()
	quickstart(t)
	dir = project(t)
	useSources(t, dir)
	system := filepath.Join(dir, "own")
	if err := os.MkdirAll(filepath.Join(system, "util"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(system, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("config.yaml", config)
	for name, script := range scripts {
		write("util/install-"+name+".sh", script)
	}
	kit.Command(t, dir, "go", "run", "./cmd/lfdgen", "generate", "-c", "own/config.yaml")
	args := []string{"engine", "buildx", "bake", "--progress=plain", "-f", "own/docker-bake.hcl"}
	if _, err := os.Stat(filepath.Join(dir, "quickstart/docker-bake.override.hcl")); err == nil {
		copyFile(t, filepath.Join(dir, "quickstart/docker-bake.override.hcl"), filepath.Join(system, "docker-bake.override.hcl"))
		args = append(args, "-f", "own/docker-bake.override.hcl")
	}
	return dir, func(targets ...string) (string, error) {
		cmd := exec.Command("tools/lfd.sh", append(args, targets...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}
