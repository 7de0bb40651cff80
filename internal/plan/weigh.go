package plan

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Bounds that no honest steps come near, so that BuildKit, which is asked what it
// makes of them, can neither hang nor fill the memory.
const (
	// maxText is of one text, in bytes.
	maxText = 512 << 10
	// maxSteps is of one text; BuildKit's time grows with their square, and no image has
	// more than some hundred layers.
	maxSteps = 1000
	// maxWeight is of all steps together; a unit is worth some kilobytes there.
	maxWeight = 50_000
	// maxVariable is what Linux passes to a program in one variable, in bytes.
	maxVariable = 128 << 10
	// maxExpansion is of what a text can become with all its variables.
	maxExpansion = 16 << 20
)

// weigh tells how much BuildKit has to do with a step: with each file, port or
// variable that it names, and with all variables that are set when it runs.
func weigh(step *parser.Node, variables int) int {
	words := len(step.Flags)
	if !strings.EqualFold(step.Value, "run") {
		words += len(strings.Fields(step.Original))
	}
	for _, port := range ports.FindAllString(step.Original, -1) {
		if strings.EqualFold(step.Value, "expose") && port != "" {
			words += 100 // a range of them may be 65,535
		}
	}
	return 1 + words + variables>>10
}

var ports = regexp.MustCompile(`[0-9]+-[0-9]+`)

// variables are those that steps set, with their values.
type variables map[string]string

func (v variables) size() int {
	size := 0
	for name, value := range v {
		size += len(name) + len(value)
	}
	return size
}

// Get and Keys are what BuildKit wants of variables.
func (v variables) Get(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

// Keys is not asked for.
func (v variables) Keys() []string { return nil }

// expand does what BuildKit will do with the variables of a step, unless that
// would get too long: a variable that holds another a thousand times, which does so
// again, is as long as the memory after three or four of them. What else is wrong with a
// variable, a build says better.
func (v variables) expand(step any) error {
	var long error
	word := func(text string) (string, error) {
		if long = v.check(text); long != nil {
			return "", long
		}
		done, _, err := shell.NewLex('\\').ProcessWord(text, v)
		if len(done) > maxVariable {
			long = fmt.Errorf("with its variables this is longer than the %d KiB that Linux takes", maxVariable>>10)
			err = long
		}
		return done, err
	}
	if step, ok := step.(instructions.SupportsSingleWordExpansion); ok {
		_ = step.Expand(word)
	}
	if long != nil {
		return long
	}
	switch step := step.(type) {
	case *instructions.EnvCommand:
		for _, pair := range step.Env {
			v[pair.Key] = pair.Value
		}
	case *instructions.ArgCommand:
		for _, arg := range step.Args {
			if arg.Value != nil {
				v[arg.Key] = *arg.Value
			}
		}
	}
	return nil
}

// replaces finds ${name/pattern/text}, which can put a text in the place of
// each letter of another one.
var replaces = regexp.MustCompile(`\$\{[^/}]*/`)

// check refuses a text that can get too long before that has happened.
func (v variables) check(text string) error {
	longest := len("/mnt/lfs/usr/share/config.site")
	for _, value := range v {
		longest = max(longest, len(value))
	}
	size := len(text) + strings.Count(text, "$")*longest
	for range replaces.FindAllString(text, 8) {
		size *= len(text) + longest
		if size > maxExpansion {
			break
		}
	}
	if size > maxExpansion {
		return fmt.Errorf("with its variables this can get longer than %d MiB", maxExpansion>>20)
	}
	return nil
}
