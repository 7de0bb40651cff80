package shell

import (
	_ "embed"
	"fmt"
	"path"
	"strings"

	"github.com/linux-from-docker/lfd/internal/stages"
)

// Entry is the script that begins the shell, in the environment.
//
//go:embed shell-entry.sh
var entry string

// An Environment is what a package is built in, before its install script runs.
type Environment struct {
	Dockerfile string   // whose last stage it is
	Scripts    []string // of the package, from the project's root; none of a stage's root
}

// Places in the environment. The script that begins the shell knows them.
const (
	folder     = "/src/lfs"
	entryFile  = folder + "/.enter.sh"
	scripts    = folder + "/.scripts"
	buildFile  = folder + "/build.sh"
	checkFile  = folder + "/check.sh"
	packageRun = "package.sh" // the script that runs a package's own
)

// probe takes the place of the package's script: it notes what that would find, such as the
// environment, and ends package.sh where it stands.
const probe = `COPY --chmod=755 <<'END' ` + buildFile + `
#!/bin/sh
` + note + `
kill -9 $PPID
END
`

const note = `export -p >` + folder + `/.environment
pwd >` + folder + `/.folder`

// Of returns the environment of a stage of a generated Dockerfile: that in which a package
// is built (bash-build) or tested (bash-check), or the root of others. It is the stage as it
// is when the package's script begins, as one more stage at the end of the Dockerfile. Of
// tests with steps of their own it is what the script that judges them finds.
func Of(dockerfile []byte, stage string) (*Environment, error) {
	s, ok := stages.Find(stages.Parse(dockerfile), stage)
	if !ok {
		return nil, fmt.Errorf("the Dockerfile has no stage %s", stage)
	}
	e := &Environment{}
	var b strings.Builder
	b.Write(dockerfile)
	fmt.Fprintf(&b, "\nFROM %s\n", s.From)
	noted := false
	for _, i := range s.Instructions {
		run, ok := packageScript(i)
		if !ok {
			b.WriteString(i.Text)
			continue
		}
		before, after := run.copies()
		e.Scripts = run.scripts
		b.WriteString(before)
		if !run.judges {
			b.WriteString(probe)
			fmt.Fprintf(&b, "RUN --network=none { %s ; } 2>%s/.errors || test -e %[2]s/.folder || { cat %[2]s/.errors >&2; exit 1; }\n", run.command, folder)
			noted = true
		}
		b.WriteString(after)
		break
	}
	if !noted {
		fmt.Fprintf(&b, "RUN --network=none mkdir -p %s && %s\n", folder, strings.ReplaceAll(note, "\n", " && "))
	}
	fmt.Fprintf(&b, "COPY <<'LFD_SHELL_ENTRY' %s\n%sLFD_SHELL_ENTRY\n", entryFile, entry)
	e.Dockerfile = b.String()
	return e, nil
}

// script is the instruction that runs a package's script.
type script struct {
	command string
	mounts  []stages.Mount
	scripts []string // that the package has
	judges  bool     // tests that steps of their own have run: nothing is built
}

// packageScript returns what an instruction does to a package; ok is false where it runs no
// package's script.
func packageScript(i stages.Instruction) (s script, ok bool) {
	if i.Keyword != "RUN" {
		return s, false
	}
	var runner string // where package.sh is
	for _, m := range i.Mounts() {
		switch {
		case m["type"] == "secret":
			continue
		case m["target"] == buildFile || m["target"] == checkFile:
			s.scripts = append(s.scripts, strings.TrimPrefix(m["source"], "/"))
		case path.Base(m["target"]) == packageRun:
			runner = m["target"]
		}
		s.mounts = append(s.mounts, m)
	}
	s.command = i.Args
	words := strings.Fields(i.Args)
	for n, word := range words {
		if runner != "" && word == runner && n+1 < len(words) {
			s.judges = words[n+1] == "--check"
			return s, len(s.scripts) > 0
		}
	}
	return s, false
}

// copies returns the instructions that put what is mounted where it is mounted: before the
// script runs, and after it the package's own, whose place the probe has until then.
func (s script) copies() (before, after string) {
	for _, m := range s.mounts {
		from := ""
		if m["from"] != "" {
			from = "--from=" + m["from"] + " "
		}
		source := m["source"]
		if source == "" {
			source = "/"
		}
		text := fmt.Sprintf("COPY %s%s %s\n", from, source, m["target"])
		if m["target"] == buildFile || m["target"] == checkFile {
			after += text
		} else {
			before += text
		}
	}
	return before, after
}
