package cloud

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const mib = 2048 // sectors

// layouts are tables of partitions as sfdisk reads them. The root's number is that of the
// last one that is named root.
var layouts = map[string]string{
	"ours":         "label: gpt\nstart=1MiB, size=1MiB, name=grub\nstart=2MiB, size=5MiB, name=root\n",
	"other number": "label: gpt\n5: start=1MiB, size=6MiB, name=root\n",
	"not in order": "label: gpt\nstart=2MiB, size=5MiB, name=root\nstart=1MiB, size=1MiB, name=grub\n",
}

// disk is a disk image, and what the kernel says of it in /sys and /proc, in a folder.
type disk struct {
	place
	start, size, number int // of the root, in sectors
}

// newDisk makes a disk of 8 MiB and then larger.
func newDisk(t *testing.T, layout string, larger int) disk {
	t.Helper()
	d := disk{place: newPlace(t, "static/cloud/usr/sbin/grow-root", map[string]string{
		"/proc/self/mountinfo": "HERE/mountinfo",
		"/sys/dev/block":       "HERE/block",
		`/dev/$value`:          `HERE/dev/$value`,
		"/run/grow-root":       "HERE/work",
		"/etc/grow-root.off":   "HERE/off",
	}, "cp", "dd", "gzip", "head", "mkdir", "od", "rm", "tail", "tr")}
	d.put(t, "bin/resizepart", "#!/bin/sh\necho resizepart \"$@\" >>"+d.dir+"/told\n")
	d.put(t, "bin/resize2fs", "#!/bin/sh\necho resize2fs \"$@\" >>"+d.dir+"/told\n")
	d.put(t, "mountinfo", "1 0 0:1 / /proc rw - proc proc rw\n22 1 254:9 / / rw,relatime shared:1 - ext4 /dev/root rw\n")
	d.put(t, "dev/vda", "")
	d.truncate(t, 8)
	// Boot code, which must stay.
	d.write(t, 0, bytes.Repeat([]byte{0x90}, 440))
	sfdisk := exec.Command("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", filepath.Join(d.dir, "dev/vda"))
	sfdisk.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	sfdisk.Stdin = strings.NewReader(layout)
	if out, err := sfdisk.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.truncate(t, larger)
	d.kernel(t)
	// A filesystem that fills the partition: blocks of 4 KiB (1024 times 2 to the power of 2).
	superblock := make([]uint32, 7)
	superblock[1], superblock[6] = uint32(d.size/8), 2
	image, err := binary.Append(make([]byte, 1024), binary.LittleEndian, superblock)
	if err != nil {
		t.Fatal(err)
	}
	d.put(t, fmt.Sprint("dev/vda", d.number), string(image))
	return d
}

func (d *disk) truncate(t *testing.T, size int) {
	t.Helper()
	if err := os.Truncate(filepath.Join(d.dir, "dev/vda"), int64(size)<<20); err != nil {
		t.Fatal(err)
	}
}

// write writes to the disk, from a sector on.
func (d *disk) write(t *testing.T, sector int64, what []byte) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "dev/vda"), os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt(what, sector*512)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// read reads sectors of the disk.
func (d *disk) read(t *testing.T, sector, count int) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(d.dir, "dev/vda"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data := make([]byte, count*512)
	if _, err := f.ReadAt(data, int64(sector)*512); err != nil {
		t.Fatal(err)
	}
	return data
}

// total is the disk's size in sectors.
func (d *disk) total(t *testing.T) int {
	t.Helper()
	info, err := os.Stat(filepath.Join(d.dir, "dev/vda"))
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size() / 512)
}

// written is all of the disk to which anything may have been written: its first 8 MiB, as
// it was at first, and the last one.
func (d *disk) written(t *testing.T) string {
	t.Helper()
	return string(d.read(t, 0, 8*mib)) + string(d.read(t, d.total(t)-mib, mib))
}

// kernel starts anew, and reads the table: what it would say is in the folder afterwards.
func (d *disk) kernel(t *testing.T) {
	t.Helper()
	table := d.gpt(t, 1)
	if err := os.RemoveAll(filepath.Join(d.dir, "block")); err != nil {
		t.Fatal(err)
	}
	d.put(t, "block/vda/uevent", "MAJOR=254\nMINOR=0\nDEVNAME=vda\nDEVTYPE=disk\n")
	d.put(t, "block/vda/size", fmt.Sprintln(d.total(t)))
	d.put(t, "block/vda/queue/logical_block_size", "512\n")
	for i, p := range table.partitions {
		if p.last == 0 {
			continue
		}
		name := fmt.Sprint("vda", i+1)
		for file, value := range map[string]int{"start": p.first, "size": p.last - p.first + 1, "partition": i + 1} {
			d.put(t, filepath.Join("block/vda", name, file), fmt.Sprintln(value))
		}
		d.put(t, filepath.Join("block/vda", name, "uevent"), "DEVNAME="+name+"\n")
		if p.name == "root" {
			d.start, d.size, d.number = p.first, p.last-p.first+1, i+1
		}
	}
	if err := os.Symlink(fmt.Sprint("vda/vda", d.number), filepath.Join(d.dir, "block/254:9")); err != nil {
		t.Fatal(err)
	}
}

