package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// override is what the override file says to bake.
type override struct {
	files    []string          // the configuration's
	contexts map[string]string // what takes the place of stages and images
	bases    []baseTarget
}

// baseTarget is a base image that was made on this machine.
type baseTarget struct {
	target string // in the bake file
	image  string // that it stands for
	folder string // that holds rootfs.tar
}

func (o override) clone() override {
	return override{o.files, maps.Clone(o.contexts), slices.Clone(o.bases)}
}

func (o override) text() []byte {
	var b bytes.Buffer
	b.WriteString(`# Written by lfdvendor. Do not edit, and keep it out of git: it is about this
# machine only. It makes bake take what was fetched in place of downloads.
`)
	// Another choice of files may need other sources: tools/build.sh looks at this line.
	fmt.Fprintf(&b, "# Configuration: %s\n", strings.Join(o.files, ":"))
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
}
`, quote(base.target), quote("Base: "+base.image+", made on this machine"), fromRoot(base.folder))
	}
	return b.Bytes()
}

// quote writes a text for HCL.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "${", "$${", "%{", "%%{").Replace(text) + `"`
}

// fromRoot quotes a value for HCL that may be a path from the project's root, such as
// ./sources: bake may be run in another folder.
func fromRoot(value string) string {
	text := quote(value)
	for _, kind := range []string{`"`, `"oci-layout://`} {
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

// write replaces the override file if it says anything else.
func (v *vendor) write(o override) error {
	text := o.text()
	old, err := os.ReadFile(v.override)
	if err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(v.override), 0o755); err != nil {
		return err
	}
	temp := v.override + ".new"
	if err := os.WriteFile(temp, text, 0o644); err != nil {
		return err
	}
	if err := os.Rename(temp, v.override); err != nil {
		return err
	}
	v.say("wrote %s", v.override)
	return nil
}
