// Package current sees that the generated files of a system are what lfdgen makes of its
// configuration.
//
// lfdgen takes two minutes to compile, so it is asked only if something may have changed: its
// last verdict is kept, and what lies there as it was committed needs none.
package current

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// System is what is looked at. Paths are from the working folder, the project's.
type System struct {
	Folder string   // of the generated files
	Files  []string // the configuration
	Log    io.Writer
}

// Check returns an error where the generated files are out of date. In a folder of the user's
// own they are generated anew, and warnings are shown: only what is committed must be without
// any. Those that make generate writes, which are committed, stay as they are. Without Go it
// cannot tell, and says so.
func (s System) Check(ctx context.Context) error {
	committed, err := s.committed()
	if err != nil {
		return err
	}
	s.sayPrivate()
	if kept, err := os.ReadFile(s.verdict()); err == nil && string(kept) == s.fingerprint() {
		return nil
	}
	if s.sameFiles() && (s.asCommitted(ctx) || s.asUnpacked(ctx)) {
		return s.keep()
	}
	if _, err := exec.LookPath("go"); err != nil {
		return s.cannotTell("there is no Go to compile lfdgen with")
	}
	s.say("asking lfdgen whether %s is up to date (compiling lfdgen takes some two minutes, once)", s.generated())
	if err := s.lfdgen(ctx, io.Discard, s.Log, "--help"); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.cannotTell("lfdgen cannot be compiled, see above")
	}
	var findings bytes.Buffer
	err = s.lfdgen(ctx, &findings, &findings, "check", "-o", s.Folder)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return s.keep()
	case committed:
		_, _ = findings.WriteTo(s.Log)
		return fmt.Errorf("%s is not what %s describes, see above: run make generate", s.generated(), strings.Join(s.files(), ":"))
	}
	s.say("generating %s anew", filepath.ToSlash(s.Folder))
	if err := s.lfdgen(ctx, s.Log, s.Log, "generate", "-o", s.Folder); err != nil {
		return fmt.Errorf("the files in %s cannot be generated, see above", filepath.ToSlash(s.Folder))
	}
	return s.keep()
}

// Fits returns an error where the folder is that of another system, whose generated files are
// committed.
func (s System) Fits() error {
	_, err := s.committed()
	return err
}

// Generate writes the generated files anew, also those that are committed.
func (s System) Generate(ctx context.Context) error {
	s.say("generating %s anew (compiling lfdgen takes some two minutes, once)", filepath.ToSlash(s.Folder))
	if err := s.lfdgen(ctx, s.Log, s.Log, "generate", "-o", s.Folder); err != nil {
		return fmt.Errorf("the files in %s cannot be generated, see above: %w", filepath.ToSlash(s.Folder), err)
	}
	return s.keep()
}

func (s System) say(format string, args ...any) { fmt.Fprintf(s.Log, "build: "+format+"\n", args...) }

func (s System) bakefile() string { return filepath.Join(s.Folder, plan.BakeFile) }

func (s System) generated() string { return filepath.ToSlash(filepath.Join(s.Folder, plan.Folder)) }

// verdict is the file that remembers of what the generated files were up to date.
func (s System) verdict() string {
	name := strings.NewReplacer("/", "-", ":", "-").Replace(filepath.ToSlash(filepath.Clean(s.Folder)))
	return filepath.Join("tools", "bin", "current-"+name)
}

// cannotTell says why it is not known whether the files are up to date. It is an error where
// there are none.
func (s System) cannotTell(why string) error {
	if _, err := os.Stat(s.bakefile()); err != nil {
		return fmt.Errorf("there is no %s, and %s", filepath.ToSlash(s.bakefile()), why)
	}
	s.say("whether %s is up to date cannot be told, as %s; it is used as it is", s.generated(), why)
	return nil
}

