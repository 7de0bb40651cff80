package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/linux-from-docker/lfd/internal/made"
)

// needGo is the first Go that fetches the version that a module asks for.
const needGo = "1.21"

// What BuildKit and buildx are compiled from, in tools/: the pinned versions, and a change
// of ours.
var pins = []string{"go.mod", "go.sum", patchFile}

const (
	patchFile   = "buildkit.sed"
	patchedFile = "solver/edge.go"
)

// pinned returns the first line of a stamp: a digest of what is compiled, as sha256sum
// prints it.
func (o *own) pinned() (string, error) {
	h := sha256.New()
	for _, name := range pins {
		text, err := os.ReadFile(filepath.Join(o.root, "tools", name))
		if err != nil {
			return "", fmt.Errorf("our own builder is compiled in the project's folder: %w", err)
		}
		h.Write(text)
	}
	return fmt.Sprintf("%x  -", h.Sum(nil)), nil
}

// compile makes buildkitd and buildx, if they are missing or if the pinned versions or Go
// itself have changed.
func (o *own) compile(ctx context.Context) error {
	pinned, err := o.pinned()
	if err != nil {
		return err
	}
	compiled := firstLine(o.at("bin/stamp")) == pinned
	if _, err := exec.LookPath("go"); err != nil {
		if compiled {
			return nil // a builder that was brought along
		}
		return errors.New("our own builder is compiled from source, and Go is missing: install Go 1.21 or newer")
	}
	out, _ := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if version := strings.TrimPrefix(strings.TrimSpace(string(out)), "go"); !atLeast(version, needGo) {
		if version == "" {
			version = "one without a version"
		}
		return fmt.Errorf("this Go is too old: found %s, need %s or newer (which then fetches the version that is pinned)", version, needGo)
	}
	version, err := o.goOutput(ctx, "env", "GOVERSION")
	if err != nil {
		return errors.New("running go failed, see above")
	}
	stamp := pinned + "\n" + version
	if strings.TrimSuffix(readText(o.at("bin/stamp")), "\n") == stamp {
		return nil
	}
	o.say("compiling BuildKit and buildx, once: about 3 minutes on 2 cores")
	if err := made.Remove(o.at("bin.new")); err != nil {
		return err
	}
	if err := os.Mkdir(o.at("bin.new"), 0o755); err != nil {
		return err
	}
	if err := o.build(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if text := err.Error(); !errors.As(err, new(*exec.ExitError)) {
			o.say("%s", text)
		}
		// Without a network, say, or with too little memory.
		if compiled {
			o.say("compiling failed, see above: using the same version as compiled before")
			return nil
		}
		return errors.New("compiling BuildKit failed, see above")
	}
	if err := o.stop(ctx); err != nil {
		return err
	}
	// The stamp comes last: without it, what a killed run leaves is compiled again.
	if err := os.MkdirAll(o.at("bin"), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(o.at("bin/stamp")); err != nil {
		return err
	}
	for _, name := range []string{"buildkitd", "buildx"} {
		if err := os.Rename(o.at("bin.new/"+name), o.at("bin/"+name)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(o.at("bin/stamp"), []byte(stamp+"\n"), 0o644); err != nil {
		return err
	}
	return made.Remove(o.at("bin.new"))
}

// build compiles into bin.new.
func (o *own) build(ctx context.Context) error {
	const buildkit, buildx = "github.com/moby/buildkit", "github.com/docker/buildx"
	tools := filepath.Join(o.root, "tools")
	into := o.at("bin.new")
	buildkitVersion, err := o.goOutput(ctx, "list", "-m", "-f", "{{.Version}}", buildkit)
	if err != nil {
		return err
	}
	buildxVersion, err := o.goOutput(ctx, "list", "-m", "-f", "{{.Version}}", buildx)
	if err != nil {
		return err
	}
	// BuildKit with a change of ours.
	if err := o.command(ctx, tools, "go", "mod", "download", buildkit).Run(); err != nil {
		return err
	}
	source, err := o.goOutput(ctx, "list", "-m", "-f", "{{.Dir}}", buildkit)
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(into, "buildkit"), os.DirFS(source)); err != nil {
		return err
	}
	if err := o.patch(ctx, filepath.Join(into, "buildkit"), buildkitVersion); err != nil {
		return err
	}
	for from, to := range map[string]string{"go.mod": "tools.mod", "go.sum": "tools.sum"} {
		text, err := os.ReadFile(filepath.Join(tools, from))
		if err == nil {
			err = os.WriteFile(filepath.Join(into, to), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	mod := filepath.Join(into, "tools.mod")
	if err := o.command(ctx, tools, "go", "mod", "edit", "-replace", buildkit+"="+filepath.Join(into, "buildkit"), mod).Run(); err != nil {
		return err
	}
	// No cgo: a C compiler is not needed. No VCS stamp: git refuses to answer when the clone
	// belongs to another user. -s -w: half the size.
	cmd := o.command(ctx, tools, "go", "build", "-buildvcs=false", "-trimpath", "-modfile", mod,
		"-ldflags", fmt.Sprintf("-s -w -X %s/version.Version=%s -X %s/version.Version=%s", buildkit, buildkitVersion, buildx, buildxVersion),
		"-o", into+"/", "tool")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd.Run()
}

// goOutput runs go in tools/ for what it prints.
func (o *own) goOutput(ctx context.Context, args ...string) (string, error) {
	cmd := o.command(ctx, filepath.Join(o.root, "tools"), "go", args...)
	cmd.Stdout = nil
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// patch changes BuildKit's source. Each rule has one place there: where it has none, the
// rule was written for another source.
func (o *own) patch(ctx context.Context, source, version string) error {
	rules, err := filepath.Abs(filepath.Join(o.root, "tools", patchFile))
	if err != nil {
		return err
	}
	file := filepath.Join(source, patchedFile)
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// What sed makes of each line ends with a line of ours.
	const end = "-- end of the line"
	cmd := o.command(ctx, "", "sed", "-f", rules, "-e", `a\`, "-e", end, file)
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	wanted, places := 0, 0
	for line := range strings.Lines(readText(rules)) {
		if strings.HasPrefix(line, "s/") {
			wanted++
		}
	}
	lines := strings.SplitAfter(string(old), "\n")
	patched := strings.Split(string(out), end+"\n")
	for i, line := range lines {
		if i < len(patched) && patched[i] != line {
			places++
		}
	}
	if places != wanted || len(patched) != len(lines) {
		return fmt.Errorf("of the %d changes in %s, %d have a place in BuildKit's %s: write them anew for BuildKit %s, or take them out if it needs none",
			wanted, rules, places, patchedFile, version)
	}
	return os.WriteFile(file, []byte(strings.Join(patched, "")), 0o644)
}
