package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// maxLocated bounds the findings whose place is looked for within a licence: its line may
// be as long as the file.
const maxLocated = 100

// checkLicenses looks at the licences of packages: whether they are SPDX expressions, and
// of the identifiers whether they are those of SPDX.
func checkLicenses(x *index, f *findings) {
	located := 0
	for i := range x.cfg.Packages {
		p := &x.cfg.Packages[i]
		if !licenseText.MatchString(p.License) {
			continue // there is none, or the schema says what is wrong with it
		}
		place := func(w word) diag.Position {
			if located++; located > maxLocated {
				return p.At("license")
			}
			return p.At("license").Part(p.License, w.start, w.start+len(w.text))
		}
		words, wrong, mistake := parseLicense(p.License)
		for _, w := range words {
			switch w.kind {
			case licenseID:
				checkLicenseID(f, w, place)
			case exceptionID:
				checkExceptionID(f, w, place)
			}
		}
		if mistake != "" {
			f.Errorf(diag.LicenseSyntax, place(wrong), "%s", mistake)
		}
	}
}

// word is a word of a licence, or a parenthesis.
type word struct {
	text  string
	start int // in the licence, in bytes
	kind  wordKind
}

// wordKind is what a word is.
type wordKind int

const (
	operator wordKind = iota // or a parenthesis
	licenseID
	exceptionID
)

var (
	licenseText = regexp.MustCompile(`^[A-Za-z0-9.+() -]{1,500}$`)
	licenseWord = regexp.MustCompile(`[()]|[^() ]+`)
	operators   = []string{"AND", "OR", "WITH"}
)

// parseLicense returns the words of an SPDX expression up to the first one that cannot
// stand where it does, and that one with what is wrong with it. The parser of go-spdx
// accepts the same expressions, but does not tell where one is wrong.
func parseLicense(expression string) (words []word, wrong word, mistake string) {
	var open []word
	missing := "a licence" // what has to come next, if anything
	licensed := false      // the last word is a licence, so WITH can come next
	for _, at := range licenseWord.FindAllStringIndex(expression, -1) {
		w := word{text: expression[at[0]:at[1]], start: at[0]}
		isOperator := slices.Contains(operators, w.text)
		switch {
		case !isOperator && slices.Contains(operators, strings.ToUpper(w.text)):
			return words, w, fmt.Sprintf("write %s in capital letters", strings.ToUpper(w.text))
		case missing != "" && (isOperator || w.text == ")"), missing == "an exception" && w.text == "(":
			return words, w, fmt.Sprintf("%s is missing before %q", missing, w.text)
		case w.text == "WITH" && !licensed:
			return words, w, "WITH follows one licence, as in GPL-2.0-only WITH Linux-syscall-note"
		case w.text == ")" && len(open) == 0:
			return words, w, "this parenthesis closes none"
		case missing == "" && !isOperator && w.text != ")":
			return words, w, fmt.Sprintf("AND or OR is missing before %q", w.text)
		case w.text == "(":
			open = append(open, w)
		case w.text == ")":
			open = open[:len(open)-1]
			licensed = false
		case w.text == "WITH":
			missing, licensed = "an exception", false
		case isOperator:
			missing, licensed = "a licence", false
		case missing == "an exception":
			w.kind, missing = exceptionID, ""
		default:
			w.kind, missing, licensed = licenseID, "", true
		}
		words = append(words, w)
	}
	switch {
	case len(words) == 0:
		return nil, word{text: expression}, missing + " is missing"
	case missing != "":
		return words, words[len(words)-1], missing + " is missing at the end"
	case len(open) > 0:
		return words, open[len(open)-1], "this parenthesis is not closed"
	}
	return words, word{}, ""
}

var licenseRef = regexp.MustCompile(`^LicenseRef-[A-Za-z0-9.-]+$`)

// checkLicenseID looks at the identifier of a licence, which + can follow.
func checkLicenseID(f *findings, w word, place func(word) diag.Position) {
	if licenseRef.MatchString(w.text) {
		return
	}
	plain, later := strings.CutSuffix(w.text, "+")
	if ok, name := spdxlicenses.IsDeprecatedLicense(plain); ok {
		f.Warnf(diag.LicenseDeprecated, place(w), "%q is deprecated; write %s", w.text, successor(name, later))
	} else if ok, name := spdxlicenses.IsActiveLicense(plain); !ok {
		f.Errorf(diag.LicenseUnknown, place(w), "unknown licence %q%s; https://spdx.org/licenses/ lists the identifiers, and the name of another licence begins with LicenseRef-", w.text, f.hint(plain, spdxlicenses.GetLicenses))
	} else if name != plain {
		f.Warnf(diag.LicenseCase, place(w), "%q is written %q in the list of SPDX", plain, name)
	}
}

// successor says what to write in the place of a deprecated identifier.
func successor(id string, later bool) string {
	only, orLater := id+"-only", id+"-or-later"
	switch ok, _ := spdxlicenses.IsActiveLicense(only); {
	case ok && later:
		return orLater
	case ok:
		return only + " or " + orLater
	default:
		return "what https://spdx.org/licenses/" + id + ".html names"
	}
}

// checkExceptionID looks at the identifier of an exception from a licence.
func checkExceptionID(f *findings, w word, place func(word) diag.Position) {
	if ok, name := spdxlicenses.IsException(w.text); !ok {
		f.Errorf(diag.LicenseUnknown, place(w), "unknown exception %q%s; https://spdx.org/licenses/exceptions-index.html lists them", w.text, f.hint(w.text, spdxlicenses.GetExceptions))
	} else if name != w.text {
		f.Warnf(diag.LicenseCase, place(w), "%q is written %q in the list of SPDX", w.text, name)
	}
}