// Committed returns the systems of a project whose generated files are committed: those that
// make generate writes, a line of lfd.go for each.
func Committed(root string) []System {
	text, _ := os.ReadFile(filepath.Join(root, "lfd.go"))
	var found []System
	for _, line := range regexp.MustCompile(`(?m)^//go:generate .*/lfdgen generate .*-c .*$`).FindAllString(string(text), -1) {
		var s System
		words := strings.Fields(line)
		for i, word := range words[1:] {
			switch words[i] {
			case "-c":
				s.Files = append(s.Files, word)
			case "-o":
				s.Folder = word
			}
		}
		if s.Folder == "" {
			s.Folder = path.Dir(s.Files[0])
		}
		found = append(found, s)
	}
	return found
}

// committed reports whether the generated files are committed. They are of one configuration.
func (s System) committed() (bool, error) {
	for _, c := range Committed(".") {
		if filepath.Clean(s.Folder) != filepath.FromSlash(c.Folder) {
			continue
		}
		if files := s.files(); !slices.Equal(files, c.Files) {
			return true, fmt.Errorf("what is generated in %s is of %s: for %s name another folder, with SYSTEM=folder",
				c.Folder, strings.Join(c.Files, ":"), strings.Join(files, ":"))
		}
		return true, nil
	}
	return false, nil
}

// files returns the names of the configuration files as lfdgen writes them.
func (s System) files() []string {
	var names []string
	for _, file := range s.Files {
		names = append(names, filepath.ToSlash(filepath.Clean(file)))
	}
	return names
}

// sameFiles reports whether what was generated is of these configuration files.
func (s System) sameFiles() bool {
	text, err := os.ReadFile(filepath.Join(s.Folder, filepath.FromSlash(plan.SourcesFile)))
	if err != nil {
		return false
	}
	list, err := document.ReadSources(text)
	return err == nil && slices.Equal(list.Configuration, s.files())
}

// sayPrivate says that the project's files are for their owner alone: builds take them with
// their modes.
func (s System) sayPrivate() {
	if os.PathSeparator != '/' {
		return
	}
	for _, file := range append([]string{"Makefile"}, s.Files...) {
		if info, err := os.Stat(file); err == nil && info.Mode()&0o044 != 0o044 {
			s.say("the files of this project are for you alone to read, as after git clone with umask 077. What a build takes of them has these modes, too, and is another thing than elsewhere: chmod -R go+rX . gives the usual ones")
			return
		}
	}
}

// scripts returns the folders that lfdgen looks for install scripts in.
func (s System) scripts() []string {
	folders := []string{"util"}
	for _, file := range s.Files {
		folders = append(folders, filepath.Join(filepath.Dir(file), "util"))
	}
	return folders
}

// texts returns what decides what lfdgen writes, itself among it, and what it has written.
func (s System) texts() []string {
	list := append(slices.Clone(s.Files), ".dockerignore", "templates", "schema", "go.mod", "go.sum",
		filepath.Join("cmd", "lfdgen"), "gen", "internal")
	return append(list, s.bakefile(), filepath.Join(s.Folder, plan.MirrorsFile),
		filepath.Join(s.Folder, plan.OverrideFile), filepath.Join(s.Folder, plan.Folder))
}

// fingerprint returns another text whenever one of the texts has changed, or scripts have
// come, gone or got other names.
func (s System) fingerprint() string {
	sum := sha256.New()
	fmt.Fprintln(sum, strings.Join(s.Files, ":"))
	for _, place := range s.texts() {
		walk(place, func(name string, info fs.FileInfo) bool {
			if info.IsDir() {
				return info.Name() != "testdata"
			}
			if info.Mode().IsRegular() && !strings.HasSuffix(name, "_test.go") {
				fmt.Fprintln(sum, name, info.Size())
				if f, err := os.Open(name); err == nil {
					_, _ = io.Copy(sum, f)
					_ = f.Close()
				}
			}
			return true
		})
	}
	for _, place := range s.scripts() {
		walk(place, func(name string, info fs.FileInfo) bool {
			if strings.HasSuffix(name, ".sh") {
				fmt.Fprintln(sum, name)
			}
			return true
		})
	}
	return hex.EncodeToString(sum.Sum(nil)) + "\n"
}

