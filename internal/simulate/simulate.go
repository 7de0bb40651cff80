// Package simulate works out how long a system takes on many machines, from recorded times and
// sizes. It reads and writes nothing, and is the same wherever it runs.
package simulate

import (
	"cmp"
	"slices"
	"time"

	"github.com/linux-from-docker/lfd/internal/waves"
)

// Machines are what a system is built on.
type Machines struct {
	Count     int
	AtOnce    int   // targets that one machine builds at the same time
	Bandwidth int64 // bytes a second by which a machine gets and gives results, packing them included
	Start     time.Duration
}

// Build is a target that a machine builds.
type Build struct {
	Target  waves.Target
	Machine int
	Begin   time.Duration // getting results included
	End     time.Duration // giving its own included
}

// Outcome is what came of a build.
type Outcome struct {
	Time   time.Duration
	Builds []Build // in the order of their beginning
	Moved  int64   // bytes that all machines got and gave
	Held   []int64 // by machine: bytes of the results that it has in the end
}

// Run builds targets, which stand after those that they need. A machine that is free takes the
// target that is ready and has the longest chain of others after it (Hu 1961: the highest
// level first), and of the machines that are free the one does that which has the most of what
// it needs. What is built is ready for others once the store has it.
func Run(targets []waves.Target, m Machines) Outcome {
	s := newState(targets, m)
	for s.left > 0 {
		s.begin()
		s.advance()
	}
	slices.SortStableFunc(s.out.Builds, func(a, b Build) int { return cmp.Compare(a.Begin, b.Begin) })
	return s.out
}

// state is a build in progress.
type state struct {
	Machines
	targets []waves.Target
	needs   [][]int
	order   []int // by urgency
	now     time.Duration
	missing []int // by target: needs that are not ready
	users   [][]int
	begun   []bool
	left    int
	held    []map[string]bool          // by machine: results
	ended   []map[string]time.Duration // by machine: when a package's build ended, or will
	free    []int                      // by machine: how many targets more it can build now
	running []running
	out     Outcome
}

type running struct {
	target, machine int
	end             time.Duration
}

func newState(targets []waves.Target, m Machines) *state {
	s := &state{
		Machines: m, targets: targets, needs: make([][]int, len(targets)), missing: make([]int, len(targets)),
		users: make([][]int, len(targets)), begun: make([]bool, len(targets)), left: len(targets), now: m.Start,
	}
	s.out.Held = make([]int64, m.Count)
	for range m.Count {
		s.held = append(s.held, map[string]bool{})
		s.ended = append(s.ended, map[string]time.Duration{})
		s.free = append(s.free, m.AtOnce)
	}
	place := map[string]int{}
	for i, t := range targets {
		place[t.Name] = i
		for _, need := range t.Needs {
			s.needs[i] = append(s.needs[i], place[need])
			s.users[place[need]] = append(s.users[place[need]], i)
		}
		s.missing[i] = len(t.Needs)
		s.order = append(s.order, i)
	}
	chains := Chains(targets)
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(chains[b], chains[a]) })
	return s
}

// begin has free machines begin what is ready.
func (s *state) begin() {
	for _, i := range s.order {
		if s.begun[i] || s.missing[i] > 0 {
			continue
		}
		machine, least := -1, time.Duration(0)
		for m, free := range s.free {
			if free == 0 {
				continue
			}
			if took := s.transfer(s.lacks(i, m)) + s.builds(i, m); machine < 0 || took < least {
				machine, least = m, took
			}
		}
		if machine < 0 {
			return
		}
		s.start(i, machine)
	}
}

// lacks returns the bytes that a machine has to get for a target.
func (s *state) lacks(i, machine int) int64 {
	var bytes int64
	for _, need := range s.needs[i] {
		if t := s.targets[need]; !s.held[machine][t.Name] && s.Count > 1 {
			bytes += t.Size
		}
	}
	return bytes
}

// builds returns how long a target takes on a machine: the build that tests begin with, which
// may be under way there, and the target itself, which may have been built for tests.
func (s *state) builds(i, machine int) time.Duration {
	t := s.targets[i]
	ended, begun := s.ended[machine][cmp.Or(t.Build, t.Name)]
	switch {
	case begun && t.Build == "":
		return max(ended-s.now, 0)
	case begun:
		return max(ended-s.now, 0) + t.Time
	}
	return t.BuildTime + t.Time
}

func (s *state) start(i, machine int) {
	t := s.targets[i]
	get := s.lacks(i, machine)
	got := s.now + s.transfer(get)
	end := got + s.builds(i, machine)
	name := cmp.Or(t.Build, t.Name)
	if _, begun := s.ended[machine][name]; !begun {
		s.ended[machine][name] = got + t.BuildTime
		if t.Build == "" {
			s.ended[machine][name] = end
		}
	}
	for _, need := range s.needs[i] {
		if n := s.targets[need]; !s.held[machine][n.Name] {
			s.held[machine][n.Name] = true
			s.out.Held[machine] += n.Size
		}
	}
	s.out.Moved += get
	if !t.Tests {
		s.held[machine][t.Name] = true
		s.out.Held[machine] += t.Size
		if s.Count > 1 {
			end += s.transfer(t.Size)
			s.out.Moved += t.Size
		}
	}
	s.begun[i] = true
	s.free[machine]--
	s.running = append(s.running, running{i, machine, end})
	s.out.Builds = append(s.out.Builds, Build{t, machine, s.now, end})
}

func (s *state) transfer(bytes int64) time.Duration {
	return time.Duration(float64(bytes) / float64(s.Bandwidth) * float64(time.Second))
}

// advance goes on to the next end of a target.
func (s *state) advance() {
	next := slices.MinFunc(s.running, func(a, b running) int { return cmp.Compare(a.end, b.end) })
	s.now = next.end
	s.out.Time = s.now
	s.running = slices.DeleteFunc(s.running, func(r running) bool {
		if r.end > s.now {
			return false
		}
		s.free[r.machine]++
		s.left--
		for _, user := range s.users[r.target] {
			s.missing[user]--
		}
		return true
	})
}

// Chains returns for each target how long it and the longest chain of targets after it take.
func Chains(targets []waves.Target) []time.Duration {
	chains := make([]time.Duration, len(targets))
	place := map[string]int{}
	for i, t := range targets {
		place[t.Name] = i
	}
	for i := len(targets) - 1; i >= 0; i-- {
		chains[i] += targets[i].Time + targets[i].BuildTime
		for _, need := range targets[i].Needs {
			chains[place[need]] = max(chains[place[need]], chains[i])
		}
	}
	return chains
}

// Longest returns the longest chain of targets that wait for each other, and how long it takes:
// no number of machines is faster.
func Longest(targets []waves.Target) (names []string, took time.Duration) {
	chains := Chains(targets)
	if len(chains) == 0 {
		return nil, 0
	}
	at := slices.Index(chains, slices.Max(chains))
	took = chains[at]
	for at >= 0 {
		names = append(names, targets[at].Name)
		rest := chains[at] - targets[at].Time - targets[at].BuildTime
		next := -1
		for i := at + 1; i < len(targets); i++ {
			if chains[i] == rest && rest > 0 && slices.Contains(targets[i].Needs, targets[at].Name) {
				next = i
				break
			}
		}
		at = next
	}
	return names, took
}
