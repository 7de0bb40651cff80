// Package gen turns a plan into files and keeps a folder equal to them.
// Generating is pure: the same plan gives the same bytes on every machine.
package gen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/hairyhenderson/gomplate/v4"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/graph"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// Marker stands in the first lines of every file that lfdgen writes. Files
// without it are never overwritten or removed.
const Marker = "Written by lfdgen"

// Names of what is written into the output folder.
const (
	BakeFile = "docker-bake.hcl"
	// MirrorsFile goes with BakeFile, and is there when a source has mirrors.
	MirrorsFile = "docker-bake.mirrors.hcl"
	// OverrideFile makes bake find the project's root from the output folder, where
	// that is another one.
	OverrideFile = "docker-bake.override.json"
	Folder       = "generated"
	Picture      = "graph.svg"
)

// scripts are written as they are.
var scripts = []string{"conflicts.sh", "disk.sh", "package.sh", "unpack.sh"}

// Generate gives the files of a plan by their paths in the output folder,
// which lies at out, a path with forward slashes from the project's root. The
// templates are read from fsys.
func Generate(ctx context.Context, p *plan.Plan, fsys fs.FS, out string) (map[string][]byte, error) {
	data := map[string]any{
		"Plan": p, "LFS": plan.LFS, "Src": plan.LFSSrc,
		"Machine": arch.Default, "Machines": arch.Machines, "System": plan.System, "Epoch": plan.Epoch,
		"Bake": path.Join(out, BakeFile), "Dir": path.Join(out, Folder),
		"Default": defaults(p), "Result": result(p),
		"Mirrored": mirrored(p), "Mirrors": "", "Root": ".",
	}
	texts := []struct{ name, file string }{
		{"Dockerfile.tmpl", Folder + "/Dockerfile"},
		{BakeFile + ".tmpl", BakeFile},
	}
	if len(mirrored(p)) > 0 {
		texts = append(texts, struct{ name, file string }{MirrorsFile + ".tmpl", MirrorsFile})
		data["Mirrors"] = path.Join(out, MirrorsFile)
	}
	if out = path.Clean(out); out != "." {
		texts = append(texts, struct{ name, file string }{OverrideFile + ".tmpl", OverrideFile})
		data["Root"] = strings.TrimSuffix(strings.Repeat("../", strings.Count(out, "/")+1), "/")
	}
	files := map[string][]byte{}
	for _, t := range texts {
		text, err := read(fsys, t.name)
		if err != nil {
			return nil, err
		}
		if files[t.file], err = render(ctx, t.name, string(text), data); err != nil {
			return nil, err
		}
	}
	for _, name := range scripts {
		if name == "disk.sh" && p.Disk == nil || name == "conflicts.sh" && !p.Checked() {
			continue
		}
		text, err := read(fsys, name)
		if err != nil {
			return nil, err
		}
		files[Folder+"/"+name] = text
	}
	files[Folder+"/"+Picture] = graph.New(p).SVG()
	for _, name := range sorted(files) {
		if !marked(files[name]) {
			return nil, fmt.Errorf("the template of %s has no %q in its first lines: files without it could not be told from yours", name, Marker)
		}
	}
	return files, check(ctx, files, p)
}

// read gives a template with the line ends that it has in the repository: git
// may have changed them where it is checked out.
func read(fsys fs.FS, name string) ([]byte, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), nil
}

// mirrored returns the sources that have mirrors, in the order of the build.
func mirrored(p *plan.Plan) []plan.Source {
	var list []plan.Source
	add := func(sources []plan.Source) {
		for _, s := range sources {
			if len(s.Mirrors) > 0 {
				list = append(list, s)
			}
		}
	}
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			add(pkg.Sources)
		}
	}
	add(p.Unused)
	return list
}

// defaults gives the targets that a plain bake builds, quoted: the disk, or
// else the first container image, or else the last stage.
func defaults(p *plan.Plan) []string {
	switch {
	case p.Disk != nil:
		return []string{hclText(p.Disk.As.Image.Target)}
	case len(p.Containers) > 0:
		return []string{hclText(p.Containers[0].As.Target)}
	default:
		return []string{hclText(p.Stages[len(p.Stages)-1].As.Target)}
	}
}

// result gives the stage that a build without a target makes: the first
// container image, or else the last stage.
func result(p *plan.Plan) string {
	if len(p.Containers) > 0 {
		return p.Containers[0].As.Stage
	}
	return p.Stages[len(p.Stages)-1].As.Stage
}

// pure are gomplate's functions that give the same on every machine.
var pure = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`
		strings coll conv math regexp path test data base64 semver
		contains hasPrefix hasSuffix split splitN trim trimSpace title toUpper toLower replaceAll
		indent quote squote shellQuote
		append prepend has keys values merge reverse sort uniq flatten slice set unset dict
		bool default join fail assert required ternary kind isKind
		add sub mul div rem pow seq
		toJSON toJSONPretty toYAML toTOML toCSV json jsonArray yaml yamlArray toml csv csvByRow csvByColumn
	`) {
		pure[name] = true
	}
}

// render runs a template through gomplate, with every function out of reach
// that could give something else tomorrow or on another machine.
func render(ctx context.Context, name, text string, data any) ([]byte, error) {
	if jq.MatchString(text) { // it knows the time
		return nil, fmt.Errorf("template %s: %w", name, unavailable("coll.JQ"))
	}
	funcs := template.FuncMap{}
	refuse := func(f string) { funcs[f] = func(...any) (string, error) { return "", unavailable(f) } }
	for f := range gomplate.CreateFuncs(ctx) {
		if !pure[f] {
			refuse(f)
		}
	}
	for _, f := range []string{"datasource", "ds", "datasourceExists", "datasourceReachable", "defineDatasource", "listDatasources", "include"} {
		refuse(f)
	}
	funcs["word"] = word
	funcs["paths"] = paths
	funcs["hcl"] = hclText
	funcs["lfd"] = func() any { return data }
	var out closer
	r := gomplate.NewRenderer(gomplate.RenderOptions{Funcs: funcs, MissingKey: "error"})
	if err := r.Render(ctx, name, text, &out); err != nil {
		return nil, plainer(err)
	}
	return append(bytes.TrimSpace(out.Bytes()), '\n'), nil
}

// plainer takes off what gomplate puts around an error of a template, which
// names the template and the line itself.
func plainer(err error) error {
	for {
		inner := errors.Unwrap(err)
		if _, ok := err.(template.ExecError); ok || inner == nil {
			return err
		}
		err = inner
	}
}

var jq = regexp.MustCompile(`\.JQ\b`)

func unavailable(function string) error {
	return fmt.Errorf("%s is not available: generated files must be the same on every machine", function)
}

// closer takes gomplate's Close, which it calls on what it writes to.
type closer struct{ bytes.Buffer }

func (*closer) Close() error { return nil }

var _ io.WriteCloser = (*closer)(nil)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:,=+@%-]+$`)

// word quotes a text as one word for the shell, where it needs that.
func word(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// paths writes what a COPY names, as a list in JSON where a plain one would be read
// as something else.
func paths(names ...string) (string, error) {
	if !slices.ContainsFunc(names, func(s string) bool { return !plainWord.MatchString(s) || s[0] == '-' }) {
		return strings.Join(names, " "), nil
	}
	text, err := json.Marshal(names)
	return string(text), err
}

// hclText quotes a text for HCL, in which ${ and %{ would be evaluated.
func hclText(s string) string {
	q := strconv.Quote(s)
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(q)
}