// walk calls a function with what lies at a place and below, through links, in the order of
// the names. What the function returns of a folder tells whether to go into it.
func walk(place string, visit func(name string, info fs.FileInfo) bool, above ...fs.FileInfo) {
	info, err := os.Stat(place)
	if err != nil || !visit(place, info) || !info.IsDir() {
		return
	}
	if slices.ContainsFunc(above, func(up fs.FileInfo) bool { return os.SameFile(up, info) }) {
		return // a link that leads upwards
	}
	entries, _ := os.ReadDir(place)
	for _, e := range entries {
		walk(filepath.Join(place, e.Name()), visit, append(above, info)...)
	}
}

// keep remembers that the files are up to date.
func (s System) keep() error {
	file := s.verdict()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	temp := file + "." + strconv.Itoa(os.Getpid())
	return errors.Join(os.WriteFile(temp, []byte(s.fingerprint()), 0o644), os.Rename(temp, file))
}

// lfdgen runs lfdgen of this checkout for the system.
func (s System) lfdgen(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", "./cmd/lfdgen"}, args...)...)
	cmd.Env = append(os.Environ(), "LFD_CONFIG="+strings.Join(s.Files, string(os.PathListSeparator)))
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd.Run()
}

// git returns the lines that git prints of the project. The repository may be another user's,
// under sudo.
func git(ctx context.Context, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "safe.directory=*", "-c", "core.quotePath=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0")
	out, err := cmd.Output()
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' || r == '\r' }), err
}

// asCommitted reports whether all is as somebody else committed it, and as it was checked
// out: what was edited here and then committed is older than its commit.
func (s System) asCommitted(ctx context.Context) bool {
	if _, err := git(ctx, "ls-files", "--error-unmatch", s.bakefile()); err != nil {
		return false
	}
	status := []string{"status", "--porcelain", "--untracked-files=all", "--"}
	if changed, err := git(ctx, append(slices.Clone(status), s.texts()...)...); err != nil || len(changed) > 0 {
		return false
	}
	changed, err := git(ctx, append(slices.Clone(status), s.scripts()...)...)
	// What is in a script does not matter here.
	edited := func(line string) bool { return len(line) > 2 && strings.Trim(line[:2], " M") == "" }
	if err != nil || slices.ContainsFunc(changed, func(line string) bool { return !edited(line) }) {
		return false
	}
	log := []string{"log", "-1", "--first-parent", "-m", "--name-only", "--relative", "--format=%ct", "--"}
	lines, err := git(ctx, slices.Concat(log, s.texts(), s.scripts())...)
	if err != nil || len(lines) < 2 {
		return false
	}
	seconds, err := strconv.ParseInt(lines[0], 10, 64)
	if err != nil {
		return false
	}
	after := time.Unix(seconds+1, 0)
	younger := false
	for _, file := range lines[1:] {
		info, err := os.Lstat(file)
		if err != nil {
			continue // the commit has deleted it
		}
		if !info.ModTime().After(after) {
			return false
		}
		younger = true
	}
	return younger
}

// asUnpacked reports the same of an archive, without git: nothing is younger than what was
// generated.
func (s System) asUnpacked(ctx context.Context) bool {
	if _, err := git(ctx, "rev-parse"); err == nil {
		return false
	}
	generated, err := os.Stat(s.bakefile())
	if err != nil {
		return false
	}
	younger := false
	for _, place := range slices.Concat(s.texts(), s.scripts()) {
		walk(place, func(name string, info fs.FileInfo) bool {
			if !strings.HasSuffix(name, ".sh") && info.ModTime().After(generated.ModTime()) {
				younger = true
			}
			return !younger
		})
	}
	return !younger
}
