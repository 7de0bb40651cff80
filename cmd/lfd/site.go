package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/book"
	"github.com/linux-from-docker/lfd/internal/current"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/inventory/collect"
	"github.com/linux-from-docker/lfd/internal/made"
	"github.com/linux-from-docker/lfd/internal/origins"
	"github.com/linux-from-docker/lfd/internal/proof"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/safedir"
	"github.com/linux-from-docker/lfd/internal/site"
)

// tourFile tells what happens in each stage.
const tourFile = "docs/tour.md"

func siteVerb(o *options) *cobra.Command {
	var output, try, repository string
	cmd := &cobra.Command{
		Use:   "site",
		Short: "Make a site to read the systems by: every package, stage and script",
		Long: `site writes a site of plain files into a folder: a page for each package and stage of the
repository's systems, or of the one that is named, with their scripts, the Dockerfile, what needs
what, the timeline of the recorded build, sizes and a search. Open its index.html in a browser, or
put the folder on any server: nothing else is needed, and nothing is fetched from elsewhere.

It asks no builder. What is known of times, sizes and files is that of docs/inventory, which
lfd report writes.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fail("site", writeSite(o, output, try, repository, cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", filepath.Join("out", "site"), "`folder` of the site")
	cmd.Flags().StringVar(&try, "try", filepath.Join("out", "try"), "`folder` of a machine that starts in a page, as tools/try.sh makes it; without it the site has none")
	cmd.Flags().StringVar(&repository, "repository", "", "`address` of the project at GitHub or the like, for links to its files")
	_ = cmd.MarkFlagDirname("output")
	return cmd
}

// writeSite writes the site of all systems, or of the one that is named.
func writeSite(o *options, output, try, repository string, stdout, stderr io.Writer) error {
	if repository != "" && !strings.HasPrefix(repository, "https://") && !strings.HasPrefix(repository, "http://") {
		return fmt.Errorf("--repository %s is no address: it has to begin with https://", repository)
	}
	var systems []system
	if o.named() {
		systems = append(systems, o.system())
	} else {
		for _, c := range current.Committed(".") {
			systems = append(systems, o.at(filepath.FromSlash(c.Folder)))
		}
	}
	if len(systems) == 0 {
		return errors.New("there is no system here to make a site of: run it in the project's folder, or name one with --system")
	}
	in := site.Input{Repository: repository}
	runs, err := verifiedRuns()
	if err != nil {
		return err
	}
	for _, s := range systems {
		described, err := s.described(runs, stderr)
		if err != nil {
			return err
		}
		in.Systems = append(in.Systems, described)
	}
	for file, use := range map[string]func(text []byte) error{
		book.File:        func(text []byte) (err error) { in.Book, err = book.Decode(text); return err },
		site.LessonsFile: func(text []byte) (err error) { in.Lessons, err = site.DecodeLessons(text); return err },
		tourFile:         func(text []byte) error { in.Tour = text; return nil },
	} {
		text, err := os.ReadFile(filepath.FromSlash(file))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a project of one's own need not have it
		}
		if err := errors.Join(err, use(text)); err != nil {
			return err
		}
	}
	if in.Origins, err = origins.Read(filepath.FromSlash(origins.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if in.Try, err = tryFiles(try); err != nil {
		return err
	}
	files, err := site.Render(in)
	if err != nil {
		return err
	}
	if strings.HasPrefix(filepath.ToSlash(filepath.Clean(output)), "out/") {
		if err := folder("out"); err != nil { // what lies there is lfd's to delete
			return err
		}
	}
	if err := replaceAll(output, files); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n", filepath.Join(output, "index.html"))
	return nil
}

// tryFiles returns the files of a machine that starts in a page; none where there is no folder.
func tryFiles(folder string) (map[string][]byte, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	files := map[string][]byte{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		files[e.Name()] = text
	}
	return files, err
}

// described returns all that the site tells of a system.
func (s system) described(runs []proof.Run, stderr io.Writer) (site.System, error) {
	d := site.System{Name: s.name(), Folder: filepath.ToSlash(s.folder), Scripts: map[string]string{}}
	base, _, err := s.load(s.configs[:1], stderr)
	if err != nil {
		return d, err
	}
	if d.Config, d.Plan, err = s.load(s.configs, stderr); err != nil {
		return d, err
	}
	if d.Configuration, err = os.ReadFile(s.configs[len(s.configs)-1]); err != nil {
		return d, err
	}
	if d.Dockerfile, err = os.ReadFile(s.dockerfile()); err != nil {
		return d, fmt.Errorf("%w: lfdgen generate writes it", err)
	}
	for _, scripts := range []map[string]string{d.Config.Scripts, d.Config.Checks} {
		for _, name := range scripts {
			text, err := os.ReadFile(filepath.FromSlash(name))
			if err != nil {
				return d, err
			}
			d.Scripts[name] = string(text)
		}
	}
	recorded, name, err := (&lister{system: s}).recorded()
	if err != nil {
		return d, err
	}
	d.Facts = collect.FromConfiguration(collect.Input{Base: base, Config: d.Config, Plan: d.Plan, Build: records.Merge(nil)})
	d.Facts.Adopt(recorded)
	if d.Recorded = recorded; recorded != nil {
		if !slices.Equal(recorded.Configuration, d.Plan.Files) {
			d.RecordedOf = strings.Join(recorded.Configuration, " with ")
			for _, c := range current.Committed(".") {
				if slices.Equal(recorded.Configuration, c.Files) {
					d.RecordedOf = inventory.NameOf(c.Folder)
				}
			}
		} else if d.Files, err = inventory.ReadFiles(inventory.ListName(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return d, err
		}
	}
	if d.Lock, err = s.readLock(stderr); err != nil {
		return d, err
	}
	for _, run := range runs {
		if run.Predicate.Run.System == s.name() {
			d.Runs = append(d.Runs, run)
		}
	}
	return d, nil
}

// replaceAll writes files into a folder of their own, and removes what an earlier run has
// written there and this one has not.
func replaceAll(folder string, files map[string][]byte) error {
	if err := made.Claim(folder); errors.Is(err, made.ErrForeign) {
		return fmt.Errorf("%s: %w: name another folder with -o", folder, err)
	} else if err != nil {
		return err
	}
	dir, err := safedir.Open(folder, ".")
	if err != nil {
		return err
	}
	defer dir.Close()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := dir.MkdirAll(path.Dir(name)); err != nil {
			return err
		}
		f, err := dir.OpenOrNew(name, os.O_TRUNC)
		if err != nil {
			return err
		}
		_, err = f.Write(files[name])
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return dir.Walk(".", func(name string, info fs.FileInfo) error {
		if info.IsDir() || files[name] != nil || name == made.Mark {
			return nil
		}
		return dir.Remove(name)
	})
}
