package plan

import "bytes"

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

// Marker stands in the first lines of every file that lfdgen writes. Files without it are
// never overwritten or removed.
const Marker = "Written by lfdgen"

// Marked reports whether a file says in its first three lines that lfdgen wrote it.
func Marked(text []byte) bool {
	lines := bytes.SplitN(text, []byte("\n"), 4)
	return bytes.Contains(bytes.Join(lines[:min(3, len(lines))], []byte("\n")), []byte(Marker))
}
