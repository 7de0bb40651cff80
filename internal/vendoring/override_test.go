package vendoring

import (
	"reflect"
	"slices"
	"testing"
)

// What an override file says is read as it was written, and of a text that ends anywhere, as
// an edited one may, nothing else.
func TestParse(t *testing.T) {
	o := override{
		files: "config.yaml:mine/config.yaml",
		contexts: map[string]string{
			"musl-dl":     "./sources/a+b/musl",
			"elsewhere":   "/srv/sources/a/b",
			"host":        "oci-layout://./sources/a/_host@sha256:0",
			"h/debian:13": "target:lfd-base",
			`"${x}`:       `%{"`,
		},
		bases: []baseTarget{{target: "lfd-base", folder: "./sources/a/_base/debian"}},
	}
	text := o.text()
	if got := parse(text); !reflect.DeepEqual(got, o) {
		t.Errorf("got %+v, want %+v", got, o)
	}
	folders := []string{"sources/a+b/musl", "sources/a/_base/debian", "sources/a/_host"}
	if got := slices.Sorted(slices.Values(FoldersOf(text))); !slices.Equal(got, folders) {
		t.Errorf("got %q, want %q", got, folders)
	}
	for i := range text {
		for name, value := range parse(text[:i]).contexts {
			if o.contexts[name] != value {
				t.Errorf("of %q is read %s = %s", text[:i], name, value)
			}
		}
		for _, folder := range FoldersOf(text[:i]) {
			if !slices.Contains(folders, folder) {
				t.Errorf("of %q is read %s", text[:i], folder)
			}
		}
	}
}
