package report

import (
	"encoding/json"
	"time"

	"github.com/linux-from-docker/lfd/internal/names"
)

// Passed is a run of a package's own tests that passed. It outlives the builder's record
// of it, and holds for as long as building the package gives the same result.
type Passed struct {
	Package string  `json:"package"`
	Digest  string  `json:"digest"`            // of the package's result, see [ReadResult]
	Seconds float64 `json:"seconds,omitempty"` // that the tests took, with building the package for them
	On      string  `json:"on,omitempty"`      // the day, as 2006-01-02
}

// PassedFile is the name of the file, among the pictures, that keeps what passed.
const PassedFile = "passed.json"

// ReadPassed reads the content of a [PassedFile].
func ReadPassed(content []byte) ([]Passed, error) {
	var list []Passed
	err := json.Unmarshal(content, &list)
	return list, err
}

// checks adds a row for each package with tests of its own, and gives what is to be kept
// of them.
func (doc *document) checks() []Passed {
	before := map[string]Passed{}
	for _, p := range doc.Passed {
		before[p.Package] = p
	}
	keep := []Passed{}
	for _, check := range doc.Plan.Checks {
		name, as := check.Package.Name, check.Package.As
		result, measured := doc.Results[as.Stage]
		old, known := before[name]
		same := known && measured && old.Digest == result.Digest
		state := doc.checked(as)
		took, timed := doc.Build.Duration(as.Check.Stage)
		r := row{Name: name, Origin: "passed"}
		run := Passed{Package: name, Digest: result.Digest}
		switch {
		case state == Failed:
			r.Origin = "**failed**"
		case state == Built && timed:
			run.Seconds = took.Round(time.Second / 10).Seconds()
			run.On = end(doc.Build.Stage(as.Check.Stage)).UTC().Format(time.DateOnly)
			r.Time = seconds(took)
		case same:
			run = old
			r.Time = seconds(time.Duration(old.Seconds * float64(time.Second)))
		case state == Built:
			r.Time = noRecord
		default:
			r.Origin = "not run"
		}
		if r.Origin != "not run" {
			doc.ChecksRun++
		}
		if r.Origin == "passed" {
			r.Digest = run.On
		}
		switch {
		case r.Origin == "passed" && measured && run.On != "":
			keep = append(keep, run)
		case known && !measured && state != Failed:
			keep = append(keep, old) // it may hold still
		}
		doc.Checks = append(doc.Checks, r)
	}
	return keep
}

// checked tells what became of a package's tests in the last build of the package.
func (doc *document) checked(as names.Package) State {
	check := as.Check.Stage
	state := doc.Build.State(check)
	var told time.Time
	for _, s := range doc.Build.Stage(check) {
		told = s.Told
		if s.State == Failed {
			break
		}
	}
	if told.Before(end(doc.Build.Stage(as.Build.Stage))) {
		return NotBuilt
	}
	return state
}

// end tells when the last of the steps ended, the zero time where no record has it.
func end(steps []*Step) time.Time {
	var last time.Time
	for _, s := range steps {
		if s.End.After(last) {
			last = s.End
		}
	}
	return last
}
