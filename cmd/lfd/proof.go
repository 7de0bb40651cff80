package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/current"
	"github.com/linux-from-docker/lfd/internal/proof"
	"github.com/linux-from-docker/lfd/internal/statement"
)

// Where the document is, and the runs that it tells of: statements, SYSTEM-….json.
var (
	proofDocument = filepath.Join("docs", "proof.md")
	proofFolder   = filepath.Join("docs", "proof")
	proofPicture  = filepath.Join(proofFolder, "matrix.svg")
)

func proofVerb(*options) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "proof",
		Short: "Write down which results came out the same in which runs: docs/proof.md",
		Long: `proof puts together the locks of the repository's systems and the statements of runs in
docs/proof, SYSTEM-….json, that lfd verify --attest has written, and writes docs/proof.md with
a picture. It asks no builder.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fail("proof", writeProof(check, cmd.ErrOrStderr()))
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; fail if the document is out of date")
	return cmd
}

// verifiedRuns returns the runs that docs/proof tells of, in the order of their time, and what is
// wrong with statements there.
func verifiedRuns() ([]proof.Run, error) {
	files, err := filepath.Glob(filepath.Join(proofFolder, "*.json"))
	if err != nil {
		return nil, err
	}
	var runs []proof.Run
	var errs []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s, err := statement.Decode(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.ToSlash(file), err))
			continue
		}
		runs = append(runs, proof.Run{Name: strings.TrimSuffix(filepath.Base(file), ".json"), Statement: s})
	}
	slices.SortStableFunc(runs, func(a, b proof.Run) int { return a.Predicate.TimeVerified.Compare(b.Predicate.TimeVerified) })
	return runs, errors.Join(errs...)
}

func writeProof(check bool, stderr io.Writer) error {
	runs, err := verifiedRuns()
	errs := []error{err}
	known := map[string]bool{}
	var systems []proof.System
	for _, committed := range current.Committed(".") {
		s := system{folder: committed.Folder}
		l, err := s.readLock(stderr)
		if err != nil {
			return err
		}
		one := proof.System{Name: s.name(), LockFile: filepath.ToSlash(s.lockFile()), Lock: l}
		for _, r := range runs {
			if r.Predicate.Run.System == one.Name {
				one.Runs = append(one.Runs, r)
			}
		}
		known[one.Name] = true
		systems = append(systems, one)
	}
	for _, r := range runs {
		if name := r.Predicate.Run.System; !known[name] {
			errs = append(errs, fmt.Errorf("%s/%s.json: there is no system %q in the repository", filepath.ToSlash(proofFolder), r.Name, name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	text, picture, err := proof.Render(systems)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{proofDocument: []byte(text), proofPicture: picture} {
		if check {
			have, err := os.ReadFile(name)
			if err != nil || !bytes.Equal(have, data) {
				errs = append(errs, fmt.Errorf("%s is not as the locks and the runs say; run make generate", filepath.ToSlash(name)))
			}
			continue
		}
		if err := writeFile(name, data); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}
