package statement

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Namespace is what signatures of ssh keys are made for: ssh-keygen -Y sign -n lfd.
const Namespace = "lfd"

// Signers are the keys of those whose statements count. No other key does.
type Signers struct {
	SSH      string // a file of allowed signers, see ssh-keygen(1); empty: none
	Minisign string // a folder of public keys, NAME.pub each; empty: none
}

// Signed is a statement with who has signed it.
type Signed struct {
	File    string
	By      string // the name of its signer
	Content *Statement
}

// Problem is why a file does not count.
type Problem struct{ File, Text string }

// Read reads the statements of a folder, NAME.json, that one of the signers has signed: in
// NAME.json.sig, by ssh-keygen, or in NAME.json.minisig, by minisign. Files that do not
// count are returned with the reason.
func Read(ctx context.Context, folder string, signers Signers) ([]Signed, []Problem, error) {
	for _, keys := range []string{signers.SSH, signers.Minisign} {
		if _, err := os.Stat(keys); keys != "" && err != nil {
			return nil, nil, err
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	var all []Signed
	var problems []Problem
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		file := filepath.Join(folder, e.Name())
		s, err := read(ctx, file, signers)
		if err != nil {
			problems = append(problems, Problem{file, err.Error()})
			continue
		}
		all = append(all, s)
	}
	return all, problems, nil
}

// maxSize bounds a statement: one of a thousand results has some 400 kB.
const maxSize = 16 << 20

// bounded returns an error unless there is a file, and not too large a one.
func bounded(name string) error {
	info, err := os.Stat(name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxSize) {
		err = fmt.Errorf("%s is no file of a statement's size", filepath.Base(name))
	}
	return err
}

func read(ctx context.Context, file string, signers Signers) (Signed, error) {
	if err := bounded(file); err != nil {
		return Signed{}, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return Signed{}, err
	}
	by, err := signers.of(ctx, file, text)
	if err != nil {
		return Signed{}, err
	}
	s, err := Decode(text)
	return Signed{file, by, s}, err
}

// of returns who has signed a text. One statement is one signer's, however often it is signed.
func (s Signers) of(ctx context.Context, file string, text []byte) (string, error) {
	var why []error
	signed := false
	for _, form := range []struct {
		suffix string
		keys   string
		who    func(ctx context.Context, keys, signature, file string, text []byte) (string, error)
	}{{".sig", s.SSH, sshSigner}, {".minisig", s.Minisign, minisigner}} {
		signature := file + form.suffix
		if _, err := os.Lstat(signature); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		signed = true
		if form.keys == "" {
			why = append(why, fmt.Errorf("nobody's keys are given for %s", filepath.Base(signature)))
			continue
		}
		err := bounded(signature)
		if err == nil {
			var by string
			if by, err = form.who(ctx, form.keys, signature, file, text); err == nil {
				return by, nil
			}
		}
		why = append(why, err)
	}
	if !signed {
		return "", errors.New("it is not signed")
	}
	return "", errors.Join(why...)
}

// sshSigner returns who of a file of allowed signers has signed a text. One key may stand
// there by several names: the first that may sign is taken.
func sshSigner(ctx context.Context, keys, signature, _ string, text []byte) (string, error) {
	found, err := output(ctx, nil, "ssh-keygen", "-Y", "find-principals", "-f", keys, "-s", signature)
	if err != nil {
		return "", fmt.Errorf("%s is of none of the signers: %w", filepath.Base(signature), err)
	}
	for name := range strings.Lines(string(found)) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if _, err = output(ctx, text, "ssh-keygen", "-Y", "verify", "-f", keys, "-I", name, "-n", Namespace, "-s", signature); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s does not fit the text: %w", filepath.Base(signature), err)
}

// minisigner returns who has signed a file, by the public keys of a folder.
func minisigner(ctx context.Context, keys, signature, file string, _ []byte) (string, error) {
	entries, err := os.ReadDir(keys)
	if err != nil {
		return "", err
	}
	err = fmt.Errorf("there are no keys NAME.pub in %s", keys)
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".pub")
		key := filepath.Join(keys, e.Name())
		if !ok || bounded(key) != nil {
			continue
		}
		if _, err = output(ctx, nil, "minisign", "-V", "-q", "-p", key, "-x", signature, "-m", file); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s fits none of the keys: %w", filepath.Base(signature), err)
}

func output(ctx context.Context, stdin []byte, name string, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// Witness is who states something of a result.
type Witness struct {
	Name    string
	Rebuilt bool // in a builder that began empty
}

// Said returns what is said of a result: by each digest the signers who state it, by their
// names. Of several statements of one signer the latest counts.
func Said(all []Signed, subject string) map[string][]Witness {
	latest := map[string]Signed{}
	digests := map[string]string{} // of the latest statements, by signer
	for _, s := range all {
		for _, built := range s.Content.Subject {
			before, known := latest[s.By]
			if built.Name == subject && (!known || s.Content.Predicate.TimeVerified.After(before.Content.Predicate.TimeVerified)) {
				latest[s.By], digests[s.By] = s, built.Digest[Algorithm]
			}
		}
	}
	said := map[string][]Witness{}
	for _, name := range slices.Sorted(maps.Keys(latest)) {
		digest := digests[name]
		said[digest] = append(said[digest], Witness{name, latest[name].Content.Predicate.Run.Rebuilt})
	}
	return said
}
