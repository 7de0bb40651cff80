package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/linux-from-docker/lfd/internal/lab"
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
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	system := filepath.Join(dir, "chosen")
	if err := os.MkdirAll(filepath.Join(system, "util"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(system, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("config.yaml", chosen)
	const head = "#!/bin/sh\nset -eux\ntest \"$(id -u)\" = 0\ntest \"$LFS\" = /mnt/lfs\n"
	const tail = "mkdir -p \"$LFS/usr\"\n: >\"$LFS/usr/$(basename \"$PWD\")\"\n"
	write("util/install-plain.sh", head+"test \"$(tool)\" = $LFS/tools/bin/tool\ntest \"$(other)\" = /opt/bin/other\n"+tail)
	write("util/install-with-steps.sh", head+"test \"$(tool)\" = $LFS/tools/bin/tool\n! other\n"+tail)
	write("util/install-from-scratch.sh", head+"test \"$PATH\" = /opt/none:/usr/bin:/usr/sbin\n"+tail)
	lab.Command(t, dir, "go", "run", "./cmd/lfdgen", "generate", "-c", "chosen/config.yaml")

	args := []string{"bake", "-f", "chosen/docker-bake.hcl"}
	if _, err := os.Stat(filepath.Join(dir, "quickstart/docker-bake.override.hcl")); err == nil {
		copyFile(t, filepath.Join(dir, "quickstart/docker-bake.override.hcl"), filepath.Join(system, "docker-bake.override.hcl"))
		args = append(args, "-f", "chosen/docker-bake.override.hcl")
	}
	lab.Command(t, dir, "tools/builder.sh", append(args, "cross-packages", "root-packages")...)
}
