package engine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBundle(t *testing.T) {
	for args, want := range map[string]string{
		"--log l --log-format json run --bundle /b --keep id": "/b",
		"--log l create --bundle=/b id":                       "/b",
		"--log l kill id KILL":                                "",
		"--log l delete --force id":                           "",
		"run id":                                              "",
		"run --bundle":                                        "",
	} {
		if got := bundleOf(strings.Fields(args)); got != want {
			t.Errorf("%s: %q", args, got)
		}
	}
	name := filepath.Join(t.TempDir(), "config.json")
	put(t, name, `{"hostname":"buildkitsandbox","process":{"user":{"uid":0,"gid":0},"rlimits":[{"hard":18446744073709551615}]},"linux":{"x":{"y":9223372036854775807}}}`)
	if err := changeBundle(name); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"hostname":"rebuilt"`, `"umask":63`, "18446744073709551615", "9223372036854775807"} {
		if !strings.Contains(string(text), want) || !json.Valid(text) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	for _, broken := range []string{"", "[]", "{}", `{"process":1}`} {
		put(t, name, broken)
		if err := changeBundle(name); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
}

// One processor less than there are, where there are several.
func TestProcessors(t *testing.T) {
	all, chosen := processors()
	if want := max(1, all.Count()-1); chosen.Count() != want {
		t.Errorf("%d of %d", chosen.Count(), all.Count())
	}
	for cpu := range 1024 {
		if chosen.IsSet(cpu) && !all.IsSet(cpu) {
			t.Errorf("there is no processor %d", cpu)
		}
	}
}

// Neither stop nor clean unmounts what is not a store of ours.
func TestUnmountStore(t *testing.T) {
	e, dir, _ := project(t)
	o := &own{Engine: e, named: dir, dir: dir}
	put(t, filepath.Join(dir, "state/file"), "x")
	if err := o.unmountStore(); err != nil {
		t.Error(err)
	}
	put(t, filepath.Join(dir, "store"), "") // as after a crash: there, and not mounted
	if err := o.unmountStore(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state/file")); err != nil {
		t.Error(err)
	}
}

// Whoever starts it, the builder of a rebuild varies; and no other becomes one.
func TestVaried(t *testing.T) {
	e, dir, _ := project(t)
	usual := &own{Engine: e, named: dir, dir: dir}
	second := &own{Engine: e.Rebuilder("program"), named: dir, dir: dir}
	if usual.varied() || !second.varied() || second.onlyVaried() != nil {
		t.Error("a new folder")
	}
	put(t, filepath.Join(dir, "state/file"), "x")
	if err := second.onlyVaried(); err == nil || !strings.Contains(err.Error(), "holds what was built in the usual circumstances") || usual.onlyVaried() != nil {
		t.Error(err)
	}
	put(t, filepath.Join(dir, RuntimeName), "")
	if !usual.varied() || second.onlyVaried() != nil {
		t.Error("the folder of a rebuild")
	}
}
