package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/made"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/internal/share"
)

func pushVerb(o *options) *cobra.Command {
	var p pusher
	cmd := &cobra.Command{
		Use:   "push [TARGET...] --to STORE",
		Short: "Put results that were built into a store, for other machines",
		Long: `push puts the packages that were built here, or those that are named, into a store, from which
lfd pull takes them on other machines. It builds nothing. The store keeps their files alone: no
sources, and nothing of what they were built in. Roots, images and disks are put together from
packages in seconds, so of a root it keeps the digest alone, and nothing of the others.

With a package go the digests of the roots that it was built in, without which others cannot
know its key. What the store has already is not sent again. Where it has another result of the same, and where
lfd.lock says that another one is right, nothing is replaced, and push ends with 1.

With --statement it puts signed statements (lfd verify --attest) beside the results that they
name, where the store has these, and nothing else. lfd verify --statements STORE counts them.

` + stores + `
Nothing can be pushed to a web server: push into a folder, and copy that.`,
		Example: `  lfd push --to registry.example.org/results
  lfd push --system debian bash --to ./results
  lfd push --statement me.json --to ./results`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.cmd = cmd
			return fail("push", p.run(o, args))
		},
	}
	cmd.Flags().StringVar(&p.to, "to", "", "the `store`")
	cmd.Flags().StringArrayVar(&p.statements, "statement", nil, "put this signed `file` beside the results that it names, and push no results; more than once for several")
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

// pusher is one run of lfd push.
type pusher struct {
	cmd        *cobra.Command
	to         string
	statements []string // files

	*shared
	store   share.Writable
	folder  string // for layers that are being sent
	wanted  map[string]lock.Result
	pulled  map[string]share.Context // what is not built here, by target
	digests map[string]string        // of what was pulled or measured, by target
	stop    context.CancelFunc
	err     error // that has ended the run

	pushed, there, kept int
	bytes               int64
}

