package steps

import (
	"errors"
	"regexp"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Line returns the line that an error of BuildKit's is about, or 0.
func Line(err error) int {
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		return located.Locations[0][0].Start.Line
	}
	return 0
}

var guess = regexp.MustCompile(` \(did you mean [^)]*\?\)`)

// Message returns the text of an error of BuildKit's without the names that it suggests:
// these are not the same in every run.
func Message(err error) string { return guess.ReplaceAllString(err.Error(), "") }
