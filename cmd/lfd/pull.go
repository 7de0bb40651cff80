package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/linux-from-docker/lfd/internal/share"
)

// stores is what is said of a STORE.
const stores = `STORE is a folder (./results), an address of a web server that has the files of such a folder
(https://example.org/results), or a repository of a registry (registry.example.org/results),
with the password that docker login has noted.`

func pullVerb(o *options) *cobra.Command {
	var p puller
	cmd := &cobra.Command{
		Use:   "pull [TARGET...] --from STORE",
		Short: "Fetch results that others have built, so that they need not be built here",
		Long: `pull fetches from a store the packages that a TARGET needs, or the system where none is named:
those that go into it, and not what they were built with. It measures each and compares it with
lfd.lock: nothing else is taken. What the store has not is built as always, by what is then needed
for that.

lfd build and make take what was pulled from then on. They look before each build that it is
still what the configuration describes, and build what it is not. Plain bake takes it with
-f SYSTEM/docker-bake.pulled.hcl, and does not look. Delete that file to build all here.

A result that lfd.lock does not know, as somebody has changed something, is taken on the word
of the store alone with --trust-store.

With --into it only copies the results into another store, in a folder: for machines without
a network.

` + stores,
		Example: `  lfd pull --from registry.example.org/results
  lfd pull --system debian lfs-disk --from https://example.org/results
  lfd pull --system debian --from ./stick --into ./copy`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.cmd = cmd
			return fail("pull", p.run(o, args))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&p.from, "from", "", "the `store`")
	flags.StringVar(&p.into, "into", "", "only copy into the store in this `folder`")
	flags.BoolVar(&p.trust, "trust-store", false, "take also what lfd.lock does not know")
	_ = cmd.MarkFlagRequired("from")
	_ = cmd.MarkFlagDirname("into")
	return cmd
}

// puller is one run of lfd pull.
type puller struct {
	cmd   *cobra.Command
	from  string
	into  string
	trust bool

	*shared
	store  share.Store
	folder *share.Folder
	wanted map[string]expected // by stage of the Dockerfile, in small letters

	trusted []share.Result // that the lock does not know

	mu             sync.Mutex
	bytes          int64 // that were transferred
	fetched, there int
	absent         []string
	unknown        []string // to the lock
	refused        int
}

