package report

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

var update = flag.Bool("update", false, "write the golden files")

// The inventory is that of a build of which a part failed, see package inventory.
func TestRender(t *testing.T) {
	i, err := inventory.Read("../inventory/testdata/golden/inventory.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, pictures, err := Render(i, Options{Folder: "verification", Command: "make report"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "verification.md", []byte(doc))
	for _, name := range []string{"timeline.svg", "time.svg", "size.svg"} {
		golden(t, name, pictures[name])
		for d := xml.NewDecoder(bytes.NewReader(pictures[name])); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as expected; go test ./internal/report -update writes it, read it then:\n%s", name, got)
	}
}

// The documents of the repository are those of their inventories.
func TestVerification(t *testing.T) {
	names, err := filepath.Glob("../../docs/inventory/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		folder := "verification-" + strings.TrimSuffix(filepath.Base(name), ".json")
		if folder == "verification-lfs" {
			folder = "verification"
		}
		committed, err := os.ReadFile("../../docs/" + folder + ".md")
		if err != nil {
			t.Fatal(err)
		}
		_, command, _ := strings.Cut(string(committed), "records; `")
		command, _, _ = strings.Cut(command, "`")
		i, err := inventory.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, pictures, err := Render(i, Options{Folder: folder, Command: command})
		if err != nil {
			t.Fatal(err)
		}
		if doc != string(committed) {
			t.Errorf("docs/%s.md is not that of %s: lfd report --render writes it anew", folder, name)
		}
		for picture, content := range pictures {
			committed, err := os.ReadFile(filepath.Join("../../docs", folder, picture))
			if err != nil || !bytes.Equal(content, committed) {
				t.Errorf("docs/%s/%s is not that of %s: lfd report --render writes it anew (%v)", folder, picture, name, err)
			}
		}
	}
}

// What packages' own tests said of another result is named as such.
func TestEarlierTests(t *testing.T) {
	took := inventory.Seconds(44)
	result := &inventory.Result{Digest: "aa"}
	for want, tests := range map[string]*inventory.Tests{
		"| zlib | passed | 44 | 2025-12-31 |":                       {Outcome: inventory.Passed, Digest: "aa", Seconds: &took, Date: "2025-12-31"},
		"| zlib | passed, on an earlier result | 44 | 2025-12-31 |": {Outcome: inventory.Passed, Digest: "bb", Seconds: &took, Date: "2025-12-31"},
		"| zlib | passed | no record |  |":                          {Outcome: inventory.Passed, Digest: "aa"},
		"| zlib | **failed** |  |  |":                               {Outcome: inventory.TestFailed, Digest: "aa"},
		"| zlib | not run |  |  |":                                  {Outcome: inventory.NotRun},
	} {
		i := &inventory.Inventory{
			Configuration: []string{"config.yaml"},
			Packages:      []inventory.Package{{Name: "zlib", Outcome: inventory.Outcome{State: inventory.Built, Result: result}, Tests: tests}},
		}
		doc, _, err := Render(i, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(doc, "\n"+want+"\n") {
			t.Errorf("no %q in\n%s", want, doc)
		}
		if earlier := strings.Contains(want, "earlier"); strings.Contains(doc, "they have not run since") != earlier ||
			strings.Contains(doc, "0 of 1 run") != (earlier || tests.Outcome == inventory.NotRun) {
			t.Errorf("%s:\n%s", want, doc)
		}
	}
}

// A row of the timeline is as high as the lanes that it uses.
func TestTimelineRows(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	step := func(from, to int) inventory.Step {
		return inventory.Step{Stage: "a", Start: at(from), End: at(to)}
	}
	height := func(steps ...inventory.Step) (h int) {
		i := &inventory.Inventory{Build: inventory.Build{Total: 60 * 60, Steps: steps}}
		if _, err := fmt.Sscanf(string(timeline(i)), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 %d"`, &h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	// Six rows of ten minutes each.
	alone := height(step(0, 60))
	const lane = 22
	if got := height(step(0, 60), step(1, 2), step(1, 2)); got != alone+2*lane {
		t.Errorf("with three lanes in the first row alone it is %d high, with one everywhere %d", got, alone)
	}
	if got := height(step(0, 60), step(9, 11)); got != alone+2*lane {
		t.Errorf("with two lanes in two rows it is %d high, with one everywhere %d", got, alone)
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		thousands(7):                       "7",
		thousands(1234567):                 "1,234,567",
		Bytes(999):                         "999 B",
		Bytes(5000):                        "5 kB",
		Bytes(5_240_000):                   "5.2 MB",
		Bytes(1_234_567_890):               "1,235 MB",
		seconds(1.234):                     "1.2",
		seconds(2034):                      "2,034",
		Length(99):                         "99 s",
		Length(645):                        "10 min 45 s",
		Length(59 * 60):                    "59 min",
		Length(10 * 60 * 60):               "10.0 h",
		clock(90*time.Second, time.Hour):   "1:30",
		clock(90*time.Minute, 3*time.Hour): "1:30 h",
		Machine(inventory.Machine{Processors: 2, Model: "EPYC", Memory: 24 << 30, OS: "linux", Arch: "amd64"}): "2 × EPYC, 24 GiB of memory, linux/amd64",
		Machine(inventory.Machine{Processors: 2, OS: "darwin", Arch: "arm64"}):                                 "2 × processor, darwin/arm64",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