// gpt is a partition table.
type gpt struct {
	other, array, first, last int
	partitions                [128]struct {
		first, last int
		name        string
	}
}

// gpt reads the table whose header is in a sector, as strictly as the kernel
// (block/partitions/efi.c: is_gpt_valid).
func (d *disk) gpt(t *testing.T, sector int) *gpt {
	t.Helper()
	header, total := d.read(t, sector, 1), d.total(t)
	at := func(offset int) int { return int(binary.LittleEndian.Uint64(header[offset:])) }
	sum := binary.LittleEndian.Uint32(header[16:])
	clear(header[16:20])
	if string(header[:8]) != "EFI PART" || crc32.ChecksumIEEE(header[:92]) != sum {
		t.Fatalf("there is no header in sector %d, or its checksum is wrong", sector)
	}
	table := &gpt{other: at(32), first: at(40), last: at(48), array: at(72)}
	if at(24) != sector || table.first >= total || table.last >= total || table.last < table.first {
		t.Fatalf("the header in sector %d says it is in %d, for sectors %d to %d of %d", sector, at(24), table.first, table.last, total)
	}
	array := d.read(t, table.array, 32)
	if crc32.ChecksumIEEE(array) != binary.LittleEndian.Uint32(header[88:]) {
		t.Fatalf("the array of the header in sector %d has a wrong checksum", sector)
	}
	for i := range table.partitions {
		entry := array[i*128:]
		table.partitions[i].first = int(binary.LittleEndian.Uint64(entry[32:]))
		table.partitions[i].last = int(binary.LittleEndian.Uint64(entry[40:]))
		table.partitions[i].name = strings.ReplaceAll(strings.TrimRight(string(entry[56:128]), "\x00"), "\x00", "")
	}
	return table
}

// grown fails unless both tables have the root up to the end of the disk, in the usual
// places, and sfdisk has nothing to say about them.
func (d *disk) grown(t *testing.T) {
	t.Helper()
	total := d.total(t)
	main, second := d.gpt(t, 1), d.gpt(t, total-1)
	if main.other != total-1 || second.other != 1 || second.array != total-33 || main.last != total-34 || second.last != total-34 {
		t.Errorf("the tables are %+v and %+v", main, second)
	}
	if main.partitions != second.partitions {
		t.Error("the two tables have other partitions")
	}
	root := main.partitions[d.number-1]
	if want := (total-33)/mib*mib - 1; root.last != want || root.first != d.start {
		t.Errorf("the root is %v, and should end at %d", root, want)
	}
	sector := d.read(t, 0, 1)
	if got := binary.LittleEndian.Uint32(sector[458:]); int(got) != total-1 {
		t.Errorf("sector 0 says that the disk has %d sectors behind it, of %d", got, total)
	}
	if !bytes.Equal(sector[:440], bytes.Repeat([]byte{0x90}, 440)) {
		t.Error("the boot code was changed")
	}
	verify := exec.Command("sfdisk", "--verify", filepath.Join(d.dir, "dev/vda"))
	verify.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	out, err := verify.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "No errors detected") {
		t.Errorf("sfdisk --verify: %v\n%s", err, out)
	}
}

func TestGrowRoot(t *testing.T) {
	for _, shell := range shells {
		for name, layout := range layouts {
			t.Run(shell+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := newDisk(t, layout, 40)
				before := d.written(t)
				said, err := d.run(shell)
				if err != nil || !strings.Contains(said, fmt.Sprintf("/vda%d had %d MiB, and has %d MiB now", d.number, d.size/mib, 39-d.start/mib)) {
					t.Fatalf("%v: %s", err, said)
				}
				d.grown(t)
				dev := d.dir + "/dev/vda"
				if got, want := d.get("told"), fmt.Sprintf("resizepart %s %d %d\nresize2fs %s%d\n", dev, d.number, 39*mib-d.start, dev, d.number); got != want {
					t.Errorf("it told the kernel\n%s, not\n%s", got, want)
				}
				// What lies behind the tables is as it was.
				after := d.written(t)
				if from, to := 66*512, 8*mib*512; after[from:to] != before[from:to] {
					t.Error("something else was written")
				}

				// The next start has nothing to do.
				d.kernel(t)
				d.put(t, "told", "")
				image, err := binary.Append(make([]byte, 1024), binary.LittleEndian, []uint32{0, uint32(d.size / 8), 0, 0, 0, 0, 2})
				if err != nil {
					t.Fatal(err)
				}
				d.put(t, fmt.Sprint("dev/vda", d.number), string(image))
				if said, err := d.run(shell); err != nil || said != "" {
					t.Errorf("once more: %v: %s", err, said)
				}
				if d.get("told") != "" || d.written(t) != after {
					t.Error("once more it did something")
				}
				// Larger again.
				d.truncate(t, 60)
				d.kernel(t)
				if said, err := d.run(shell); err != nil {
					t.Errorf("larger again: %v: %s", err, said)
				}
				d.grown(t)
			})
		}
	}
}

