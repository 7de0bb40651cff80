package names

import (
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
)

// parse reads packages, stages and images, each list parted by spaces.
func parse(t *testing.T, packages, stages, containers, disk string) *config.Config {
	t.Helper()
	cfg := &config.Config{Host: config.Host{Image: "debian:trixie-slim"}}
	for _, name := range strings.Fields(packages) {
		cfg.Packages = append(cfg.Packages, config.Package{Name: name})
	}
	for _, name := range strings.Fields(stages) {
		cfg.Stages = append(cfg.Stages, config.Stage{Name: name, Parent: "host"})
	}
	cfg.Image = &config.Image{}
	for _, name := range strings.Fields(containers) {
		cfg.Image.Containers = append(cfg.Image.Containers, config.Container{Name: name})
	}
	if disk != "" {
		cfg.Image.Disk = &config.Disk{Name: disk}
	}
	return cfg
}

// The names of a package, which is one of several: its own in the Dockerfile and for
// bake, and in the Dockerfile those of its parts.
func TestPackage(t *testing.T) {
	for _, c := range []struct{ packages, of, stage, target, download, build string }{
		{"zlib", "zlib", "zlib", "zlib", "zlib-dl", "zlib-build"},
		{"python3.13", "python3.13", "python3.13", "python3_13", "python3.13-dl", "python3.13-build"},
		{"XML-Parser", "XML-Parser", "xml-parser", "XML-Parser", "xml-parser-dl", "xml-parser-build"},
		{"R", "R", "r", "R", "r-dl", "r-build"},
		{"libsigc++-2.0", "libsigc++-2.0", "libsigcplusplus-2.0", "libsigcplusplus-2_0", "libsigcplusplus-2.0-dl", "libsigcplusplus-2.0-build"},
		{"gtk+ gtkplus", "gtkplus", "gtkplus", "gtkplus", "gtkplus-dl", "gtkplus-build"},
		{"gtk+ gtkplus", "gtk+", "lfd-gtkplus", "lfd-gtkplus", "lfd-gtkplus-dl", "lfd-gtkplus-build"},
		{"7zip", "7zip", "lfd-7zip", "7zip", "lfd-7zip-dl", "lfd-7zip-build"},
		{"7zip lfd-7zip", "7zip", "lfd-lfd-7zip", "7zip", "lfd-lfd-7zip-dl", "lfd-lfd-7zip-build"},
		{"check", "check", "check", "check", "check-dl", "check-build"},
		{"host", "host", "host", "host", "host-dl", "host-build"},
		{"all", "all", "all", "all", "all-dl", "all-build"},
		{"lfd-files", "lfd-files", "lfd-files", "lfd-files", "lfd-files-dl", "lfd-files-build"},
		// A plain bake builds the group of that name.
		{"default", "default", "default", "lfd-default", "default-dl", "default-build"},
		// To BuildKit these are no stages.
		{"scratch", "scratch", "lfd-scratch", "scratch", "scratch-dl", "scratch-build"},
		{"context", "context", "lfd-context", "context", "context-dl", "context-build"},
		{strings.Repeat("ab", 32), strings.Repeat("ab", 32), "lfd-" + strings.Repeat("ab", 32), strings.Repeat("ab", 32), strings.Repeat("ab", 32) + "-dl", strings.Repeat("ab", 32) + "-build"},
		{"zlib zlib-dl zlib-build lfd-zlib-build", "zlib", "zlib", "zlib", "lfd-zlib-dl", "lfd-lfd-zlib-build"},
		{"zlib zlib-dl zlib-build lfd-zlib-build", "zlib-dl", "zlib-dl", "zlib-dl", "zlib-dl-dl", "zlib-dl-build"},
	} {
		n, diags := New(parse(t, c.packages, "", "", ""))
		p := n.Package(c.of)
		if got, want := []string{p.Stage, p.Target, p.Download.Stage, p.Build.Stage}, []string{c.stage, c.target, c.download, c.build}; !slices.Equal(got, want) || len(diags) > 0 {
			t.Errorf("%s of %s: %q, not %q (%v)", c.of, c.packages, got, want, diags)
		}
	}
}

// What is no name, and reported by the schema, is one all the same until that is printed.
func TestNoName(t *testing.T) {
	cfg := parse(t, "", "", "", `a"$(id)`)
	cfg.Packages = []config.Package{{Name: "a b"}, {Name: ""}, {Name: "é"}}
	n, _ := New(cfg)
	if p := n.Package("a b"); p.Stage != "a b" || p.Download.Stage != "a b-dl" {
		t.Errorf("%+v", p)
	}
}

