package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/archive"
	"github.com/linux-from-docker/lfd/internal/compressed"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/signature"
	"github.com/linux-from-docker/lfd/internal/updates"
	"github.com/linux-from-docker/lfd/internal/vendoring"
	"github.com/linux-from-docker/lfd/internal/vuln"
)

// verify fetches the signature of the new file, and verifies it with the key of the old one's.
// It returns in words what came of it. A signature that does not hold is an error.
func (r *raised) verify(ctx context.Context, s *config.Signature, old string, u *updater) (string, error) {
	defer func() {
		if r.signature.URL == "" { // it was not verified
			r.signature = config.Signature{}
		}
	}()
	if s == nil {
		return "signature: none is known", nil
	}
	left := "signature: it could not be verified, and is that of " + r.old + " still; raise it by hand: "
	now := updates.Raise(s.URL, r.old, r.version)
	if ending, ok := strings.CutPrefix(s.URL, old); ok {
		now = r.url + ending
	}
	if now == s.URL {
		return left + s.URL + " does not have the version in it", nil
	}
	if r.data == nil {
		return left + "the new file could not be had", nil
	}
	var archives []fetch.Archive
	if u.archive != nil && r.signature.SHA256 != "" { // Debian has it, too
		archives = append(archives, u.archive)
	}
	made, err := fetchAlone(ctx, filepath.Join(r.temp, "signature"), fetch.Source{URL: now, SHA256: r.signature.SHA256, File: "signature", Unproven: true}, io.Discard, archives...)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return left + strings.ReplaceAll(fetch.Printable(err.Error()), "\n  ", "; "), nil
	}
	keys, err := os.ReadFile(filepath.Join(config.KeyFolder, s.Key))
	if err != nil {
		return "", fmt.Errorf("the key of the signature cannot be read: %w", err)
	}
	var signed io.Reader = bytes.NewReader(r.data)
	if s.Of == "tar" {
		unpacked, err := compressed.NewReader(compressed.Detect(r.data[:min(len(r.data), compressed.Head)]), signed)
		if err != nil {
			return "", err
		}
		defer unpacked.Close()
		signed = unpacked
	}
	signer, err := signature.Verify(keys, made, signed)
	if err != nil {
		return "", fmt.Errorf("the signature %s does not hold, by the key %s: %w; nothing was changed: ask the authors", fetch.Printable(now), s.Key, err)
	}
	sum := sha256.Sum256(made)
	r.signature = config.Signature{URL: now, SHA256: hex.EncodeToString(sum[:])}
	return strings.TrimSpace(fmt.Sprintf("signature: good, by the key %s %s", signer.Key, fetch.Printable(signer.Name))), nil
}

// sayLicenses says which texts of the licence are others in the new file.
func (r *raised) sayLicenses(p *plan.Plan, pkg *config.Package, w io.Writer) {
	if len(pkg.LicenseFiles) == 0 {
		return
	}
	i := slices.IndexFunc(p.Sources(), func(s plan.Source) bool { return s.Name == pkg.Name })
	if r.data == nil || i < 0 {
		fmt.Fprintln(w, "licence: its texts could not be looked at: lfd fetch does")
		return
	}
	source := p.Sources()[i]
	if source.Unpack == "file" {
		source.File = filepath.Base(r.url)
	}
	var paths []string
	for _, text := range pkg.LicenseFiles {
		paths = append(paths, text.Path)
	}
	found, err := vendoring.TextsIn(bytes.NewReader(r.data), source, paths)
	switch {
	case errors.Is(err, archive.ErrUnread):
		fmt.Fprintln(w, "licence: its texts could not be looked at, as only tar can read the archive: the build does")
		return
	case err != nil:
		fmt.Fprintf(w, "licence: its texts could not be looked at: %s\n", fetch.Printable(err.Error()))
		return
	}
	same := 0
	for _, text := range pkg.LicenseFiles {
		switch is := found[text.Path]; {
		case is == "" && source.Steps != "":
			fmt.Fprintf(w, "licence: %s is not in the archive; srcSteps may make it, as the build will see\n", text.Path)
		case is == "":
			fmt.Fprintf(w, "licence: %s is gone: look where the text is now\n", text.Path)
		case text.SHA256 == "":
			fmt.Fprintf(w, "licence: nobody has read %s: do, and write down its sha256 %s\n", text.Path, is)
		case is != text.SHA256:
			fmt.Fprintf(w, "licence: %s is another text: read it, see whether %s is still right, and write its sha256 %s\n", text.Path, pkg.License, is)
		default:
			same++
		}
	}
	if same > 0 {
		fmt.Fprintf(w, "licence: %d of %d texts are the same\n", same, len(pkg.LicenseFiles))
	}
}

