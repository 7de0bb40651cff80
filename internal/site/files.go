package site

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/report"
)

// Bounds of lists of files, in bytes of HTML: on the page of their package, and on a page of
// their own. A page is to stay below 300 kB, whatever it shows.
const (
	filesBeside = 60_000
	filesAlone  = 240_000
)

// tree is a folder of files.
type tree struct {
	name    string
	folders map[string]*tree
	files   []inventory.File // by their last names
	count   int
	size    int64
}

// newTree returns the files of a package as a tree.
func newTree(files []inventory.File) *tree {
	root := &tree{}
	for _, f := range files {
		if f.Type == "folder" {
			continue
		}
		t := root
		parts := strings.Split(strings.TrimPrefix(f.Path, "/"), "/")
		t.add(f)
		for _, part := range parts[:len(parts)-1] {
			if t.folders == nil {
				t.folders = map[string]*tree{}
			}
			if t.folders[part] == nil {
				t.folders[part] = &tree{name: part}
			}
			t = t.folders[part]
			t.add(f)
		}
		f.Path = parts[len(parts)-1]
		t.files = append(t.files, f)
	}
	return root
}

func (t *tree) add(f inventory.File) {
	t.count++
	if f.Type == "" {
		t.size += f.Size
	}
}

// filesPage is a page of files alone.
type filesPage struct {
	page
	Package *packageInfo
	Path    string // of the folder, with a slash at its end
	Tree    template.HTML
}

// fileLister writes the files of a package, on as many pages as they need.
type fileLister struct {
	page    page // as that of the package
	pkg     *packageInfo
	more    []*filesPage
	beside  string // the package's page, without .html
	numbers int
}

// list returns the list for the page of the package, and the pages beside it.
func (l *fileLister) list(files []inventory.File) (template.HTML, []*filesPage) {
	root := newTree(files)
	return template.HTML(l.within(root, "/", filesBeside)), l.more
}

// within returns the HTML of a folder's content in at most so many bytes: the largest folders
// get pages of their own, until the rest fits.
func (l *fileLister) within(t *tree, path string, most int) string {
	all := l.entries(t, path)
	var folders []int
	size := 0
	for i, e := range all {
		size += len(e.html)
		if e.folder != nil {
			folders = append(folders, i)
		}
	}
	slices.SortStableFunc(folders, func(a, b int) int { return cmp.Compare(len(all[b].html), len(all[a].html)) })
	for _, i := range folders {
		if size <= most {
			break
		}
		size -= len(all[i].html)
		all[i].html = l.elsewhere(all[i].folder, path+all[i].folder.name+"/", all[i].folder.name+"/")
		size += len(all[i].html)
	}
	var b strings.Builder
	b.WriteString("<ul>\n")
	for i, e := range all {
		// Files that are too many for any page: the rest goes on on others.
		if b.Len()+len(e.html) > filesAlone && most >= filesAlone && e.folder == nil {
			rest := &tree{files: t.files[len(t.files)-(len(all)-i):]}
			for _, f := range rest.files {
				rest.add(f)
			}
			b.WriteString(l.elsewhere(rest, path, "further files"))
			break
		}
		b.WriteString(e.html)
	}
	if most < filesAlone && b.Len() > 2*most {
		return "<ul>\n" + l.elsewhere(t, path, "all files") + "</ul>\n"
	}
	b.WriteString("</ul>\n")
	return b.String()
}

// elsewhere writes a folder on a page of its own, and returns the entry that leads there.
func (l *fileLister) elsewhere(t *tree, path, name string) string {
	l.numbers++
	p := &filesPage{page: l.page, Package: l.pkg, Path: path}
	p.Title = fmt.Sprintf("Files of %s, %d", l.pkg.Name, l.numbers)
	p.Here = fmt.Sprintf("%s.files-%d.html", l.beside, l.numbers)
	l.more = append(l.more, p)
	p.Tree = template.HTML(l.within(t, path, filesAlone))
	file := p.Here[strings.LastIndex(p.Here, "/")+1:]
	return fmt.Sprintf("<li><a href=\"%s\">%s</a> <span class=\"dim\">%s</span></li>\n", html.EscapeString(escape(file)), html.EscapeString(name), t.sum())
}

// entry is the HTML of a file or a folder.
type entry struct {
	html   string
	folder *tree // nil of a file
}

// entries returns what is in a folder: folders first, each by name.
func (l *fileLister) entries(t *tree, path string) []entry {
	var all []entry
	for _, name := range slices.Sorted(maps.Keys(t.folders)) {
		folder := t.folders[name]
		// Folders that hold one folder and nothing else are one entry.
		shown, below := name, folder
		for len(below.files) == 0 && len(below.folders) == 1 {
			for inner, only := range below.folders {
				shown, below = shown+"/"+inner, only
			}
		}
		merged := &tree{name: shown, folders: below.folders, files: below.files, count: below.count, size: below.size}
		var b strings.Builder
		fmt.Fprintf(&b, "<li><details><summary>%s/ <span class=\"dim\">%s</span></summary>\n<ul>\n", html.EscapeString(shown), merged.sum())
		for _, e := range l.entries(merged, path+shown+"/") {
			b.WriteString(e.html)
		}
		b.WriteString("</ul></details></li>\n")
		all = append(all, entry{b.String(), merged})
	}
	slices.SortFunc(t.files, func(a, b inventory.File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range t.files {
		all = append(all, entry{html: fileEntry(f)})
	}
	return all
}

// fileEntry returns the entry of a file.
func fileEntry(f inventory.File) string {
	what := ""
	switch {
	case f.Link != "":
		what = "→ " + f.Link
	case f.Type != "":
		what = f.Type
	default:
		what = report.Bytes(f.Size)
	}
	if mode := f.Mode; len(mode) == 4 && mode[0] >= '4' {
		what += ", runs as its owner (" + mode + ")"
	}
	return fmt.Sprintf("<li>%s <span class=\"dim\">%s</span></li>\n", html.EscapeString(f.Path), html.EscapeString(what))
}

// sum says how much is in a folder.
func (t *tree) sum() string {
	return count(t.count, "file") + ", " + report.Bytes(t.size)
}
