package vuln

import (
	"cmp"
	"slices"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// Severity is how bad a vulnerability is.
type Severity struct {
	Level  string  // one of Levels
	Score  float64 // of CVSS, up to 10; known where there is a vector
	Vector string
	rank   int // of the version of CVSS: a newer one counts more
}

// Levels are the words for severities, from the least.
var Levels = []string{"unknown", "none", "low", "medium", "high", "critical"}

// ofVector returns the severity that a vector of CVSS stands for. One that is none stands for
// nothing.
func ofVector(vector string) Severity {
	s := Severity{Vector: vector}
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		if v, err := gocvss40.ParseVector(vector); err == nil {
			s.Score, s.rank = v.Score(), 4
		}
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		if v, err := gocvss31.ParseVector(vector); err == nil {
			s.Score, s.rank = v.BaseScore(), 3
		}
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		if v, err := gocvss30.ParseVector(vector); err == nil {
			s.Score, s.rank = v.BaseScore(), 2
		}
	default:
		if v, err := gocvss20.ParseVector(vector); err == nil {
			s.Score, s.rank = v.BaseScore(), 1
		}
	}
	if s.rank == 0 {
		return Severity{}
	}
	switch {
	case s.Score >= 9 && s.rank > 1: // CVSS 2 has no "critical"
		s.Level = "critical"
	case s.Score >= 7:
		s.Level = "high"
	case s.Score >= 4:
		s.Level = "medium"
	case s.Score > 0:
		s.Level = "low"
	default:
		s.Level = "none"
	}
	return s
}

// ofWord returns the severity that a word stands for.
func ofWord(word string) Severity {
	word = strings.ToLower(word)
	if word == "moderate" { // GitHub's
		word = "medium"
	}
	if word == "unknown" || !slices.Contains(Levels, word) {
		return Severity{}
	}
	return Severity{Level: word}
}

// worse returns that of two severities which counts: by the newer version of CVSS, then the
// higher one.
func (s Severity) worse(o Severity) Severity {
	if cmp.Or(cmp.Compare(s.rank, o.rank), cmp.Compare(s.Score, o.Score), cmp.Compare(s.level(), o.level())) >= 0 {
		return s
	}
	return o
}

func (s Severity) level() int { return max(slices.Index(Levels, s.Level), 0) }
