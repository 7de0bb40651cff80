package bakefile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const text = `
variable "LFD_ROOT" { default = "." }
function "image" {
  params = [name]
  result = "x/${name}"
}
group "default" {
  targets = ["sys-disk"]
}
group "build_x-packages" {
  targets = [
    "one_1",
    "gtk__",
  ]
}
target "_common" {
  contexts = { "a" = "${LFD_ROOT}/a" }
}
target "one_1" {
  description = "one.1, of build.x"
  target      = "one.1"
}
target "gtk__" {
  description = "gtk++ 4, what \"it\" is"
  target      = "gtk-two"
}
target "one_1-dl" { target = "one.1-dl" }
target "sys-disk" {
  target = "sys-disk"
  output = ["type=local,dest=${LFD_ROOT}/out"]
}
target "other" {
  target = "host"
  tags   = [image("other")]
  output = ["type=local,dest=${LFD_ROOT}/other"]
}
`

func TestFind(t *testing.T) {
	name := filepath.Join(t.TempDir(), "docker-bake.hcl")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string][2]string{
		"one.1": {"one_1", "one.1"}, "one_1": {"one_1", "one.1"}, "one.1-dl": {"one_1-dl", "one.1-dl"},
		"gtk++": {"gtk__", "gtk-two"}, "gtk-two": {"gtk__", "gtk-two"}, "host": {"other", "host"}, "other": {"other", "host"},
		"build.x-packages": {"build_x-packages", ""}, "default": {"default", ""},
		"one": {}, "gtk+": {}, "one,1": {}, "": {},
	} {
		got, ok := f.Find(asked)
		if got.Name != want[0] || got.Stage != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: %+v, %v", asked, got, ok)
		}
	}
	if got := f.Members("build_x-packages"); !slices.Equal(got, []string{"one_1", "gtk__"}) {
		t.Errorf("the group has %q", got)
	}
	if got := f.Members("one_1"); !slices.Equal(got, []string{"one_1"}) {
		t.Errorf("the target has %q", got)
	}
	if got := f.Disks(); !slices.Equal(got, []string{"sys-disk"}) {
		t.Errorf("disks are %q", got)
	}
}

// The bake files of this repository are understood.
func TestRepository(t *testing.T) {
	for name, want := range map[string]struct{ disk, pkg string }{
		"../../quickstart/docker-bake.hcl": {"quickstart-disk", "busybox"},
		"../../docker-bake.hcl":            {"lfs-disk", "bash"},
	} {
		f, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Disks(); !slices.Equal(got, []string{want.disk}) {
			t.Errorf("%s: disks are %q", name, got)
		}
		if got, ok := f.Find(want.pkg); !ok || got.Name != want.pkg || got.Stage == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
	bad := filepath.Join(dir, "bad.hcl")
	if err := os.WriteFile(bad, []byte("target {{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(bad); err == nil {
		t.Error("no error")
	}
}
