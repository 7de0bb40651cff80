package inventory

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
)

var (
	modelName = regexp.MustCompile(`(?m)^model name\s*: *(.*)$`)
	memTotal  = regexp.MustCompile(`(?m)^MemTotal: *(\d+) kB$`)
)

// ThisMachine describes this machine, as far as it can be told. A builder elsewhere may run
// on another.
func ThisMachine() Machine {
	m := Machine{Processors: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := modelName.FindSubmatch(info); found != nil {
			m.Model = string(found[1])
		}
	}
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		if found := memTotal.FindSubmatch(info); found != nil {
			kilobytes, _ := strconv.ParseInt(string(found[1]), 10, 64)
			m.Memory = kilobytes << 10
		}
	}
	return m
}
