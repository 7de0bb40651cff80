package diag

import (
	"regexp"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !kebab.MatchString(r.Name) || seen[r.Name] {
			t.Errorf("%q is no name in kebab case, or is used twice", r.Name)
		}
		seen[r.Name] = true
		if !strings.HasSuffix(r.Why, ".") || strings.Contains(r.Why, "\n") {
			t.Errorf("%s: %q is no sentence on one line", r.Name, r.Why)
		}
	}
}