// audit returns what is to be looked up of a package in lists of vulnerabilities; nothing where
// there are no lists.
func (u *updater) audit(cfg *config.Config, p *plan.Plan, name string) ([]vuln.Package, error) {
	if u.db == "" {
		return nil, nil
	}
	for _, pkg := range audited(cfg, document.New(p, filepath.ToSlash(u.folder)), nil) {
		if pkg.Name == name {
			pkg.Installed = []string{name} // also where no image has it
			return []vuln.Package{pkg}, nil
		}
	}
	return nil, fmt.Errorf("%s is no package that lists of vulnerabilities know", name)
}

// sayAnswers says which answers to vulnerabilities the raised package no longer needs, and which
// vulnerabilities have come and gone, as lists say. Before is the package as it was.
func (u *updater) sayAnswers(ctx context.Context, old *config.Package, before []vuln.Package) error {
	if strings.Count(old.CPE, ":") > 4 {
		fmt.Fprintf(u.stdout, "cpe: %s has a version of its own: raise it by hand\n", old.CPE)
	}
	if before == nil {
		var names []string
		for _, answer := range old.Vulnerabilities {
			names = append(names, answer.Name)
		}
		if len(names) > 0 {
			fmt.Fprintf(u.stdout, "vulnerabilities: whether the answers to %s are needed still, lfd cves --db tells\n", strings.Join(names, ", "))
		}
		return nil
	}
	cfg, p, err := u.load(u.configs, u.stderr)
	if err != nil {
		return err
	}
	after, err := u.audit(cfg, p, old.Name)
	if err != nil {
		return err
	}
	report, err := vuln.Scan(ctx, vuln.Options{System: u.name(), Folder: u.db, Packages: append(before, after...)})
	if err != nil {
		return err
	}
	were, are := map[string]vuln.Finding{}, map[string]vuln.Finding{}
	for _, f := range report.Findings {
		if f.Version == before[0].Version {
			were[f.ID] = f
		} else {
			are[f.ID] = f
		}
	}
	say := func(what string, those map[string]vuln.Finding, of func(vuln.Finding) bool) {
		var ids []string
		for id, f := range those {
			if of(f) {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 {
			slices.Sort(ids)
			fmt.Fprintf(u.stdout, "vulnerabilities: %s: %s\n", what, strings.Join(ids, ", "))
		}
	}
	gone := func(f vuln.Finding) bool { _, still := are[f.ID]; return !still }
	say("gone, whose answers are to be taken out", were, func(f vuln.Finding) bool { return gone(f) && f.Status != vuln.Open })
	say("gone", were, func(f vuln.Finding) bool { return gone(f) && f.Status == vuln.Open })
	say("answered still, also for the new version: are the answers right for it?", are, func(f vuln.Finding) bool { return f.Status != vuln.Open })
	say("open", are, func(f vuln.Finding) bool { return f.Status == vuln.Open })
	if len(were)+len(are) == 0 {
		fmt.Fprintln(u.stdout, "vulnerabilities: the lists have none of either version")
	}
	return nil
}
