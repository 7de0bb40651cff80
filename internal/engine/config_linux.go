package engine

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

const configText = ownTitle + `
root = "%[1]s/state"

[grpc]
  address = ["unix://%[1]s/buildkitd.sock"]

[cdi]
  disabled = true

# The record of each build, which ` + "`make report`" + ` reads. One goes when it is older
# and there are more. A whole system may be built in many runs over some weeks.
[history]
  maxAge = "720h"
  maxEntries = 200

[worker.containerd]
  enabled = false

[worker.oci]
  enabled = true
  # overlayfs, or plain copies ("native") where overlayfs cannot be used.
  snapshotter = "auto"
  networkMode = "host"
  max-parallelism = %[2]d
%[4]s
  # When to delete old results. A whole system is hours of work in some 30 GB:
  # so much is kept however full the disk is. Above 100 GB, or when less than
  # 4 GB of the disk are free, those go that were not used for longest. (By
  # default BuildKit begins when a fifth of the disk is not free, and keeps
  # 10 GB only.)
  reservedSpace = "%[3]dGB"
  maxUsedSpace = "100GB"
  minFreeSpace = "4GB"
`

// config returns the settings of the builder on this machine.
func (o *own) config() ([]byte, error) {
	memory := 0 // kilobytes
	for line := range strings.Lines(readText("/proc/meminfo")) {
		_, _ = fmt.Sscanf(line, "MemTotal: %d", &memory)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(o.dir, &fs); err != nil {
		return nil, &os.PathError{Op: "statfs", Path: o.dir, Err: err}
	}
	program := ""
	if o.varied() {
		program = fmt.Sprintf("  # Containers run in other circumstances than in the usual builder.\n  binary = %q\n", o.at(RuntimeName))
	}
	return fmt.Appendf(nil, configText, o.dir, parallel(runtime.NumCPU(), memory>>20), reserved(int64(fs.Blocks)*fs.Bsize), program), nil
}

// parallel returns how many build steps may run at once. Each compiles with a job per core,
// so a few suffice; each may want some 3 GB. Two of them keep a machine with 2 cores and
// 8 GB alive, and one long step never blocks the rest.
func parallel(cores, gigabytes int) int { return max(2, min(cores/2, gigabytes/4, 4)) }

// reserved returns how many gigabytes of results are kept on a disk of this size: half of a
// small one at most.
func reserved(bytes int64) int64 { return min(30, bytes/1024/2000000) }
