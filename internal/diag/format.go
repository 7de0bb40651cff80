package diag

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Formats are the names of the forms in which findings are written.
var Formats = []string{"text", "json", "sarif", "github"}

// Write writes the findings in a format of Formats. Text is Print's; the others are for
// programs. Names of files in them are relative to the working folder.
func (l List) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return l.writeJSON(w)
	case "sarif":
		return l.writeSARIF(w)
	case "github":
		return l.writeGitHub(w)
	default:
		l.Print(w)
		return nil
	}
}

// Bounds of what is written. Nobody reads on, and a terminal is busy with half a million
// lines for long; GitHub shows 5,000 findings of a SARIF file.
const (
	maxShown    = 200
	maxReported = 5000
)

// first returns the findings to write, at most limit, errors before warnings, and how
// many there are besides.
func (l List) first(limit int) (shown List, more int) {
	if len(l) <= limit {
		return l, 0
	}
	shown = slices.Clone(l)
	slices.SortStableFunc(shown, func(a, b Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
	return shown[:limit].Sort(), len(l) - limit
}

// Print writes the findings: a line each and, where the file was read, the line that it
// is about with a mark below the place.
func (l List) Print(w io.Writer) {
	shown, more := l.first(maxShown)
	var lines cursor
	for _, d := range shown {
		fmt.Fprintln(w, plain(d.String()))
		if line, start, ok := lines.move(d.Position); ok && redactable(line) {
			text, mark := excerpt(redactLine(line, start, d.Position.width(line[start:])))
			fmt.Fprintf(w, "%5d | %s\n      | %s\n", d.Position.Line, text, mark)
		}
	}
	if more > 0 {
		fmt.Fprintf(w, "%d more findings are not shown\n", more)
	}
}

// text returns what a finding says, with the path of the value that it is about.
func (d Diagnostic) text() string {
	if d.Position.Path == "" {
		return d.Message
	}
	return d.Position.Path + ": " + d.Message
}

// end returns the column behind a place, or 0 where there is none.
func (c *cursor) end(at Position) int {
	if line, start, ok := c.move(at); ok {
		return at.Col + at.width(line[start:])
	}
	return 0
}

// uri returns the name of a file as programs want it: with forward slashes, from the
// working folder where it is below that.
func uri(file string) string {
	if filepath.IsAbs(file) {
		if wd, err := filepath.Abs("."); err == nil {
			if rel, err := filepath.Rel(wd, file); err == nil && filepath.IsLocal(rel) {
				file = rel
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(file))
}

// writeJSON writes one object. Fields are only ever added to it; what changes more gets
// another version.
func (l List) writeJSON(w io.Writer) error {
	type finding struct {
		Rule      string `json:"rule"`
		Severity  string `json:"severity"`
		Message   string `json:"message"`
		File      string `json:"file"`
		Line      int    `json:"line,omitempty"`
		Column    int    `json:"column,omitempty"`
		EndColumn int    `json:"endColumn,omitempty"`
		Path      string `json:"path,omitempty"`
		Help      string `json:"help"`
	}
	shown, more := l.first(maxReported)
	out := struct {
		Version  int       `json:"version"`
		Findings []finding `json:"findings"`
		Omitted  int       `json:"omitted"`
	}{1, []finding{}, more}
	var lines cursor
	for _, d := range shown {
		out.Findings = append(out.Findings, finding{
			d.Rule.Name, d.Severity.String(), d.Message, uri(d.Position.File),
			d.Position.Line, d.Position.Col, lines.end(d.Position), d.Position.Path, d.Rule.Help(),
		})
	}
	return encode(w, out)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// object is one of SARIF's, of which only a few of many fields are written.
type object = map[string]any

// writeSARIF writes a log as SARIF 2.1.0 has it, with all rules.
func (l List) writeSARIF(w io.Writer) error {
	all := Rules()
	index := map[*Rule]int{}
	described := []object{}
	for i, r := range all {
		index[r] = i
		described = append(described, object{
			"id":                   r.Name,
			"shortDescription":     object{"text": r.Summary()},
			"fullDescription":      object{"text": r.Why},
			"help":                 object{"text": r.Why + "\n\n" + r.Help(), "markdown": r.Why + "\n\n[Examples](" + r.Help() + ")"},
			"helpUri":              r.Help(),
			"defaultConfiguration": object{"level": r.Severity.String()},
		})
	}
	shown, _ := l.first(maxReported)
	results := []object{}
	var lines cursor
	for _, d := range shown {
		results = append(results, object{
			"ruleId": d.Rule.Name, "ruleIndex": index[d.Rule], "level": d.Severity.String(),
			"message": object{"text": d.text()}, "locations": []object{lines.sarif(d.Position)},
		})
	}
	return encode(w, object{
		"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool":       object{"driver": object{"name": "lfdgen", "informationUri": Home, "rules": described}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	})
}

// SARIFLocation returns a place as SARIF 2.1.0 has it.
func SARIFLocation(at Position) map[string]any {
	var lines cursor
	return lines.sarif(at)
}

func (c *cursor) sarif(at Position) object {
	file := object{"uri": (&url.URL{Path: uri(at.File)}).String(), "uriBaseId": "%SRCROOT%"}
	if filepath.IsAbs(uri(at.File)) {
		file = object{"uri": (&url.URL{Scheme: "file", Path: uri(at.File)}).String()}
	}
	physical := object{"artifactLocation": file}
	if at.Line > 0 {
		region := object{"startLine": at.Line, "startColumn": at.Col}
		if end := c.end(at); end > 0 {
			region["endColumn"] = end
		}
		if line := c.line; line != "" && len(line) <= 1000 && utf8.ValidString(line) {
			line, _, _ = redactLine(line, 0, 0)
			region["snippet"] = object{"text": line}
		}
		physical["region"] = region
	}
	place := object{"physicalLocation": physical}
	if at.Path != "" {
		place["logicalLocations"] = []object{{"fullyQualifiedName": at.Path}}
	}
	return place
}

// writeGitHub writes the commands that make annotations of a pull request, in a workflow
// of GitHub's.
func (l List) writeGitHub(w io.Writer) error {
	shown, more := l.first(maxShown)
	var lines cursor
	for _, d := range shown {
		at := []string{"file=" + property.Replace(plain(uri(d.Position.File)))}
		if d.Position.Line > 0 {
			at = append(at, fmt.Sprintf("line=%d", d.Position.Line), fmt.Sprintf("col=%d", d.Position.Col))
			if end := lines.end(d.Position); end > 0 {
				at = append(at, fmt.Sprintf("endColumn=%d", end))
			}
		}
		at = append(at, "title="+d.Rule.Name)
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", d.Severity, strings.Join(at, ","), data.Replace(plain(d.text())+"\n"+d.Rule.Help())); err != nil {
			return err
		}
	}
	if more > 0 {
		fmt.Fprintf(w, "::notice::%d more findings are not shown\n", more)
	}
	return nil
}

// What workflow commands escape: in the message, and in what stands before it.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
