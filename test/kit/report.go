package kit

import (
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// BuildTraces are what nothing in a finished system may name: the folders of the build,
// the temporary compiler, the name of the machine that it ran on (BuildKit gives this
// one to every step).
var BuildTraces = []string{"/mnt/lfs", "/src/lfs", "/tools", "x86_64-lfs-linux-gnu", "buildkitsandbox"}

// HostLibraries are where Debian, the host, has its libraries: nothing may be linked
// with those.
var HostLibraries = []string{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"}

// Report fails the test for each finding, except for those that begin with one of the
// known ones; and for a known one that there is no more, so that the list stays true.
func Report(t *testing.T, findings []rootfs.Finding, known ...string) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range findings {
		expected := false
		for _, k := range known {
			if strings.HasPrefix(f.String(), k) {
				expected, seen[k] = true, true
			}
		}
		if !expected {
			t.Error(f)
		}
	}
	for _, k := range known {
		if !seen[k] {
			t.Errorf("this is not found any more, take it from the list: %s", k)
		}
	}
}
