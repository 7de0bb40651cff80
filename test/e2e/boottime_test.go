package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/svg"
	"github.com/linux-from-docker/lfd/test/kit"
)

// phases are what a start is made of, in order, with what they do for docs/boot.svg.
var phases = [...]string{"firmware", "GRUB, loading and unpacking the kernel", "kernel", "init, to the login"}

// boot is one measured start: the seconds at which each phase ended.
type boot struct {
	title string
	ends  [len(phases)]float64
}

// start switches a machine on and notes when its console shows that a phase ends.
func start(t *testing.T, title string, b kit.Board, image string) boot {
	t.Helper()
	m := b.Boot(t, image)
	r := boot{title: title}
	// GRUB clears the screen, by UEFI as well as by BIOS; the firmware has done so before.
	m.Expect("\x1b[H\x1b[J")
	r.ends[0] = m.Uptime().Seconds()
	m.Expect("Linux version")
	r.ends[1] = m.Uptime().Seconds()
	text := m.Expect("Run /sbin/init")
	r.ends[2] = m.Uptime().Seconds()
	m.Expect("login:")
	r.ends[3] = m.Uptime().Seconds()
	// What the kernel prints is shown from the moment when it knows the console.
	if early := regexp.MustCompile(`\[ *([0-9.]+)\] printk: console \[ttyS0\] enabled`).FindStringSubmatch(text); early != nil {
		seconds, err := strconv.ParseFloat(early[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		r.ends[1] -= seconds
	}
	return r
}

// TestBootTime measures what a start takes, and draws it. The first is as it was when GRUB
// showed its menu for three seconds; all else is the same.
func TestBootTime(t *testing.T) {
	if !*record {
		t.Skip("measures: make test-machines")
	}
	image := quickstart(t)
	raw := filepath.Join(t.TempDir(), "disk.raw")
	kit.Command(t, kit.Root, "qemu-img", "convert", "-O", "raw", image, raw)
	waiting := kit.ChangeFile(t, raw, "/boot/grub/grub.cfg", func(text []byte) []byte {
		return []byte(strings.NewReplacer("set timeout_style=hidden\n", "", "set timeout=0\n", "set timeout=3\n").Replace(string(text)))
	})
	bios := kit.Board{Disk: []string{"virtio-blk-pci"}, Format: "raw"}
	uefi := bios
	uefi.Firmware = kit.UEFI(t)
	boots := []boot{
		start(t, "BIOS, with a menu that waits", bios, waiting),
		start(t, "BIOS", bios, raw),
		start(t, "UEFI", uefi, raw),
	}
	for _, b := range boots {
		t.Logf("%s: %.1f", b.title, b.ends)
	}
	if err := os.WriteFile(filepath.Join(kit.Root, "docs", "boot.svg"), chart(boots), 0o644); err != nil {
		t.Fatal(err)
	}
}

// chart draws a bar for each start.
func chart(boots []boot) []byte {
	const left, row, second = 200, 34, 60
	d := &svg.Drawing{Style: `
.p0 { fill: #8c959f } .p1 { fill: #d4a72c } .p2 { fill: #218bff } .p3 { fill: #2da44e }
`}
	longest := 0.0
	for i, b := range boots {
		y, begin := float64(20+i*row), 0.0
		d.Text(left-10, y+16, "right", b.title)
		for p, end := range b.ends {
			d.Rect(left+begin*second, y, (end-begin)*second, 22, fmt.Sprint("p", p), fmt.Sprintf("%s: %.1f s", phases[p], end-begin))
			begin = end
		}
		d.Text(left+begin*second+8, y+16, "dim", fmt.Sprintf("%.1f s", begin))
		longest = max(longest, begin)
	}
	y := float64(20 + len(boots)*row + 10)
	x := float64(left)
	for p, name := range phases {
		d.Rect(x, y, 12, 12, fmt.Sprint("p", p), name)
		d.Text(x+18, y+10, "dim", name)
		x += 34 + svg.TextWidth(name)
	}
	d.Width, d.Height = max(left+longest*second+60, x+10), y+30
	return d.Finish("What the start of quickstart takes, from power-on to login")
}
