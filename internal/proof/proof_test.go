package proof

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/statement"
)

func TestRender(t *testing.T) {
	const platform = "linux/amd64"
	entry := func(name string) lock.Entry {
		return lock.Entry{Name: name, Platform: platform, Key: "key of " + name, Digest: "digest of " + name}
	}
	l := &lock.Lock{System: "sys", Entries: []lock.Entry{entry("same"), entry("other"), entry("changed"), entry("missing"), {Name: "same", Platform: "linux/arm64", Key: "k", Digest: "d"}}}
	run := func(name string, rebuilt bool, comparisons ...statement.Comparison) Run {
		s := statement.New(statement.Run{
			System: "sys", Platform: platform, Commit: strings.Repeat("c", 40), Host: "debian:13|x", Machine: inventory.Machine{Processors: 2, Model: "A & B"},
			Kernel: "6.1", Rebuilt: rebuilt, Comparisons: comparisons,
			Variations: []statement.Variation{{Name: "umask", Here: "0077"}, {Name: "jobs", Here: "-j3"}, {Name: "date", Why: "<it> is the machine's"}},
		}, "sys/lfd.lock", "x", time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
		return Run{name, s}
	}
	systems := []System{
		{Name: "sys", LockFile: "sys/lfd.lock", Lock: l, Runs: []Run{
			run("sys-1", true,
				statement.Comparison{Name: "same", Key: "key of same", Built: "digest of same"},
				statement.Comparison{Name: "other", Key: "key of other", Built: "another"},
				statement.Comparison{Name: "changed", Key: "the key of before", Built: "digest of changed"}),
			run("sys-2", false, statement.Comparison{Name: "same", Key: "key of same", Built: "digest of same"}),
		}},
		{Name: "none", LockFile: "none/lfd.lock"},
		{Name: "new", LockFile: "new/lfd.lock", Lock: l},
	}
	text, picture, err := Render(systems)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1 | [sys-1](proof/sys-1.json) | 2026-01-02 | 2 processors, A & B | 6.1 | debian:13\\|x | cccccccccccc | yes | umask, jobs | date | 1 of 5 equal, 1 different, 1 not yet repeated |\n",
		"| 2 | [sys-2](proof/sys-2.json) | 2026-01-02 | 2 processors, A & B | 6.1 | debian:13\\|x | cccccccccccc | no | umask, jobs | date | 1 of 5 equal |\n",
		"| result | platform | 1 | 2 | equal in |\n|---|---|---|---|---|\n",
		"| same | linux/amd64 | = | = | 2 of 2 |\n| other | linux/amd64 | ≠ |  | 0 of 2 |\n| changed | linux/amd64 | … |  | 0 of 2 |\n| missing | linux/amd64 |  |  | 0 of 2 |\n| same | linux/arm64 |  |  | 0 of 2 |\n",
		"\n## none\n\nThere is no `none/lfd.lock`: nobody has built it and written down what it gives.\n",
		"[new/lfd.lock](../new/lfd.lock) has 5 results. No run is written down.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for class, want := range map[string]int{"equal": 2, "different": 1, "again": 1, "none": 6} {
		if got := strings.Count(string(picture), `class="`+class+`"`); got != want {
			t.Errorf("%d squares are %s, not %d", got, class, want)
		}
	}
	if !strings.Contains(string(picture), "<title>changed: not yet repeated, key the key of befor</title>") {
		t.Error("a square does not tell what it is")
	}
	for d := xml.NewDecoder(strings.NewReader(string(picture))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
