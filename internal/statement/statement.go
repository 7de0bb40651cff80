// Package statement has what somebody says of a system that he has verified: an in-toto
// statement with SLSA's verification summary, which he signs with tools of his own.
package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

// What the forms are called, see https://github.com/in-toto/attestation and
// https://slsa.dev/spec/v1.1/verification_summary.
const (
	Type          = "https://in-toto.io/Statement/v1"
	PredicateType = "https://slsa.dev/verification_summary/v1"
)

// Algorithm is what a digest of a tree of files is called: SHA-256 of what package rootfs
// says of all files, which is neither that of a layer nor that of a manifest.
const Algorithm = "lfdTree"

// Level is the level that is stated of results that are equal.
const Level = "LFD_REPRODUCED"

// Statement says what was compared, on which machine, and what came of it.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"` // what was built, whether or not it is what was expected
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is a result that was built.
type Subject struct {
	Name   string            `json:"name"` // see [SubjectName]
	Digest map[string]string `json:"digest"`
}

// SubjectName returns the name of a result in statements.
func SubjectName(system, platform, result string) string {
	return system + "/" + platform + "/" + result
}

// Predicate is SLSA's summary, and with it the facts of the run.
type Predicate struct {
	Verifier       Verifier  `json:"verifier"`
	TimeVerified   time.Time `json:"timeVerified"`
	ResourceURI    string    `json:"resourceUri"`
	Policy         Policy    `json:"policy"` // the lock
	Result         string    `json:"verificationResult"`
	VerifiedLevels []string  `json:"verifiedLevels"`
	Run            Run       `json:"lfdRun"`
}

// Verifier is the program that has verified.
type Verifier struct {
	ID string `json:"id"`
}

// Policy is what it was verified by.
type Policy struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

// The outcomes of a verification, as SLSA has them.
const (
	Passed = "PASSED"
	Failed = "FAILED"
)

// Run is how the results were built that were compared.
type Run struct {
	System      string            `json:"system"`
	Platform    string            `json:"platform"`
	Commit      string            `json:"commit,omitempty"` // of the project, where it is known
	Host        string            `json:"host"`             // the image that the first compiler is built on
	Builder     string            `json:"builder"`
	Machine     inventory.Machine `json:"machine"`
	Kernel      string            `json:"kernel,omitempty"`
	Rebuilt     bool              `json:"rebuilt"` // in a builder that began empty, with the variations
	Variations  []Variation       `json:"variations,omitempty"`
	Comparisons []Comparison      `json:"comparisons"`
}

// Variation is a circumstance that was another one than usual, or could not be.
type Variation struct {
	Name  string `json:"name"`
	Usual string `json:"usual,omitempty"`
	Here  string `json:"here,omitempty"` // empty where it was not varied
	Why   string `json:"why,omitempty"`  // it was not
}

// Comparison is what came of comparing one result.
type Comparison struct {
	Name   string `json:"name"` // of the bake file's target
	Key    string `json:"key"`  // of the configuration, see package lock
	Locked string `json:"locked"`
	Built  string `json:"built"`
}

// Equal reports whether what was built is what the lock says.
func (c Comparison) Equal() bool { return c.Built == c.Locked }

// New returns the statement of a run, by a lock of these bytes' digest.
func New(run Run, lockFile, lockDigest string, now time.Time) *Statement {
	s := &Statement{
		Type: Type, PredicateType: PredicateType,
		Predicate: Predicate{
			Verifier:     Verifier{"https://github.com/linux-from-docker/lfd/cmd/lfd"},
			TimeVerified: now.UTC().Truncate(time.Second),
			ResourceURI:  "https://github.com/linux-from-docker/lfd/tree/" + orMain(run.Commit) + "#" + run.System,
			Policy:       Policy{"https://github.com/linux-from-docker/lfd/blob/" + orMain(run.Commit) + "/" + lockFile, map[string]string{"sha256": lockDigest}},
			Result:       Passed, VerifiedLevels: []string{Level},
			Run: run,
		},
	}
	for _, c := range run.Comparisons {
		s.Subject = append(s.Subject, Subject{SubjectName(run.System, run.Platform, c.Name), map[string]string{Algorithm: c.Built}})
		if !c.Equal() {
			s.Predicate.Result, s.Predicate.VerifiedLevels = Failed, []string{Failed}
		}
	}
	return s
}

func orMain(commit string) string {
	if commit == "" {
		return "main"
	}
	return commit
}

// Encode returns the statement's text.
func (s *Statement) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

var treeDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Decode reads a statement. It is an error where the text is another thing, or says something
// in another way than [Statement.Encode] does, such as twice: other programs might read
// something else in it.
func Decode(text []byte) (*Statement, error) {
	var s Statement
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("it is no statement: %w", err)
	}
	switch {
	case s.Type != Type:
		return nil, fmt.Errorf("it is no statement: its _type is %.60q, not %q", s.Type, Type)
	case s.PredicateType != PredicateType:
		return nil, fmt.Errorf("it states another thing: its predicateType is %.60q, not %q", s.PredicateType, PredicateType)
	}
	seen := map[string]bool{}
	for _, c := range s.Predicate.Run.Comparisons {
		if seen[c.Name] || !treeDigest.MatchString(c.Built) || !treeDigest.MatchString(c.Key) {
			return nil, fmt.Errorf("its comparison of %.80q is there twice, or has no digests", c.Name)
		}
		seen[c.Name] = true
	}
	again := New(s.Predicate.Run, "", "", s.Predicate.TimeVerified)
	again.Predicate.Policy = s.Predicate.Policy
	if want, err := again.Encode(); err != nil || !bytes.Equal(want, text) {
		return nil, errors.Join(errors.New("its parts do not say the same, or it is not as lfd verify writes it"), err)
	}
	return &s, nil
}
