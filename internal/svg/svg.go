// Package svg draws pictures that follow the reader's choice of light or dark.
// Their letters stay letters, and what is drawn can tell more under the pointer.
package svg

import (
	"fmt"
	"html"
	"strings"
)

// style is what all pictures share. Its variables are the colours of theirs.
const style = `
:root { --back: #ffffff; --text: #1f2328; --dim: #59636e; --line: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  :root { --back: #0d1117; --text: #e6edf3; --dim: #9198a1; --line: #343b44 }
}
text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--text) }
text.title { font-size: 16px; font-weight: 600 }
text.dim { fill: var(--dim) }
text.right { text-anchor: end }
text.middle { text-anchor: middle }
.back { fill: var(--back) }
.line { stroke: var(--line); shape-rendering: crispEdges }
`

// Bars is the style of pictures with bars: their colours.
const Bars = `
:root { --package: #2f6fde; --critical: #b8480b; --other: #67717b }
@media (prefers-color-scheme: dark) {
  :root { --package: #316dca; --critical: #bd561d; --other: #59616b }
}
text.on { fill: #ffffff; font-size: 11px; pointer-events: none }
rect { shape-rendering: crispEdges }
.package { fill: var(--package) }
.critical { fill: var(--critical) }
.other { fill: var(--other) }
.cut { stroke: var(--dim); stroke-dasharray: 3 3 }
`

// Drawing is an SVG picture in the making. Lengths are in pixels.
type Drawing struct {
	strings.Builder
	Width, Height float64
	Style         string // CSS beside what all pictures share
	Note          string // a comment in the file's second line, if any
}

// TextWidth is about how wide a text is at its usual size.
func TextWidth(text string) float64 { return 6.2 * float64(len([]rune(text))) }

// Text writes a text whose base line begins at x, y; the classes right and
// middle let it end there, or have its middle there.
func (d *Drawing) Text(x, y float64, class, text string) {
	fmt.Fprintf(d, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>\n", x, y, class, html.EscapeString(text))
}

// Line draws a straight line.
func (d *Drawing) Line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(d, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2, class)
}

// Rect draws a rectangle, with what it tells under the pointer.
func (d *Drawing) Rect(x, y, width, height float64, class, title string) {
	fmt.Fprintf(d, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"><title>%s</title></rect>\n",
		x, y, width, height, class, html.EscapeString(title))
}

// Finish returns the picture, with the title for those who do not see it.
func (d *Drawing) Finish(title string) []byte {
	note := ""
	if d.Note != "" {
		note = "<!-- " + strings.ReplaceAll(d.Note, "--", "- -") + " -->\n"
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s">
%s<style>%s%s</style>
<rect width="%.0f" height="%.0f" rx="6" class="back"/>
%s</svg>
`, d.Width, d.Height, d.Width, d.Height, html.EscapeString(title), note, style, strings.TrimPrefix(d.Style, "\n"), d.Width, d.Height, d.String())
}

// Inline returns the picture as a part of an HTML page, whose style it takes, by the name of a
// class. What is in it can be links.
func (d *Drawing) Inline(class, title string) []byte {
	return fmt.Appendf(nil, "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"group\" aria-label=\"%s\">\n%s</svg>\n",
		class, d.Width, d.Height, d.Width, d.Height, html.EscapeString(title), d.String())
}
