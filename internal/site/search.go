package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// option is a long option of commands in install scripts.
type option struct {
	Name  string
	Uses  []optionUse
	Means string // what the first script that explains it says
}

// optionUse is a package whose script uses an option.
type optionUse struct {
	Package *packageInfo
	Means   string
}

// options returns the options of all install scripts, in the order of their names.
func (s *system) options() []option {
	all := map[string]*option{}
	for _, p := range s.Packages {
		for _, u := range optionsOf(s.Scripts[p.Script]) {
			o := all[u.name]
			if o == nil {
				o = &option{Name: u.name}
				all[u.name] = o
			}
			o.Means = cmp.Or(o.Means, u.means)
			o.Uses = append(o.Uses, optionUse{p, u.means})
		}
	}
	var list []option
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[name])
	}
	return list
}

// searchData is what the search page looks in. Files are in shards, which are loaded as they
// are needed.
type searchData struct {
	Packages []searchPackage `json:"packages"`
	Stages   []searchStage   `json:"stages"`
	Options  []searchOption  `json:"options"`
	Shards   []string        `json:"shards"` // the lower-case name that each begins with
}

type searchPackage struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Says    string `json:"says"`
	Page    string `json:"page"`
}

type searchStage struct {
	Name string `json:"name"`
	Says string `json:"says"`
	Page string `json:"page"`
}

type searchOption struct {
	Name     string `json:"name"`
	Means    string `json:"means"`
	Packages []int  `json:"packages"`
}

// shardSize bounds the file of a shard, in bytes.
const shardSize = 150_000

// search writes the data of the search page.
func (r *renderer) search(s *system, options []option) {
	d := searchData{Packages: []searchPackage{}, Stages: []searchStage{}, Options: []searchOption{}, Shards: []string{}}
	for _, p := range s.Packages {
		d.Packages = append(d.Packages, searchPackage{p.Name, p.Version, p.Says, s.link("", p.Name, false)})
	}
	for _, stage := range s.Stages {
		d.Stages = append(d.Stages, searchStage{stage.Name, stage.Says, s.link("", stage.Name, true)})
	}
	for _, o := range options {
		item := searchOption{Name: o.Name, Means: o.Means}
		for _, u := range o.Uses {
			item.Packages = append(item.Packages, u.Package.Index)
		}
		d.Options = append(d.Options, item)
	}
	for i, shard := range s.shards() {
		d.Shards = append(d.Shards, shard[0].key)
		var lines strings.Builder
		for _, f := range shard {
			fmt.Fprintf(&lines, "%s\t%d\n", f.path, f.pkg)
		}
		r.data(path.Join(s.Name, fmt.Sprintf("search-files-%d.js", i)), fmt.Sprintf("files%d", i), lines.String())
	}
	r.data(path.Join(s.Name, "search-data.js"), "search", d)
}

// searchFile is a file that can be found.
type searchFile struct {
	key  string // its last name in lower case
	path string
	pkg  int
}

// shards returns all files in the order of their names, in pieces.
func (s *system) shards() [][]searchFile {
	var all []searchFile
	for _, p := range s.Packages {
		for _, f := range s.Files[p.Name] {
			if f.Type != "folder" {
				name := "/" + oneLine(strings.TrimPrefix(f.Path, "/"))
				all = append(all, searchFile{strings.ToLower(path.Base(name)), name, p.Index})
			}
		}
	}
	slices.SortFunc(all, func(a, b searchFile) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.path, b.path), a.pkg-b.pkg)
	})
	var shards [][]searchFile
	size := shardSize
	for _, f := range all {
		if size += len(f.path) + 6; size > shardSize {
			shards = append(shards, nil)
			size = 0
		}
		shards[len(shards)-1] = append(shards[len(shards)-1], f)
	}
	return shards
}

// oneLine returns the name of a file without what would end its line, or its place in it.
func oneLine(name string) string {
	return strings.NewReplacer("\n", "⟨U+000A⟩", "\t", "⟨U+0009⟩").Replace(name)
}

// data writes a file with data: a script, as pages that are opened from a disk may load
// nothing else.
func (r *renderer) data(name, field string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		r.err = cmp.Or(r.err, fmt.Errorf("%s: %w", name, err))
		return
	}
	r.files[name] = visible(fmt.Appendf(nil, "(window.lfd ||= {}).%s = %s;\n", field, text))
}
