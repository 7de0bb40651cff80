// Command simulate writes into docs/sharing.md how long the full system takes on many machines,
// and what a much larger one does; and into docs/containers.md what its image is made of, and how
// much of it moves after a change: of the recorded times, sizes and files in docs/inventory.
//
//	simulate [-check]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/report"
	"github.com/linux-from-docker/lfd/internal/simulate"
	"github.com/linux-from-docker/lfd/internal/waves"
	"github.com/linux-from-docker/lfd/test/synthetic"
)

// Files, from the project's root.
const (
	sharing       = "docs/sharing.md"
	machinesChart = "docs/sharing/machines.svg"
	containers    = "docs/containers.md"
	partsChart    = "docs/containers/parts.svg"
	record        = "docs/inventory/lfs.json"
)

// What is assumed of machines. The recorded build had two targets at work at a time.
const (
	atOnce    = 2
	bandwidth = 50_000_000
	large     = 1200 // packages of the large system
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if the files are out of date")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// run works in the working folder, the project's root.
func run(check bool) error {
	known, err := inventory.Read(record)
	if err != nil {
		return err
	}
	p, err := resolve(".", known.Configuration)
	if err != nil {
		return err
	}
	lists, err := inventory.ReadFiles(inventory.ListName(record))
	if err != nil {
		return err
	}
	wanted := map[string][]byte{}
	documents := map[string]map[string]string{sharing: {}, containers: {}}
	documents[sharing]["machines"], wanted[machinesChart] = machines(p, known)
	if documents[sharing]["growth"], err = growth(known); err != nil {
		return err
	}
	if documents[containers]["parts"], wanted[partsChart], err = parts(p, lists); err != nil {
		return err
	}
	if documents[containers]["layers"], err = layers(p, known); err != nil {
		return err
	}
	for name, parts := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // as git may check it out
		for part, is := range parts {
			if text, err = replace(text, part, is); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		wanted[name] = text
	}
	for name, data := range wanted {
		have, err := os.ReadFile(name)
		have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n"))
		switch {
		case err == nil && bytes.Equal(have, data):
		case check:
			return fmt.Errorf("%s is not as %s says; run make generate", name, record)
		default:
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(name, data, 0o644); err != nil {
				return err
			}
			fmt.Println(name)
		}
	}
	return nil
}

// replace puts a part between its two comments.
func replace(text []byte, name, part string) ([]byte, error) {
	begin, end := fmt.Sprintf("<!-- computed: %s -->\n", name), "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, found := strings.Cut(rest, end)
	if !ok || !found {
		return nil, fmt.Errorf("there is no %q and %q", begin, end)
	}
	return []byte(before + begin + part + end + after), nil
}

func resolve(root string, files []string) (*plan.Plan, error) {
	for i := range files {
		files[i] = filepath.Join(root, filepath.FromSlash(files[i]))
	}
	cfg, diags, err := config.Load(root, files)
	if err != nil {
		return nil, err
	}
	if cfg == nil || diags.HasErrors() {
		return nil, fmt.Errorf("%q are no good: lfdgen validate tells why", files)
	}
	p, diags := plan.Resolve(cfg)
	if p == nil || diags.HasErrors() {
		return nil, fmt.Errorf("%q are no good: lfdgen validate tells why", files)
	}
	return p, nil
}

func on(count int) simulate.Machines {
	m := simulate.Machines{Count: count, AtOnce: atOnce, Bandwidth: bandwidth}
	if count > 1 {
		m.Start = waves.Setup
	}
	return m
}

func sum(targets []waves.Target) time.Duration {
	var all time.Duration
	for _, t := range targets {
		all += t.Time
	}
	return all
}

// machines returns the part about the full system, and its picture.
func machines(p *plan.Plan, known *inventory.Inventory) (text string, chart []byte) {
	system, all := waves.Targets(p, known, false), waves.Targets(p, known, true)
	names, chain := simulate.Longest(system)
	testNames, testChain := simulate.Longest(all)
	var b strings.Builder
	b.WriteString("| machines | the packages | moved | in waves | with their tests | moved |\n|---|---|---|---|---|---|\n")
	var bars []simulate.Bar
	var times []time.Duration
	for _, count := range []int{1, 2, 4, 8, 16, 64} {
		one, both := simulate.Run(system, on(count)), simulate.Run(all, on(count))
		wave := "–"
		if w, err := waves.New(system, waves.Limits{Runners: count, Job: time.Hour, Setup: waves.Setup}); err == nil && count > 1 {
			wave = fmt.Sprintf("%s in %d", simulate.Hours(w.Time), len(w.Waves))
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s |\n", count, simulate.Hours(one.Time), size(one.Moved), wave, simulate.Hours(both.Time), size(both.Moved))
		bars = append(bars, simulate.Bar{Machines: count, System: one.Time, All: both.Time})
		times = append(times, one.Time)
	}
	fmt.Fprintf(&b, "\n![How long the full system takes on 1 to 64 machines](sharing/machines.svg)\n\n")
	names = slices.DeleteFunc(names, func(name string) bool {
		i := slices.IndexFunc(system, func(t waves.Target) bool { return t.Name == name })
		return system[i].Time < 2*time.Minute
	})
	paragraph(&b, fmt.Sprintf("The record is of one machine with %d processors. It took %s for what is %s of steps one after another; simulated it is %s.",
		known.Machine.Processors, simulate.Hours(known.Build.Elapsed.Duration()), simulate.Hours(sum(system)), simulate.Hours(times[0])))
	paragraph(&b, fmt.Sprintf("What limits is the longest chain of packages that wait for each other. It takes %s, and no number of machines is faster. Of two minutes and more are in it: %s.",
		simulate.Hours(chain), strings.Join(names, ", ")))
	paragraph(&b, fmt.Sprintf("The tests take %s in all, one after another. No package waits for them, so they spread well. Their longest chain takes %s, and ends with `%s`: gcc is built once more on each machine that runs a part of its tests.",
		simulate.Hours(sum(all)-sum(system)), simulate.Hours(testChain), testNames[len(testNames)-1]))
	note := fmt.Sprintf("Simulated: two targets at a time on each, %d MB a second to and from the store, %d min to start.", bandwidth/1_000_000, int(waves.Setup.Minutes()))
	return b.String(), simulate.Chart("The full system on many machines", note, bars, chain)
}

// paragraph writes a text in lines.
func paragraph(b *strings.Builder, text string) {
	const most = 100
	length := 0
	for _, word := range strings.Fields(text) {
		switch {
		case length == 0:
		case length+1+len(word) > most:
			b.WriteByte('\n')
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	b.WriteString("\n\n")
}

func size(bytes int64) string {
	if bytes == 0 {
		return "–"
	}
	return report.Bytes(bytes)
}

// growth returns the part about a system of the size of BLFS. Its packages need each other as
// Debian's do, and have the times and sizes of the full system's, in turn.
func growth(known *inventory.Inventory) (string, error) {
	folder, err := os.MkdirTemp("", "simulate-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := os.Mkdir(filepath.Join(folder, "util"), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), synthetic.Distribution(large), 0o644); err != nil {
		return "", err
	}
	record := &inventory.Inventory{}
	for i := range large {
		name := fmt.Sprintf("p%d", i)
		if err := os.WriteFile(filepath.Join(folder, "util", "install-"+name+".sh"), []byte("#!/bin/sh\n"), 0o755); err != nil {
			return "", err
		}
		one := known.Packages[i%len(known.Packages)]
		record.Packages = append(record.Packages, inventory.Package{Name: name, Outcome: one.Outcome})
	}
	p, err := resolve(folder, []string{"config.yaml"})
	if err != nil {
		return "", err
	}
	targets := waves.Targets(p, record, false)
	sizes := map[string]int64{}
	var results int64
	for _, t := range targets {
		sizes[t.Name] = t.Size
		results += t.Size
	}
	disk := simulate.NewDisk(p, sizes)
	_, chain := simulate.Longest(targets)
	var b strings.Builder
	b.WriteString("| machines | time | moved | disk of a builder, the largest | steps of one, the most |\n|---|---|---|---|---|\n")
	for _, count := range []int{1, 4, 16} {
		got := simulate.Run(targets, on(count))
		built := make([][]string, count)
		for _, one := range got.Builds {
			built[one.Machine] = append(built[one.Machine], one.Target.Name)
		}
		var most simulate.Written
		for machine, names := range built {
			w := disk.Of(names)
			most.Bytes = max(most.Bytes, w.Bytes+got.Held[machine]-own(names, sizes))
			most.Steps = max(most.Steps, w.Steps)
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %d |\n", count, simulate.Hours(got.Time), size(got.Moved), report.Bytes(most.Bytes), most.Steps)
	}
	one := middle(targets)
	w := disk.Of([]string{one.Name})
	closure := before(targets, one)
	all := disk.Of(append(closure, one.Name))
	var took time.Duration
	for _, t := range targets {
		if slices.Contains(closure, t.Name) {
			took += t.Time
		}
	}
	var pulled int64
	for _, need := range one.Needs {
		pulled += sizes[need]
	}
	b.WriteByte('\n')
	paragraph(&b, fmt.Sprintf("There are %d packages, %s of steps one after another, and %s of results. The longest chain takes %s.",
		large, simulate.Hours(sum(targets)), report.Bytes(results), simulate.Hours(chain)))
	paragraph(&b, fmt.Sprintf("A builder that takes results from a store needs the files that a package is built with, and not their builds. For `%s`, which stands in the middle by the number of its needs, it pulls %d results of %s, and then writes %s in %d steps. Without a store it builds %d packages first: %s of steps, and %s written in %d steps.",
		one.Name, len(one.Needs), report.Bytes(pulled), report.Bytes(w.Bytes), w.Steps, len(closure), simulate.Hours(took), report.Bytes(all.Bytes), all.Steps))
	return b.String(), nil
}

// own returns the bytes of results that a builder has built: they are in what it has written.
func own(names []string, sizes map[string]int64) int64 {
	var all int64
	for _, name := range names {
		all += sizes[name]
	}
	return all
}

// middle returns the target with the middle number of needs.
func middle(targets []waves.Target) waves.Target {
	sorted := slices.Clone(targets)
	slices.SortStableFunc(sorted, func(a, b waves.Target) int { return len(a.Needs) - len(b.Needs) })
	return sorted[len(sorted)/2]
}

// before returns all targets that have to be built before one.
func before(targets []waves.Target, one waves.Target) []string {
	needs := map[string][]string{}
	for _, t := range targets {
		needs[t.Name] = t.Needs
	}
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		for _, need := range needs[name] {
			if !seen[need] {
				seen[need] = true
				visit(need)
			}
		}
	}
	visit(one.Name)
	var all []string
	for _, t := range targets {
		if seen[t.Name] {
			all = append(all, t.Name)
		}
	}
	return all
}
