package plan

import (
	"strings"
	"testing"

	"github.com/github/go-spdx/v2/spdxexp"
)

// What is wrong with an expression, and where.
func TestParseLicense(t *testing.T) {
	for _, c := range []struct{ expression, wrong, mistake string }{
		{"MIT", "", ""},
		{"MIT AND(Zlib OR ISC)", "", ""},
		{"((MIT))", "", ""},
		{"  ", "  ", "a licence is missing"},
		{"MIT AND", "AND", "a licence is missing at the end"},
		{"MIT AND OR Zlib", "OR", `a licence is missing before "OR"`},
		{"()", ")", `a licence is missing before ")"`},
		{"MIT Zlib", "Zlib", `AND or OR is missing before "Zlib"`},
		{"MIT (Zlib)", "(", `AND or OR is missing before "("`},
		{"MIT +", "+", `AND or OR is missing before "+"`},
		{"(MIT", "(", "this parenthesis is not closed"},
		{"MIT) AND (Zlib", ")", "this parenthesis closes none"},
		{"MIT and Zlib", "and", "write AND in capital letters"},
		{"(MIT) WITH GCC-exception-3.1", "WITH", "WITH follows one licence, "},
		{"MIT WITH", "WITH", "an exception is missing at the end"},
		{"MIT WITH (GCC-exception-3.1)", "(", `an exception is missing before "("`},
		{"MIT WITH GCC-exception-3.1 WITH GCC-exception-2.0", "WITH", "WITH follows one licence, "},
	} {
		_, wrong, mistake := parseLicense(c.expression)
		if wrong.text != c.wrong || !strings.HasPrefix(mistake, c.mistake) || (mistake == "") != (c.mistake == "") {
			t.Errorf("%s: %q: %s", c.expression, wrong.text, mistake)
		}
	}
}

// An expression is right if the parser of go-spdx accepts it: tried with all of up to seven
// words that are right as far as they go, and with one word more.
func TestExpressions(t *testing.T) {
	t.Parallel()
	accepted := 0
	var try func(words []string)
	try = func(words []string) {
		expression := strings.Join(words, " ")
		read, _, mistake := parseLicense(expression)
		for _, w := range read {
			switch exception := strings.Contains(w.text, "exception"); {
			case w.kind == licenseID && exception, w.kind == exceptionID && !exception:
				mistake = "not of this kind: " + w.text
			}
		}
		_, err := spdxexp.ExtractLicenses(expression)
		if (err == nil) != (mistake == "") {
			t.Errorf("%s: %q, and the parser says %v", expression, mistake, err)
		}
		if err == nil {
			accepted++
		}
		goesOn := mistake == "" || strings.HasSuffix(mistake, " at the end") || strings.HasSuffix(mistake, " is not closed")
		if !goesOn || len(words) == 8 {
			return
		}
		for _, word := range []string{"MIT", "GCC-exception-3.1", "AND", "OR", "WITH", "(", ")"} {
			try(append(words, word))
		}
	}
	try([]string{"MIT"})
	try([]string{"("})
	if accepted < 50 {
		t.Errorf("%d expressions were accepted", accepted)
	}
}
