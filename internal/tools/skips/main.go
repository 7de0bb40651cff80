// Command skips says at the end of make test which tests were skipped, and why, so that
// nobody takes a run without failures for one of all tests.
//
//	skips FILE
//
// FILE is what go test -json has written.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) != 1 {
		return errors.New("name the file that go test -json has written")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	text, err := summary(f)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	_, err = io.WriteString(stdout, text)
	return err
}

// event is a line of the file, as go doc test2json describes it.
type event struct{ Action, Package, Test, Output string }

// said is what a test says of itself: t.Skip gives its reason so.
var said = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: (.*)\n$`)

// module is what the names of packages begin with.
const module = "github.com/linux-from-docker/lfd/"

// summary returns a line for each reason: how many tests it kept from running, and of
// which packages. It is empty if none was skipped.
func summary(r io.Reader) (string, error) {
	last := map[event]string{} // what each running test said last
	tests := map[string]int{}  // by reason
	packages := map[string]map[string]bool{}
	for decoder := json.NewDecoder(r); ; {
		var e event
		if err := decoder.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return "", err
		}
		test := event{Package: e.Package, Test: e.Test}
		switch {
		case e.Test == "": // of a package; one without tests is skipped, too
		case e.Action == "output":
			if m := said.FindStringSubmatch(e.Output); m != nil {
				last[test] = m[1]
			}
		case e.Action == "skip":
			reason := cmp.Or(last[test], "for a reason that they do not say")
			tests[reason]++
			if packages[reason] == nil {
				packages[reason] = map[string]bool{}
			}
			packages[reason][strings.TrimPrefix(e.Package, module)] = true
		}
	}
	if len(tests) == 0 {
		return "", nil
	}
	reasons := slices.SortedFunc(maps.Keys(tests), func(a, b string) int {
		return cmp.Or(tests[b]-tests[a], strings.Compare(a, b))
	})
	var b strings.Builder
	b.WriteString("\nSkipped, so that this run says nothing of them:\n")
	for _, reason := range reasons {
		fmt.Fprintf(&b, "%5d  %s (%s)\n", tests[reason], reason, strings.Join(slices.Sorted(maps.Keys(packages[reason])), ", "))
	}
	return b.String(), nil
}
