package vendoring

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/compressed"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/signature"
)

// signatureFolder holds the signatures of the sources, in a folder for each package.
const signatureFolder = "_signatures"

// signatures fetches the signatures of sources, and verifies them. One that cannot be had is
// told, one that does not hold is a finding.
func (v *vendor) signatures(ctx context.Context) error {
	var files []fetch.Source
	for _, s := range v.signed() {
		files = append(files, fetch.Source{
			Name: s.Name, URL: s.Signature.URL, SHA256: s.Signature.SHA256, File: signatureFile, Unproven: true,
		})
	}
	if len(files) == 0 {
		return nil
	}
	err := fetch.Fetch(ctx, files, fetch.Options{
		Dir: filepath.Join(v.Sources, signatureFolder), CacheDir: v.cache, Jobs: v.Jobs, Progress: io.Discard,
		Archives: []fetch.Archive{fetch.NewDebian(v.cache)},
	})
	var failed *fetch.Error
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	missing := map[string]error{}
	if failed != nil {
		for _, e := range failed.Sources {
			missing[e.Source.Name] = e
		}
	}
	var diags diag.List
	good, without := v.verifySignatures(missing, &diags)
	v.say("%d of %d sources are signed by their authors, as their keys in %s tell", good, len(downloads(v.plan)), config.KeyFolder)
	if len(without) > 0 && !v.Strict {
		v.say("not verified, as their signatures cannot be had: %s (lfd fetch --strict tells why)", strings.Join(without, ", "))
	}
	diags.Sort().Print(v.Log)
	if diags.HasErrors() || v.Strict && len(diags) > 0 {
		return ErrFindings
	}
	return nil
}

// signed returns the sources that have a signature.
func (v *vendor) signed() []plan.Source {
	return slices.DeleteFunc(v.plan.Sources(), func(s plan.Source) bool { return !s.Used() || s.Signature == nil })
}

// verifySignatures verifies what was fetched, and returns how many signatures hold, and the
// packages whose signatures are not there: findings in a strict run alone. Missing says why one
// could not be had, by the names of the packages.
func (v *vendor) verifySignatures(missing map[string]error, diags *diag.List) (good int, without []string) {
	for _, s := range v.signed() {
		err := v.verifySignature(s)
		switch at := s.Signature.At("url"); {
		case errors.Is(err, errNoSignature):
			without = append(without, s.Name)
			if !v.Strict {
				continue
			}
			reason := "lfd fetch fetches it"
			if why := missing[s.Name]; why != nil {
				reason = strings.ReplaceAll(fetch.Printable(why.Error()), "\n  ", "; ")
			}
			diags.Warnf(diag.SignatureMissing, at, "the signature of %s is not there, and so not verified: %s", s.File, reason)
		case err != nil:
			diags.Errorf(diag.SignatureWrong, at, "the signature of %s, by the key %s: %s", s.File, s.Signature.Key, fetch.Printable(err.Error()))
		default:
			good++
		}
	}
	return good, without
}

var errNoSignature = errors.New("there is no signature")

// signatureFile is the name of a signature in its package's folder.
const signatureFile = "signature"

// verifySignature verifies the signature of a source.
func (v *vendor) verifySignature(s plan.Source) error {
	keys, err := os.ReadFile(filepath.Join(config.KeyFolder, s.Signature.Key))
	if err != nil {
		return fmt.Errorf("the key cannot be read: %w; put the authors' public key there", err)
	}
	made, err := os.ReadFile(filepath.Join(v.Sources, signatureFolder, s.Name, signatureFile))
	if errors.Is(err, fs.ErrNotExist) {
		return errNoSignature
	}
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(v.Sources, s.Name, s.File))
	if err != nil {
		return err
	}
	defer file.Close()
	var signed io.Reader = file
	if s.Signature.Of == "tar" {
		packed := bufio.NewReader(file)
		head, _ := packed.Peek(compressed.Head)
		unpacked, err := compressed.NewReader(compressed.Detect(head), packed)
		if err != nil {
			return err
		}
		defer unpacked.Close()
		signed = unpacked
	}
	_, err = signature.Verify(keys, made, signed)
	return err
}
