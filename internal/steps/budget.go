package steps

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Bounds that no honest steps come near, so that BuildKit, which is asked what it
// makes of them, can neither hang nor fill the memory.
const (
	// maxText is of one text, in bytes.
	maxText = 512 << 10
	// maxTexts is of all texts together; without aliases a configuration cannot hold more.
	maxTexts = 16 << 20
	// maxSteps is of one text; BuildKit's time grows with their square, and no image has
	// more than some hundred layers.
	maxSteps = 1000
	// maxCost is of all steps together; a unit is worth some kilobytes there.
	maxCost = 50_000
	// maxVariable is what Linux passes to a program in one variable, in bytes.
	maxVariable = 128 << 10
	// maxExpansion is of what a text can become with all its variables.
	maxExpansion = 16 << 20
)

// costOf returns how much BuildKit has to do for a step: for each file, port or
// variable that it names, and for all variables that are set when it runs.
func costOf(step *parser.Node, variables int) int {
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

// replaces finds ${name/pattern/text}, which can put a text in the place of
// each letter of another one.
var replaces = regexp.MustCompile(`\$\{[^/}]*/`)

// checkGrowth returns an error for a text that can get too long when its variables are
// replaced, the longest of which has so many bytes. Variables that each repeat another a
// thousand times grow exponentially.
func checkGrowth(text string, longest int) error {
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
