// Package origins reads which recipes of others record the checksum of a source.
package origins

import (
	"fmt"
	"os"
	"strings"
)

// File is the list of the project, from its root. Who has sources of one's own puts a file
// of this form beside the configuration, named Beside.
const (
	File   = "docs/origins.tsv"
	Beside = "origins.tsv"
)

// Recipe is a public recipe that records the checksum of a source, at a commit at GitHub.
type Recipe struct{ Distribution, Repository, Commit, Path string }

// URL returns the address at which the recipe can be read.
func (r Recipe) URL() string {
	return fmt.Sprintf("https://github.com/%s/blob/%s/%s", r.Repository, r.Commit, r.Path)
}

// Read reads lists, and returns the recipes by the SHA-256 that they record.
func Read(files ...string) (map[string][]Recipe, error) {
	known := map[string][]Recipe{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			line = strings.TrimRight(line, "\r\n")
			if line == "" || line[0] == '#' {
				continue
			}
			f := strings.Split(line, "\t")
			if len(f) != 5 || len(f[0]) != 64 || len(f[3]) != 40 {
				return nil, fmt.Errorf("%s:%d: is not a checksum, a distribution, a repository, a commit and a path, parted by tabs", file, n)
			}
			known[f[0]] = append(known[f[0]], Recipe{f[1], f[2], f[3], f[4]})
		}
	}
	return known, nil
}
