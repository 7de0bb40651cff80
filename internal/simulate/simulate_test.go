package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/waves"
	"github.com/linux-from-docker/lfd/test/synthetic"
)

const minute = time.Minute

func target(name string, took time.Duration, size int64, needs ...string) waves.Target {
	return waves.Target{Name: name, Time: took, Size: size, Needs: needs}
}

func TestRun(t *testing.T) {
	const mega = 1_000_000
	// Two chains, and one that needs both.
	diamond := []waves.Target{
		target("a", 10*minute, 60*mega), target("b", 20*minute, 120*mega),
		target("c", 30*minute, 60*mega, "a"), target("d", 5*minute, 0, "b", "c"),
	}
	slow := Machines{AtOnce: 1, Bandwidth: mega, Start: 3 * minute}
	for count, want := range map[int]time.Duration{
		1: 68 * minute, // nothing is moved
		// One builds a and c, and gives them away in a minute each. The other one has the
		// larger b, and gets c in a minute.
		2:  3*minute + 10*minute + minute + 30*minute + minute + minute + 5*minute,
		64: 3*minute + 10*minute + minute + 30*minute + minute + minute + 5*minute,
	} {
		slow.Count = count
		if got := Run(diamond, slow); got.Time != want {
			t.Errorf("%d machines take %s, not %s: %+v", count, got.Time, want, got.Builds)
		}
	}
	slow.Count = 2
	if got := Run(diamond, slow); got.Moved != (60+120+60+60)*mega || got.Held[0] != 120*mega || got.Held[1] != 180*mega {
		t.Errorf("%+v", got)
	}
	if names, took := Longest(diamond); took != 45*minute || !slices.Equal(names, []string{"a", "c", "d"}) {
		t.Errorf("%q, %s", names, took)
	}
	// Tests begin with a build, which a machine does once.
	tests := []waves.Target{target("p", 10*minute, mega)}
	for i := range 4 {
		tests = append(tests, waves.Target{Name: fmt.Sprint("t", i), Time: 20 * minute, Tests: true, Build: "p", BuildTime: 10 * minute})
	}
	fast := Machines{Count: 1, AtOnce: 1, Bandwidth: 1000 * mega}
	if got := Run(tests, fast); got.Time != 90*minute {
		t.Errorf("%s", got.Time)
	}
	fast.Count = 5
	if got := Run(tests, fast); got.Time != 30*minute {
		t.Errorf("%s: %+v", got.Time, got.Builds)
	}
}

// Every target is built once, after what it needs, by no more machines than there are, and no
// faster than the longest chain and the work allow.
func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 4))
	for range 100 {
		var targets []waves.Target
		var work time.Duration
		for i, deps := range synthetic.DistributionDeps(1 + r.IntN(100)) {
			one := target(fmt.Sprint("t", i), time.Duration(r.IntN(20))*minute, int64(r.IntN(5_000_000)))
			for _, dep := range deps {
				one.Needs = append(one.Needs, targets[dep].Name)
			}
			targets = append(targets, one)
			work += one.Time
		}
		m := Machines{Count: 1 + r.IntN(8), AtOnce: 1 + r.IntN(3), Bandwidth: 1_000_000}
		got := Run(targets, m)
		ended, at := map[string]time.Duration{}, make([]int, m.Count)
		for _, b := range got.Builds {
			ended[b.Target.Name] = b.End
			for _, need := range b.Target.Needs {
				if end, ok := ended[need]; !ok || end > b.Begin {
					t.Errorf("%s begins at %s, and %s ends at %s", b.Target.Name, b.Begin, need, end)
				}
			}
			running := 0
			for _, other := range got.Builds {
				if other.Machine == b.Machine && other.Begin <= b.Begin && other.End > b.Begin {
					running++
				}
			}
			at[b.Machine] = max(at[b.Machine], running)
		}
		if len(ended) != len(targets) || slices.Max(at) > m.AtOnce {
			t.Errorf("%d of %d targets, %v at once", len(ended), len(targets), at)
		}
		if _, chain := Longest(targets); got.Time < chain || got.Time < work/time.Duration(m.Count*m.AtOnce) {
			t.Errorf("%s is less than the longest chain, %s, or its share of %s", got.Time, chain, work)
		}
	}
}