func (p *pusher) run(o *options, args []string) error {
	if err := ordinary(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(p.cmd.Context())
	defer stop()
	p.stop = stop
	var err error
	if p.store, err = share.OpenWritable(p.to); err != nil {
		return err
	}
	if len(p.statements) > 0 {
		if len(args) > 0 {
			return errors.New("a statement lies beside all results that it names: name no TARGET with --statement")
		}
		return attach(ctx, p.store, p.statements, func(format string, args ...any) { fmt.Fprintf(p.cmd.ErrOrStderr(), "push: "+format+"\n", args...) })
	}
	s, planned, targets, err := o.targets(p.cmd, args, "")
	if err != nil {
		return err
	}
	if p.shared, err = s.shared(planned, "push", p.cmd.ErrOrStderr()); err != nil {
		return err
	}
	taken, err := s.pulled(ctx, planned, "push", p.cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	p.pulled, p.digests = map[string]share.Context{}, map[string]string{}
	for _, c := range taken.contexts {
		p.pulled[c.Name], p.digests[c.Name] = c, c.Digest
	}
	named, measured, err := p.choose(targets)
	if err != nil {
		return err
	}
	client, err := engineOf(ctx).Ensure(ctx)
	if err != nil {
		return err
	}
	if err := results(); err != nil {
		return err
	}
	if p.folder, err = os.MkdirTemp("out", "push-"); err != nil {
		return err
	}
	defer func() { _ = made.Remove(p.folder) }()
	stageOf := map[string]lock.Result{}
	for _, r := range measured {
		stageOf[r.Stage] = r
	}
	b := builder{Client: client, system: s, say: p.say, pulled: taken, take: func(stage string, root *rootfs.Root) error {
		if p.err == nil {
			if p.err = p.push(ctx, stageOf[stage], root); p.err != nil {
				p.stop()
			}
		}
		return nil
	}}
	m, err := b.measure(ctx, planned, resultNames(measured))
	said := fmt.Sprintf("%d results pushed to %s (%s), %d were there already", p.pushed, p.store, megabytes(p.bytes), p.there)
	switch {
	case p.err != nil:
		return fmt.Errorf("%w\n%s", p.err, said)
	case err != nil:
		return err
	}
	if err := m.err(resultNames(measured)); err != nil {
		return err
	}
	p.say("%s", said)
	var missing []string
	for _, r := range named {
		if p.digests[r.Target] == "" {
			missing = append(missing, r.Target)
		}
	}
	if len(missing) > 0 {
		p.say("not built here: %s", strings.Join(missing, ", "))
		if len(targets) > 0 {
			return errors.New("what was named is to be built first, see above")
		}
	}
	if p.kept > 0 {
		return fmt.Errorf("%d results were not pushed, see above", p.kept)
	}
	return nil
}

// choose returns the results that are to be pushed, and those that are to be measured: these,
// and what they are made of, as the digests of that are a part of keys. Of what was pulled the
// key is known. Roots among them are pushed, too: by their digests alone others find the keys.
func (p *pusher) choose(targets []string) (named, measured []lock.Result, err error) {
	chosen, err := choose(p.recipes.Results, p.plan, targets)
	if err != nil {
		return nil, nil, err
	}
	p.wanted = map[string]lock.Result{}
	for _, r := range chosen {
		if stored(r) || r.Kind == plan.StageTarget {
			p.wanted[r.Target] = r
			named = append(named, r)
		} else if len(targets) > 0 {
			return nil, nil, fmt.Errorf("%s is put together from packages, in seconds: no store keeps it", r.Target)
		}
	}
	needed := map[string]bool{}
	for _, r := range slices.Backward(p.recipes.Results) { // each stands after what it is made of
		_, wanted := p.wanted[r.Target]
		_, pulled := p.pulled[r.Target]
		if needed[r.Target] && r.Kind == plan.StageTarget {
			p.wanted[r.Target] = r
			wanted = true
		}
		if !wanted && (pulled || !needed[r.Target]) {
			continue
		}
		measured = append(measured, r)
		if pulled {
			continue
		}
		needs, err := p.recipes.Needs(r)
		if err != nil {
			return nil, nil, err
		}
		for _, need := range needs {
			needed[need] = true
		}
	}
	slices.Reverse(measured)
	return named, measured, nil
}

// push puts a result into the store.
func (p *pusher) push(ctx context.Context, of lock.Result, root *rootfs.Root) error {
	digest := root.Measure().Digest
	p.digests[of.Target] = digest
	if _, ok := p.wanted[of.Target]; !ok {
		return nil
	}
	key := p.pulled[of.Target].Key
	if key == "" {
		var err error
		if key, err = p.recipes.Key(of, p.digests); err != nil {
			return err
		}
	}
	r := share.Result{Name: of.Target, Platform: platform(), Key: key, Digest: digest}
	if line, ok := p.lock.Find(of.Target, platform()); ok && line.Key == key && line.Digest != digest {
		p.say("%s is not pushed: its files have the digest %s, and the lock has %s (lfd verify, lfd explain)", of.Target, digest, line.Digest)
		p.kept++
		return nil
	}
	there, err := p.store.Find(ctx, key)
	switch {
	case err == nil && there.Digest != digest:
		p.say("%s is not pushed: %s has another result of the same, with the digest %s, and here it is %s: one of both tells of the machine that built it", of.Target, p.store, there.Digest, digest)
		p.kept++
		return nil
	case err == nil:
		whole, err := p.store.Whole(ctx, there)
		if err != nil {
			return err
		}
		if whole && (there.Layer != nil) == stored(of) {
			p.there++
			return nil
		}
	case share.Refused(err):
		p.say("%s, as %s has it, is replaced: %v", of.Target, p.store, err)
	case !errors.Is(err, share.ErrNone) && !errors.Is(err, os.ErrNotExist):
		return err
	}
	return p.send(ctx, of, r, root)
}

func (p *pusher) send(ctx context.Context, of lock.Result, r share.Result, root *rootfs.Root) error {
	if !stored(of) {
		err := p.store.Put(ctx, share.Note(r), "")
		if err == nil {
			p.pushed++
		}
		return err
	}
	f, err := os.CreateTemp(p.folder, "layer-")
	if err != nil {
		return err
	}
	i, err := share.Pack(root, r, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := p.store.Put(ctx, i, f.Name()); err != nil {
		return err
	}
	p.say("%s, %s", r.Name, megabytes(i.Layer.Size))
	p.pushed++
	p.bytes += i.Layer.Size
	if err := os.Remove(f.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
