package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/buildcontext"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/review"
)

func (o *options) diff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff old [new]",
		Short: "Say in words how a system differs from what it was, for a pull request",
		Long: `diff prints, in Markdown, which packages were added, removed or are of another version,
which scripts, patches and dependencies have changed, and which results the lock says to be
others. OLD and NEW are each

  a commit of git, such as main or HEAD~3
  a folder: another checkout of the project
  a configuration file

Without NEW it is the project's folder as it is now. Of commits and folders the same
configuration files are compared, those of -c.

It reads both, and generates nothing: whether the generated files are those of the
configuration says lfdgen check. For a commit it runs git.`,
		Example: `  lfdgen diff main
  lfdgen diff -c quickstart/config.yaml v1.0 v1.1
  lfdgen diff old.yaml config.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return errors.New("diff compares one or two of commits, folders and configuration files: lfdgen diff OLD [NEW]")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := o.sources()
			if err != nil {
				return err
			}
			_, out, err := o.folder()
			if err != nil {
				return err
			}
			if len(args) == 1 {
				args = append(args, orHere(o.root))
			}
			var both [2]review.System
			found := 0
			for i, name := range args {
				s, err := o.open(cmd, name, files, out)
				if err != nil {
					return wrap(err)
				}
				defer s.close()
				var many int
				if both[i], many, err = s.read(cmd.ErrOrStderr()); err != nil {
					return err
				}
				found += many
			}
			if found == 0 {
				return wrap(fmt.Errorf("neither %s nor %s has %s: name the configuration with -c", args[0], args[1], strings.Join(files, ", ")))
			}
			_, err = cmd.OutOrStdout().Write(review.Compare(both[0], both[1]).Markdown("What changes in " + strings.Join(o.names(args, files), ", ")))
			return wrap(err)
		},
	}
}

func orHere(root string) string {
	if root == "" {
		return "."
	}
	return root
}

// names returns the configuration as the title of a comparison has it.
func (o *options) names(args, files []string) []string {
	if isFile(args[1]) {
		return []string{filepath.ToSlash(args[1])}
	}
	var names []string
	for _, file := range files {
		if rel, err := o.relative(file); err == nil {
			file = rel
		}
		names = append(names, file)
	}
	return names
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// side is one of two versions of a project.
type side struct {
	name  string
	root  string // its folder
	files []string
	out   string // the folder of the generated files, from the root
	temp  string // deleted in the end; empty where there is none
}

func (s *side) close() {
	if s.temp != "" {
		_ = os.RemoveAll(s.temp)
	}
}

// open finds a version of the project.
func (o *options) open(cmd *cobra.Command, name string, files []string, out string) (*side, error) {
	s := &side{name: name, root: orHere(o.root), out: out}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		s.root = name
	case err == nil:
		s.files, s.out = []string{name}, ""
		dir := filepath.Dir(name)
		if rel, err := o.relative(dir); err == nil {
			s.out = rel
		} else {
			s.root = dir // of another project
		}
		return s, nil
	case errors.Is(err, fs.ErrNotExist):
		if s.temp, err = os.MkdirTemp("", "lfdgen-diff-"); err != nil {
			return nil, err
		}
		if err := checkout(cmd, s.root, name, s.temp); err != nil {
			s.close()
			return nil, err
		}
		s.root = s.temp
	default:
		return nil, err
	}
	for _, file := range files {
		rel, err := o.relative(file)
		if err != nil {
			s.close()
			return nil, err
		}
		s.files = append(s.files, filepath.Join(s.root, filepath.FromSlash(rel)))
	}
	return s, nil
}

// checkout writes the project of a commit into a folder.
func checkout(cmd *cobra.Command, root, commit, target string) error {
	git := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(cmd.Context(), "git", append([]string{"-C", root, "-c", "safe.directory=*"}, args...)...)
		c.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0")
		return c
	}
	id, err := git("rev-parse", "--verify", "--quiet", "--end-of-options", commit+"^{commit}").Output()
	if err != nil {
		return fmt.Errorf("there is no file, folder or commit %q (git rev-parse: %w); a commit that a shallow clone lacks comes by git fetch", commit, err)
	}
	archive := git("archive", "--format=tar", strings.TrimSpace(string(id)))
	archive.Stderr = cmd.ErrOrStderr()
	pipe, err := archive.StdoutPipe()
	if err != nil {
		return err
	}
	if err := archive.Start(); err != nil {
		return err
	}
	err = unpack(pipe, target)
	_, _ = io.Copy(io.Discard, pipe) // so that git ends
	if waited := archive.Wait(); waited != nil {
		return fmt.Errorf("git archive %s: %w", commit, waited)
	}
	return err
}

// unpack writes the files of an archive into a folder, and nothing outside of it.
func unpack(archive io.Reader, target string) error {
	root, err := os.OpenRoot(target)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for members := tar.NewReader(archive); ; {
		m, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.FromSlash(path.Clean(m.Name))
		if m.Typeflag == tar.TypeReg || m.Typeflag == tar.TypeSymlink {
			if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
		}
		switch m.Typeflag {
		case tar.TypeReg:
			f, err := root.Create(name)
			if err != nil {
				return err
			}
			_, err = io.Copy(f, members)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
		case tar.TypeSymlink:
			if err := root.Symlink(m.Linkname, name); err != nil {
				return err
			}
		}
	}
}

// read reads what is compared, and reports how many configuration files there are. What has
// none is a system without anything in it.
func (s *side) read(findings io.Writer) (review.System, int, error) {
	var files []string
	for _, file := range s.files {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			files = append(files, file)
		}
	}
	system := review.System{Config: &config.Config{}, Files: map[string]string{}}
	lockFile := filepath.Join(s.root, filepath.FromSlash(s.out), lock.File)
	for _, file := range append(slices.Clone(files), lockFile) {
		// A commit of somebody else must not lead to what is on this machine.
		if rel, err := filepath.Rel(config.Real(s.root), config.Real(file)); err != nil || !filepath.IsLocal(rel) {
			return system, 0, wrap(fmt.Errorf("%s: %s leads to %s, outside of the project's folder", s.name, filepath.Base(file), config.Real(file)))
		}
	}
	if len(files) == 0 {
		return system, 0, nil
	}
	cfg, diags, err := config.Load(s.root, files)
	if err != nil {
		return system, 0, wrap(fmt.Errorf("%s: %w", s.name, err))
	}
	if diags = diags.OnlyErrors(); cfg == nil || diags.HasErrors() {
		for i := range diags {
			if below, ok := strings.CutPrefix(diags[i].Position.File, s.temp+string(filepath.Separator)); ok && s.temp != "" {
				diags[i].Position.File = s.name + ":" + below
			}
		}
		diags.Print(findings)
		return system, 0, errFindings
	}
	system.Config = cfg
	folder, err := buildcontext.Open(s.root, path.Join(s.out, plan.Dockerfile))
	if err != nil {
		return system, 0, wrap(err)
	}
	_, steps, _ := plan.ResolveSteps(cfg)
	var paths []string
	for _, take := range steps.Takes {
		paths = append(paths, take.Path)
	}
	for _, scripts := range []map[string]string{cfg.Scripts, cfg.Checks} {
		for _, script := range scripts {
			paths = append(paths, script)
		}
	}
	for _, name := range paths {
		if system.Files[name] != "" {
			continue
		}
		if system.Files[name], err = folder.Digest(name); err != nil {
			return system, 0, wrap(err)
		}
	}
	text, err := lock.ReadFile(lockFile)
	if errors.Is(err, fs.ErrNotExist) {
		return system, len(files), nil
	}
	if err != nil {
		return system, 0, wrap(err)
	}
	l, faults := lock.Decode(lockFile, inventory.NameOf(s.out), text)
	if len(faults) > 0 {
		return system, 0, wrap(fmt.Errorf("%s: %w", s.name, faults[0]))
	}
	system.Lock = l.Entries
	return system, len(files), nil
}
