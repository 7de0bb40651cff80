package buildx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test's own program stands in for buildx where this variable is set.
const standIn = "LFD_TEST_BUILDX"

func TestMain(m *testing.M) {
	switch os.Getenv(standIn) {
	case "":
		os.Exit(m.Run())
	case "history":
		history(os.Args[1:])
	case "bake":
		fmt.Fprintln(os.Stderr, `{"vertexes":[{"digest":"a","name":"[one 1/1] RUN","started":"2026-01-01T00:00:00Z"}]}`)
		fmt.Fprintln(os.Stderr, `{"logs":[{"vertex":"a","data":"aGVsbG8K","timestamp":"2026-01-01T00:00:01Z"}]}`)
		fmt.Fprintf(os.Stderr, "called with %q, %s\n\nERROR: no", os.Args[1:], os.Getenv("MORE"))
		os.Exit(7)
	case "endless":
		interrupted := make(chan os.Signal, 1)
		signal.Notify(interrupted, os.Interrupt)
		fmt.Fprintln(os.Stderr, "at work")
		<-interrupted
		fmt.Fprintln(os.Stderr, "canceled")
		os.Exit(1)
	}
}

func client(t *testing.T, as string) *Client {
	t.Helper()
	return &Client{Program: []string{os.Args[0], "buildx"}, Env: []string{standIn + "=" + as}}
}

// records is what the builder remembers in these tests: many builds, of which some began in
// one second.
func records() []Record {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []Record
	for i := range 230 {
		r := Record{Ref: fmt.Sprintf("lfd/lfd/ref%d", i), Name: "lfd/sys/generated", Status: "Completed", Created: begin.Add(time.Duration(i) * 100 * time.Millisecond)}
		if i >= 100 && i < 170 {
			r.Created = begin.Add(20*time.Second + time.Duration(i)*time.Millisecond)
		}
		all = append(all, r)
	}
	all[3].Status = "Running"
	return all
}

// history prints what buildx history ls does: of those that the filters let through the
// newest 50, in no order that matters.
func history(args []string) {
	all := records()
	slices.SortFunc(all, func(a, b Record) int { return b.Created.Compare(a.Created) })
	for i, arg := range args {
		if arg != "--filter" {
			continue
		}
		all = slices.DeleteFunc(all, func(r Record) bool {
			if id, ok := strings.CutPrefix(args[i+1], "ref!="); ok {
				return r.ID() == id
			}
			text, ok := strings.CutPrefix(args[i+1], "startedAt<")
			if !ok {
				return true
			}
			before, err := time.Parse(time.RFC3339, text)
			return err != nil || !r.Created.Before(before)
		})
	}
	for _, r := range all[:min(50, len(all))] {
		line, err := json.Marshal(map[string]any{"ref": r.Ref, "name": r.Name, "status": r.Status, "created_at": r.Created})
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

// All builds are listed, however many the builder remembers.
func TestHistory(t *testing.T) {
	got, err := client(t, "history").History(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := records()
	if len(got) != len(want) {
		t.Fatalf("%d of %d", len(got), len(want))
	}
	running := 0
	seen := map[string]bool{}
	for i, r := range got {
		seen[r.ID()] = true
		if i > 0 && r.Created.After(got[i-1].Created) {
			t.Errorf("%s is newer than what is before it", r.Ref)
		}
		if r.Running() {
			running++
		}
	}
	if len(seen) != len(want) || running != 1 {
		t.Errorf("%d different ones, %d running", len(seen), running)
	}
}

// What a bake reports comes as it is, with what buildx says besides, and its exit code.
func TestBake(t *testing.T) {
	var got []string
	err := client(t, "bake").Bake(t.Context(), Bake{
		Files: []string{"a.hcl", "b.hcl"}, Set: []string{"x.output=type=tar"}, Args: []string{"--no-cache"}, Targets: []string{"x", "y"}, Env: []string{"MORE=more"},
	}, func(s Status) {
		for _, v := range s.Vertexes {
			got = append(got, v.Name)
		}
		for _, l := range s.Logs {
			got = append(got, string(l.Data))
		}
	}, func(line string) { got = append(got, line) })
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("got %v", err)
	}
	want := []string{"[one 1/1] RUN", "hello\n",
		`called with ["buildx" "bake" "--progress=rawjson" "--no-cache" "-f" "a.hcl" "-f" "b.hcl" "--set" "x.output=type=tar" "x" "y"], more`, "ERROR: no"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// When the context ends, buildx is told, and may cancel its build.
func TestCancel(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no signals")
	}
	ctx, cancel := context.WithCancel(t.Context())
	var said []string
	err := client(t, "endless").Bake(ctx, Bake{}, func(Status) {}, func(line string) {
		said = append(said, line)
		cancel()
	})
	if err == nil || !slices.Equal(said, []string{"at work", "canceled"}) {
		t.Errorf("%q, %v", said, err)
	}
}

func TestScan(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	var got []string
	err := Scan(strings.NewReader(`{"warnings":[{"vertex":"v","short":"d2Fybg=="}]}`+"\r\n\n{not JSON}\n"+
		`{"statuses":[{"id":"`+long+`","vertex":"v","total":3}]}`+"\nlast"),
		func(s Status) {
			for _, w := range s.Warnings {
				got = append(got, string(w.Short))
			}
			for _, p := range s.Statuses {
				got = append(got, p.ID)
			}
		}, func(line string) { got = append(got, line) })
	if err != nil || !slices.Equal(got, []string{"warn", "{not JSON}", long, "last"}) {
		t.Errorf("%v: %.200q", err, got)
	}
}

func TestBuilderVersion(t *testing.T) {
	for text, want := range map[string]string{
		"Name: x\nBuildKit version:  v0.34.2\n": "0.34.2",
		"Buildkit:  v0.12.5-rc1\n":              "0.12.5",
		"Status: running\n":                     "",
	} {
		if got := BuilderVersion([]byte(text)); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// A program that cannot be run is an error that names it.
func TestNoProgram(t *testing.T) {
	c := &Client{Program: []string{filepath.Join(t.TempDir(), "none")}}
	if _, err := c.History(t.Context()); err == nil || !strings.Contains(err.Error(), "none history ls --format json: ") {
		t.Errorf("got %v", err)
	}
}
