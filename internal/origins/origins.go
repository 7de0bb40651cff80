// Package origins reads docs/origins.tsv: which recipes of other distributions record the
// checksums of sources.
package origins

import (
	"fmt"
	"strings"
)

// File is where the records are, from the project's root.
const File = "docs/origins.tsv"

// Origin is a recipe that records a checksum.
type Origin struct {
	Distribution string
	Repository   string // at GitHub
	Commit, Path string
}

// URL returns the address of the recipe, as it was at that commit.
func (o Origin) URL() string {
	return fmt.Sprintf("https://github.com/%s/blob/%s/%s", o.Repository, o.Commit, o.Path)
}

// Decode reads the text of the file: recipes by the checksum that they record.
func Decode(text []byte) (map[string][]Origin, error) {
	known := map[string][]Origin{}
	for n, line := range strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 || len(f[0]) != 64 || len(f[3]) != 40 {
			return nil, fmt.Errorf("%s:%d: is not a checksum, a distribution, a repository, a commit and a path, parted by tabs", File, n+1)
		}
		known[f[0]] = append(known[f[0]], Origin{f[1], f[2], f[3], f[4]})
	}
	return known, nil
}
