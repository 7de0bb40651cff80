package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/safedir"
	"github.com/linux-from-docker/lfd/internal/share"
	"github.com/linux-from-docker/lfd/internal/stages"
)

// pulledFolder is the store of what was pulled, from the project's folder.
const pulledFolder = "out/pulled"

// pulledFile is the file by which bake takes what was pulled.
func (s system) pulledFile() string { return filepath.Join(s.folder, share.BakeFile) }

// pulled are results that others have built and that take the place of stages in a build.
type pulled struct {
	file     string // the bake file; empty where there are none
	contexts []share.Context
	trusted  []share.Result // that the lock does not know, whether their files are here or not
}

// untrusted returns the names of those that the lock does not know.
func (p pulled) untrusted() []string {
	var names []string
	for _, c := range p.contexts {
		if c.Trusted {
			names = append(names, c.Name)
		}
	}
	return names
}

// has reports whether a stage of the Dockerfile is among them.
func (p pulled) has(stage string) bool {
	return slices.ContainsFunc(p.contexts, func(c share.Context) bool { return strings.EqualFold(c.Stage, stage) })
}

// replaced returns stages of the Dockerfile, where those whose place an image takes are made by
// nothing.
func (p pulled) replaced(all []stages.Stage) []stages.Stage {
	for i, s := range all {
		if p.has(s.Name) {
			all[i] = stages.Stage{Name: s.Name}
		}
	}
	return all
}

// files returns the bake files of a build that takes these results: the system's, and what
// else there is.
func (s system) files(p pulled) []string {
	files := []string{s.bakefile()}
	if _, err := os.Stat(s.override()); err == nil {
		files = append(files, s.override())
	}
	if p.file != "" {
		files = append(files, p.file)
	}
	return files
}

// shared is a system, and what is known of its results.
type shared struct {
	system
	plan    *plan.Plan
	recipes *lock.Recipes
	lock    *lock.Lock // an empty one where there is none
	say     func(format string, args ...any)
}

// shared reads what is known of a system's results.
func (s system) shared(p *plan.Plan, verb string, stderr io.Writer) (*shared, error) {
	l, err := s.readLock(stderr)
	if err != nil {
		return nil, err
	}
	if l == nil {
		l = &lock.Lock{System: s.name()}
	}
	recipes, err := s.recipes(p)
	if err != nil {
		return nil, err
	}
	say := func(format string, args ...any) { fmt.Fprintf(stderr, verb+": "+format+"\n", args...) }
	return &shared{s, p, recipes, l, say}, nil
}

// expected is what is known of a result before it is built.
type expected struct {
	share.Result
	of      lock.Result
	trusted bool // the lock does not know it
}

// expected returns the results whose keys and digests are known, in the order of the build. The
// lock knows those that are made of the same as when it was written. For others stated is asked
// for the digest, which is empty where nobody knows it; what is made of such a one is unknown, too.
func (s *shared) expected(stated func(name, key string) (digest string, err error)) ([]expected, error) {
	var all []expected
	digests, lines := map[string]string{}, s.lock.Of(platform())
	for _, r := range s.recipes.Results {
		needs, err := s.recipes.Needs(r)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(needs, func(need string) bool { return digests[need] == "" }) {
			continue
		}
		key, err := s.recipes.Key(r, digests)
		if err != nil {
			return nil, err
		}
		e := expected{share.Result{Name: r.Target, Platform: platform(), Key: key}, r, false}
		if line, ok := lines[r.Target]; ok && line.Key == key {
			e.Digest = line.Digest
		} else if e.Digest, err = stated(r.Target, key); err != nil {
			return nil, err
		} else if e.trusted = true; e.Digest == "" {
			continue
		}
		digests[r.Target] = e.Digest
		all = append(all, e)
	}
	return all, nil
}

// stored reports whether the files of a result are kept in stores. Only those of packages are:
// roots, images and disks are put together from them in seconds.
func stored(r lock.Result) bool { return r.Kind == plan.PackageTarget }

// pulled returns the pulled results that builds of a system take; none where lfd pull was not
// run. Before that it sees that each is what the configuration and the lock name, and writes
// the bake file anew where it says anything else.
func (s system) pulled(ctx context.Context, p *plan.Plan, verb string, stderr io.Writer) (pulled, error) {
	text, err := s.readPulled()
	if text == nil || err != nil {
		return pulled{}, err
	}
	sh, err := s.shared(p, verb, stderr)
	if err != nil {
		return pulled{}, fmt.Errorf("what was pulled cannot be checked without the lock (or delete %s): %w", s.pulledFile(), err)
	}
	if err := ordinary(); err != nil {
		sh.say("nothing pulled is taken: %v", err)
		return pulled{}, nil
	}
	before, whole := share.DecodeBake(pulledFolder, text)
	if !whole {
		sh.say("%s was edited, or cut off: it is written anew", s.pulledFile())
	}
	return sh.choose(ctx, before, trustedOf(before))
}