// TestGrowRootCut cuts the power before each write to the disk: whenever that is, the
// kernel finds a whole table, with the root where it is, and the next start ends the work.
func TestGrowRootCut(t *testing.T) {
	for cut := 1; ; cut++ {
		d := newDisk(t, layouts["ours"], 40)
		d.put(t, "cut", fmt.Sprintln(cut))
		dd, err := exec.LookPath("dd")
		if err != nil {
			t.Fatal(err)
		}
		d.put(t, "bin/dd", fmt.Sprintf(`#!/bin/dash
case $* in *of=%s/dev/vda\ *)
	read -r left <%[1]s/cut
	echo $((left - 1)) >%[1]s/cut
	if [ "$left" = 1 ]; then kill -9 $PPID; exit; fi
esac
exec %s "$@"
`, d.dir, dd))
		_, err = d.run("dash")
		start, size := d.start, d.size
		d.kernel(t) // which fails where there is no whole table
		if d.start != start || d.size != size && d.size != 39*mib-start {
			t.Fatalf("cut before write %d: the root is at %d, %d sectors", cut, d.start, d.size)
		}
		if err == nil {
			if cut != 8 {
				t.Errorf("%d writes, not 7: is each a write of a sector, or to where nothing is?", cut-1)
			}
			return
		}
		d.put(t, "told", "")
		if said, err := d.run("dash"); err != nil {
			t.Fatalf("cut before write %d, and once more: %v: %s", cut, err, said)
		}
		if !strings.Contains(d.get("told"), "resize2fs") {
			t.Errorf("cut before write %d: the filesystem stays small", cut)
		}
		d.kernel(t)
		if d.size != 39*mib-start {
			t.Errorf("cut before write %d: the root has %d sectors after the next start", cut, d.size)
		}
	}
}

// In all these cases the disk stays as it is.
func TestGrowRootRefuses(t *testing.T) {
	patch := func(offset int, what string) func(*testing.T, *disk) {
		return func(t *testing.T, d *disk) {
			sector := d.read(t, offset/512, 1)
			copy(sector[offset%512:], what)
			d.write(t, int64(offset/512), sector)
		}
	}
	file := func(name, text string) func(*testing.T, *disk) {
		return func(t *testing.T, d *disk) { d.put(t, name, text) }
	}
	for name, try := range map[string]struct {
		layout  string
		prepare func(*testing.T, *disk)
		says    string
	}{
		"off":              {"", file("off", ""), ""},
		"full":             {"", func(t *testing.T, d *disk) { d.truncate(t, 23); d.kernel(t) }, ""},
		"read-only":        {"", file("mountinfo", "22 1 254:9 / / ro,relatime - ext4 /dev/root ro\n"), "is read-only"},
		"another kind":     {"", file("mountinfo", "22 1 254:9 / / rw - btrfs /dev/root rw\n"), "it is btrfs"},
		"no partition":     {"", file("mountinfo", "22 1 0:20 / / rw - overlay overlay rw\n"), ""},
		"mounted over":     {"", file("mountinfo", "22 1 254:9 / / rw - ext4 /dev/root rw\n30 22 0:20 / / rw - tmpfs t rw\n"), ""},
		"one behind":       {layouts["ours"][:len(layouts["ours"])-len("5MiB, name=root\n")] + "4MiB, name=root\nstart=6MiB, size=1MiB, name=data\n", nil, ""},
		"MBR":              {"", patch(450, "\x83"), "has no GPT"},
		"no header":        {"", patch(512, "EFI FART"), "has no GPT"},
		"damaged header":   {"", patch(512+60, "xx"), "is damaged"},
		"damaged array":    {"", patch(1024+56, "xx"), "is damaged"},
		"many partitions":  {"", patch(512+80, "\x00\x01\x00\x00"), "an unusual form"},
		"array elsewhere":  {"", patch(512+72, "\x03"), "an unusual place"},
		"large sectors":    {"", file("block/vda/queue/logical_block_size", "4096\n"), "sectors of 4096 bytes"},
		"no room in front": {"label: gpt\nfirst-lba: 34\nstart=40, size=100, name=grub\nstart=2MiB, size=5MiB, name=root\n", nil, "no room for two tables"},
		"another table":    {"", file("block/vda/vda2/size", "10000\n"), "than the kernel knows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			layout := try.layout
			if layout == "" {
				layout = layouts["ours"]
			}
			d := newDisk(t, layout, 40)
			if try.prepare != nil {
				try.prepare(t, &d)
			}
			before := d.written(t)
			said, err := d.run("busybox")
			if err != nil || !strings.Contains(said, try.says) || (try.says == "") != (said == "") {
				t.Errorf("%v: it should say %q, and says %q", err, try.says, said)
			}
			if d.written(t) != before || strings.Contains(d.get("told"), "resizepart") {
				t.Error("it did something")
			}
		})
	}
}
