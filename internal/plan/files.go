package plan

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
)
