package waves

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/test/synthetic"
)

// fullSystem returns the plan of the repository's full system, and the record of its build.
func fullSystem(t *testing.T) (*plan.Plan, *inventory.Inventory) {
	t.Helper()
	root := filepath.Join("..", "..")
	cfg, diags, err := config.Load(root, []string{filepath.Join(root, "config.yaml"), filepath.Join(root, "overlays", "debian-sources.yaml")})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	known, err := inventory.Read(filepath.Join(root, "docs", "inventory", "lfs.json"))
	if err != nil {
		t.Fatal(err)
	}
	return p, known
}

// random returns targets of any shape.
func random(r *rand.Rand) []Target {
	var all []Target
	for i, deps := range synthetic.DistributionDeps(1 + r.IntN(80)) {
		t := Target{Name: fmt.Sprint("t", i), Time: time.Duration(r.IntN(30)) * time.Minute, Tests: r.IntN(5) == 0}
		for _, dep := range deps {
			if r.IntN(3) > 0 && !all[dep].Tests {
				t.Needs = append(t.Needs, all[dep].Name)
			}
		}
		if t.Tests && i > 0 && r.IntN(2) == 0 && !all[i-1].Tests {
			t.Build, t.BuildTime = all[i-1].Name, all[i-1].Time
		}
		all = append(all, t)
	}
	return all
}

// holds sees that a plan is what it promises to be.
func holds(t *testing.T, targets []Target, p *Plan) {
	t.Helper()
	type place struct{ wave, job, at int }
	places := map[string]place{}
	needs := map[string]Target{}
	for _, target := range targets {
		needs[target.Name] = target
	}
	var took time.Duration
	var long []string
	for w, wave := range p.Waves {
		if p.Runners > 0 && len(wave) > p.Runners {
			t.Errorf("wave %d has %d jobs for %d runners", w+1, len(wave), p.Runners)
		}
		var longest time.Duration
		for j, job := range wave {
			var sum time.Duration
			built := map[string]bool{}
			for at, target := range job.Targets {
				if _, twice := places[target.Name]; twice {
					t.Errorf("%s is in two jobs", target.Name)
				}
				places[target.Name] = place{w, j, at}
				sum += target.Time
				built[target.Name] = true
			}
			for _, target := range job.Targets {
				if target.Build != "" && !built[target.Build] {
					built[target.Build] = true
					sum += target.BuildTime
				}
			}
			if sum != job.Time {
				t.Errorf("job %d.%d takes %s, not %s", w+1, j+1, sum, job.Time)
			}
			if p.Job > 0 && sum > p.Job {
				long = append(long, job.Targets[0].Name)
				if len(job.Targets) > 1 {
					t.Errorf("job %d.%d takes %s: more than %s", w+1, j+1, sum, p.Job)
				}
			}
			longest = max(longest, sum)
		}
		took += p.Setup + longest
	}
	if took != p.Time || p.Limits.Waves > 0 && len(p.Waves) > p.Limits.Waves {
		t.Errorf("%d waves take %s, not %s", len(p.Waves), took, p.Time)
	}
	slices.Sort(long)
	if want := slices.Sorted(slices.Values(p.Long)); !slices.Equal(long, want) {
		t.Errorf("longer than a job may take: %q, not %q", want, long)
	}
	if len(places) != len(targets) {
		t.Errorf("%d of %d targets are in a job", len(places), len(targets))
	}
	for name, at := range places {
		for _, need := range needs[name].Needs {
			switch before := places[need]; {
			case before.wave < at.wave:
			case before.wave == at.wave && before.job == at.job && before.at < at.at:
			default:
				t.Errorf("%s is in %v, and needs %s in %v", name, at, need, before)
			}
		}
	}
}

// Every target is in exactly one job, all that it needs is in an earlier wave or before it in
// the same job, and no limit is exceeded but by targets that exceed it alone, which are named.
func TestPlans(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 2))
	found := 0
	for range 100 {
		targets := random(r)
		l := Limits{Runners: r.IntN(6), Job: time.Duration(r.IntN(5)*15) * time.Minute, Setup: Setup}
		p, err := New(targets, l)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, targets, p)
		again, err := New(targets, l)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(p) {
			t.Fatal("another plan of the same", err)
		}
		l.Waves = len(p.Waves)
		if p, err = New(targets, l); err == nil {
			found++
			holds(t, targets, p)
		}
	}
	if found < 90 {
		t.Errorf("of 100 plans %d are found again where there may be no more waves than they have", found)
	}
	if _, err := New([]Target{{Name: "a", Time: time.Hour}, {Name: "b", Time: time.Hour, Needs: []string{"a"}}}, Limits{Job: time.Hour, Waves: 1}); err == nil {
		t.Error("two hours are in one wave of an hour")
	}
	if p, err := New(nil, Limits{}); err != nil || len(p.Waves) > 0 {
		t.Error(p, err)
	}
}

