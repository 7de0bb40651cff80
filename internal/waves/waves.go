package waves

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Limits bound a plan. Zero is no bound.
type Limits struct {
	Runners int           // jobs of a wave, which run at the same time
	Job     time.Duration // of a job, without Setup
	Waves   int           // so many jobs a workflow has in a row
	Setup   time.Duration // what each job takes before its first target: a builder, and the host's image
}

// Job is what one machine builds.
type Job struct {
	Targets []Target // in the order of the build
	Time    time.Duration
}

// Plan is a build in waves.
type Plan struct {
	Limits
	Waves [][]Job       // the longest job of each first
	Time  time.Duration // of all waves, each as long as its longest job
	Long  []string      // targets that take longer than a job may: each has one of its own
}

// horizons are the lengths of jobs that are tried. What is built one after another on one
// machine need not wait for others, and what is spread need not wait for its turn: which of
// both is better depends on the place in the graph.
func (l Limits) horizons() []time.Duration {
	longest := l.Job
	if longest == 0 {
		longest = 24 * time.Hour
	}
	var all []time.Duration
	for _, minutes := range []time.Duration{1, 3, 5, 8, 12, 16, 20, 25, 30, 40, 50, 60, 90, 120, 180, 240, 360, 720, 1440, 2880} {
		if minutes*time.Minute < longest {
			all = append(all, minutes*time.Minute)
		}
	}
	return append(all, longest)
}

// New returns the plan for targets, which stand after those that they need. It tries each
// length of jobs for the next wave, with the one for all others that is the best for these,
// and takes the way that is done first, and of such ways the one with the fewest waves.
func New(targets []Target, l Limits) (*Plan, error) {
	g := newGraph(targets)
	p := &Plan{Limits: l}
	for _, t := range targets {
		if l.Job > 0 && t.Time+t.BuildTime > l.Job {
			p.Long = append(p.Long, t.Name)
		}
	}
	horizons := l.horizons()
	done := make([]bool, len(targets))
	for left := len(targets); left > 0; {
		var best way
		free := l.Waves - len(p.Waves)
		if l.Waves == 0 {
			free = len(targets)
		}
		for _, length := range horizons {
			best = best.or(g.complete(done, l, length, length), length, free)
		}
		then := best.length
		for _, length := range horizons {
			best = best.or(g.complete(done, l, length, then), then, free)
		}
		if len(best.waves) > free {
			return nil, fmt.Errorf("no plan of %d waves is found: allow more of them, or longer jobs", l.Waves)
		}
		var jobs []Job
		for _, job := range g.pack(best.waves[0], l.Job) {
			j := Job{Time: g.jobTime(job)}
			for _, i := range job {
				j.Targets = append(j.Targets, targets[i])
				done[i] = true
				left--
			}
			jobs = append(jobs, j)
		}
		p.Waves = append(p.Waves, jobs)
		p.Time += l.Setup + jobs[0].Time
	}
	return p, nil
}

// way is a plan for what is left.
type way struct {
	waves  [][][]int
	time   time.Duration
	length time.Duration // of the jobs of all waves but the first
}

// or returns the better one of two ways: first of all it has no more waves than are free.
func (w way) or(other way, length time.Duration, free int) way {
	other.length = length
	more := func(w way) int { return max(len(w.waves)-free, 0) }
	better := cmp.Or(cmp.Compare(more(other), more(w)), cmp.Compare(other.time, w.time), cmp.Compare(len(other.waves), len(w.waves)))
	if w.waves == nil || better < 0 {
		return other
	}
	return w
}

// graph is what targets need of each other, by their places.
type graph struct {
	targets []Target
	needs   [][]int
	order   []int // the most urgent first: that with the longest chain of targets after it
}

func newGraph(targets []Target) *graph {
	g := &graph{targets: targets, needs: make([][]int, len(targets))}
	place := map[string]int{}
	for i, t := range targets {
		place[t.Name] = i
	}
	after := make([]time.Duration, len(targets)) // the longest chain, itself in it
	for i, t := range targets {
		for _, need := range t.Needs {
			g.needs[i] = append(g.needs[i], place[need])
		}
		g.order = append(g.order, i)
	}
	for i := len(targets) - 1; i >= 0; i-- {
		after[i] += targets[i].Time + targets[i].BuildTime
		for _, need := range g.needs[i] {
			after[need] = max(after[need], after[i])
		}
	}
	slices.SortStableFunc(g.order, func(a, b int) int { return cmp.Compare(after[b], after[a]) })
	return g
}

