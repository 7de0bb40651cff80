package records

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestReadUsage(t *testing.T) {
	usage, err := ReadUsage(strings.NewReader(`{"runDetails": {"metadata": {"buildkit_metadata": {"sysUsage": [
		{"timestamp": "2026-01-01T00:00:10Z", "cpuStat": {"user": 1, "nice": 2, "system": 4, "idle": 8, "iowait": 16, "irq": 32, "softirq": 64, "steal": 128, "guest": 1}},
		{"timestamp": "2026-01-01T00:00:12Z"}
	]}}}}`))
	if err != nil || len(usage) != 1 {
		t.Fatal(usage, err)
	}
	if want := (Usage{time.Date(2026, 1, 1, 0, 0, 10, 0, time.UTC), 1 + 4 + 32 + 64, 1 + 4 + 32 + 64 + 2 + 8 + 16}); usage[0] != want {
		t.Errorf("%v, not %v", usage[0], want)
	}
	if usage, err := ReadUsage(strings.NewReader(`{}`)); len(usage) != 0 || err != nil {
		t.Error(usage, err)
	}
	if _, err := ReadUsage(strings.NewReader("ERROR: gone")); err == nil {
		t.Error("what is no provenance is read")
	}
}

func TestBusy(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 1, 1, 0, 0, s, 0, time.UTC) }
	step := func(stage string, from, to int) *Step {
		return &Step{Stage: stage, State: Built, Start: at(from), End: at(to)}
	}
	b := &Build{Steps: []*Step{step("a", 0, 20), step("a", 10, 30), step("b", 30, 40), step("c", 50, 60), {Stage: "c", State: Built}}}
	builds := [][]Usage{
		// Two processors: both busy, then one.
		{{at(0), 100, 1000}, {at(20), 140, 1040}, {at(40), 160, 1080}},
		// Beside it; and it knows nothing else.
		{{at(10), 120, 1020}, {at(30), 150, 1060}},
		nil,
		// After the machine was started anew.
		{{at(55), 1, 2}, {at(65), 11, 22}},
	}
	for _, c := range []struct {
		stages     []string
		share      float64
		known, all int
	}{
		{[]string{"a"}, (40. + 10) / (40 + 20), 30, 30},
		{[]string{"b"}, 10. / 20, 10, 10},
		{[]string{"a", "b"}, 60. / 80, 40, 40},
		{[]string{"c"}, 5. / 10, 5, 10},
		{[]string{"none"}, 0, 0, 0},
	} {
		share, known, all := b.Busy(builds, c.stages...)
		if math.Abs(share-c.share) > 1e-9 || known != time.Duration(c.known)*time.Second || all != time.Duration(c.all)*time.Second {
			t.Errorf("%v: busy %.3f in %v of %v, not %.3f in %d s of %d s", c.stages, share, known, all, c.share, c.known, c.all)
		}
	}
}
