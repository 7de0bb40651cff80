package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/share"
)

func storeVerb(*options) *cobra.Command {
	verb := &cobra.Command{
		Use:   "store",
		Short: "Look after a store of results",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var from, keep string
	var dry bool
	prune := &cobra.Command{
		Use:   "prune --from STORE --keep locks-of REF...",
		Short: "Delete the results that no lock of these branches, tags and commits names",
		Long: `prune reads every lfd.lock in each of the branches, tags or commits (REF) of this repository, and
deletes from the store all results whose keys stand in none of them. Where a lock cannot be read,
or a REF has none, nothing is deleted.

A result that was pushed before its lock was committed is deleted, too: give the branch on which
that happens.

A registry must allow deleting, and frees the space when it collects its garbage: Debian's
docker-registry with storage.delete.enabled, by docker-registry garbage-collect.

` + stores,
		Example: `  lfd store prune --from ./results --keep locks-of main v1.2 v1.3
  lfd store prune --from registry.example.org/results --keep locks-of main --dry-run`,
		RunE: func(cmd *cobra.Command, refs []string) error {
			return fail("prune", prune(cmd, from, keep, refs, dry))
		},
	}
	flags := prune.Flags()
	flags.StringVar(&from, "from", "", "the `store`")
	flags.StringVar(&keep, "keep", "", "`what` to keep: locks-of, followed by branches, tags and commits")
	flags.BoolVar(&dry, "dry-run", false, "only say what would be deleted")
	_ = prune.MarkFlagRequired("from")
	_ = prune.MarkFlagRequired("keep")
	verb.AddCommand(prune)
	return verb
}

// prune deletes what no lock names.
func prune(cmd *cobra.Command, from, keep string, refs []string, dry bool) error {
	ctx := cmd.Context()
	if keep != "locks-of" || len(refs) == 0 {
		return errors.New("--keep says what stays: --keep locks-of main v1.0, branches, tags or commits")
	}
	store, err := share.OpenWritable(from)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, ref := range refs {
		if err := keysOf(cmd, ref, named); err != nil {
			return fmt.Errorf("%w; nothing is deleted", err)
		}
	}
	all, err := store.Keys(ctx)
	if err != nil {
		return err
	}
	var gone, kept []string
	for _, key := range all {
		if named[key] {
			kept = append(kept, key)
		} else {
			gone = append(gone, key)
		}
	}
	what := "deleted"
	if dry {
		what = "to be deleted"
	} else if err := store.Remove(ctx, gone, kept); err != nil {
		return fmt.Errorf("%w\nrun it again: it goes on from there", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "prune: %d results %s, %d kept, in %s\n", len(gone), what, len(kept), store)
	return nil
}

// keysOf notes the keys that the locks of a commit name.
func keysOf(cmd *cobra.Command, ref string, keys map[string]bool) error {
	git := func(args ...string) (string, error) {
		c := exec.CommandContext(cmd.Context(), "git", args...)
		c.Stderr = cmd.ErrOrStderr()
		out, err := c.Output()
		if err != nil {
			err = fmt.Errorf("git cannot read %s, see above", ref)
		}
		return string(out), err
	}
	if strings.HasPrefix(ref, "-") {
		return fmt.Errorf("%q is no branch, tag or commit", ref)
	}
	list, err := git("ls-tree", "-r", "-z", "--name-only", "--full-tree", ref)
	if err != nil {
		return err
	}
	locks := 0
	for file := range strings.SplitSeq(list, "\x00") {
		if path.Base(file) != lock.File {
			continue
		}
		text, err := git("cat-file", "blob", ref+":"+file)
		if err != nil {
			return err
		}
		entries, err := lock.Entries([]byte(text))
		if err != nil {
			return fmt.Errorf("%s:%s: %w", ref, file, err)
		}
		locks++
		for _, e := range entries {
			keys[e.Key] = true
		}
	}
	if locks == 0 {
		return fmt.Errorf("%s has no %s", ref, lock.File)
	}
	return nil
}
