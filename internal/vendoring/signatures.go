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
	"github.com/linux-from-docker/lfd/internal/origins"
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
	if len(files) == 0 && !v.Strict {
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
	signed, without := v.verifySignatures(missing, &diags)
	v.say("%d of %d sources are signed by their authors, as their keys in %s tell", len(signed), len(v.downloads()), config.KeyFolder)
	if len(without) > 0 && !v.Strict {
		v.say("not verified, as their signatures cannot be had: %s (lfd fetch --strict tells why)", strings.Join(without, ", "))
	}
	if err := v.checkOrigins(signed, &diags); err != nil {
		return err
	}
	diags.Sort().Print(v.Log)
	if diags.HasErrors() || v.Strict && len(diags) > 0 {
		return ErrFindings
	}
	return nil
}

// checkOrigins finds, in a strict run, the sources of which nothing but the configuration tells
// that they are the right ones: neither a signature that was verified, nor the recipe of another
// distribution that records the same checksum.
func (v *vendor) checkOrigins(signed map[string]bool, diags *diag.List) error {
	if !v.Strict {
		return nil
	}
	var lists []string
	for _, file := range append([]string{origins.File}, v.beside(origins.Beside)...) {
		if _, err := os.Stat(file); err == nil {
			lists = append(lists, file)
		}
	}
	known, err := origins.Read(lists...)
	if err != nil {
		return err
	}
	for _, s := range v.sources() {
		if signed[s.Name] || len(known[s.SHA256]) > 0 {
			continue
		}
		why := "compare it with the authors' own, and name a recipe that has it in " + origins.File
		if s.SHA256 == "" {
			why = "it has no sha256 that others could record"
		}
		diags.Warnf(diag.OriginMissing, v.at[s.Name], "nothing but its checksum here tells that %s is the authors': no signature of it was verified, and no other distribution is known to have the same file; %s", s.File, why)
	}
	return nil
}

// beside returns the files of a name beside the configuration files.
func (v *vendor) beside(name string) []string {
	var files []string
	for _, config := range v.Files {
		if file := filepath.Join(filepath.Dir(config), name); !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files
}

// signed returns the sources that have a signature.
func (v *vendor) signed() []plan.Source {
	return slices.DeleteFunc(v.sources(), func(s plan.Source) bool { return s.Signature == nil })
}

// verifySignatures verifies what was fetched, and returns the packages whose signatures hold, and
// those whose signatures are not there: findings in a strict run alone. Missing says why one
// could not be had, by the names of the packages.
func (v *vendor) verifySignatures(missing map[string]error, diags *diag.List) (good map[string]bool, without []string) {
	good = map[string]bool{}
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
			good[s.Name] = true
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