// complete returns the waves that are left, the first with jobs of one length and the others
// with those of another.
func (g *graph) complete(done []bool, l Limits, now, then time.Duration) way {
	done = slices.Clone(done)
	var w way
	for {
		wave := g.wave(done, l, now)
		if len(wave) == 0 {
			return w
		}
		var longest time.Duration
		for _, job := range wave {
			longest = max(longest, g.jobTime(job))
			for _, i := range job {
				done[i] = true
			}
		}
		w.waves = append(w.waves, wave)
		w.time += l.Setup + longest
		now = then
	}
}

// wave returns the jobs of the next wave, none of them longer than the length but for those
// of one target. A target goes to the job that has what it needs, or else to the shortest; a
// target that needs what several jobs have makes one of them, if that is not too long.
func (g *graph) wave(done []bool, l Limits, length time.Duration) [][]int {
	var jobs [][]int
	var load []time.Duration
	in := make([]int, len(g.targets)) // the job, from 1 on
	for _, i := range g.order {
		if done[i] {
			continue
		}
		var of []int
		ready := true
		for _, need := range g.needs[i] {
			switch {
			case done[need]:
			case in[need] == 0:
				ready = false
			case !slices.Contains(of, in[need]-1):
				of = append(of, in[need]-1)
			}
		}
		if !ready {
			continue
		}
		if len(of) == 0 {
			of = shortest(jobs, load, l.Runners)
		}
		var all []int
		for _, j := range of {
			all = append(all, jobs[j]...)
		}
		all = append(all, i)
		took := g.jobTime(all)
		if took > length && len(all) > 1 {
			continue
		}
		first := slices.Min(append(slices.Clone(of), len(jobs)))
		if len(of) == 0 {
			jobs, load = append(jobs, nil), append(load, 0)
		}
		for _, j := range of {
			jobs[j], load[j] = nil, 0
		}
		jobs[first], load[first] = all, took
		for _, k := range all {
			in[k] = first + 1
		}
	}
	return slices.DeleteFunc(jobs, func(job []int) bool { return len(job) == 0 })
}

// shortest returns the job for a target that needs none of them: none, for one of its own, as
// long as there are runners, else the shortest.
func shortest(jobs [][]int, load []time.Duration, runners int) []int {
	if len(jobs) == 0 {
		return nil
	}
	least, used := 0, 0
	for j, job := range jobs {
		if len(job) > 0 {
			used++
		}
		if load[j] < load[least] {
			least = j
		}
	}
	if load[least] > 0 && (runners == 0 || used < runners) {
		return nil
	}
	return []int{least}
}

// jobTime returns how long targets take one after another on one machine.
func (g *graph) jobTime(job []int) time.Duration {
	var took time.Duration
	built := map[string]bool{}
	for _, i := range job {
		took += g.targets[i].Time
		built[g.targets[i].Name] = true
	}
	for _, i := range job {
		if t := g.targets[i]; t.Build != "" && !built[t.Build] {
			built[t.Build] = true
			took += t.BuildTime
		}
	}
	return took
}

// pack returns the jobs of a wave, the longest first, on as few machines as do: the wave lasts
// as long as its longest job, so shorter ones may be one. None gets longer than a job may be.
func (g *graph) pack(jobs [][]int, most time.Duration) [][]int {
	for _, job := range jobs {
		slices.Sort(job)
	}
	slices.SortStableFunc(jobs, func(a, b []int) int {
		return cmp.Or(cmp.Compare(g.jobTime(b), g.jobTime(a)), slices.Compare(a, b))
	})
	longest := g.jobTime(jobs[0])
	if most > 0 {
		longest = min(longest, most)
	}
	var packed [][]int
next:
	for _, job := range jobs {
		for n, other := range packed {
			if all := slices.Concat(other, job); g.jobTime(all) <= longest {
				slices.Sort(all)
				packed[n] = all
				continue next
			}
		}
		packed = append(packed, job)
	}
	return packed
}
