// Package synthetic makes systems of any size by rule, for tests and for make bench.
package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Layered returns the configuration of n packages in stages of 100. Each stage stands on the
// one before with its packages installed, and each package needs two of the stage before and
// two of its own.
func Layered(n int) []byte {
	var b strings.Builder
	b.WriteString("host:\n  image: debian:trixie-slim\npackages:\n")
	for i := range n {
		fmt.Fprintf(&b, "- name: p%d\n  version: \"1.%d\"\n  url: https://example.org/p%d-1.%d.tar.gz\n  sha256: a%063x\n  deps:\n", i, i, i, i, i)
		for _, dep := range LayeredDeps(i) {
			fmt.Fprintf(&b, "  - p%d\n", dep)
		}
	}
	b.WriteString("stages:\n")
	for first := 0; first < n; first += 100 {
		parent := "host"
		if first > 0 {
			parent = fmt.Sprintf("s%d", first/100-1)
		}
		fmt.Fprintf(&b, "- name: s%d\n  parent: %s\n", first/100, parent)
		if first > 0 {
			fmt.Fprintf(&b, "  install: [%s]\n", list(first-100, first))
		}
		fmt.Fprintf(&b, "  packages: [%s]\n", list(first, min(first+100, n)))
	}
	fmt.Fprintf(&b, "- name: system\n  parent: scratch\n  install: [%s]\n", list(max(0, n-100), n))
	b.WriteString("image:\n  disk:\n    name: system\n")
	return []byte(b.String())
}

// LayeredDeps returns what package i of Layered needs.
func LayeredDeps(i int) []int {
	var deps []int
	first := i - i%100
	if k := i % 100; k > 3 {
		deps = append(deps, first+k/2, first+k/3)
	}
	if first > 0 {
		deps = append(deps, i-100, first-1)
	}
	slices.Sort(deps)
	return slices.Compact(deps)
}

// Distribution returns the configuration of n packages in one stage that need each other as
// those of a distribution do: few are needed by nearly all, and what a package needs, with
// all that this needs, grows with the system. Packages have no source.
func Distribution(n int) []byte {
	var b strings.Builder
	b.WriteString("host:\n  image: debian:trixie-slim\npackages:\n")
	for i, deps := range DistributionDeps(n) {
		fmt.Fprintf(&b, "- name: p%d\n  version: \"1.%d\"\n", i, i)
		for j, dep := range deps {
			if j == 0 {
				b.WriteString("  deps:\n")
			}
			fmt.Fprintf(&b, "  - p%d\n", dep)
		}
	}
	fmt.Fprintf(&b, "stages:\n- name: build\n  parent: host\n  packages: [%s]\n", list(0, n))
	b.WriteString("- name: system\n  parent: scratch\n  install: [build]\n")
	b.WriteString("image:\n  containers:\n  - name: image\n")
	return []byte(b.String())
}

// DistributionDeps returns what each package of Distribution needs. The constants are chosen
// so that the runtime closures are as large as in Debian, on average: 8 packages in a system
// of 118, 12 in one of 300, 22 in one of 1,000 and 69 in one of 2,625.
func DistributionDeps(n int) [][]int {
	random := rand.New(rand.NewPCG(13, 1))
	deps := make([][]int, n)
	for i := 1; i < n; i++ {
		near := 0.1 // of the needs are packages that come just before
		if i >= 1000 {
			near = 0.27 // the large desktops, whose parts build on each other
		}
		for range 1 + random.IntN(5) {
			dep := int(float64(i) * math.Pow(random.Float64(), 4))
			if random.Float64() < near {
				dep = max(0, i-1-random.IntN(min(i, 30)))
			}
			deps[i] = append(deps[i], dep)
		}
		slices.Sort(deps[i])
		deps[i] = slices.Compact(deps[i])
	}
	return deps
}

func list(from, to int) string {
	var names []string
	for i := from; i < to; i++ {
		names = append(names, fmt.Sprintf("p%d", i))
	}
	return strings.Join(names, ", ")
}
