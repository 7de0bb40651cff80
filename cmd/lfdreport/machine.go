package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime"
	"strconv"
)

// machine describes this machine. A builder elsewhere may run on another.
func machine() string {
	model, memory := "processor", ""
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`(?m)^model name\s*: *(.*)$`).FindSubmatch(info); m != nil {
			model = string(m[1])
		}
	}
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		if m := regexp.MustCompile(`(?m)^MemTotal: *(\d+) kB$`).FindSubmatch(info); m != nil {
			kilobytes, _ := strconv.ParseFloat(string(m[1]), 64)
			memory = fmt.Sprintf(", %.0f GiB of memory", math.Round(kilobytes/(1<<20)))
		}
	}
	return fmt.Sprintf("%d × %s%s, %s/%s", runtime.NumCPU(), model, memory, runtime.GOOS, runtime.GOARCH)
}
