package plan

import (
	"bytes"
	"slices"
	"strings"
)

// Names of what lfdgen writes into the output folder.
const (
	BakeFile = "docker-bake.hcl"
	// MirrorsFile goes with BakeFile, and is there when a source has mirrors.
	MirrorsFile = "docker-bake.mirrors.hcl"
	// OverrideFile makes bake find the project's root from the output folder, where
	// that is another one.
	OverrideFile = "docker-bake.override.json"
	// Folder holds all else.
	Folder     = "generated"
	Dockerfile = Folder + "/Dockerfile"
	Picture    = Folder + "/graph.svg"
	// SourcesFile lists all downloads.
	SourcesFile = Folder + "/sources.json"
)

// LegalFile lists packages and sources for what is handed over with a system.
const LegalFile = Folder + "/legal.tsv"

// The endings of the files that tell what an image is made of.
const (
	SPDXFile      = ".spdx.json"
	CycloneDXFile = ".cdx.json"
	PackagesFile  = ".packages.tsv"
)

// Taken returns those of the files that lfdgen writes which the build takes from its context.
func Taken(files []string) (taken []string) {
	legal := slices.Contains(files, LegalFile)
	for _, name := range files {
		ends := func(ending string) bool { return strings.HasSuffix(name, ending) }
		if slices.ContainsFunc([]string{".sh", SPDXFile, CycloneDXFile, PackagesFile}, ends) ||
			legal && slices.Contains([]string{LegalFile, Dockerfile, BakeFile}, name) {
			taken = append(taken, name)
		}
	}
	return taken
}

// Marker stands in the first lines of every file that lfdgen writes. Files without it are
// never overwritten or removed.
const Marker = "Written by lfdgen"

// Marked reports whether a file says in its first three lines that lfdgen wrote it.
func Marked(text []byte) bool {
	lines := bytes.SplitN(text, []byte("\n"), 4)
	return bytes.Contains(bytes.Join(lines[:min(3, len(lines))], []byte("\n")), []byte(Marker))
}
