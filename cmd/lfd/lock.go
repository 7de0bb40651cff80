package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/buildcontext"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
)

func lockVerb(o *options) *cobra.Command {
	var trust bool
	cmd := &cobra.Command{
		Use:   "lock",
		Short: "Write down the digests of what was built, for others to verify",
		Long: `lock measures what the builder holds of a system and writes lfd.lock beside its bake file:
for each package, root, image and disk a digest of its files, and a key that tells what it is
made of. lfd verify compares a build with it, and lfdgen check tells where the configuration
has changed since.

It builds nothing. What is not built, or is to be built anew, keeps its line where it is made
of the same as before, and has none otherwise.

What was pulled on the word of a store is not written down, unless with --trust-store: where
many machines have built a system, none of them has built it all.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fail("lock", o.system().writeLock(cmd, trust))
		},
	}
	cmd.Flags().BoolVar(&trust, "trust-store", false, "write down also what only a store says")
	return cmd
}

func (s system) lockFile() string { return filepath.Join(s.folder, lock.File) }

// readLock reads the system's lock; nil where there is none. It prints what is wrong in it.
func (s system) readLock(stderr io.Writer) (*lock.Lock, error) {
	text, err := lock.ReadFile(s.lockFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, faults := lock.Decode(filepath.ToSlash(s.lockFile()), s.name(), text)
	for _, f := range faults {
		fmt.Fprintln(stderr, f)
	}
	if len(faults) > 0 {
		return nil, errFindings
	}
	return l, nil
}

// ordinary returns an error where the environment has other things built than a lock tells
// of.
func ordinary() error {
	for _, name := range []string{"LFD_TGT", "LFD_EPOCH"} {
		if value := os.Getenv(name); value != "" {
			return fmt.Errorf("%s=%s in the environment builds another system than the lock's: unset it", name, value)
		}
	}
	return nil
}

// platform returns the platform that is built for.
func platform() string {
	if p := os.Getenv("LFD_PLATFORM"); p != "" {
		return p
	}
	return arch.Default.Platform
}

// recipes tells what each result of the system is made of.
func (s system) recipes(p *plan.Plan) (*lock.Recipes, error) {
	text, err := os.ReadFile(s.dockerfile())
	if err != nil {
		return nil, fmt.Errorf("%w: lfdgen generate writes it", err)
	}
	folder, err := buildcontext.Open(".", filepath.ToSlash(s.dockerfile()))
	if err != nil {
		return nil, err
	}
	return lock.NewRecipes(p, text, folder, platform())
}

// digests measures results, and returns their digests by their names.
func (b builder) digests(ctx context.Context, p *plan.Plan, results []lock.Result) (map[string]string, measured, error) {
	m, err := b.measure(ctx, p, resultNames(results))
	digests := map[string]string{}
	for _, r := range results {
		if result, ok := m.results[r.Stage]; ok {
			digests[r.Target] = result.Digest
		}
	}
	return digests, m, err
}

func (s system) writeLock(cmd *cobra.Command, trust bool) error {
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	if err := ordinary(); err != nil {
		return err
	}
	before, err := s.readLock(stderr)
	if errors.Is(err, errFindings) {
		// This very program is to write it anew.
		fmt.Fprintf(stderr, "lock: %s is no good, see above: none of its lines is kept\n", s.lockFile())
		before, err = nil, nil
	}
	if err != nil {
		return err
	}
	if err := s.current(cmd); err != nil {
		return err
	}
	p, err := s.plan(cmd)
	if err != nil {
		return err
	}
	recipes, err := s.recipes(p)
	if err != nil {
		return err
	}
	client, err := engineOf(ctx).Ensure(ctx)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(stderr, "lock: "+format+"\n", args...) }
	taken, err := s.pulled(ctx, p, "lock", stderr)
	if err != nil {
		return err
	}
	b := builder{Client: client, system: s, say: say, pulled: taken}
	built, m, err := b.digests(ctx, p, recipes.Results)
	if err == nil {
		err = m.err(resultNames(recipes.Results))
	}
	if err != nil {
		return err
	}
	for _, r := range taken.trusted {
		if trust && built[r.Name] == "" {
			built[r.Name] = r.Digest
		}
	}
	if names := taken.untrusted(); len(names) > 0 && !trust {
		say("not written down, as only the store says so: %s", strings.Join(names, ", "))
		maps.DeleteFunc(built, func(name, _ string) bool { return slices.Contains(names, name) })
	}
	entries, missing, err := recipes.Entries(built, before)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return errors.New("nothing of this system is built: build it first")
	}
	l := before
	if l == nil {
		l = &lock.Lock{System: s.name()}
	}
	l.Replace(platform(), entries)
	if err := writeFile(s.lockFile(), l.Encode()); err != nil {
		return err
	}
	say("wrote %s: %d results", s.lockFile(), len(entries))
	if len(missing) > 0 {
		say("without a line, as they are not built, or made of what is not: %s", strings.Join(missing, ", "))
	}
	return nil
}

func resultNames(results []lock.Result) []names.Name {
	var all []names.Name
	for _, r := range results {
		all = append(all, r.Name)
	}
	return all
}