// The plan of the full system is near what no plan can beat: the longest chain.
func TestFullSystem(t *testing.T) {
	system, known := fullSystem(t)
	for _, tests := range []bool{false, true} {
		targets := Targets(system, known, tests)
		p, err := New(targets, Limits{Runners: 8, Job: time.Hour, Setup: Setup})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, targets, p)
		if !tests && p.Time > known.Build.CriticalPath.Duration()*13/10 {
			t.Errorf("%s, where the longest chain takes %s", p.Time, known.Build.CriticalPath.Duration())
		}
	}
}

// What targets need is what comes into the root of their build.
func TestTargets(t *testing.T) {
	system, known := fullSystem(t)
	targets := map[string]Target{}
	packages := 0
	for _, target := range Targets(system, known, true) {
		for _, need := range target.Needs {
			if _, ok := targets[need]; !ok {
				t.Errorf("%s stands before %s, which it needs", target.Name, need)
			}
		}
		targets[target.Name] = target
		if !target.Tests {
			packages++
		}
	}
	if n := len(Targets(system, known, false)); n != packages {
		t.Errorf("%d packages, and %d without tests", packages, n)
	}
	for name, needs := range map[string]string{
		"gcc-pass2":         "binutils-pass1 gcc-pass1 glibc-cross libstdcpp linux-headers", // by $LFS
		"gettext-temp":      "bash-temp gcc-pass2",                                          // by the root of its stage
		"openssl":           "gcc perl",                                                     // by that of its stage, and by name
		"gcc-check-others":  "expect dejagnu tcl",                                           // by checkDeps, one of them by way of others
		"lfs-none-of-these": "",
	} {
		for _, need := range strings.Fields(needs) {
			if !slices.Contains(targets[name].Needs, need) {
				t.Errorf("%s does not need %s, but %q", name, need, targets[name].Needs)
			}
		}
	}
	if slices.Contains(targets["openssl"].Needs, "gettext") {
		t.Error("what openssl does not need is among its needs")
	}
	gcc, part := targets["gcc"], targets["gcc-check-others"]
	if !gcc.Recorded || gcc.Time < 20*time.Minute || gcc.Size < 200e6 {
		t.Errorf("%+v", gcc)
	}
	if part.Build != "gcc" || part.BuildTime != gcc.Time || !part.Recorded || !part.Tests || part.Time*12 < 8*time.Hour {
		t.Errorf("%+v", part)
	}
	if zlib := targets["zlib-check"]; zlib.Build != "" || zlib.Time != 13*time.Second {
		t.Errorf("%+v", zlib)
	}
	if none := Targets(system, nil, false)[0]; none.Recorded || none.Time != Default {
		t.Errorf("%+v", none)
	}
}

// The JSON form is as the schema says, and the jobs have all targets.
func TestDocument(t *testing.T) {
	schema, err := filepath.Abs("../../schema/waves.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	system, known := fullSystem(t)
	p, err := New(Targets(system, known, true), Limits{Runners: 4, Job: 30 * time.Minute, Setup: Setup})
	if err != nil {
		t.Fatal(err)
	}
	d := p.Document(Images(system))
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	result, err := gojsonschema.Validate(gojsonschema.NewReferenceLoader("file://"+filepath.ToSlash(schema)), gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.Errors() {
		t.Error(e)
	}
	var read Document
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	first := read.Waves[0].Include[0]
	if first.Name != "1.1" || first.Targets[0] != "binutils-pass1" || !slices.Equal(first.Targets, first.Results) {
		t.Errorf("%+v", first)
	}
	if !slices.Contains(read.Long, "gcc-check-others") || !slices.Equal(read.Images, []string{"lfs", "lfs-mini", "lfs-disk", "lfs-containerdisk"}) {
		t.Errorf("%q, %q", read.Long, read.Images)
	}
	for name, form := range map[string]func() ([]byte, error){"text": d.Text, "gitlab": d.GitLab} {
		text, err := form()
		if err != nil {
			t.Fatal(err)
		}
		for _, wave := range read.Waves {
			for _, row := range wave.Include {
				if !bytes.Contains(text, []byte(strings.Join(row.Targets, " "))) {
					t.Errorf("%s: job %s is not there", name, row.Name)
				}
			}
		}
	}
}

// A system as large as BLFS is planned, too.
func TestLarge(t *testing.T) {
	var targets []Target
	for i, deps := range synthetic.DistributionDeps(1200) {
		target := Target{Name: fmt.Sprint("t", i), Time: time.Duration(1+i%7) * time.Minute}
		for _, dep := range deps {
			target.Needs = append(target.Needs, targets[dep].Name)
		}
		targets = append(targets, target)
	}
	p, err := New(targets, Limits{Runners: 16, Job: time.Hour, Setup: Setup})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, targets, p)
}
