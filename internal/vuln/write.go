package vuln

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Formats are the names of the forms in which a report is written.
var Formats = []string{"text", "json", "markdown", "sarif", "openvex", "cyclonedx"}

// Write writes the report in a format of Formats. The same report is always the same bytes.
func (r *Report) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return r.writeJSON(w)
	case "markdown":
		return r.writeMarkdown(w)
	case "sarif":
		return r.writeSARIF(w)
	case "openvex":
		return r.writeOpenVEX(w)
	case "cyclonedx":
		return r.writeCycloneDX(w)
	default:
		return r.writeText(w)
	}
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// of returns the findings of a status.
func (r *Report) of(status ...Status) []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !slices.Contains(status, f.Status) })
}

// open returns the open findings, the worst of them first.
func (r *Report) open() []Finding {
	open := r.of(Open)
	slices.SortStableFunc(open, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Levels, b.Severity), slices.Index(Levels, a.Severity)),
			cmp.Compare(b.Score, a.Score),
		)
	})
	return open
}

// severity returns the severity for people, with its score.
func (f Finding) severity() string {
	if f.Score == 0 {
		return f.Severity
	}
	return fmt.Sprintf("%s %.1f", f.Severity, f.Score)
}

// remedy says in which version it is fixed.
func (f Finding) remedy() string {
	if f.FixedIn == "" {
		return "no fixed version is known"
	}
	return "fixed in " + f.FixedIn
}

// answer says why it is not open.
func (f Finding) why() string {
	why := "by the patch " + f.Patch
	switch {
	case f.Status == NotCompiled:
		return "not compiled: " + strings.Join(f.Files, ", ")
	case f.Patch == "":
		why = f.Justification
	}
	if f.Reason != "" {
		why += ": " + oneLine(f.Reason)
	}
	return why
}

// counts says how many there are, and of what nothing is known.
func (r *Report) counts() []string {
	open := r.of(Open)
	line := fmt.Sprintf("%d open", len(open))
	var levels []string
	for _, level := range slices.Backward(Levels) {
		n := 0
		for _, f := range open {
			if f.Severity == level {
				n++
			}
		}
		if n > 0 {
			levels = append(levels, fmt.Sprintf("%d %s", n, level))
		}
	}
	if len(levels) > 0 {
		line += " (" + strings.Join(levels, ", ") + ")"
	}
	lines := []string{fmt.Sprintf("%s; answered: %d fixed by a patch, %d that do not affect it", line, len(r.of(Fixed)), len(r.of(NotAffected)))}
	if k := r.Kernel; k != nil && k.Matched > 0 {
		switch {
		case k.Named == 0:
			lines = append(lines, fmt.Sprintf("of %d in this version of the kernel, left out: none, as no entry names its files", k.Matched))
		case k.Known:
			lines = append(lines, fmt.Sprintf("of %d in this version of the kernel, left out: %d, in files that are not among the %d that it was compiled from", k.Matched, k.LeftOut, k.Compiled))
		default:
			lines = append(lines, fmt.Sprintf("of %d in this version of the kernel, left out: none, as it is not known what it was compiled from", k.Matched))
		}
	}
	if r.Undecided > 0 {
		lines = append(lines, fmt.Sprintf("entries that name Git commits alone, which a version cannot be compared with, and so do not count: %d", r.Undecided))
	}
	if len(r.Unknown) > 0 {
		lines = append(lines, fmt.Sprintf("packages that lists do not know, as they have neither cpe nor purl: %s", strings.Join(r.Unknown, ", ")))
	}
	if len(r.Stale) > 0 {
		lines = append(lines, fmt.Sprintf("answers that are no longer needed: %d", len(r.Stale)))
	}
	d := r.Databases
	var lists []string
	for _, list := range []List{CVE, NVD, OSV} {
		if n := d.Entries[list]; n > 0 {
			lists = append(lists, fmt.Sprintf("%d of %s", n, list))
		}
	}
	read := fmt.Sprintf("files read: %d; entries: %s", d.Files, strings.Join(lists, ", "))
	if d.Newest != "" {
		read += "; the newest of " + d.Newest[:len("2006-01-02")]
	}
	return append(lines, read)
}