// What is ours gives way to a package of the same name.
func TestGiveWay(t *testing.T) {
	taken := "host disk-host lfd-files check s-packages s-root s-lfsroot d-disk d-disk-build d-containerdisk lfd-base z-deps-0-1 s2-root-1-12"
	n, diags := New(parse(t, taken+" z", "s s2", "", "d"))
	if len(diags) > 0 {
		t.Error(diags)
	}
	disk := n.Disk("d")
	for got, want := range map[string]string{
		n.Host.Stage: "lfd-host", n.DiskHost.Target: "lfd-disk-host", n.Files.Stage: "lfd-lfd-files", n.Checks.Target: "lfd-check",
		n.Stage("s").Packages.Target: "lfd-s-packages", n.Stage("s").Root.Stage: "lfd-s-root", n.Stage("s").LFSRoot.Stage: "lfd-s-lfsroot",
		disk.Image.Target: "lfd-d-disk", disk.Build.Stage: "lfd-lfd-d-disk-build", disk.Container.Stage: "lfd-d-containerdisk",
		n.FreeTarget("lfd-base"): "lfd-lfd-base", n.FreeTarget("lfd-base-2"): "lfd-base-2", n.FreeTarget("lfd-base-3"): "lfd-base-3",
		// Files are gathered in numbered stages.
		n.Package("z").Deps.Stage: "lfd-z-deps", n.Package("z").LFSDeps.Stage: "z-lfsdeps", n.Stage("s2").Root.Stage: "lfd-s2-root",
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// So does what is handed over with a system, whose names are only taken where it is made.
func TestLegalGivesWay(t *testing.T) {
	cfg := parse(t, "legal-info s-licenses", "s", "", "")
	n, diags := New(cfg)
	if n.Legal != (Legal{}) || n.Stage("s").Licenses.Stage != "" || len(diags) > 0 {
		t.Error(n.Legal, diags)
	}
	cfg.Image = &config.Image{LegalInfo: true, Licenses: true}
	n, diags = New(cfg)
	if info, licenses := n.Legal.Info, n.Stage("s").Licenses.Stage; info != (Name{"lfd-legal-info", "lfd-legal-info"}) || licenses != "lfd-s-licenses" || len(diags) > 0 {
		t.Error(info, licenses, diags)
	}
}

// Whatever the names are, and in whatever order they stand, each has a name that BuildKit
// and bake take, and none has that of another.
func TestAll(t *testing.T) {
	words := strings.Fields("host check default all scratch context zlib lfd-files 7zip 0 a+ aplus a.b a-b XML-Parser gtk+3.0 disk-host lfd-host index.html con nul s s-packages d")
	parts := strings.Fields("-dl -get -src -build -deps -lfsdeps -check -checkdeps -deps-0-1 -root -lfsroot -packages -disk -disk-build -containerdisk")
	buildKits, bakes := regexp.MustCompile(`^[a-z][a-z0-9._-]*$`), regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]*$`)
	random := rand.New(rand.NewSource(1))
	for range 300 {
		var packages []string
		for range 12 {
			name := words[random.Intn(len(words))]
			if random.Intn(2) == 0 {
				name += parts[random.Intn(len(parts))]
			}
			if random.Intn(4) == 0 {
				name = Prefix + name
			}
			if !slices.Contains(packages, name) {
				packages = append(packages, name)
			}
		}
		cfg := parse(t, strings.Join(packages[3:], " "), "", "", "d")
		for _, name := range packages[:3] {
			cfg.Stages = append(cfg.Stages, config.Stage{Name: name})
		}
		n, _ := New(cfg)
		before := fmt.Sprint(n.all(cfg))
		slices.Reverse(cfg.Packages)
		slices.Reverse(cfg.Stages)
		n, _ = New(cfg)
		if after := fmt.Sprint(n.all(cfg)); after != before {
			t.Fatalf("the names depend on the order:\n%s\n%s", before, after)
		}
		stages, targets := map[string]bool{}, map[string]bool{"default": true}
		for _, name := range n.all(cfg) {
			if name.Stage != "" && (stages[name.Stage] || !buildKits.MatchString(name.Stage) || name.Stage == "scratch" || name.Stage == "context") {
				t.Fatalf("%q: the stage %q", packages, name.Stage)
			}
			if name.Target != "" && (targets[name.Target] || !bakes.MatchString(name.Target)) {
				t.Fatalf("%q: the target %q", packages, name.Target)
			}
			stages[name.Stage], targets[name.Target] = true, true
			if _, ok := n.Owner(name.Stage); name.Stage != "" && !ok {
				t.Fatalf("%q: nobody owns %q", packages, name.Stage)
			}
		}
	}
}

// all lists all names of a configuration, in the order of what they are of.
func (n *Names) all(cfg *config.Config) []Name {
	list := []Name{n.Host, n.DiskHost, n.Files, n.Checks}
	for _, c := range slices.SortedFunc(slices.Values(cfg.Packages), func(a, b config.Package) int { return strings.Compare(a.Name, b.Name) }) {
		p := n.Package(c.Name)
		list = append(list, p.Name, p.Download, p.Get, p.Src, p.Build, p.Deps, p.LFSDeps, p.Check, p.CheckDeps)
	}
	for _, c := range slices.SortedFunc(slices.Values(cfg.Stages), func(a, b config.Stage) int { return strings.Compare(a.Name, b.Name) }) {
		s := n.Stage(c.Name)
		list = append(list, s.Name, s.Root, s.LFSRoot, s.Packages)
	}
	d := n.Disk(cfg.Image.Disk.Name)
	return append(list, d.Image, d.Build, d.Container)
}

// Images whose names builders take for something else.
func TestNotImage(t *testing.T) {
	n, _ := New(parse(t, "zlib gtk+ 7zip", "s", "c", "d"))
	for name, is := range map[string]string{
		"debian:trixie-slim": "", "zlib:1": "", "example.org/zlib": "", "me/zlib": "", "localhost:5000/s": "", "zlib:latest@sha256:" + strings.Repeat("0", 64): "",
		"debian": "", "zlib-deps-x": "", "scratch:1": "",
		"zlib": "zlib", "zlib:latest": "zlib", "docker.io/zlib": "zlib", "docker.io/library/zlib:latest": "zlib", "index.docker.io/library/zlib": "zlib",
		"gtkplus": "gtkplus", "lfd-7zip": "lfd-7zip", "s": "s", "c": "c", "d-disk": "d-disk", "zlib-dl:latest": "zlib-dl", "zlib-deps-0-1": "zlib-deps-0-1",
		"host": "host", "lfd-files": "lfd-files", "disk-host": "disk-host", "scratch": "empty", "scratch:latest": "empty", "docker.io/library/scratch": "empty",
	} {
		if why := n.NotImage(name); (why == "") != (is == "") || !strings.Contains(why, is) {
			t.Errorf("%s: %q, not %q", name, why, is)
		}
	}
}
