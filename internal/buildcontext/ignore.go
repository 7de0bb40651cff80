// Package buildcontext looks at what a build takes from the project's folder, its
// context: with what is missing there, a build fails late, and says little.
package buildcontext

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"syscall"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/linux-from-docker/lfd/internal/regular"
)

// ignore is what a build leaves out of its context.
type ignore struct {
	name       string // of the file that says so, from the project's folder
	matcher    *patternmatcher.PatternMatcher
	exceptions bool // what lies in a folder that is left out may be there all the same
}

// readIgnore reads what is left out of the context in the folder root. A file beside the
// Dockerfile, whose path in root is given, comes before the common one.
func readIgnore(root, dockerfile string) (*ignore, error) {
	for _, name := range []string{dockerfile + ".dockerignore", ".dockerignore"} {
		file, err := regular.Open(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			continue
		} else if err != nil {
			return nil, err
		}
		defer file.Close()
		patterns, err := ignorefile.ReadAll(file)
		var matcher *patternmatcher.PatternMatcher
		if err == nil {
			matcher, err = patternmatcher.New(patterns)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &ignore{name, matcher, matcher.Exclusions()}, nil
	}
	return &ignore{}, nil
}

// hides reports whether a path in the context is left out.
func (i *ignore) hides(name string) bool {
	if i.matcher == nil {
		return false
	}
	hidden, err := i.matcher.MatchesOrParentMatches(path.Clean(name))
	return err == nil && hidden // errors are of patterns, and were found when these were read
}
