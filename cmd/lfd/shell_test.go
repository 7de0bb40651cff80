package main

import (
	"os"
	"strings"
	"testing"
)

// A shell with Docker: its image is built, run and removed, and its exit code is lfd's.
func TestShell(t *testing.T) {
	newProject(t)
	put(t, "sys/generated/Dockerfile", `FROM debian:13 AS host
FROM host AS one.1-build
RUN --mount=type=bind,from=lfd-files,source=/sys/util/install-one.1.sh,target=/src/lfs/build.sh,rw \
    --mount=type=bind,from=lfd-files,source=/sys/generated/package.sh,target=/src/package.sh,rw \
    /bin/sh /src/package.sh one.1 -
`)
	for _, name := range []string{"one.1", "one_1"} {
		_, stderr, calls := lfd(t, 0, "shell", "--system", "sys", name, "--command", "ls", "--at", "failure")
		contains(t, stderr, "shell: one.1 of sys: getting its build environment out of the builder\n")
		lines := strings.Split(strings.TrimSpace(calls), "\n")
		if len(lines) != 4 {
			t.Fatalf("got %q", lines)
		}
		contains(t, lines[1], "docker buildx bake -f sys/docker-bake.hcl --set host.dockerfile=out/shell.", "/Dockerfile --set host.target= --set host.output=type=docker --set host.tags=lfd-shell:", " host")
		contains(t, lines[2], "docker run --rm --interactive --network none --hostname one.1 --env NAME=one.1 --env SCRIPT=sys/util/install-one.1.sh --env AT=failure --volume ", "/sys/util:/src/lfs/.scripts lfd-shell:")
		contains(t, lines[3], "docker image rm --force lfd-shell:")
	}
	left, err := os.ReadDir("out")
	if err != nil || len(left) != 1 || left[0].Name() != ".made-by-lfd" {
		t.Errorf("left is %v, %v", left, err)
	}

	put(t, "code", "5\n")
	_, stderr, _ := lfd(t, 1, "shell", "--system", "sys", "one.1")
	contains(t, stderr, "shell: error: the build failed, see above\n")
	_, stderr, _ = lfd(t, 1, "shell", "--system", "sys", "thee")
	contains(t, stderr, "there is no target 'thee' in sys")
	_, stderr, _ = lfd(t, 1, "shell", "--system", "sys", "two")
	contains(t, stderr, "shell: error: the Dockerfile has no stage two-build\n")
	_, stderr, _ = lfd(t, 1, "shell", "--system", "sys", "one.1", "--at", "end")
	contains(t, stderr, "shell: error: AT is 'end', but must be start or failure\n")
	lfd(t, 2, "shell")
}
