package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/engine"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/statement"
)

// writeStatement writes what was compared into the file that was asked for.
func (v *verifier) writeStatement(b builder, r buildRun, compared []lock.Comparison) error {
	version, err := b.version(v.cmd.Context())
	if err != nil {
		return err
	}
	text, err := os.ReadFile(v.lockFile())
	if err != nil {
		return err
	}
	run := statement.Run{
		System: v.name(), Platform: platform(), Commit: v.commit(),
		Host: r.plan.Host.Image, Builder: version,
		Machine: inventory.ThisMachine(), Kernel: engine.Release(), Rebuilt: v.rebuild,
	}
	for _, one := range r.varied {
		run.Variations = append(run.Variations, statement.Variation(one))
	}
	for _, c := range compared {
		run.Comparisons = append(run.Comparisons, statement.Comparison{Name: c.Target, Key: c.Key, Locked: c.Locked, Built: c.Built})
	}
	s := statement.New(run, filepath.ToSlash(v.lockFile()), fmt.Sprintf("%x", sha256.Sum256(text)), time.Now())
	if text, err = s.Encode(); err != nil {
		return err
	}
	if err := writeFile(v.attest, text); err != nil {
		return err
	}
	fmt.Fprintf(v.cmd.OutOrStdout(), "verify: wrote a statement of %d results, not signed yet: %s\n", len(compared), v.attest)
	return nil
}

// commit returns the commit of the project, or nothing where there is none, or files differ
// from it.
func (v *verifier) commit() string {
	changed, err := exec.CommandContext(v.cmd.Context(), "git", "status", "--porcelain", "--untracked-files=no").Output()
	if err != nil || len(changed) > 0 {
		return ""
	}
	commit, err := exec.CommandContext(v.cmd.Context(), "git", "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(commit))
}

// count counts who states the digests of the lock.
func (v *verifier) count(l *lock.Lock, wanted []lock.Result) error {
	if v.threshold < 1 {
		return fmt.Errorf("--threshold %d: at least one signer must agree", v.threshold)
	}
	folder, done, err := collected(v.cmd.Context(), v.statements, l, wanted)
	defer done()
	if err != nil {
		return err
	}
	all, problems, err := statement.Read(v.cmd.Context(), folder, v.signers)
	if err != nil {
		return err
	}
	stdout := v.cmd.OutOrStdout()
	for _, p := range problems {
		fmt.Fprintf(stdout, "%s does not count: %s\n", fetch.Printable(p.File), fetch.Printable(p.Text))
	}
	enough, rebuilt := 0, 0
	for _, s := range all {
		if s.Content.Predicate.Run.Rebuilt {
			rebuilt++
		}
	}
	for _, r := range wanted {
		e, ok := l.Find(r.Target, platform())
		if !ok {
			fmt.Fprintf(stdout, "%s: has no line in the lock\n", r.Target)
			continue
		}
		said := statement.Said(all, statement.SubjectName(v.name(), platform(), r.Target))
		agree := said[e.Digest]
		delete(said, e.Digest)
		if len(agree) >= v.threshold {
			enough++
		} else {
			fmt.Fprintf(stdout, "%s: %d of %d signers agree with the lock%s\n", r.Target, len(agree), v.threshold, named(agree))
		}
		for _, digest := range slices.Sorted(maps.Keys(said)) {
			fmt.Fprintf(stdout, "%s: another digest, %s, is stated%s\n", r.Target, digest, named(said[digest]))
		}
	}
	fmt.Fprintf(stdout, "verify: %d of %d results are as %s says by %d signers or more; %d statements count, %d of them of a rebuild\n",
		enough, len(wanted), v.lockFile(), v.threshold, len(all), rebuilt)
	if enough < len(wanted) {
		return errFindings
	}
	return nil
}

func named(signers []statement.Witness) string {
	var names []string
	for _, w := range signers {
		if w.Rebuilt {
			names = append(names, w.Name+" (rebuilt)")
		} else {
			names = append(names, w.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " by " + fetch.Printable(strings.Join(names, ", "))
}
