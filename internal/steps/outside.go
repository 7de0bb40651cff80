package steps

import (
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/util/gitutil"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// flags are those that steps can have, by instruction. Whether one reaches outside of the
// build is for outside to see, so each is here only once that was looked at.
var flags = map[string][]string{
	command.Add:         {"checksum", "chmod", "chown", "exclude", "keep-git-dir", "link", "unpack"},
	command.Arg:         nil,
	command.Cmd:         nil,
	command.Copy:        {"chmod", "chown", "exclude", "from", "link", "parents"},
	command.Entrypoint:  nil,
	command.Env:         nil,
	command.Expose:      nil,
	command.Healthcheck: {"interval", "retries", "start-interval", "start-period", "timeout"},
	command.Label:       nil,
	command.Maintainer:  nil,
	command.Onbuild:     nil,
	command.Run:         {"device", "mount", "network", "security"},
	command.Shell:       nil,
	command.StopSignal:  nil,
	command.User:        nil,
	command.Volume:      nil,
	command.Workdir:     nil,
}

// mountTypes are those of RUN --mount, and what is against them.
var mountTypes = map[instructions.MountType]string{
	instructions.MountTypeBind:   "",
	instructions.MountTypeTmpfs:  "",
	instructions.MountTypeCache:  "a cache mount holds what earlier builds left in it, so the result depends on them; remove it",
	instructions.MountTypeSecret: "a secret is of whoever builds: others cannot build this, and nobody notices when the secret changes; only the steps of a host should use one",
	instructions.MountTypeSSH:    "an ssh mount lets a step use the keys of whoever builds; only the steps of a host should use one",
}

// checkFlags warns of an instruction, or a flag, that BuildKit knows and lfdgen does not.
func checkFlags(found *diag.List, at diag.Position, step *parser.Node) {
	known, ok := flags[strings.ToLower(step.Value)]
	if !ok {
		found.Warnf(diag.StepsOutside, at, "lfdgen does not know %s, nor what it lets a step reach; remove it", strings.ToUpper(step.Value))
	}
	for _, flag := range step.Flags {
		name, _, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		if ok && name != "" && !slices.Contains(known, name) {
			found.Warnf(diag.StepsOutside, at, "lfdgen does not know --%s of %s, nor what it lets a step reach; remove it", name, strings.ToUpper(step.Value))
		}
	}
}

// outside warns of each way in which a step gets at what is not a part of the build: the
// network, an image, the machine, or what is left of earlier builds. The steps of a host
// may use the network, and all that serves to get its packages.
//
// What has a checksum is the same everywhere: ADD may take it. An image may not be taken
// even so, as vendoring keeps those only that are the parent of a stage.
func outside(found *diag.List, at diag.Position, host bool, step any) {
	warn := func(format string, args ...any) { found.Warnf(diag.StepsOutside, at, format, args...) }
	switch step := step.(type) {
	case *instructions.AddCommand:
		for _, source := range step.SourcePaths {
			// BuildKit's reading of the step would ask the server for its key, at once.
			if address, err := gitutil.ParseURL(source); err == nil && address.Scheme == gitutil.SSHProtocol {
				found.Errorf(diag.StepsGitSSH, at, "ADD takes a git repository by ssh, for which the build is given no keys; write its address with https://")
				continue
			}
			switch what, checked := remote(source); {
			case host:
			case strings.Contains(source, "$"):
				warn("what %q is here only the build knows, and ADD takes addresses, too: write it out, or set the variable in these steps", source)
			case what != "" && !checked && step.Checksum == "":
				warn("ADD takes from %s what is there at the time of the build: add --checksum=%s, or make it a package and name that in srcDeps", what, map[bool]string{true: "COMMIT", false: "sha256:…"}[what == "a git repository"])
			}
		}
	case *instructions.CopyCommand:
		if !host && isImage(step.From) {
			warn("%q is an image, which only the steps of a host should take files from: start a stage from it (parent: %[1]s), and copy from that stage", step.From)
		}
	case *instructions.RunCommand:
		outsideRun(found, at, host, step)
	}
}

func outsideRun(found *diag.List, at diag.Position, host bool, step *instructions.RunCommand) {
	warn := func(format string, args ...any) { found.Warnf(diag.StepsOutside, at, format, args...) }
	switch network := instructions.GetNetwork(step); {
	case network == instructions.NetworkHost:
		found.Warnf(diag.StepsPrivilege, at, "--network=host gives a step the machine's own network, its local services too, and builders refuse it unless they are told otherwise; remove it")
	case network != instructions.NetworkNone && !host:
		found.Warnf(diag.StepsNetwork, at, "this RUN may use the network, which only host.steps should; write RUN --network=none")
	}
	if instructions.GetSecurity(step) != instructions.SecuritySandbox {
		found.Warnf(diag.StepsPrivilege, at, "--security=insecure gives a step the rights of the machine's root, and builders refuse it unless they are told otherwise; remove it")
	}
	if len(instructions.GetDevices(step)) > 0 {
		found.Warnf(diag.StepsPrivilege, at, "--device gives a step a device of the machine, which others have not; remove it")
	}
	for _, mount := range instructions.GetMounts(step) {
		switch against, known := mountTypes[mount.Type]; {
		case !known:
			warn("lfdgen does not know mounts of type %s, nor what they let a step reach; remove this one", mount.Type)
		case !host && against != "":
			warn("%s", against)
		}
		if !host && isImage(mount.From) {
			warn("%q is an image, which only the steps of a host should mount: start a stage from it (parent: %[1]s), and mount that stage", mount.From)
		}
	}
}

// isImage reports whether what a step copies from is an image, by its name.
func isImage(from string) bool {
	_, err := reference.ParseNormalizedNamed(from)
	return err == nil && strings.ContainsAny(from, "/:@")
}

// remote says what kind of address a source of ADD is, and whether it has a checksum
// itself; of a path it says nothing.
func remote(source string) (what string, checked bool) {
	if ref, isGit, _ := dfgitutil.ParseGitRef(source); isGit && (ref == nil || !ref.IndistinguishableFromLocal) {
		return "a git repository", ref != nil && ref.Checksum != ""
	}
	if strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") {
		return "an address", false
	}
	return "", false
}
