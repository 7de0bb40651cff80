package shell

import "github.com/linux-from-docker/lfd/internal/names"

// Lookup returns the stage to open a shell in for one that a target has, and the name of what
// that belongs to. The result of a package is a stage of its own, beside that in which it is
// built.
func Lookup(n *names.Names, stage string) (in, name string) {
	owner, ok := n.Owner(stage)
	switch {
	case !ok, owner.Kind == names.Own:
		return stage, stage
	case owner.Kind == names.OfPackage && owner.Part == names.Whole:
		return n.Package(owner.Name).Build.Stage, owner.Name
	}
	return stage, owner.Name
}
