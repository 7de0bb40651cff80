// Package engine finds a `docker buildx` that can build the systems of this project or,
// where there is none, compiles, starts, stops and deletes a BuildKit of its own. All that
// it makes lies in one folder, which it marks; the user's Docker settings are never written
// to.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/buildx"
)

// Kind is whose builder it is.
type Kind string

// The engines.
const (
	Docker Kind = "docker"
	Own    Kind = "own"
)

// Engine is what builds.
type Engine struct {
	root   string    // the project's folder: in tools/ is what our own BuildKit is compiled from
	stderr io.Writer // for what is said, and for the programs that are run

	// What it runs on; tests have others.
	system  string // as Go calls it
	machine string // as uname -m prints it
	uid     int

	patience time.Duration // how long our own BuildKit may take to answer

	runtime string // the program that runs containers in another way; empty in the usual builder

	mu     sync.Mutex
	chosen *choice
}

// choice is the engine to use, and why it is not Docker's.
type choice struct {
	kind Kind
	why  string
	err  error
}

// New returns the engine of a project. It says what it does on stderr.
func New(root string, stderr io.Writer) *Engine {
	return &Engine{root: root, stderr: stderr, system: runtime.GOOS, machine: machine(), uid: os.Getuid(), patience: time.Minute}
}

// Rebuilder returns the engine of a second builder, our own, beside the usual one: it builds
// the same from nothing and in other circumstances. The program given, a copy of it, runs its
// containers, see [RuntimeName].
func (e *Engine) Rebuilder(program string) *Engine {
	const why = "a rebuild is made by a builder of its own"
	r := &Engine{root: e.root, stderr: e.stderr, system: e.system, machine: e.machine, uid: e.uid, patience: e.patience, runtime: program}
	r.chosen = &choice{kind: Own, why: why}
	switch {
	case r.system != "linux" || r.machine != arch.Default.Name:
		r.chosen.err = fmt.Errorf("%s, which runs on Linux on an %s machine only: compare what is built already, without --rebuild", why, arch.Default.Title)
	case r.uid != 0:
		r.chosen.err = fmt.Errorf("%s, which needs root: run it by sudo env \"PATH=$PATH\"", why)
	}
	return r
}

// RuntimeName is the name by which the builder of a rebuild runs the program: it is to call
// [Contain].
const RuntimeName = "runtime"

// Variation is a circumstance of builds that a rebuild changes, or cannot change here.
type Variation struct {
	Name  string
	Usual string // what it is in the usual builder
	Here  string // what it was; empty where it was not varied
	Why   string // it was not varied
}

func (e *Engine) say(format string, args ...any) {
	fmt.Fprintf(e.stderr, "builder: "+format+"\n", args...)
}

// Choose returns which engine it is to be, or an error that says what to do where there can
// be none. It starts nothing of ours.
func (e *Engine) Choose(ctx context.Context) (Kind, error) {
	c := e.choose(ctx)
	return c.kind, c.err
}

func (e *Engine) choose(ctx context.Context) choice {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.chosen == nil {
		c := e.decide(ctx)
		e.chosen = &c
	}
	return *e.chosen
}

func (e *Engine) decide(ctx context.Context) choice {
	asked := os.Getenv("LFD_ENGINE")
	switch asked {
	case "", "auto", "docker":
	case "own":
		if e.system == "linux" {
			why := "LFD_ENGINE=own asks for it"
			return choice{Own, why, e.ownPossible(ctx, why)}
		}
		e.say("our own builder runs on Linux only: using Docker's")
	default:
		return choice{err: fmt.Errorf("LFD_ENGINE is '%s', but must be auto, docker or own", asked)}
	}
	_, why := e.docker(ctx)
	switch {
	case why == "":
		return choice{kind: Docker}
	case asked == "docker":
		return choice{Docker, why, errors.New(why)}
	}
	return choice{Own, why, e.ownPossible(ctx, why)}
}

// Ensure gets a working builder, and returns the buildx that has it.
func (e *Engine) Ensure(ctx context.Context) (*buildx.Client, error) {
	c := e.choose(ctx)
	if c.err != nil {
		return nil, c.err
	}
	if c.kind == Docker {
		return docker, nil
	}
	return e.ensureOwn(ctx, c.why)
}

// Running returns the buildx of a builder that works already, or nil where there is none. It
// compiles and starts nothing of ours.
func (e *Engine) Running(ctx context.Context) *buildx.Client {
	switch c := e.choose(ctx); {
	case c.err != nil:
		return nil
	case c.kind == Docker:
		return docker
	default:
		return e.runningOwn(ctx)
	}
}

// docker is the buildx of Docker.
var docker = &buildx.Client{Program: []string{"docker", "buildx"}}

// Status says what there is, and changes nothing.
func (e *Engine) Status(ctx context.Context, stdout io.Writer) error {
	version, why := e.docker(ctx)
	if why == "" {
		fmt.Fprintf(stdout, "Docker: works (BuildKit %s)\n", version)
	} else {
		fmt.Fprintf(stdout, "Docker: %s\n", why)
	}
	return e.ownStatus(ctx, stdout)
}
