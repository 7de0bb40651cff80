// Package render writes a plan down as text: by gomplate, from templates that are made to
// be read and to be changed by users. Rendering is pure: the same plan gives the same bytes
// on every machine.
package render

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
	"strings"
	"text/template"

	"github.com/hairyhenderson/gomplate/v4"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/graph"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/sbom"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// scripts are written as they are.
var scripts = []string{"conflicts.sh", "disk.sh", "layers.sh", "legal.sh", "lfs-packages.sh", "licenses.sh", "package.sh", "sbom.sh", "unpack.sh"}

// Files returns the files of a plan by their paths in the output folder,
// which lies at out, a path with forward slashes from the project's root. The
// templates are read from fsys.
func Files(ctx context.Context, p *plan.Plan, fsys fs.FS, out string) (map[string][]byte, error) {
	files, err := Templates(ctx, p, fsys, out)
	if err != nil {
		return nil, err
	}
	for _, name := range scripts {
		if !needed(p, name) {
			continue
		}
		text, err := read(fsys, name)
		if err != nil {
			return nil, err
		}
		files[plan.Folder+"/"+name] = text
	}
	files[plan.Picture] = graph.New(p).SVG()
	if files[plan.SourcesFile], err = document.NewSources(p).JSON(); err != nil {
		return nil, err
	}
	if p.Legal != nil {
		files[plan.LegalFile] = legal(p)
	}
	if len(p.SBOMs) == 0 {
		return files, nil
	}
	system := document.New(p, out)
	for _, of := range p.SBOMs {
		b := sbom.New(system, of.Name, of.Of)
		name := plan.Folder + "/" + of.Name
		files[name+plan.PackagesFile] = b.List()
		if files[name+plan.SPDXFile], err = b.SPDX(); err != nil {
			return nil, err
		}
		if files[name+plan.CycloneDXFile], err = b.CycloneDX(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// needed reports whether the build runs a script.
func needed(p *plan.Plan, script string) bool {
	switch script {
	case "conflicts.sh":
		return p.Checked()
	case "disk.sh":
		return p.Disk != nil
	case "layers.sh":
		return slices.ContainsFunc(p.Containers, func(c plan.Container) bool { return c.Layers != nil })
	case "legal.sh":
		return p.Legal != nil
	case "licenses.sh":
		return p.Legal != nil || len(p.Licenses) > 0
	case "lfs-packages.sh", "sbom.sh":
		return len(p.SBOMs) > 0
	default:
		return true
	}
}

// Templates returns those of the files that gomplate writes.
func Templates(ctx context.Context, p *plan.Plan, fsys fs.FS, out string) (map[string][]byte, error) {
	mirrored := p.Mirrored()
	data := map[string]any{
		"Plan": p, "LFS": steps.LFS, "Src": steps.LFSSrc,
		"Machine": arch.Default, "Machines": arch.Machines, "System": steps.System, "Epoch": steps.Epoch, "Created": steps.Created,
		"Bake": path.Join(out, plan.BakeFile), "Dir": path.Join(out, plan.Folder),
		"Default": []string{hclText(p.Default())}, "Result": p.Result(),
		"Mirrored": mirrored, "Mirrors": "", "Root": ".",
	}
	texts := []struct{ name, file string }{
		{"Dockerfile.tmpl", plan.Dockerfile},
		{plan.BakeFile + ".tmpl", plan.BakeFile},
	}
	if len(mirrored) > 0 {
		texts = append(texts, struct{ name, file string }{plan.MirrorsFile + ".tmpl", plan.MirrorsFile})
		data["Mirrors"] = path.Join(out, plan.MirrorsFile)
	}
	if out = path.Clean(out); out != "." {
		texts = append(texts, struct{ name, file string }{plan.OverrideFile + ".tmpl", plan.OverrideFile})
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
	return files, nil
}

// read returns a template with the line ends that it has in the repository: git
// may have changed them where it is checked out.
func read(fsys fs.FS, name string) ([]byte, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), nil
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
	funcs["label"] = label
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

// label writes a label for LABEL, in whose values variables would be put in.
func label(l plan.Label) string {
	return l.Name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(l.Value) + `"`
}

// hclText quotes a text for HCL, in which ${ and %{ would be evaluated.
func hclText(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}
