package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/buildx"
)

// What the generated files need at least.
const (
	// The first BuildKit (Docker Engine 25) whose built-in Dockerfile syntax is 1.6, which
	// has `ADD --checksum`; `RUN --network` is older.
	needBuildKit = "0.12"
	// The first buildx that takes `description` in a bake file's variables; an older one
	// stops with "Unsupported argument".
	needBuildx = "0.16"
)

var buildxVersion = regexp.MustCompile(`(?m)^[^ ]* v?([0-9][0-9.]*)`)

// docker returns the version of the BuildKit that `docker buildx` reaches, or why it is of
// no use.
func (e *Engine) docker(ctx context.Context) (version, why string) {
	if _, err := exec.LookPath("docker"); err != nil {
		return "", "Docker is not installed"
	}
	out, _ := output(ctx, 20*time.Second, false, "docker", "buildx", "version")
	found := buildxVersion.FindSubmatch(out)
	if found == nil {
		return "", fmt.Sprintf("Docker is installed, but not its buildx (needed: %s or newer)", needBuildx)
	}
	if !atLeast(string(found[1]), needBuildx) {
		return "", fmt.Sprintf("Docker's buildx is too old: found %s, need %s or newer", found[1], needBuildx)
	}
	// --bootstrap starts a builder that is at rest (it may have to be pulled).
	out, _ = output(ctx, 90*time.Second, true, "docker", "buildx", "inspect", "--bootstrap")
	version = buildx.BuilderVersion(out)
	if version == "" {
		report := string(out)
		switch {
		case strings.Contains(report, "ermission denied while trying to connect"):
			return "", "Docker is installed, but you have no right to use it"
		case strings.Contains(report, "ailed to connect"), strings.Contains(report, "annot connect"):
			return "", "Docker is installed, but does not run (start it to use it)"
		}
		lines := strings.Split(strings.TrimSpace(report), "\n")
		return "", fmt.Sprintf("docker buildx has no working builder (%s)", lines[len(lines)-1])
	}
	if !atLeast(version, needBuildKit) {
		return "", fmt.Sprintf("Docker's BuildKit is too old: found %s, need %s or newer (Docker Engine 25)", version, needBuildKit)
	}
	return version, ""
}

var aptCandidate = regexp.MustCompile(`(?m)^ *Candidate: ([0-9][0-9.]*)`)

// dockerHint returns the one command that installs Docker, if what the distribution has is
// new enough.
func (e *Engine) dockerHint(ctx context.Context) string {
	out, err := output(ctx, time.Minute, false, "env", "LC_ALL=C", "apt-cache", "policy", "docker-buildx")
	if err != nil {
		return ""
	}
	if m := aptCandidate.FindSubmatch(out); m != nil && atLeast(string(m[1]), needBuildx) {
		return "apt-get install docker.io docker-buildx"
	}
	return ""
}

// ownPossible returns an error that says what to do where our own builder cannot run.
func (e *Engine) ownPossible(ctx context.Context, why string) error {
	if e.system != "linux" {
		return fmt.Errorf("%s. On this system install Docker Desktop, start it and try again", why)
	}
	if e.machine != arch.Default.Name {
		return fmt.Errorf("%s, and our own builder cannot emulate an %s machine on this one (%s): install Docker and try again", why, arch.Default.Title, e.machine)
	}
	if e.uid == 0 {
		return nil
	}
	advice := ""
	if strings.Contains(why, "no right") {
		advice = `sudo usermod -aG docker "$USER"   (then log in again)`
	} else if hint := e.dockerHint(ctx); hint != "" {
		advice = "sudo " + hint + ` && sudo usermod -aG docker "$USER"   (then log in again)`
	}
	text := why + ", and our own builder needs root. Either run this as root:\n    sudo env \"PATH=$PATH\" make quickstart"
	if advice != "" {
		text += "\nor give yourself Docker:\n    " + advice
	}
	return errors.New(text)
}

// output runs a program, with a time limit, for what it prints.
func output(ctx context.Context, limit time.Duration, both bool, name string, args ...string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second // what it has started may hold its output open
	cmd.Stdout = &out
	if both {
		cmd.Stderr = &out
	}
	err := cmd.Run()
	return out.Bytes(), err
}

var versionParts = regexp.MustCompile(`[0-9]+`)

// atLeast compares version numbers.
func atLeast(found, needed string) bool {
	have, need := versionParts.FindAllString(found, -1), versionParts.FindAllString(needed, -1)
	for i, part := range need {
		if i == len(have) {
			return false
		}
		a, _ := strconv.Atoi(have[i])
		b, _ := strconv.Atoi(part)
		if a != b {
			return a > b
		}
	}
	return true
}