// trustedOf returns the results that are taken on the word of a store.
func trustedOf(contexts []share.Context) []share.Result {
	var trusted []share.Result
	for _, c := range contexts {
		if c.Trusted {
			trusted = append(trusted, c.Result)
		}
	}
	return trusted
}

// readPulled reads the bake file of what was pulled; nothing where there is none.
func (s system) readPulled() ([]byte, error) {
	dir, err := safedir.Open(s.folder, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	text, err := dir.Read(share.BakeFile, lock.MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !share.IsBakeFile(text):
		return nil, fmt.Errorf("%s was not written by lfd pull: move it away", s.pulledFile())
	}
	return text, nil
}

// choose returns the results in the folder of what was pulled that are right for builds, and
// writes the bake file, which had others before. Of those that the lock does not know it takes
// the trusted ones.
func (s *shared) choose(ctx context.Context, before []share.Context, trusted []share.Result) (pulled, error) {
	said := map[[2]string]string{} // digests, by name and key
	for _, r := range slices.Backward(trusted) {
		said[[2]string{r.Name, r.Key}] = r.Digest
	}
	all, err := s.expected(func(name, key string) (string, error) { return said[[2]string{name, key}], nil })
	if err != nil {
		return pulled{}, err
	}
	folder := share.NewFolder(filepath.FromSlash(pulledFolder))
	var chosen pulled
	var noted []share.Context
	taken := map[string]bool{}
	for _, e := range all {
		c := share.Context{Result: e.Result, Stage: e.of.Stage, Trusted: e.trusted}
		i, err := sound(ctx, folder, e.Result)
		switch {
		case !stored(e.of), errors.Is(err, share.ErrNone), errors.Is(err, fs.ErrNotExist):
		case share.Refused(err):
			s.say("%s, as it was pulled, is not taken: %v; lfd pull fetches it again", e.Name, err)
		case err != nil:
			return pulled{}, err
		default:
			c.Image = i.ManifestDigest()
			chosen.contexts = append(chosen.contexts, c)
			taken[c.Name] = true
		}
		if c.Image != "" || c.Trusted { // by whose digest there are keys of others
			noted = append(noted, c)
		}
		if c.Trusted {
			chosen.trusted = append(chosen.trusted, c.Result)
		}
	}
	var gone []string
	for _, c := range before {
		if c.Image != "" && !taken[c.Name] {
			gone = append(gone, c.Name)
		}
	}
	if len(gone) > 0 {
		s.say("built here, as what was pulled is of something else than the configuration, or not there any more: %s", strings.Join(gone, ", "))
	}
	if err := writeFile(s.pulledFile(), share.EncodeBake(pulledFolder, noted)); err != nil {
		return pulled{}, err
	}
	if len(chosen.contexts) > 0 {
		chosen.file = s.pulledFile()
		s.say("%d results are not built here, but pulled (delete %s to build them)", len(chosen.contexts), chosen.file)
	}
	if names := chosen.untrusted(); len(names) > 0 {
		s.say("not in the lock, and so as --trust-store has taken them: %s", strings.Join(names, ", "))
	}
	return chosen, nil
}

// sound returns a result that is in a folder as a whole, and is the one that is expected.
func sound(ctx context.Context, folder *share.Folder, r share.Result) (*share.Image, error) {
	i, err := folder.Find(ctx, r.Key)
	if err != nil {
		return nil, err
	}
	if i.Digest != r.Digest || i.Layer == nil {
		return nil, &share.Refusal{Why: fmt.Sprintf("it has the digest %s, and %s is expected", i.Digest, r.Digest)}
	}
	whole, err := folder.Whole(ctx, i)
	if err == nil && !whole {
		err = &share.Refusal{Why: "its layer is damaged, or not there"}
	}
	return i, err
}

// recipeStages returns the stages of the Dockerfile, by their names in small letters.
func (s system) recipeStages() (map[string]stages.Stage, error) {
	text, err := os.ReadFile(s.dockerfile())
	if err != nil {
		return nil, fmt.Errorf("%w: lfdgen generate writes it", err)
	}
	all := map[string]stages.Stage{}
	for _, one := range stages.Parse(text) {
		all[strings.ToLower(one.Name)] = one
	}
	return all, nil
}
