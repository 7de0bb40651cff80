package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/regular"
)

// Load reads the configuration files, later ones over earlier ones, and looks
// for the scripts of packages: in util/ beside each file, the last file's first,
// then in util/ of the project's root. The config is nil when the findings
// leave nothing to resolve. The error is for what is not the files' fault.
func Load(root string, files []string) (*Config, diag.List, error) {
	var diags diag.List
	var merged *value
	var layers []*value
	sound := true
	for _, file := range files {
		data, err := readFile(file)
		if err != nil {
			var pathErr *fs.PathError
			if errors.As(err, &pathErr) {
				err = pathErr.Err
			}
			diags.Errorf(diag.FileUnreadable, diag.Position{File: file}, "cannot be read: %v", err)
			sound = false
			continue
		}
		v, usable, err := read(file, data, &diags)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case !usable:
			sound = false
			continue
		case merged == nil:
			merged = rejectEditMarks("", v, &diags)
		default:
			merged = overlay("", merged, v, &diags)
		}
		layers = append(layers, v)
	}
	if merged == nil || !sound {
		return nil, diags.Sort(), nil
	}
	checkStale(layers, &diags)
	cfg := &Config{layers: files}
	decode(merged, reflect.ValueOf(cfg).Elem())
	if err := cfg.findScripts(root, files); err != nil {
		return nil, nil, err
	}
	return cfg, diags.Sort(), nil
}

// readFile reads a file, but not much more of it than parse takes: it may be
// huge.
func readFile(name string) ([]byte, error) {
	f, err := regular.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}

// Parse is Load for the bytes of one file, without a look at any disk: the
// config has no install scripts.
func Parse(file string, data []byte) (*Config, diag.List, error) {
	var diags diag.List
	v, usable, err := read(file, data, &diags)
	if err != nil || !usable {
		return nil, diags.Sort(), err
	}
	cfg := &Config{Files: []string{file}, layers: []string{file}, Scripts: map[string]string{}, Checks: map[string]string{}}
	decode(rejectEditMarks("", v, &diags), reflect.ValueOf(cfg).Elem())
	return cfg, diags.Sort(), nil
}

// read parses the bytes and checks them by the schema. The value is usable
// when all that was found wrong can be looked past, to see what else is.
func read(file string, data []byte, diags *diag.List) (v *value, usable bool, err error) {
	if v = parse(file, data, diags); v == nil {
		return nil, false, nil
	}
	usable, err = checkSchema(v, diags)
	return v, usable, err
}

// LineOf returns the place of a line, from 0, of a text field: a block text
// begins on the line below its key.
func (m Meta) LineOf(field string, line int) diag.Position {
	loc := m.At(field)
	if m.blocks[field] {
		loc.Line += line + 1
		words := strings.TrimLeft(loc.Text.Line(loc.Line), " \t")
		loc.Col = utf8.RuneCountInString(loc.Text.Line(loc.Line)) - utf8.RuneCountInString(words) + 1
		loc.Width = utf8.RuneCountInString(strings.TrimRight(words, " \t"))
	}
	return loc
}

func indexed(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// script tells by its name what a script in util/ is for.
var script = regexp.MustCompile(`^(install|check)-(.+)\.sh$`)

// findScripts notes the names of the configuration files and of the scripts of
// packages as they are from the project's root, on every machine.
func (c *Config) findScripts(root string, files []string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	var folders []string
	for _, file := range slices.Backward(files) {
		abs, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		rel, err := Relative(root, abs)
		if err != nil {
			return err
		}
		c.Files = append([]string{rel}, c.Files...)
		if dir := filepath.Join(root, filepath.Dir(filepath.FromSlash(rel)), "util"); !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	own := len(folders)
	if shared := filepath.Join(root, "util"); !slices.Contains(folders, shared) {
		folders = append(folders, shared)
	}
	packages := map[string]bool{}
	for _, p := range c.Packages {
		packages[p.Name] = true
	}
	c.Scripts, c.Checks = map[string]string{}, map[string]string{}
	for i, dir := range folders {
		entries, err := os.ReadDir(dir)
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return fmt.Errorf("%s is no folder, but that is where install scripts are; move it away", dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		var orphans []string // names of scripts
		for _, e := range entries {
			m := script.FindStringSubmatch(e.Name())
			if m == nil || e.IsDir() {
				continue
			}
			scripts, name := c.Scripts, m[2]
			if m[1] == "check" {
				scripts = c.Checks
			}
			if !packages[name] {
				if i < own {
					orphans = append(orphans, e.Name())
				}
				continue
			}
			if !plainPath.MatchString(name) {
				continue // the name of the package is a fault, and reported by the schema
			}
			rel, err := Relative(root, filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			if scripts[name] == "" {
				scripts[name] = rel
			}
		}
		if len(orphans) == 0 {
			continue
		}
		others := otherPackages(filepath.Dir(dir), files)
		for _, name := range orphans {
			if others[script.FindStringSubmatch(name)[2]] {
				continue
			}
			rel, err := filepath.Rel(root, filepath.Join(dir, name))
			if err != nil {
				return err
			}
			c.Orphans = append(c.Orphans, filepath.ToSlash(rel))
		}
	}
	sort.Strings(c.Orphans)
	return nil
}

// otherPackages returns the names of the packages that the folder's other configurations
// have, as the scripts beside them are theirs, too. What cannot be read as a configuration
// is none, and together they are read up to the bound of one.
func otherPackages(folder string, files []string) map[string]bool {
	names := map[string]bool{}
	entries, _ := os.ReadDir(folder)
	left := int64(maxBytes)
	for _, e := range entries {
		file := filepath.Join(folder, e.Name())
		given := func(name string) bool { abs, err := filepath.Abs(name); return err == nil && abs == file }
		if ext := filepath.Ext(file); ext != ".yaml" && ext != ".yml" || slices.ContainsFunc(files, given) {
			continue
		}
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() || info.Size() > left {
			continue
		}
		left -= info.Size()
		data, err := readFile(file)
		if err != nil {
			continue
		}
		if v := parse(file, data, &diag.List{}); v != nil && v.fields["packages"] != nil {
			for _, item := range v.fields["packages"].list {
				names[item.name()] = true
			}
		}
	}
	return names
}

// Paths go into the Dockerfile and the bake file as they are.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./+@-]+$`)

// Relative returns a path as the generated files name it: from the project's
// root, with forward slashes. Where links lead to the root or to the path, or both, they
// are followed to see whether one lies in the other.
func Relative(root, abs string) (string, error) {
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		rel, err = filepath.Rel(Real(root), Real(abs))
	}
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is outside of the project's folder %s: run lfdgen in the folder that bake is run in, or name it with --root", abs, root)
	}
	rel = filepath.ToSlash(rel)
	if !plainPath.MatchString(rel) {
		return "", fmt.Errorf("the path %q has other characters than letters, digits and _ . / + @ -, which Dockerfiles cannot name; rename it", rel)
	}
	return rel, nil
}

// Real follows the links in a path, as far as that exists.
func Real(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		return real
	}
	dir := filepath.Dir(name)
	if dir == name {
		return name
	}
	return filepath.Join(Real(dir), filepath.Base(name))
}
