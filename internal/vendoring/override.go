package vendoring

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/linux-from-docker/lfd/internal/safedir"
)

// override is what the override file says to bake.
type override struct {
	files    string            // the configuration's, as LFD_CONFIG names them
	without  []string          // packages whose sources are left out
	contexts map[string]string // what takes the place of stages and images
	bases    []baseTarget
}

// baseTarget is a base image that was made on this machine.
type baseTarget struct {
	target  string // in the bake file
	image   string // that it stands for
	folder  string // that holds rootfs.tar
	foreign string // its platform, where that is not the usual one
}

func (o override) clone() override {
	return override{o.files, o.without, maps.Clone(o.contexts), slices.Clone(o.bases)}
}

// marker is the first line of an override file: without it the file is somebody's own. The
// line of the configuration is there because another choice of files may need other sources.
const (
	marker        = "# Written by lfd fetch. Do not edit, and keep it out of git: it is about this\n"
	earlierMarker = "# Written by lfdvendor. Do not edit, and keep it out of git: it is about this\n"
	filesKey      = "# Configuration: "
	withoutKey    = "# Without the sources of (what is made of them was pulled): "
)

// layoutScheme is how bake names an image in a folder.
const layoutScheme = "oci-layout://"

// IsOverride reports whether lfd fetch wrote the text of an override file.
func IsOverride(text []byte) bool {
	return bytes.HasPrefix(text, []byte(marker)) || bytes.HasPrefix(text, []byte(earlierMarker))
}

func (o override) text() []byte {
	var b bytes.Buffer
	b.WriteString(marker + `# machine only. It makes bake take what was fetched in place of downloads.
` + filesKey + o.files + "\n")
	if len(o.without) > 0 {
		b.WriteString(withoutKey + strings.Join(o.without, " ") + "\n")
	}
	b.WriteString(`
target "_common" {
  contexts = {
`)
	names := make([]string, 0, len(o.contexts))
	width := 0
	for name := range o.contexts {
		names = append(names, name)
		width = max(width, len(quote(name)))
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "    %-*s = %s\n", width, quote(name), fromRoot(o.contexts[name]))
	}
	b.WriteString("  }\n}\n")
	for _, base := range o.bases {
		fmt.Fprintf(&b, `
target %s {
  description       = %s
  context           = %s
  dockerfile-inline = "FROM scratch\nADD rootfs.tar /\n"
  args              = { SOURCE_DATE_EPOCH = LFD_EPOCH }
  output            = ["type=cacheonly"]
`, quote(base.target), quote("Base: "+base.image+", made on this machine"), fromRoot(base.folder))
		if base.foreign != "" {
			fmt.Fprintf(&b, "  platforms         = [%s]\n", quote(base.foreign))
		}
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// parse reads the text of an override file. Of one that is no HCL any more, as somebody has
// edited it, it knows the configuration alone: what can still be read may be half of a path.
func parse(text []byte) override {
	o := override{contexts: map[string]string{}}
	for line := range strings.Lines(string(text)) {
		if files, ok := strings.CutPrefix(line, filesKey); ok {
			o.files = strings.TrimSuffix(files, "\n")
		} else if names, ok := strings.CutPrefix(line, withoutKey); ok {
			o.without = strings.Fields(names)
		} else if !strings.HasPrefix(line, "#") {
			break
		}
	}
	file, diags := hclsyntax.ParseConfig(text, "", hcl.InitialPos)
	if diags.HasErrors() {
		return o
	}
	variables := &hcl.EvalContext{Variables: map[string]cty.Value{"LFD_ROOT": cty.StringVal(".")}}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		for name, a := range block.Body.Attributes {
			value, diags := a.Expr.Value(variables)
			switch {
			case diags.HasErrors() || !value.IsWhollyKnown() || value.IsNull():
			case name == "context" && value.Type() == cty.String && len(block.Labels) == 1:
				o.bases = append(o.bases, baseTarget{target: block.Labels[0], folder: value.AsString()})
			case name == "contexts" && value.Type().IsObjectType():
				for key, context := range value.AsValueMap() {
					if context.Type() == cty.String && !context.IsNull() {
						o.contexts[key] = context.AsString()
					}
				}
			}
		}
	}
	return o
}

// quote returns a text as HCL writes it.
func quote(text string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(text)).Bytes())
}

// fromRoot quotes a value for HCL that may be a path from the project's root, such as
// ./sources: bake may be run in another folder.
func fromRoot(value string) string {
	text := quote(value)
	for _, kind := range []string{`"`, `"` + layoutScheme} {
		if path, ok := strings.CutPrefix(text, kind+"./"); ok {
			return kind + "${LFD_ROOT}/" + path
		}
	}
	return text
}

// local writes a folder so that bake cannot take it for anything else.
func local(folder string) string {
	folder = filepath.ToSlash(folder)
	if filepath.IsAbs(folder) || strings.HasPrefix(folder, "../") {
		return folder
	}
	return "./" + folder
}

// maxOverride bounds what is read of an override file.
const maxOverride = 16 << 20

// readOverride returns the text of the override file, and whether lfd fetch wrote it.
func (v *vendor) readOverride() (text []byte, ours bool, err error) {
	dir, err := safedir.Open(filepath.Dir(v.Override), ".")
	if err != nil {
		return nil, false, err
	}
	defer dir.Close()
	text, err = dir.Read(filepath.Base(v.Override), maxOverride)
	ours = IsOverride(text)
	if rest, ok := bytes.CutPrefix(text, []byte(earlierMarker)); ok {
		text = append([]byte(marker), rest...)
	}
	return text, ours, err
}

// write replaces the override file if it says anything else, and it is lfd fetch's.
func (v *vendor) write(o override) error {
	text := o.text()
	old, ours, err := v.readOverride()
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && !ours:
		return fmt.Errorf("%s was not written by lfd fetch (it does not begin with %q): move it away, or have another file written with --override, and name both to bake with -f", v.Override, strings.TrimSuffix(marker, "\n"))
	case err == nil && bytes.Equal(old, text):
		return nil
	}
	dir, err := safedir.Create(filepath.Dir(v.Override), ".")
	if err != nil {
		return err
	}
	defer dir.Close()
	name := filepath.Base(v.Override)
	temp := "." + name + ".new"
	// What a run that was killed has left there is the beginning of such a text.
	left, err := dir.Read(temp, maxOverride)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.HasPrefix(left, []byte(marker)) && !bytes.HasPrefix([]byte(marker), left) {
		return fmt.Errorf("%s was not written by lfd fetch: move it away", dir.Path(temp))
	}
	if err := dir.Write(name, temp, text, 0o644); err != nil {
		return err
	}
	v.say("wrote %s", v.Override)
	return nil
}

// ofSystem is a folder of a system's, and no part of its name begins with a dot.
var ofSystem = regexp.MustCompile(`^sources(/[^/.][^/]*){2,}$`)

// FoldersOf returns the folders below sources/ that an override file takes, as paths from the
// project's root.
func FoldersOf(text []byte) []string {
	o := parse(text)
	taken := slices.Collect(maps.Values(o.contexts))
	for _, base := range o.bases {
		taken = append(taken, base.folder)
	}
	var folders []string
	for _, context := range taken {
		folder, inside := strings.CutPrefix(strings.TrimPrefix(context, layoutScheme), "./")
		folder, _, _ = strings.Cut(folder, "@") // the digest of an image
		if inside && ofSystem.MatchString(folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}
