package vendoring

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// Verify reads what lies in the folder of the sources, whole, and returns ErrFindings where
// something is not as the configuration names it, or as it was made: bake takes all of it
// as it is. What the override file says was left out is not looked for.
func Verify(o Options) error {
	v, err := newVendor(o)
	if err != nil {
		return err
	}
	text, ours, overrideErr := v.readOverride()
	if ours {
		v.Without = parse(text).without
	}
	sources := v.downloads()
	var diags diag.List
	for _, s := range sources {
		if err := fetch.Verify(s, v.Sources); err != nil {
			diags.Errorf(diag.SourceDamaged, v.at[s.Name], "%s; fetch it anew with make vendor%s", fetch.Printable(err.Error()), v.system())
		}
	}
	signed, _ := v.verifySignatures(nil, &diags)
	if err := v.checkOrigins(signed, &diags); err != nil {
		return err
	}
	if err = overrideErr; err == nil && ours {
		err = v.verifyOverride(sources, text, &diags)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	diags.Sort().Print(v.Log)
	if diags.HasErrors() || v.Strict && len(diags) > 0 {
		return ErrFindings
	}
	return nil
}

// verifyOverride compares an override file with what lfd fetch would write of what it
// leads to, and that with the record.
func (v *vendor) verifyOverride(sources []fetch.Source, text []byte, diags *diag.List) (err error) {
	base, rel := safedir.Below(v.Sources)
	if v.dir, err = safedir.Open(base, rel); err != nil {
		return err
	}
	defer v.dir.Close()
	if v.record, err = readRecord(v.dir); err != nil {
		return err
	}
	noted := func(name, remedy string) {
		if err := v.record.verify(name); err != nil {
			diags.Errorf(diag.VendoredChanged, diag.Position{File: v.dir.Path(name)}, "%s; make it anew with make vendor%s%s", fetch.Printable(err.Error()), v.system(), remedy)
		}
	}
	made := func(folder, remedy string) {
		if err := v.onlyMade(folder); err != nil {
			diags.Errorf(diag.VendoredChanged, diag.Position{File: v.dir.Path(folder)}, "%s", fetch.Printable(err.Error()))
			return
		}
		noted(folder, remedy)
	}
	want := v.sourcesOverride(sources)
	is := parse(text)
	want.files = is.files
	image := func(img image, target string) {
		layout, err := v.ociLayout(imageFolder(img))
		switch {
		case want.contexts[img.context()] != "":
		case is.contexts[img.context()] == "target:"+target:
			v.addBase(&want, target, img)
			made(v.baseFolder(img), "")
		case err == nil && is.contexts[img.context()] == layout:
			want.contexts[img.context()] = layout
			made(imageFolder(img), " OFFLINE=1")
		}
	}
	bases, err := baseImages(v.plan)
	if err != nil {
		return err
	}
	for i, img := range bases {
		image(img, v.baseName(i))
	}
	hosts, err := v.hostStages()
	if err != nil {
		return err
	}
	for _, h := range hosts {
		layout, err := v.ociLayout(hostFolder(h.what))
		if err != nil || is.contexts[h.Stage] != layout {
			image(h.image, h.base)
			continue
		}
		want.contexts[h.Stage] = layout
		made(hostFolder(h.what), " OFFLINE=1")
		noted(hostKeyFile(h.what), " OFFLINE=1")
		key, keyErr := v.hostKey(h.Stage)
		kept, err := v.hostKeyOf(h.what)
		if err := errors.Join(keyErr, err); err != nil {
			return err
		}
		if key != kept {
			diags.Errorf(diag.VendoredChanged, diag.Position{File: v.dir.Path(hostFolder(h.what))}, "is the result of another %s stage than that of the Dockerfile; make it anew with make vendor%s OFFLINE=1", h.what, v.system())
		}
	}
	if line := firstDifference(text, want.text()); line > 0 {
		diags.Errorf(diag.VendoredChanged, diag.Position{File: v.Override, Text: diag.NewText(string(text)), Line: line, Col: 1}, "is not what lfd fetch writes for this configuration; write it anew with make vendor%s", v.system())
	}
	return nil
}

// firstDifference returns the number of the first line that differs, from 1; 0 if none does.
func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	x, y := bytes.SplitAfter(a, []byte("\n")), bytes.SplitAfter(b, []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			return i + 1
		}
	}
	return min(len(x), len(y)) + 1
}

// readFile returns the content of a regular file that lfdgen has written.
func readFile(name string) ([]byte, error) {
	dir, err := safedir.Open(filepath.Dir(name), ".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Read(filepath.Base(name), 1<<30)
}