func (r *Report) writeText(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.open() {
		disputed := ""
		if f.Disputed {
			disputed = ", disputed"
		}
		fmt.Fprintf(&b, "%s  %s %s  %s%s\n", f.ID, f.Package, f.Version, f.severity(), disputed)
		fmt.Fprintf(&b, "    %s; %s (%s)\n", strings.Join(f.Ranges, " or "), f.remedy(), strings.Join(names(f.Lists), ", "))
		fmt.Fprintf(&b, "    %s\n    %s\n", f.Summary, f.Link)
	}
	for _, f := range r.of(Fixed, NotAffected) {
		fmt.Fprintf(&b, "%s  %s %s  answered: %s\n", f.ID, f.Package, f.Version, f.why())
	}
	for _, line := range r.counts() {
		fmt.Fprintf(&b, "%s: %s\n", r.System, line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func names(lists []List) []string {
	var all []string
	for _, list := range lists {
		all = append(all, string(list))
	}
	return all
}

// cell writes a text as Markdown takes it in a table.
var cell = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`,
	"@", "&#64;", "#", "&#35;", "://", "&#58;//", "www.", "www&#46;", // GitHub makes links of some words
)

func (r *Report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Vulnerabilities of %s\n\n", cell.Replace(r.System))
	for _, line := range r.counts() {
		fmt.Fprintf(&b, "- %s\n", cell.Replace(line))
	}
	table := func(title, head string, findings []Finding, row func(f Finding) []string) {
		if len(findings) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n%s\n", title, head, strings.Repeat("|---", strings.Count(head, "|")-1)+"|")
		for _, f := range findings {
			cells := []string{fmt.Sprintf("[%s](%s)", cell.Replace(f.ID), f.Link), cell.Replace(f.Package + " " + f.Version)}
			for _, text := range row(f) {
				cells = append(cells, cell.Replace(text))
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		}
	}
	table("Open", "| | package | severity | versions | fixed in | |", r.open(), func(f Finding) []string {
		return []string{f.severity(), strings.Join(f.Ranges, " or "), f.FixedIn, f.Summary}
	})
	table("Answered", "| | package | answer |", r.of(Fixed, NotAffected), func(f Finding) []string { return []string{f.why()} })
	if len(r.Stale) > 0 {
		b.WriteString("\n## Answers that are no longer needed\n\n")
		for _, d := range r.Stale {
			fmt.Fprintf(&b, "- %s: %s\n", cell.Replace(d.Position.String()), cell.Replace(d.Message))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// place is a place in the configuration.
type place struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

func placeOf(at diag.Position) place { return place{filepath.ToSlash(at.File), at.Line, at.Col} }

func (r *Report) writeJSON(w io.Writer) error {
	type finding struct {
		Finding
		Place place `json:"place"`
	}
	type stale struct {
		Message string `json:"message"`
		Place   place  `json:"place"`
	}
	out := struct {
		*Report
		Findings []finding `json:"findings"`
		Stale    []stale   `json:"stale"` // answers that are no longer needed
	}{r, []finding{}, []stale{}}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, finding{f, placeOf(f.position)})
	}
	for _, d := range r.Stale {
		out.Stale = append(out.Stale, stale{d.Message, placeOf(d.Position)})
	}
	return encode(w, out)
}

// object is one of SARIF's, as in [diag].
type object = map[string]any

// maxResults is how many results GitHub shows of a SARIF file.
const maxResults = 5000

// writeSARIF writes a log as SARIF 2.1.0 has it: each vulnerability is a rule that the package
// breaks. Those that are answered are suppressed; those that are not compiled are left out.
func (r *Report) writeSARIF(w io.Writer) error {
	rules, results := []object{}, []object{}
	index := map[string]int{}
	rule := func(id string, described object) int {
		i, ok := index[id]
		if !ok {
			i = len(rules)
			index[id] = i
			described["id"] = id
			rules = append(rules, described)
		}
		return i
	}
	for _, f := range append(r.open(), r.of(Fixed, NotAffected)...) {
		described := object{"helpUri": f.Link, "shortDescription": object{"text": cmp.Or(f.Summary, f.ID)}}
		properties := object{"tags": []string{"security", "vulnerability"}}
		if f.Score > 0 {
			properties["security-severity"] = fmt.Sprintf("%.1f", f.Score)
		}
		described["properties"] = properties
		level := "warning"
		switch f.Severity {
		case "critical", "high":
			level = "error"
		case "low", "none":
			level = "note"
		}
		result := object{
			"ruleId": f.ID, "ruleIndex": rule(f.ID, described), "level": level,
			"message":   object{"text": fmt.Sprintf("%s %s has %s (%s): %s. It is in %s; %s.", f.Package, f.Version, f.ID, f.severity(), f.Summary, strings.Join(f.Ranges, " or "), f.remedy())},
			"locations": []object{diag.SARIFLocation(f.position)},
			// Not by the line, which moves with every package that is added above.
			"partialFingerprints": object{"vulnerability/v1": f.ID + " " + f.Package},
		}
		if f.Status != Open {
			result["suppressions"] = []object{{"kind": "inSource", "status": "accepted", "justification": f.why()}}
		}
		results = append(results, result)
	}
	for _, d := range r.Stale {
		results = append(results, object{
			"ruleId": d.Rule.Name, "level": d.Severity.String(),
			"ruleIndex": rule(d.Rule.Name, object{"helpUri": d.Rule.Help(), "shortDescription": object{"text": d.Rule.Summary()}}),
			"message":   object{"text": d.Message}, "locations": []object{diag.SARIFLocation(d.Position)},
		})
	}
	return encode(w, object{
		"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool":       object{"driver": object{"name": "lfd cves", "informationUri": diag.Home, "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results[:min(len(results), maxResults)],
		}},
	})
}
