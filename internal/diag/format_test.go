package diag

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
)

// some returns findings of every kind: with a width and without, in quotes, of a file as
// a whole, with characters that formats escape.
func some() List {
	text := NewText("- name: 名\n  deps: [\"zlb\"]\n\tx\n")
	var l List
	l.Errorf(NameUnknown, Position{File: "config.yaml", Text: text, Line: 2, Col: 10, Path: "packages[0].deps[0]"}, "unknown package %q", "zlb")
	l.Warnf(PackageUnused, Position{File: "./sub/../config.yaml", Text: text, Line: 1, Col: 9, Width: 1, Path: "packages[0].name"}, "100%% unused: a, b\r\nc")
	l.Warnf(ScriptUnused, Position{File: "util/in,st:all-%\x1b.sh"}, "belongs to nothing")
	l.Errorf(YAMLSyntax, Position{File: "config.yaml", Text: text, Line: 9, Col: 1}, "ends")
	return l
}

func write(t *testing.T, l List, format string) string {
	t.Helper()
	var b strings.Builder
	if err := l.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSON(t *testing.T) {
	want := `{
  "version": 1,
  "findings": [
    {
      "rule": "name-unknown",
      "severity": "error",
      "message": "unknown package \"zlb\"",
      "file": "config.yaml",
      "line": 2,
      "column": 10,
      "endColumn": 15,
      "path": "packages[0].deps[0]",
      "help": "https://github.com/linux-from-docker/lfd/blob/main/docs/rules.md#name-unknown"
    }
  ],
  "omitted": 0
}
`
	if got := write(t, some()[:1], "json"); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := write(t, nil, "json"); got != "{\n  \"version\": 1,\n  \"findings\": [],\n  \"omitted\": 0\n}\n" {
		t.Errorf("got\n%s", got)
	}
}

// A workflow command is a line, and nothing in it ends a field early.
func TestGitHub(t *testing.T) {
	help := "%0Ahttps://github.com/linux-from-docker/lfd/blob/main/docs/rules.md#"
	want := "::error file=config.yaml,line=2,col=10,endColumn=15,title=name-unknown::packages[0].deps[0]: unknown package \"zlb\"" + help + "name-unknown\n" +
		"::warning file=config.yaml,line=1,col=9,endColumn=10,title=package-unused::packages[0].name: 100%25 unused: a, b\ufffd\ufffdc" + help + "package-unused\n" +
		"::warning file=util/in%2Cst%3Aall-%25\ufffd.sh,title=script-unused::belongs to nothing" + help + "script-unused\n" +
		"::error file=config.yaml,line=9,col=1,title=yaml-syntax::ends" + help + "yaml-syntax\n"
	if got := write(t, some(), "github"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	strict := some()
	strict.PromoteWarnings()
	if got := write(t, strict, "github"); strings.Contains(got, "::warning") {
		t.Errorf("strict: got\n%s", got)
	}
}

// What is written is valid by the schema that OASIS publishes.
func TestSARIF(t *testing.T) {
	schema, err := os.ReadFile(filepath.Join("testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(schema))
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]List{"some": some(), "none": nil} {
		got := write(t, l, "sarif")
		result, err := compiled.Validate(gojsonschema.NewStringLoader(got))
		if err != nil || !result.Valid() {
			t.Errorf("%s: %v %v\n%s", name, err, result.Errors(), got)
		}
		var log struct {
			Runs []struct {
				Results []struct {
					RuleID    string
					RuleIndex int
					Level     string
					Message   struct{ Text string }
					Locations []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine, StartColumn, EndColumn int }
						}
					}
				}
				Tool struct {
					Driver struct {
						Rules []struct{ ID, HelpURI string }
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(got), &log); err != nil {
			t.Fatal(err)
		}
		rules := log.Runs[0].Tool.Driver.Rules
		if len(rules) != len(Rules()) || len(log.Runs[0].Results) != len(l) {
			t.Errorf("%s: %d rules and %d results", name, len(rules), len(log.Runs[0].Results))
		}
		for i, r := range log.Runs[0].Results {
			p := r.Locations[0].PhysicalLocation
			at := fmt.Sprint(r.Level, " ", p.ArtifactLocation.URI, " ", p.Region)
			want := []string{
				"error config.yaml {2 10 15}", "warning config.yaml {1 9 10}",
				"warning util/in,st:all-%25%1B.sh {0 0 0}", "error config.yaml {9 1 0}",
			}[i]
			if at != want || rules[r.RuleIndex].ID != r.RuleID || rules[r.RuleIndex].HelpURI != l[i].Rule.Help() {
				t.Errorf("%d: got %s, want %s: %+v", i, at, want, r)
			}
		}
	}
}

// Of very many findings the first are written, errors before warnings.
func TestBounds(t *testing.T) {
	var l List
	for i := range 20_000 {
		l.Warnf(PackageUnused, Position{File: "a", Line: i + 1, Col: 1}, "unused")
	}
	l.Errorf(NameUnknown, Position{File: "b", Line: 1, Col: 1}, "unknown")
	for format, limit := range map[string]int{"text": 200, "github": 200, "json": 5000, "sarif": 5000} {
		got := write(t, l, format)
		if n := strings.Count(got, "unused") + strings.Count(got, "[name-unknown]"); n > 4*limit || !strings.Contains(got, "unknown") {
			t.Errorf("%s: %d bytes", format, len(got))
		}
	}
	if got := write(t, l, "text"); !strings.HasSuffix(got, "b:1:1: unknown [name-unknown]\n19801 more findings are not shown\n") {
		t.Errorf("got\n%s", got[len(got)-200:])
	}
	if got := write(t, l, "json"); !strings.Contains(got, `"omitted": 15001`) {
		t.Errorf("got\n%s", got[len(got)-200:])
	}
}
