package site

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/linux-from-docker/lfd/internal/config"
)

// visible returns a text in which characters that cannot be seen, or that change the order of
// others, are written by their numbers: nobody's configuration can make a page say something
// else than it holds.
func visible(data []byte) []byte {
	var b bytes.Buffer
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size < 2, r != '\n' && r != '\t' && unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.Write(data[:size])
		}
		data = data[size:]
	}
	return b.Bytes()
}

// escape returns a name as a part of an address.
func escape(name string) string { return url.PathEscape(name) }

// inline returns a text in which what stands between backticks is code.
func inline(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = html.EscapeString(part)
		if i%2 == 1 && i < strings.Count(text, "`") {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String())
}

// about returns what the configuration of a system says at its beginning: the first paragraph of
// its first comment, without the name of the system.
func about(name, text string) string {
	var paragraph []string
	for line := range strings.Lines(text) {
		said, comment := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "#")
		said = strings.TrimSpace(said)
		if !comment || said == "" && len(paragraph) > 0 {
			break
		}
		if said != "" && !strings.HasPrefix(said, "yaml-language-server:") {
			paragraph = append(paragraph, said)
		}
	}
	said, named := strings.CutPrefix(strings.Join(paragraph, " "), name+": ")
	if first, size := utf8.DecodeRuneInString(said); named {
		said = string(unicode.ToUpper(first)) + said[size:]
	}
	return said
}

// fileURL returns the address at which people read a file of the project.
func fileURL(repository, file string) string {
	return strings.TrimSuffix(repository, "/") + "/blob/HEAD/" + file
}

// story is a section of the tour that is about no stage alone.
type story struct {
	Title string
	Text  template.HTML
}

// told is what the tour tells of a system.
type told struct {
	stages map[string]template.HTML
	rest   []story
}

// tell looks for the part of the tour that links to the system's first configuration file. Of
// its sections those whose headings name stages are about these.
func tell(in Input, cfg *config.Config) told {
	t := told{stages: map[string]template.HTML{}}
	for _, part := range sections(string(in.Tour), "# ") {
		if !strings.Contains(part, "](../"+cfg.Files[0]+")") {
			continue
		}
		for _, section := range sections(part, "## ")[1:] {
			heading, body, _ := strings.Cut(section, "\n")
			heading = strings.TrimPrefix(heading, "## ")
			html := markdown(body, "docs", in.Repository)
			alone := true
			for i, name := range strings.Split(heading, "`") {
				if i%2 == 1 && slices.ContainsFunc(cfg.Stages, func(s config.Stage) bool { return s.Name == name }) {
					t.stages[name] = html
					alone = false
				}
			}
			if alone {
				t.rest = append(t.rest, story{strings.TrimLeft(heading, "0123456789. "), html})
			}
		}
	}
	return t
}

// sections divides a text of Markdown before each line that begins so, but for those in blocks
// of code. What stands before the first is the first.
func sections(text, begin string) []string {
	all := []string{""}
	code := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if !code && strings.HasPrefix(line, begin) {
			all = append(all, "")
		}
		all[len(all)-1] += line
	}
	return all
}

// markdown returns the HTML of a text that stands in a folder of the project. Its links to files
// of the project lead to the repository or, where its address is not known, nowhere. HTML in the
// text is left out.
func markdown(source, folder, repository string) template.HTML {
	m := goldmark.New(goldmark.WithExtensions(extension.Table))
	doc := m.Parser().Parse(text.NewReader([]byte(source)))
	var lost []*ast.Link
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		link, ok := n.(*ast.Link)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		switch to := string(link.Destination); {
		case strings.HasPrefix(to, "https://"), strings.HasPrefix(to, "http://"):
		case repository != "" && !strings.HasPrefix(to, "#"):
			link.Destination = []byte(fileURL(repository, path.Join(folder, to)))
		default:
			lost = append(lost, link)
		}
		return ast.WalkContinue, nil
	})
	for _, link := range lost {
		parent := link.Parent()
		for child := link.FirstChild(); child != nil; child = link.FirstChild() {
			parent.InsertBefore(parent, link, child)
		}
		parent.RemoveChild(parent, link)
	}
	var b bytes.Buffer
	if err := m.Renderer().Render(&b, []byte(source), doc); err != nil {
		return inline(source) // a Buffer takes all
	}
	// Headings of tables are those of columns; a cell without text is no heading of anything.
	return template.HTML(strings.NewReplacer("<th></th>", "<td></td>", "<th>", `<th scope="col">`).Replace(b.String()))
}
