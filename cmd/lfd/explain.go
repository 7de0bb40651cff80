package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/engine"
	"github.com/linux-from-docker/lfd/internal/explain"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// The names of results that a builder has in its cache: the usual one, and that of lfd verify
// --rebuild.
const (
	built   = "built"
	rebuilt = "rebuilt"
)

// explainer is one run of lfd explain.
type explainer struct {
	*options
	all        bool
	diffoscope bool // ask it; where that was not chosen: if it is installed
	chosen     bool

	stdout, stderr io.Writer
	done           []func() error // is called in the end, the last first
}

func explainVerb(o *options) *cobra.Command {
	e := explainer{options: o}
	cmd := &cobra.Command{
		Use:   "explain TARGET [A] B",
		Short: "Tell why two results of a target differ: in which files, and where in them",
		Long: `Compare two results of a package, stage, image or disk, and tell for each file that
differs where it does: the section and symbol of a program, the member of an archive, the
lines of a text, the field of a head; and which of the usual causes that looks like. Times
of files do not count: the digests that lfd records do not have them, either.

A and B are each one of

  built      what the builder has in its cache; nothing is built for it (the default of A)
  rebuilt    what the builder of lfd verify --rebuild has
  a folder   as lfd build -o writes it; it should be of root's, with its owners kept
  an archive of tar, which may be compressed
  an image   an OCI layout, as a folder or an archive (docker buildx build -o type=oci),
             or what docker save writes

Where diffoscope is installed, its report on the same files follows.

Exit codes: 0 both are equal, 1 they differ, 2 they could not be compared, or the command
line is wrong.`,
		Example: `  lfd explain busybox out/busybox
  lfd explain musl rebuilt
  lfd explain --system . zlib one.tar other.tar`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return errors.New("explain takes a target and the results A and B; without A it is what the builder has")
			}
			if len(args) == 2 && args[1] == built || len(args) == 3 && args[1] == built && args[2] == built {
				return errors.New("explain would compare what the builder has with itself: name another result")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			e.chosen = cmd.Flags().Changed("diffoscope")
			e.stdout, e.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			if len(args) == 2 {
				args = []string{args[0], built, args[1]}
			}
			equal, err := e.run(cmd, args[0], args[1], args[2])
			switch {
			case cmd.Context().Err() != nil:
				return &failure{"explain", interrupted, errors.New("interrupted")}
			case err != nil:
				var failed *failure
				if errors.As(err, &failed) {
					err = failed.err // said already, where there is none
				}
				return &failure{"explain", usage, err}
			case !equal:
				return &failure{verb: "explain", code: failures}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&e.all, "all", false, "explain all files, and all that differs in them")
	flags.BoolVar(&e.diffoscope, "diffoscope", false, "have diffoscope report on the files, too (default: where it is installed)")
	return cmd
}

// run compares two results of a target, and reports whether they are equal.
func (e *explainer) run(cmd *cobra.Command, target string, results ...string) (equal bool, err error) {
	defer func() {
		for _, done := range slices.Backward(e.done) {
			err = errors.Join(err, done())
		}
	}()
	tmp, err := os.MkdirTemp("", "lfd-explain-")
	if err != nil {
		return false, err
	}
	e.done = append(e.done, func() error { return os.RemoveAll(tmp) })
	var sides [2]explain.Side
	for i, name := range results {
		s, err := e.open(cmd, target, name, tmp)
		if err != nil {
			return false, err
		}
		sides[i] = s
		if err := cmd.Context().Err(); err != nil {
			return false, err
		}
	}
	host, _ := os.Hostname() // one that is not known is not looked for
	report := explain.Compare(sides[0], sides[1], explain.Options{All: e.all, Now: time.Now(), Host: host})
	if err := report.Write(e.stdout); err != nil || report.Equal() {
		return true, err
	}
	if !e.chosen {
		_, err := exec.LookPath("diffoscope")
		e.diffoscope = err == nil
	}
	if e.diffoscope {
		return false, explain.Diffoscope(cmd.Context(), e.stdout, report, sides[0], sides[1], filepath.Join(tmp, "diffoscope"))
	}
	return false, nil
}

// open reads a result.
func (e *explainer) open(cmd *cobra.Command, target, name, tmp string) (explain.Side, error) {
	if name != built && name != rebuilt {
		r, err := rootfs.OpenResult(name, tmp)
		if err == nil {
			e.done = append(e.done, r.Close)
		}
		return explain.Side{Name: name, Result: r}, err
	}
	s, p, err := e.locate(cmd, target)
	if err != nil {
		return explain.Side{}, err
	}
	t, _ := p.Find(target)
	if t.DockerfileStage == "" {
		return explain.Side{}, fmt.Errorf("%s is a group: name one of its targets, %s", target, strings.Join(p.Members(t.Name), ", "))
	}
	from := engineOf(cmd.Context())
	if name == rebuilt {
		program, err := os.Executable()
		if err != nil {
			return explain.Side{}, err
		}
		from = from.Rebuilder(program)
	}
	root, err := e.fromCache(cmd.Context(), from, s, p, names.Name{Stage: t.DockerfileStage, Target: t.Name})
	return explain.Side{Name: fmt.Sprintf("%s of %s, %s", target, s.folder, name), Result: rootfs.Result{Root: root}}, err
}

// fromCache reads a result that the builder has.
func (e *explainer) fromCache(ctx context.Context, from *engine.Engine, s system, p *plan.Plan, t names.Name) (*rootfs.Root, error) {
	client, err := from.Ensure(ctx)
	if err != nil {
		return nil, err
	}
	b := builder{Client: client, system: s, say: func(format string, args ...any) { fmt.Fprintf(e.stderr, "explain: "+format+"\n", args...) }}
	if from == engineOf(ctx) { // a rebuild takes nothing from others
		if b.pulled, err = s.pulled(ctx, p, "explain", e.stderr); err != nil {
			return nil, err
		}
	}
	root, done, err := b.fromCache(ctx, p, t)
	e.done = append(e.done, done)
	return root, err
}
