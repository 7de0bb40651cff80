package records

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Usage is what all processors of the machine together had done by a moment, in seconds
// since it was started.
type Usage struct {
	Time time.Time
	Busy float64 // with work of the usual priority
	All  float64 // that, and being idle
}

// ReadUsage reads what BuildKit noted of the machine during a build, now and then:
// what `buildx history inspect attachment` prints of its provenance.
func ReadUsage(r io.Reader) ([]Usage, error) {
	var provenance struct {
		RunDetails struct {
			Metadata struct {
				BuildKit struct {
					SysUsage []struct {
						Timestamp time.Time
						CPUStat   *struct{ User, Nice, System, Idle, Iowait, IRQ, SoftIRQ, Steal float64 }
					}
				} `json:"buildkit_metadata"`
			}
		}
	}
	if err := json.NewDecoder(r).Decode(&provenance); err != nil {
		return nil, fmt.Errorf("the provenance cannot be read: %w", err)
	}
	var usage []Usage
	for _, s := range provenance.RunDetails.Metadata.BuildKit.SysUsage {
		c := s.CPUStat
		if c == nil {
			continue
		}
		// Work of low priority runs where the build leaves a processor idle. What the
		// host of a virtual machine took (steal) was not there for the build.
		busy := c.User + c.System + c.IRQ + c.SoftIRQ
		usage = append(usage, Usage{s.Timestamp, busy, busy + c.Nice + c.Idle + c.Iowait})
	}
	return usage, nil
}

// Busy returns the share of the processors that were busy while steps of the stages ran,
// from the usage noted in builds, whichever they were: it is that of the machine. Not
// all of the time may be known, as a build that fails leaves no notes.
func (b *Build) Busy(builds [][]Usage, stages ...string) (share float64, known, all time.Duration) {
	var steps []*Step
	for _, name := range stages {
		steps = append(steps, b.Stage(name)...)
	}
	// Builds that ran beside each other have noted the same.
	notes := slices.Concat(builds...)
	slices.SortFunc(notes, func(a, b Usage) int { return a.Time.Compare(b.Time) })
	ran := Periods(periods(steps), 0)
	var busy, total float64
	for i := 1; i < len(notes); i++ {
		from, to := notes[i-1], notes[i]
		watched := slices.ContainsFunc(builds, func(notes []Usage) bool {
			return len(notes) > 0 && !notes[0].Time.After(from.Time) && !notes[len(notes)-1].Time.Before(to.Time)
		})
		if !watched || !from.Time.Before(to.Time) {
			continue
		}
		for _, p := range ran {
			both := earlier(p.End, to.Time).Sub(later(p.Start, from.Time))
			if both <= 0 {
				continue
			}
			part := both.Seconds() / to.Time.Sub(from.Time).Seconds()
			busy += part * (to.Busy - from.Busy)
			total += part * (to.All - from.All)
			known += both
		}
	}
	for _, p := range ran {
		all += p.End.Sub(p.Start)
	}
	if total > 0 {
		share = busy / total
	}
	return share, known, all
}

// RanIn reports whether a step of the stages ran between two moments.
func (b *Build) RanIn(from, to time.Time, stages ...string) bool {
	return slices.ContainsFunc(stages, func(name string) bool {
		return slices.ContainsFunc(b.Stage(name), func(s *Step) bool { return s.Start.Before(to) && s.End.After(from) })
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
