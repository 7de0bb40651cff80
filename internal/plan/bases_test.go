package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Whatever root a build starts from, it finds what it wants and nothing else, each package
// once, what may be overwritten before what overwrites it, and in a bounded number of layers.
func TestBases(t *testing.T) {
	shared, same := 0, 0
	for seed := range uint64(40) {
		x := parse(t, randomSystem(rand.New(rand.NewPCG(seed, 1))))
		f := &findings{}
		g := graph{x, map[int][]ref{}}
		o := g.order(f)
		if f.HasErrors() {
			t.Fatalf("seed %d: %q", seed, says(f.List))
		}
		c := newClosures(x, o)
		b := newBases(x, o, c)
		for si, packages := range o.byStage(x) {
			for _, pi := range packages {
				var chain []int
				for p := pi; p >= 0; p = b.of[p] {
					chain = append(chain, p)
				}
				if len(chain) > 1 {
					shared++
				}
				copier := &copier{index: x, rank: o.rank, found: f}
				there, place := x.newSet(), map[string]int{}
				for _, p := range slices.Backward(chain) {
					copied := b.copied(p)
					if copied.meets(there) {
						t.Fatalf("seed %d: %s gets packages twice", seed, x.nodeName(pi))
					}
					if len(chain) > 1 && copied.empty() {
						same++
					}
					there.merge(copied)
					for _, name := range copier.list(copied) {
						place[name] = len(place)
					}
				}
				want := c.build(x, pi)
				want.subtract(c.content[si].root.all)
				if !there.contains(want) || !want.contains(there) {
					t.Fatalf("seed %d: the build of %s does not find what it wants", seed, x.nodeName(pi))
				}
				if b.depth[pi] > maxBuildLayers {
					t.Errorf("seed %d: the root of %s has %d layers", seed, x.nodeName(pi), b.depth[pi])
				}
				for name := range place {
					for _, other := range x.cfg.Packages[x.packages[name]].Replaces {
						if at, ok := place[other]; ok && at > place[name] {
							t.Errorf("seed %d: %s is copied over %s, which replaces it, to build %s", seed, other, name, x.nodeName(pi))
						}
					}
				}
			}
		}
	}
	if shared < 100 || same == 0 {
		t.Errorf("%d builds start from the roots of others, %d of them copy nothing: too few to test anything", shared, same)
	}
}

// randomSystem returns two stages of packages of which the later ones need many of the
// earlier ones, and some replace what they need.
func randomSystem(random *rand.Rand) string {
	const n = 150
	var b strings.Builder
	b.WriteString("packages:\n")
	for i := range n {
		var deps, build, replaces []string
		for range random.IntN(5) {
			if i > 0 {
				deps = append(deps, fmt.Sprintf("p%d", i-1-random.IntN(min(i, 20))))
			}
		}
		if i > 0 && random.IntN(4) == 0 {
			build = append(build, fmt.Sprintf("p%d", random.IntN(i)))
		}
		if i > 0 && random.IntN(4) == 0 {
			replaces = append(replaces, fmt.Sprintf("p%d", random.IntN(i)))
		}
		fmt.Fprintf(&b, "- {name: p%d, deps: [%s], buildDeps: [%s], replaces: [%s]}\n", i, strings.Join(deps, ", "), strings.Join(build, ", "), strings.Join(replaces, ", "))
	}
	stage := func(name string, from, to int) {
		fmt.Fprintf(&b, "- {name: %s, parent: host, packages: [p%d", name, from)
		for i := from + 1; i < to; i++ {
			fmt.Fprintf(&b, ", p%d", i)
		}
		b.WriteString("]}\n")
	}
	b.WriteString("stages:\n")
	stage("one", 0, n/3)
	stage("two", n/3, n)
	return b.String()
}

// The finding names what causes most of the copies.
func TestCopiesMany(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"builds":  {wide(150, 1, ""), `stage "b"; let it install what many of its packages need, with what that needs itself: p149. This saves 22500 copies`},
		"install": {wide(150, 160, ""), `are of what stages install, stage "t0" the most`},
		"within":  {wide(150, 1, "install: [p149], "), ""},
		"beyond":  {wide(500, 1, ""), "more than the 150000 that lfdgen takes"},
	} {
		t.Run(name, func(t *testing.T) {
			x, f := parse(t, test.text), &findings{}
			o := graph{x, map[int][]ref{}}.order(f)
			c := newClosures(x, o)
			ok := checkCopies(x, f, o, c, newBases(x, o, c))
			if ok == (name == "beyond") || len(f.List) > 1 {
				t.Errorf("it is accepted: %v, with %q", ok, says(f.List))
			}
			if got := fmt.Sprint(says(f.List)); !strings.Contains(got, test.says) || test.says == "" && len(f.List) > 0 {
				t.Errorf("it says %s", got)
			}
			if len(f.List) == 1 && f.List[0].Position == (diag.Position{}) {
				t.Error("without a place")
			}
		})
	}
}

// wide returns n packages, each of which needs the one before, and in a later stage as many
// that need the last of them and one of their own; and stages that install the first.
func wide(n, stages int, more string) string {
	var b, p, q strings.Builder
	b.WriteString("packages:\n- {name: p0}\n")
	for i := range n {
		if i > 0 {
			fmt.Fprintf(&b, "- {name: p%d, deps: [p%d]}\n", i, i-1)
		}
		fmt.Fprintf(&b, "- {name: x%d}\n- {name: q%[1]d, deps: [p%d, x%[1]d]}\n", i, n-1)
		fmt.Fprintf(&p, "p%d, x%[1]d, ", i)
		fmt.Fprintf(&q, "q%d, ", i)
	}
	fmt.Fprintf(&b, "stages:\n- {name: a, parent: host, packages: [%s]}\n- {name: b, parent: host, %spackages: [%s]}\n", p.String(), more, q.String())
	for i := range stages {
		fmt.Fprintf(&b, "- {name: t%d, parent: host, install: [p%d]}\n", i, n-1)
	}
	return b.String()
}
