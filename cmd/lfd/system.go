package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// options are the flags that all commands share.
type options struct {
	folder string
	files  []string
}

// system is what a command is about. Its paths are from the project's folder, where lfd runs.
type system struct {
	folder  string   // with the files that lfdgen has written
	configs []string // the configuration files
}

// named reports whether the command line names a system.
func (o *options) named() bool { return o.folder != "" || len(o.files) > 0 }

// system returns the system that the command line names, or else quickstart.
func (o *options) system() system {
	folder := o.folder
	switch {
	case folder != "":
	case len(o.files) > 0:
		folder = filepath.Dir(o.files[0])
	default:
		folder = "quickstart"
	}
	return o.at(folder)
}

// at returns the system in a folder.
func (o *options) at(folder string) system {
	configs := o.files
	if len(configs) == 0 {
		configs = configured()
	}
	if len(configs) == 0 {
		configs = generatedFrom(folder)
	}
	if len(configs) == 0 {
		configs = []string{filepath.Join(folder, "config.yaml")}
	}
	return system{filepath.Clean(folder), configs}
}

// generatedFrom returns the configuration files of what lfdgen has written into a folder, which
// it lists with the sources; none where it has not.
func generatedFrom(folder string) []string {
	text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(plan.SourcesFile)))
	if err != nil {
		return nil
	}
	list, err := document.ReadSources(text)
	if err != nil {
		return nil // of another version: lfdgen writes it anew
	}
	var files []string
	for _, file := range list.Configuration {
		files = append(files, filepath.FromSlash(file))
	}
	return files
}

// configured returns the configuration files that LFD_CONFIG names.
func configured() []string {
	files := filepath.SplitList(os.Getenv("LFD_CONFIG"))
	return slices.DeleteFunc(files, func(f string) bool { return f == "" })
}

// config returns the configuration files as LFD_CONFIG names them, which the programs that
// lfd runs read.
func (s system) config() string { return strings.Join(s.configs, string(os.PathListSeparator)) }

func (s system) bakefile() string { return filepath.Join(s.folder, plan.BakeFile) }

// dockerfile is what bake builds.
func (s system) dockerfile() string {
	return filepath.Join(s.folder, filepath.FromSlash(plan.Dockerfile))
}

// override is the file by which bake takes what was fetched.
func (s system) override() string { return filepath.Join(s.folder, "docker-bake.override.hcl") }

// name returns the name of the system in its lock.
func (s system) name() string { return inventory.NameOf(s.folder) }

// record returns the name of the system's files in docs.
func (s system) record() string { return inventory.RecordOf(s.folder) }
