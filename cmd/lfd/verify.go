package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/engine"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/statement"
)

func verifyVerb(o *options) *cobra.Command {
	var v verifier
	cmd := &cobra.Command{
		Use:   "verify [TARGET...]",
		Short: "Compare what was built with the committed lock",
		Long: `verify measures what was built here and compares it with lfd.lock: the digests that the same
system had where the lock was written. It builds nothing. Without a TARGET it compares all
results that are built; a package, a stage, an image or a disk that is named must be there.

It prints a line for each result that differs, in the order of the build: the first one is
the cause to look at, and what is made of it is said to follow. lfd explain shows what
differs in it.

With --rebuild it first builds the results anew, in a second builder of our own that begins
empty, beside the usual one: with other jobs, processors, host name, umask and name of the
kernel, on another filesystem and by another path of the project, as far as the machine has
them. What was built there stays for the next time, so a large system can be done in pieces;
LFD_BUILDER_DIR=FOLDER-rebuild lfd engine clean deletes it. With --host the first compiler is
built on another system: an overlay in overlays/, or an image.

With --attest it writes an in-toto statement of what it has compared, for you to sign:

  ssh-keygen -Y sign -n lfd -f KEY FILE        or        minisign -S -m FILE

With --statements it builds and compares nothing here, but counts who of the signers whose
keys are given states the digests of the lock. The statements are in a folder, or in a store
beside the results (lfd push --statement). Statements of images and disks, of which stores keep
nothing, lie beside the packages that they speak of as well.

Exit codes: 0 all that was compared is equal, or the system has no lock; 1 it is not, or
nothing could be compared, or the lock and the configuration have other results.`,
		Example: `  lfd verify
  lfd verify --system debian zlib lfs-mini
  lfd verify --rebuild musl
  lfd verify --statements proofs --signers allowed_signers --threshold 2`,
		RunE: func(cmd *cobra.Command, args []string) error {
			v.cmd, v.system = cmd, o.system()
			return fail("verify", v.run(args))
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&v.rebuild, "rebuild", false, "build it anew first, in other circumstances")
	flags.StringVar(&v.host, "host", "", "with --rebuild: on another `system`, an overlay by its name (debian-12) or an image")
	flags.StringVar(&v.attest, "attest", "", "write a statement of what was compared into this `file`, which must not exist")
	flags.StringVar(&v.statements, "statements", "", "count the signed statements in this `folder`, or beside the results of this store, and compare nothing here")
	flags.IntVar(&v.threshold, "threshold", 1, "with --statements: so many signers must agree on each result")
	flags.StringVar(&v.signers.SSH, "signers", "", "with --statements: a `file` of ssh keys whose signatures count, as ssh-keygen(1) has it under ALLOWED SIGNERS")
	flags.StringVar(&v.signers.Minisign, "minisign-keys", "", "with --statements: a `folder` of minisign's public keys whose signatures count, NAME.pub each")
	cmd.MarkFlagsMutuallyExclusive("statements", "rebuild")
	cmd.MarkFlagsMutuallyExclusive("statements", "attest")
	for _, folder := range []string{"statements", "minisign-keys"} {
		_ = cmd.MarkFlagDirname(folder)
	}
	return cmd
}

// verifier is one run of lfd verify.
type verifier struct {
	system
	cmd        *cobra.Command
	rebuild    bool
	host       string
	image      string // of the usual host, where another one is asked for
	attest     string // the file to write
	statements string // the folder, or the store
	threshold  int
	signers    statement.Signers
}

// run compares what was built, or is built now, with the lock.
func (v *verifier) run(targets []string) error {
	if err := v.usage(); err != nil {
		return err
	}
	if v.attest != "" {
		if err := fresh(v.attest); err != nil {
			return err
		}
	}
	l, err := v.readLock(v.cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if l == nil {
		fmt.Fprintf(v.cmd.OutOrStdout(), "verify: there is no %s: nobody has written down yet what this system gives (lfd lock does)\n", v.lockFile())
		return nil
	}
	if err := v.current(v.cmd); err != nil {
		return err
	}
	p, err := v.plan(v.cmd)
	if err != nil {
		return err
	}
	recipes, err := v.recipes(p)
	if err != nil {
		return err
	}
	wanted, err := choose(recipes.Results, p, targets)
	if err != nil {
		return err
	}
	if v.statements != "" {
		return v.count(l, wanted)
	}
	r := buildRun{system: v.system, plan: p, results: wanted}
	if v.rebuild {
		err = v.buildAnew(&r)
	} else {
		r.client, err = engineOf(v.cmd.Context()).Ensure(v.cmd.Context())
	}
	if err != nil {
		return err
	}
	return v.compare(l, recipes, r, len(targets) > 0)
}

// usage returns what is wrong with the flags, or with the environment.
func (v *verifier) usage() error {
	flags := v.cmd.Flags()
	switch {
	case v.host != "" && !v.rebuild:
		return errors.New("--host is for --rebuild: what is built already has its host")
	case flags.Changed("attest") && v.attest == "":
		return errors.New("--attest names no file")
	case v.statements == "" && (flags.Changed("threshold") || flags.Changed("signers") || flags.Changed("minisign-keys")):
		return errors.New("--threshold, --signers and --minisign-keys are for --statements")
	}
	return ordinary()
}

// buildRun is a build whose results are compared.
type buildRun struct {
	system
	plan    *plan.Plan
	results []lock.Result
	client  *buildx.Client
	varied  []engine.Variation
}

// compare measures results, compares them with the lock, and says what came of it.
func (v *verifier) compare(l *lock.Lock, recipes *lock.Recipes, r buildRun, named bool) error {
	b := builder{Client: r.client, system: r.system, say: func(format string, args ...any) {
		fmt.Fprintf(v.cmd.ErrOrStderr(), "verify: "+format+"\n", args...)
	}}
	// A statement is of what was built here.
	if !v.rebuild && v.attest == "" {
		var err error
		if b.pulled, err = v.pulled(v.cmd.Context(), r.plan, "verify", v.cmd.ErrOrStderr()); err != nil {
			return err
		}
	}
	built, m, err := b.digests(v.cmd.Context(), r.plan, r.results)
	if err != nil {
		return err
	}
	all, err := recipes.Compare(l, built)
	if err != nil {
		return err
	}
	// What differs may do so because of something that was not asked for.
	if named && slices.ContainsFunc(all, lock.Comparison.Differs) {
		causes, err := v.parts(recipes, r)
		if err != nil {
			return err
		}
		more, _, err := b.digests(v.cmd.Context(), r.plan, causes)
		if err != nil {
			return err
		}
		maps.Copy(built, more)
		if all, err = recipes.Compare(l, built); err != nil {
			return err
		}
	}
	outcome := verdict{lock: v.lockFile(), named: named}
	if !named {
		outcome.gone = recipes.Gone(l)
	}
	var compared []lock.Comparison
	for _, c := range all {
		i := slices.IndexFunc(r.results, func(r lock.Result) bool { return r.Target == c.Target })
		if i < 0 {
			continue
		}
		if r.folder != v.folder {
			c.Changed = false // on another host all are made of something else
		}
		outcome.add(c, m.unreadable[r.results[i].Stage])
		if c.Locked != "" && c.Built != "" {
			compared = append(compared, c)
		}
	}
	stdout := v.cmd.OutOrStdout()
	fmt.Fprint(stdout, outcome.String())
	if v.rebuild {
		fmt.Fprint(stdout, "\nbuilt anew, with another\n")
		for _, one := range r.varied {
			if one.Here == "" {
				fmt.Fprintf(stdout, "  %-15s no: %s\n", one.Name, one.Why)
			} else {
				fmt.Fprintf(stdout, "  %-15s %s, not %s\n", one.Name, one.Here, one.Usual)
			}
		}
	}
	if v.attest != "" {
		if len(compared) == 0 {
			return fmt.Errorf("nothing was compared, so no statement is written: %s", v.attest)
		}
		if err := v.writeStatement(b, r, compared); err != nil {
			return err
		}
	}
	if !outcome.good() {
		return errFindings
	}
	return nil
}

// parts returns the results that those of a run are made of, but for these.
func (v *verifier) parts(recipes *lock.Recipes, r buildRun) ([]lock.Result, error) {
	needed, wanted := map[string]bool{}, map[string]bool{}
	for _, result := range r.results {
		wanted[result.Target] = true
	}
	for _, result := range slices.Backward(recipes.Results) { // each stands after its parts
		if !wanted[result.Target] && !needed[result.Target] {
			continue
		}
		needs, err := recipes.Needs(result)
		if err != nil {
			return nil, err
		}
		for _, need := range needs {
			needed[need] = true
		}
	}
	return slices.DeleteFunc(lock.Results(r.plan), func(one lock.Result) bool { return !needed[one.Target] || wanted[one.Target] }), nil
}

// choose returns the results that targets mean, in the order of the build: all of them where
// none is named. A group means its targets.
func choose(results []lock.Result, p *plan.Plan, targets []string) ([]lock.Result, error) {
	if len(targets) == 0 {
		return results, nil
	}
	wanted := map[string]bool{}
	for _, name := range targets {
		t, ok := p.Find(name)
		if !ok {
			return nil, fmt.Errorf("there is no target '%s'", name)
		}
		for _, member := range p.Members(t.Name) {
			if !slices.ContainsFunc(results, func(r lock.Result) bool { return r.Target == member }) {
				return nil, fmt.Errorf("%s is no result that a lock has: these are packages, images, disks, and stages that start from scratch", member)
			}
			wanted[member] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(results), func(r lock.Result) bool { return !wanted[r.Target] }), nil
}

// verdict is what came of comparing results.
type verdict struct {
	lock  string
	named bool     // the results were named: all of them must be there
	gone  []string // lines of the lock that are of no result
	lines []string

	equal, differ, unread, absent, unknown int // how many results are
}

func (v *verdict) add(c lock.Comparison, unreadable error) {
	say := func(format string, args ...any) {
		v.lines = append(v.lines, fmt.Sprintf(c.Target+": "+format, args...))
	}
	changed := ""
	if c.Changed {
		changed = "; it is made of something else than when the lock was written"
	}
	switch {
	case unreadable != nil:
		v.unread++
		say("cannot be read: %s", lastLine(unreadable))
	case c.Built == "":
		v.absent++
		if v.named {
			say("is not built here, or is to be built anew: lfd build %s", c.Target)
		}
	case c.Locked == "":
		v.unknown++
		say("has no line in the lock: lfd lock writes one, once the system is built")
	case c.Equal():
		v.equal++
		if c.Changed {
			say("is equal%s", changed)
		}
	case len(c.Causes) > 0:
		v.differ++
		say("differs, following %s%s", strings.Join(c.Causes, ", "), changed)
	default:
		v.differ++
		say("differs: %s was built, and the lock has %s%s", c.Built, c.Locked, changed)
	}
}

// lastLine returns the last line of an error, which has the reason.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return lines[len(lines)-1]
}

// good reports whether something was compared, and all of it is equal.
func (v *verdict) good() bool {
	return v.equal > 0 && v.differ == 0 && v.unread == 0 && v.unknown == 0 && len(v.gone) == 0 && (!v.named || v.absent == 0)
}

func (v *verdict) String() string {
	var b strings.Builder
	for _, line := range v.lines {
		fmt.Fprintln(&b, line)
	}
	for _, name := range v.gone {
		fmt.Fprintf(&b, "%s: has a line in the lock, and is no result\n", name)
	}
	counts := []string{fmt.Sprintf("compared %d with %s: %d equal, bit for bit", v.equal+v.differ, v.lock, v.equal)}
	for _, c := range []struct {
		n    int
		what string
	}{{v.differ, "different"}, {v.unread, "that cannot be read"}, {v.absent, "not built here"}, {v.unknown, "without a line in the lock"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	fmt.Fprintf(&b, "verify: %s\n", strings.Join(counts, ", "))
	return b.String()
}
