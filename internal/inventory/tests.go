package inventory

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// ReadTests reads a folder: *.json, each of a run of `go test -json`, of which the last
// result of each test counts, and figures.txt, the output of the benchmark. Nothing is
// found in a folder that is not there.
func ReadTests(folder string) (tests []Test, figures string, err error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, "", err
	}
	last := map[string]run{}
	var order []string
	for _, name := range names {
		found, err := readRuns(name)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		for _, r := range found {
			before, known := last[r.Name]
			if !known {
				order = append(order, r.Name)
			}
			if r.ended.After(before.ended) {
				last[r.Name] = r
			}
		}
	}
	for _, name := range order {
		tests = append(tests, last[name].Test)
	}
	text, err := os.ReadFile(filepath.Join(folder, "figures.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	return tests, string(text), nil
}

// run is a run of a test.
type run struct {
	Test
	ended time.Time
}

// note is how a test's own line looks in the output of go test.
var note = regexp.MustCompile(`^\s+\w+\.go:\d+: (.*\S)\s*$`)

// outcomes are the results of go test.
var outcomes = map[string]TestOutcome{"pass": Passed, "fail": TestFailed, "skip": Skipped}

// readRuns returns the tests that ended, in the order in which they began.
func readRuns(name string) ([]run, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var order []string
	runs := map[string]*run{}
	for events := json.NewDecoder(bufio.NewReader(file)); ; {
		var e struct {
			Time                 time.Time
			Action, Test, Output string
			Elapsed              float64
		}
		if err := events.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if e.Test == "" {
			continue
		}
		t := runs[e.Test]
		if t == nil {
			t = &run{Test: Test{Name: e.Test}}
			runs[e.Test] = t
			order = append(order, e.Test)
		}
		switch e.Action {
		case "output":
			if line := note.FindStringSubmatch(e.Output); line != nil {
				t.Notes = append(t.Notes, line[1])
			}
		case "pass", "fail", "skip":
			t.Outcome, t.ended = outcomes[e.Action], e.Time
			t.Date = e.Time.UTC().Format(time.DateOnly)
			t.Seconds = Seconds(e.Elapsed)
		}
	}
	var list []run
	for _, name := range order {
		if runs[name].Outcome != "" {
			list = append(list, *runs[name])
		}
	}
	return list, nil
}
