package report

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
	"slices"
	"strings"
	"time"
)

// Proof is what was found of a finished system, after its build.
type Proof struct {
	Tests   []Test
	Figures string // what the benchmark printed
}

// Test is a test of the finished system, or a part of one.
type Test struct {
	Name   string // of a part: test/part
	Result string // pass, fail or skip
	Took   time.Duration
	At     time.Time // when it ended
	Said   []string  // what it noted beside its result
}

// maxParts bounds the parts of a test that have lines of their own: more are counted.
const maxParts = 10

// ReadProof reads a folder: *.json, each of a run of `go test -json`, of which the last
// result of each test counts, and figures.txt, what the benchmark printed. Nothing is
// found in a folder that is not there.
func ReadProof(folder string) (Proof, error) {
	var proof Proof
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return proof, err
	}
	tests := map[string]Test{}
	var order []string
	for _, name := range names {
		found, err := readTests(name)
		if err != nil {
			return proof, fmt.Errorf("%s: %w", name, err)
		}
		for _, test := range found {
			before, known := tests[test.Name]
			if !known {
				order = append(order, test.Name)
			}
			if test.At.After(before.At) {
				tests[test.Name] = test
			}
		}
	}
	for _, name := range order {
		proof.Tests = append(proof.Tests, tests[name])
	}
	figures, err := os.ReadFile(filepath.Join(folder, "figures.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return proof, err
	}
	proof.Figures = string(figures)
	return proof, nil
}

// said is how a test's own line looks among what go test prints.
var said = regexp.MustCompile(`^\s+\w+\.go:\d+: (.*\S)\s*$`)

// readTests gives the tests that ended, in the order in which they began.
func readTests(name string) ([]Test, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var order []string
	tests := map[string]*Test{}
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
		t := tests[e.Test]
		if t == nil {
			t = &Test{Name: e.Test}
			tests[e.Test] = t
			order = append(order, e.Test)
		}
		switch e.Action {
		case "output":
			if line := said.FindStringSubmatch(e.Output); line != nil {
				t.Said = append(t.Said, line[1])
			}
		case "pass", "fail", "skip":
			t.Result, t.At = e.Action, e.Time
			t.Took = time.Duration(e.Elapsed * float64(time.Second))
		}
	}
	var list []Test
	for _, name := range order {
		if tests[name].Result != "" {
			list = append(list, *tests[name])
		}
	}
	return list, nil
}

// rows gives a line for each test, and for its parts where they are not too many: then
// those that did not pass.
func (p Proof) rows() []row {
	parts := map[string]int{}
	for _, t := range p.Tests {
		if test, _, part := strings.Cut(t.Name, "/"); part {
			parts[test]++
		}
	}
	results := map[string]string{"pass": "passed", "fail": "**failed**", "skip": "left out"}
	var rows []row
	for _, t := range p.Tests {
		test, _, part := strings.Cut(t.Name, "/")
		if part && parts[test] > maxParts && t.Result == "pass" {
			continue
		}
		notes := slices.Clone(t.Said)
		if !part && parts[test] > maxParts {
			notes = append(notes, fmt.Sprintf("%d parts", parts[test]))
		}
		rows = append(rows, row{
			Name: t.Name, Origin: results[t.Result], Time: seconds(t.Took), Digest: t.At.UTC().Format(time.DateOnly),
			Version: strings.ReplaceAll(strings.Join(notes, "; "), "|", `\|`),
		})
	}
	return rows
}
