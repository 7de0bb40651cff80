package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// parse returns the index of a configuration whose packages have install scripts.
func parse(t *testing.T, text string) *index {
	t.Helper()
	cfg, diags, err := config.Parse("config.yaml", []byte(strings.TrimLeft(text, "\n")))
	if err != nil || cfg == nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
	}
	n, _ := names.New(cfg)
	return newIndex(cfg, n)
}

// says writes findings down: the line, the rule and the message of each.
func says(found diag.List) []string {
	var all []string
	for _, d := range found.Sort() {
		all = append(all, fmt.Sprintf("%d %s: %s", d.Position.Line, d.Rule.Name, d.Message))
	}
	return all
}

// Each rule by itself: what it has against a configuration, and that it looks at nothing
// else. The corpus of cmd/lfdgen has the many ways to break them.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		rule   func(*index, *findings)
		config string
		want   []string // the beginnings of what it says
	}{
		{"no host", checkHostImage, "packages: []\n", []string{"1 key-missing: host.image is missing"}},
		{"host", checkHostImage, "host: {image: \"debian:13\"}\n", nil},
		{"no image", checkHostImage, "host: {image: \"" + strings.Repeat("a", 300) + ":1\"}\n", []string{"1 image-name: "}},

		{"sources", checkSources, `
packages:
- {name: a, url: "https://example.org/a-1.tar.gz"}
- {name: b, srcFrom: c}
- {name: c, srcFrom: a}
- {name: d, srcFrom: aa}
- {name: e, sha256: ` + strings.Repeat("a", 64) + `}
`, []string{
			"2 checksum-missing: ", "3 source-missing: \"c\" is virtual itself",
			"5 name-unknown: unknown package \"aa\" (did you mean \"a\"?)", "6 source-field-unused: ",
		}},
		{"sums", checkSums, `
packages:
- {name: a, url: "https://example.org/a-1.tar.gz", sha256: ` + strings.Repeat("a", 64) + `}
- {name: b, url: "https://example.org/b-1.tar.gz", sha256: ` + strings.Repeat("a", 64) + `}
- {name: c, url: "https://example.org/a-1.tar.gz", sha256: ` + strings.Repeat("b", 64) + `}
`, []string{"3 checksum-reused: ", "4 checksum-conflict: "}},
		{"mirrors", checkMirrors, `
mirrors: ["https://example.org/", "https://example.org/"]
`, []string{"1 list-duplicate: "}},
		{"stages", checkStages, `
packages: [{name: a}, {name: p, url: "https://example.org/p.patch"}]
stages:
- {name: one, parent: two, packages: [a, p]}
- {name: two, parent: host, packages: [a]}
- {name: three, parent: a}
`, []string{
			"3 stage-order: the parent \"two\" is not an earlier stage", "3 patch-misuse: ",
			"4 package-built-twice: \"a\" is built already by stage \"one\"", "5 name-kind: \"a\" is a package",
		}},
		{"licences", checkLicenses, `
packages:
- {name: a, license: (MIT OR Apache-2.0+) AND GPL-2.0-only WITH Linux-syscall-note}
- {name: b, license: LicenseRef-mine}
- {name: c, license: MIT AND GPL-3.0-or-latr AND Brand-new-1.0}
- {name: d, license: GPL-2.0-only WITH Linux-syscal-note}
- {name: e, license: GPL-2.0 OR GPL-2.0+ OR wxWindows}
- {name: f, license: mit AND GPL-2.0-only WITH linux-syscall-note}
- {name: g, license: MIT or Zlib}
`, []string{
			`4 license-unknown: unknown licence "GPL-3.0-or-latr" (did you mean "GPL-3.0-or-later"?); `, `4 license-unknown: unknown licence "Brand-new-1.0"; `,
			`5 license-unknown: unknown exception "Linux-syscal-note" (did you mean "Linux-syscall-note"?); `,
			`6 license-deprecated: "GPL-2.0" is deprecated; write GPL-2.0-only or GPL-2.0-or-later`,
			`6 license-deprecated: "GPL-2.0+" is deprecated; write GPL-2.0-or-later`,
			`6 license-deprecated: "wxWindows" is deprecated; write what https://spdx.org/licenses/wxWindows.html names`,
			`7 license-case: "mit" is written "MIT"`, `7 license-case: "linux-syscall-note" is written "Linux-syscall-note"`,
			`8 license-syntax: write OR in capital letters`,
		}},
		{"no stages", checkStages, "packages: []\n", []string{"1 nothing-to-build: "}},
		{"installs", func(x *index, f *findings) {
			if !checkInstalls(x, f) {
				f.Errorf(diag.LimitExceeded, diag.Position{}, "out of bounds")
			}
		}, `
packages: [{name: a}, {name: b}]
stages:
- {name: one, parent: host, packages: [a], install: [two]}
- {name: two, parent: scratch, install: [a, a, b, one]}
`, []string{
			"3 stage-order: ", "4 install-duplicate: ", "4 package-not-built: ", "4 install-duplicate: ",
		}},
		{"replaced", checkReplaced, `
packages: [{name: a}]
stages:
- {name: one, parent: host, packages: [a], replaces: [a, a, one]}
`, []string{"3 list-duplicate: ", "3 stage-order: "}},
		{"deps", checkDeps, `
packages:
- {name: a, deps: [a, b, c], buildDeps: [d]}
- {name: b}
- {name: c}
- {name: d, patches: [c], checkDeps: [b]}
stages:
- {name: one, parent: host, packages: [a]}
- {name: two, parent: one, packages: [c]}
`, []string{
			"2 cycle: \"a\" needs itself", "2 package-not-built: \"a\" needs \"b\"", "2 stage-order: \"a\" needs \"c\", which is built later", "2 package-not-built: \"a\" needs \"d\"",
			"5 patch-misuse: ", "5 patch-misuse: ", "5 check-missing: ", "5 package-not-built: ",
		}},
		{"use", func(x *index, f *findings) { checkUse(x, f, map[string]bool{"e": true}) }, `
packages:
- {name: a, deps: [b]}
- {name: b}
- {name: c, deps: [c]}
- {name: d, deps: [c]}
- {name: e}
stages: [{name: one, parent: host, packages: [a]}]
`, []string{"4 package-unused: no stage builds \"c\"", "5 package-unused: "}},
		{"image", checkImage, `
stages: [{name: one, parent: host}]
image: {from: on, containers: [{name: c, from: one}], disk: {name: d, filesystem: xfs}}
`, []string{"2 name-unknown: unknown stage \"on\" (did you mean \"one\"?)", "2 disk-filesystem: "}},
		{"arguments", func(x *index, f *findings) {
			if got := arguments(x, f); len(got) != 1 || got["7zip"] != "LFD_7ZIP_URL" {
				f.Errorf(diag.LimitExceeded, diag.Position{}, "arguments: %v", got)
			}
		}, `
packages:
- {name: a.b, url: "https://example.org/a.tar", sha256: ` + strings.Repeat("a", 64) + `}
- {name: a-b, url: "https://example.org/b.tar", sha256: ` + strings.Repeat("b", 64) + `}
- {name: 7zip, url: "https://example.org/7.tar", sha256: ` + strings.Repeat("c", 64) + `}
- {name: none, url: "https://example.org/n.tar"}
`, []string{"3 argument-shared: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &findings{}
			c.rule(parse(t, c.config), f)
			got := says(f.List)
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("it says\n\t%s\nnot\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

// A name is suggested for the first hundred unknown ones only.
func TestHints(t *testing.T) {
	f := &findings{}
	x := parse(t, "packages: [{name: zlib}]\n")
	for range 150 {
		f.find(x, diag.Position{}, "zlob")
	}
	hints := 0
	for _, d := range f.List {
		if strings.Contains(d.Message, "did you mean") {
			hints++
		}
	}
	if hints != 100 {
		t.Errorf("%d hints", hints)
	}
}

// chain is a system of two stages; b needs a to run, c needs b to be built.
const chain = `
packages:
- {name: c, buildDeps: [b]}
- {name: b, deps: [a], replaces: [d]}
- {name: a, lfsDeps: [t]}
- {name: d}
- {name: t}
stages:
- {name: tools, parent: host, packages: [t]}
- {name: one, parent: tools, lfsInstall: [t], packages: [c, b, a, d]}
- {name: two, parent: scratch, install: [one]}
- {name: three, parent: two, install: [c]}
`

// plain returns the names of packages.
func plain(x *index, packages []int) string {
	var names []string
	for _, pi := range packages {
		names = append(names, x.cfg.Packages[pi].Name)
	}
	return strings.Join(names, " ")
}

// Each package comes after what it needs and what it replaces; a ring is reported once.
func TestOrder(t *testing.T) {
	x, f := parse(t, chain), &findings{}
	o := graph{index: x}.order(f)
	if got := plain(x, o.packages); got != "t a d b c" || len(f.List) > 0 {
		t.Errorf("the order is %s: %q", got, says(f.List))
	}
	for i, pi := range o.packages {
		if o.rank[pi] != i {
			t.Errorf("%s has the rank %d, not %d", x.nodeName(pi), o.rank[pi], i)
		}
	}
	for si, want := range []string{"t", "a d b c", "", ""} {
		if got := plain(x, o.byStage(x)[si]); got != want {
			t.Errorf("stage %d builds %s, not %s", si, got, want)
		}
	}
	// What steps copy from is needed, too.
	copied := map[int][]ref{x.packages["a"]: {{node: x.packages["c"]}}}
	graph{x, copied}.order(f)
	if got := says(f.List); len(got) != 1 || !strings.HasSuffix(got[0], ": c -> b -> a -> c") {
		t.Errorf("of the ring it says %q", got)
	}
	if got := (graph{x, copied}).needNames(x.packages["a"]); !slices.Equal(got, []string{"t", "c"}) {
		t.Errorf("a needs %q", got)
	}
}

// What comes along with a package, and what stages hold.
func TestClosures(t *testing.T) {
	x := parse(t, chain)
	c := newClosures(x, graph{index: x}.order(&findings{}))
	members := func(s set) string { return plain(x, slices.Collect(s.all())) }
	for name, want := range map[string][2]string{
		"t": {"t", "t"}, "d": {"d t", "d t"}, "a": {"a t", "a t"}, "b": {"b a t", "b t"}, "c": {"c t", "c t"},
	} {
		pi := x.packages[name]
		if got := [2]string{members(c.root[pi]), members(c.lfs[pi])}; got != want {
			t.Errorf("with %s come %q, not %q", name, got, want)
		}
	}
	if got := members(c.build(x, x.packages["c"])); got != "b a t" {
		t.Errorf("to build c there are %s", got)
	}
	for si, want := range [][2]string{{"", ""}, {"", "t"}, {"c b a d t", ""}, {"c b a d t", ""}} {
		if got := [2]string{members(c.content[si].root.all), members(c.content[si].lfs.all)}; got != want {
			t.Errorf("stage %d holds %q, not %q", si, got, want)
		}
	}
	if got := members(c.content[3].root.inherited); got != "c b a d t" {
		t.Errorf("the last stage inherits %s", got)
	}
}

// Many copies are merged, in as many levels as that takes.
func TestCopies(t *testing.T) {
	const n = 100
	var b strings.Builder
	b.WriteString("packages: [{name: p0}")
	for i := range n - 1 {
		fmt.Fprintf(&b, ", {name: p%d}", i+1)
	}
	b.WriteString("]\n")
	x := parse(t, b.String())
	rank := make([]int, n)
	all := x.newSet()
	for i := range n {
		rank[i] = n - i
		all.add(i)
	}
	c := &copier{index: x, rank: rank, found: &findings{}}
	there := x.newSet()
	there.add(n - 1)
	packages := c.list(all.minus(there))
	if len(packages) != n-1 || packages[0] != "p98" {
		t.Errorf("%d packages are missing, from %s on", len(packages), packages[0])
	}
	as := names.Name{Stage: "all"}
	for limit, want := range map[int]struct{ merges, copies string }{
		n:  {"", "99"},
		40: {"all-0-1 40, all-0-2 40, all-0-3 19", "3"},
		1:  {"all-0-1 40, all-0-2 40, all-0-3 19, all 3", "1"},
	} {
		var contents Contents
		c.copy(&contents, &Conflicts{Name: "checked"}, as, packages, "/", limit)
		var merges []string
		waiting := len(contents.After)
		for _, m := range contents.Merges {
			merges = append(merges, fmt.Sprint(m.Name, " ", len(m.From)))
			if m.After != "" {
				waiting++
			}
		}
		if got := strings.Join(merges, ", "); got != want.merges || fmt.Sprint(len(contents.Copies)) != want.copies {
			t.Errorf("limit %d: merges %s, %d copies", limit, got, len(contents.Copies))
		}
		if want := max(1, len(merges)-limitOne(limit)); waiting != want {
			t.Errorf("limit %d: %d wait for the check, not %d", limit, waiting, want)
		}
	}
	c.owners = maxCopies
	for range 2 {
		if c.conflicts(as, "here", folder{}, packages, all, diag.Position{}) != nil || len(c.found.List) != 1 {
			t.Errorf("beyond all bounds: %q", says(c.found.List))
		}
	}
}

// limitOne is how many merges are of merged files.
func limitOne(limit int) int {
	if limit == 1 {
		return 1
	}
	return 0
}
