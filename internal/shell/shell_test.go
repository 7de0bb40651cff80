package shell

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/stages"
)

const dockerfile = `FROM debian:13 AS host
ENV A=1

FROM host AS tools

FROM tools AS one-build
COPY --from=zero / /
RUN --network=none \
    --mount=type=bind,from=one-src,source=/src/lfs/one,target=/src/lfs/one,rw \
    --mount=type=bind,from=lfd-files,source=/sys/util/install-one.sh,target=/src/lfs/build.sh,rw \
    --mount=type=bind,from=lfd-files,source=/sys/generated/package.sh,target=/src/package.sh,rw \
    --mount=type=secret,id=LFD_MAKEFLAGS \
    /bin/sh /src/package.sh one one \
        'patch -p1 /src/lfs/a b.patch'
RUN echo after

FROM scratch AS one
COPY --from=one-build /mnt/lfs/ /

FROM one-build AS one-check
WORKDIR /src/lfs/one
RUN make check
RUN --network=none \
    --mount=type=bind,from=lfd-files,source=/sys/util/check-one.sh,target=/src/lfs/check.sh,rw \
    --mount=type=bind,from=lfd-files,source=/sys/generated/package.sh,target=/src/package.sh,rw \
    --mount=type=secret,id=LFD_MAKEFLAGS \
    /bin/sh /src/package.sh --check one

FROM one
`

// last returns the stage that was added to the Dockerfile, less the script that begins the shell.
func last(t *testing.T, e *Environment) string {
	t.Helper()
	added, ok := strings.CutPrefix(e.Dockerfile, dockerfile)
	if !ok {
		t.Fatalf("the Dockerfile is another: %s", e.Dockerfile)
	}
	stage, entryText, _ := strings.Cut(added, "COPY <<'LFD_SHELL_ENTRY' /src/lfs/.enter.sh\n")
	if entryText != entry+"LFD_SHELL_ENTRY\n" {
		t.Errorf("the shell begins with %q", entryText)
	}
	all := stages.Parse([]byte(e.Dockerfile))
	if s := all[len(all)-1]; s.Name != "" {
		t.Errorf("the last stage is %s", s.Name)
	}
	return stage
}

func TestOf(t *testing.T) {
	for stage, want := range map[string]string{
		"one-build": `
FROM tools
COPY --from=zero / /
COPY --from=one-src /src/lfs/one /src/lfs/one
COPY --from=lfd-files /sys/generated/package.sh /src/package.sh
COPY --chmod=755 <<'END' /src/lfs/build.sh
#!/bin/sh
export -p >/src/lfs/.environment
pwd >/src/lfs/.folder
kill -9 $PPID
END
RUN --network=none { /bin/sh /src/package.sh one one         'patch -p1 /src/lfs/a b.patch' ; } 2>/src/lfs/.errors || test -e /src/lfs/.folder || { cat /src/lfs/.errors >&2; exit 1; }
COPY --from=lfd-files /sys/util/install-one.sh /src/lfs/build.sh
`,
		"one-check": `
FROM one-build
WORKDIR /src/lfs/one
RUN make check
COPY --from=lfd-files /sys/generated/package.sh /src/package.sh
COPY --from=lfd-files /sys/util/check-one.sh /src/lfs/check.sh
RUN --network=none mkdir -p /src/lfs && export -p >/src/lfs/.environment && pwd >/src/lfs/.folder
`,
		"host": `
FROM debian:13
ENV A=1
RUN --network=none mkdir -p /src/lfs && export -p >/src/lfs/.environment && pwd >/src/lfs/.folder
`,
	} {
		e, err := Of([]byte(dockerfile), stage)
		if err != nil {
			t.Fatal(err)
		}
		if got := last(t, e); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", stage, got, want)
		}
		script := map[string][]string{"one-build": {"sys/util/install-one.sh"}, "one-check": {"sys/util/check-one.sh"}}[stage]
		if !slices.Equal(e.Scripts, script) {
			t.Errorf("%s: the scripts are %q", stage, e.Scripts)
		}
	}
	if _, err := Of([]byte(dockerfile), "none"); err == nil || !strings.Contains(err.Error(), "no stage none") {
		t.Errorf("got %v", err)
	}
}

// Every package of this repository's systems has an environment, and its script in it.
func TestOfSystems(t *testing.T) {
	t.Chdir("../..")
	for _, system := range []string{"quickstart", "."} {
		cfg, diags, err := config.Load(".", []string{filepath.Join(system, "config.yaml")})
		if err != nil || cfg == nil {
			t.Fatal(err, diags)
		}
		n, _ := names.New(cfg)
		text, err := os.ReadFile(filepath.Join(system, "generated/Dockerfile"))
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, s := range cfg.Stages {
			for _, name := range s.Packages {
				stage, called := Lookup(n, n.Package(name).Stage)
				e, err := Of(text, stage)
				if err != nil || called != name || !slices.Equal(e.Scripts, []string{cfg.Scripts[name]}) {
					t.Errorf("%s: %v, %q of %q", name, err, called, e)
					continue
				}
				count++
			}
			if stage, called := Lookup(n, n.Stage(s.Name).Stage); called != s.Name || stage != n.Stage(s.Name).Stage {
				t.Errorf("%s: %s of %s", s.Name, stage, called)
			}
		}
		if count < 5 {
			t.Errorf("%s has %d packages", system, count)
		}
	}
}

func TestSession(t *testing.T) {
	t.Setenv("TERM", "")
	s := &Session{Environment: &Environment{Scripts: []string{"util/install-a.sh", "util/check-a.sh"}}, Name: "a", Failure: true, Terminal: true}
	got := strings.Join(s.dockerArguments("lfd-shell:1", "/p/util"), " ")
	if want := "run --rm --interactive --network none --hostname a --env NAME=a --env SCRIPT=util/install-a.sh util/check-a.sh --env AT=failure --tty --volume /p/util:/src/lfs/.scripts lfd-shell:1 /bin/sh /src/lfs/.enter.sh"; got != want {
		t.Errorf("got %s", got)
	}
	text, err := json.Marshal(s.spec("/p/util"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"terminal":true`, `"args":["/bin/sh","/src/lfs/.enter.sh"]`, `"TERM=dumb","NAME=a","SCRIPT=util/install-a.sh util/check-a.sh","AT=failure"`,
		`{"destination":"/src/lfs/.scripts","type":"bind","source":"/p/util","options":["bind"]}`, `{"type":"network"}`, `"hostname":"a"`, `"root":{"path":"rootfs"}`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	plain := &Session{Environment: &Environment{}, Name: "host"}
	if got := strings.Join(plain.dockerArguments("i", ""), " "); strings.Contains(got, "--tty") || strings.Contains(got, "--volume") || !strings.Contains(got, "AT=start") {
		t.Errorf("got %s", got)
	}
}
