package output

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// What the last run wrote is known; what another program or another version wrote, or
// somebody has edited, is as if there were nothing.
func TestRecorded(t *testing.T) {
	list := &document.Sources{Written: plan.Marker, Version: document.Version, Sources: []document.Source{
		{Name: "a", URL: "https://h/a?x=1&y=2", SHA256: "aa", File: "a"},
		{Name: "b", URL: "https://h/b", SHA512: "bb", File: "b"},
		{Name: "again", URL: "https://h/again", SHA256: "aa", File: "a"},
		{Name: "unchecked", URL: "https://h/c", File: "c"},
	}}
	text, err := list.JSON()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{"aa": {"https://h/a?x=1&y=2", "https://h/again"}, "bb": {"https://h/b"}}
	for name, c := range map[string]struct {
		text string
		want map[string][]string
	}{
		"ours":            {string(text), known},
		"not marked":      {strings.Replace(string(text), plan.Marker, "Mine", 1), nil},
		"broken":          {string(text[:len(text)-2]), nil},
		"other types":     {strings.Replace(string(text), `"https://h/b"`, "7", 1), nil},
		"a later version": {strings.Replace(string(text), `"version": 1`, `"version": 2`, 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, plan.SourcesFile, c.text)
			if got := Recorded(dir); !maps.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := Recorded(t.TempDir()); got != nil {
		t.Errorf("in an empty folder is %q", got)
	}
}
