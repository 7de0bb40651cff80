package waves

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/plan"
)

// Version is that of the JSON form. It is raised when a reader of the form before would
// misunderstand it.
const Version = 1

// Document is a plan as workflows read it; schema/waves.schema.json describes it.
type Document struct {
	Version    int      `json:"version"`
	Minutes    int      `json:"minutes"`    // that all waves take, with the start of their jobs
	Jobs       int      `json:"jobs"`       // of all waves
	Long       []string `json:"long"`       // targets that take longer than a job may: each has one of its own
	Unrecorded []string `json:"unrecorded"` // targets whose times no record has: Default stands for them
	Images     []string `json:"images"`     // targets that are put together of what the waves have built
	Waves      []Matrix `json:"waves"`
}

// Matrix is a wave, as GitHub's strategy.matrix takes it.
type Matrix struct {
	Include []Row `json:"include"`
}

// Row is a job.
type Row struct {
	Name    string   `json:"name"`    // such as 2.1, the first job of the second wave
	Minutes int      `json:"minutes"` // that it takes, without its start
	Targets []string `json:"targets"` // to build, in the order of the build
	Results []string `json:"results"` // those of them that go into the store
}

// Images returns the targets of a system's images, or of its last stage where it has none.
func Images(p *plan.Plan) []string {
	var all []string
	for _, t := range p.Targets() {
		switch t.Kind {
		case plan.ContainerTarget, plan.DiskTarget, plan.ContainerDiskTarget:
			all = append(all, t.Name)
		}
	}
	if len(all) == 0 {
		all = append(all, p.Default())
	}
	return all
}

// minutes returns a length of time in minutes, rounded up.
func minutes(t time.Duration) int { return int((t + time.Minute - 1) / time.Minute) }

// Document returns the plan as workflows read it.
func (p *Plan) Document(images []string) Document {
	d := Document{
		Version: Version, Minutes: minutes(p.Time), Images: images,
		Long: append([]string{}, p.Long...), Unrecorded: []string{}, Waves: []Matrix{},
	}
	for n, wave := range p.Waves {
		matrix := Matrix{}
		for i, job := range wave {
			row := Row{Name: fmt.Sprintf("%d.%d", n+1, i+1), Minutes: minutes(job.Time), Targets: []string{}, Results: []string{}}
			for _, t := range job.Targets {
				row.Targets = append(row.Targets, t.Name)
				if !t.Tests {
					row.Results = append(row.Results, t.Name)
				}
				if !t.Recorded {
					d.Unrecorded = append(d.Unrecorded, t.Name)
				}
			}
			matrix.Include = append(matrix.Include, row)
			d.Jobs++
		}
		d.Waves = append(d.Waves, matrix)
	}
	slices.Sort(d.Unrecorded)
	return d
}

// JSON writes the document.
func (d Document) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(d)
	return b.Bytes(), err
}

// Text writes the document for people.
func (d Document) Text() ([]byte, error) {
	var b bytes.Buffer
	for n, wave := range d.Waves {
		if n > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "wave %d\n", n+1)
		for _, row := range wave.Include {
			fmt.Fprintf(&b, "  %-6s %4d min  %s\n", row.Name, row.Minutes, strings.Join(row.Targets, " "))
		}
	}
	fmt.Fprintf(&b, "\nin all: %d min, jobs: %d, waves: %d; then the images: %s\n", d.Minutes, d.Jobs, len(d.Waves), strings.Join(d.Images, " "))
	if len(d.Long) > 0 {
		fmt.Fprintf(&b, "longer than a job may take, each in one of its own: %s\n", strings.Join(d.Long, " "))
	}
	if len(d.Unrecorded) > 0 {
		fmt.Fprintf(&b, "no record has their times, so that each counts as %d min: %s\n", minutes(Default), strings.Join(d.Unrecorded, " "))
	}
	return b.Bytes(), nil
}

// GitLab writes the jobs of a child pipeline. They extend a job .wave, which stands in a
// file of the project's own.
func (d Document) GitLab() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Written by lfdgen waves.\nvariables:\n  IMAGES: \"%s\"\n\nstages:\n", strings.Join(d.Images, " "))
	for n := range d.Waves {
		fmt.Fprintf(&b, "- wave-%d\n", n+1)
	}
	for n, wave := range d.Waves {
		for _, row := range wave.Include {
			// A name of a target has letters, digits, - and _.
			fmt.Fprintf(&b, "\njob-%s:\n  extends: .wave\n  stage: wave-%d\n  variables:\n    TARGETS: \"%s\"\n    RESULTS: \"%s\"\n",
				row.Name, n+1, strings.Join(row.Targets, " "), strings.Join(row.Results, " "))
		}
	}
	return b.Bytes(), nil
}