func (p *puller) run(o *options, args []string) error {
	if err := ordinary(); err != nil {
		return err
	}
	ctx := p.cmd.Context()
	s, planned, targets, err := o.targets(p.cmd, args, "")
	if err != nil {
		return err
	}
	if p.shared, err = s.shared(planned, "pull", p.cmd.ErrOrStderr()); err != nil {
		return err
	}
	if len(p.lock.Digests(platform())) == 0 && !p.trust {
		return fmt.Errorf("there is nothing in %s to check results for %s by: get it from git, or take them on the word of the store with --trust-store", p.lockFile(), platform())
	}
	if p.store, err = share.Open(p.from); err != nil {
		return err
	}
	to := filepath.FromSlash(pulledFolder)
	if p.into != "" {
		to = p.into
	} else if err := results(); err != nil {
		return err
	}
	p.folder = share.NewFolder(to)
	if err := p.know(ctx); err != nil {
		return err
	}
	if len(targets) == 0 {
		targets = []string{p.plan.Default()}
	}
	if err := p.pull(ctx, targets); err != nil {
		if p.fetched > 0 {
			err = fmt.Errorf("%w\nwhat was pulled until then (%d results) is kept", err, p.fetched)
		}
		return err
	}
	p.say("%d results pulled from %s (%s), %d were here already", p.fetched, p.store, megabytes(p.bytes), p.there)
	if len(p.absent) > 0 {
		p.say("not in the store, and so built here: %s", strings.Join(p.absent, ", "))
	}
	if len(p.unknown) > 0 {
		p.say("not in the lock, and so built here: %s", strings.Join(p.unknown, ", "))
	}
	if p.into == "" {
		if err := p.use(ctx); err != nil {
			return err
		}
	}
	if p.refused > 0 {
		return fmt.Errorf("%d results were refused, see above: they are built here", p.refused)
	}
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// know finds out what results are to be, by the lock or else by the store.
func (p *puller) know(ctx context.Context) error {
	all, err := p.expected(func(_, key string) (string, error) {
		if !p.trust {
			return "", nil
		}
		i, err := p.store.Find(ctx, key)
		switch {
		case errors.Is(err, share.ErrNone), share.Refused(err):
			return "", nil
		case err != nil:
			return "", err
		}
		if p.into != "" && i.Layer == nil { // whoever takes it from there asks, too
			err = p.folder.Put(ctx, i, "")
		}
		return i.Digest, err
	})
	p.wanted = map[string]expected{}
	for _, e := range all {
		if e.trusted {
			p.trusted = append(p.trusted, e.Result)
		}
		if stored(e.of) {
			p.wanted[strings.ToLower(e.of.Stage)] = e
		}
	}
	return err
}

// pull takes what the targets need. Of a result that is taken nothing else is needed; of one
// that is not, what it is built with.
func (p *puller) pull(ctx context.Context, targets []string) error {
	all, err := p.recipeStages()
	if err != nil {
		return err
	}
	var level []string
	seen := map[string]bool{}
	add := func(stage string) {
		if stage = strings.ToLower(stage); !seen[stage] {
			seen[stage] = true
			level = append(level, stage)
		}
	}
	packages := map[string]string{}
	for _, r := range p.recipes.Results {
		if stored(r) {
			packages[strings.ToLower(r.Stage)] = r.Target
		}
	}
	for _, stage := range p.plan.DockerfileStages(targets) {
		add(stage)
	}
	for len(level) > 0 {
		now := level
		level = nil
		build := make([]bool, len(now))
		work, ctx := errgroup.WithContext(ctx)
		work.SetLimit(4)
		for n, stage := range now {
			e, ok := p.wanted[stage]
			if !ok {
				build[n] = true
				if name := packages[stage]; name != "" {
					p.unknown = append(p.unknown, name)
				}
				continue
			}
			work.Go(func() error {
				taken, err := p.take(ctx, e)
				build[n] = !taken
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
		for n, stage := range now {
			if of, ok := all[stage]; ok && build[n] { // scratch and images are none
				for _, part := range of.Parts() {
					add(part)
				}
			}
		}
	}
	return nil
}

// take takes a result, and reports whether it could.
func (p *puller) take(ctx context.Context, e expected) (bool, error) {
	if _, err := sound(ctx, p.folder, e.Result); err == nil {
		p.mu.Lock()
		p.there++
		p.mu.Unlock()
		return true, nil
	}
	i, err := p.store.Find(ctx, e.Key)
	if err == nil && i.Digest != e.Digest {
		err = &share.Refusal{Why: fmt.Sprintf("its files have the digest %s, and the lock has %s", i.Digest, e.Digest)}
	}
	if err == nil && i.Layer == nil {
		err = share.ErrNone
	}
	if err == nil {
		err = share.Take(ctx, p.store, i, p.folder)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, share.ErrNone):
		p.absent = append(p.absent, e.Name)
		return false, nil
	case share.Refused(err):
		p.say("%s is refused: %v", e.Name, err)
		p.refused++
		return false, nil
	case err != nil:
		return false, err
	}
	p.fetched++
	p.bytes += i.Layer.Size + int64(len(i.Manifest)+len(i.Config))
	p.say("%s, %s", e.Name, megabytes(i.Layer.Size))
	return true, nil
}

// use has builds take what was pulled.
func (p *puller) use(ctx context.Context) error {
	text, err := p.readPulled()
	if err != nil {
		return err
	}
	before, _ := share.DecodeBake(pulledFolder, text)
	_, err = p.choose(ctx, before, append(trustedOf(before), p.trusted...))
	return err
}
