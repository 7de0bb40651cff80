package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/test/kit"
)

// seedFiles is what a cloud gives the machine along; $ID is its instance-id. It has an
// address that QEMU's own DHCP server would not give.
var seedFiles = map[string]string{
	"meta-data": "instance-id: $ID\nlocal-hostname: $ID-meta\n",
	"user-data": `#cloud-config
hostname: $ID
users:
- name: anna
  groups: [users]
  ssh_authorized_keys: [ssh-ed25519 AAAA anna]
ssh_authorized_keys: [ssh-ed25519 BBBB root]
write_files:
- path: /root/made/by-$ID
  content: "$HOME 'kept' as it is\n"
  permissions: '0640'
  owner: anna:anna
packages: [vim]
runcmd:
- echo "$(hostname) $(id -un)" >>/root/ran
- [ping, -c, "1", 10.0.2.2]
`,
	"network-config": `version: 2
ethernets:
  all:
    match: {name: "eth*"}
    addresses: [10.0.2.77/24]
    gateway4: 10.0.2.2
    nameservers: {addresses: [10.0.2.3]}
`,
}

// seed makes a folder with the files.
func seed(t *testing.T, id string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range seedFiles {
		text = strings.ReplaceAll(text, "$ID", id)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCloud(t *testing.T) {
	seeded(t, quickstart(t))
}

// seeded gives the system a larger disk and a seed: FAT on a virtio disk, and with another
// instance-id ISO 9660 in a CD drive.
func seeded(t *testing.T, image string) {
	t.Helper()
	disk := kit.CopyDisk(t, image)
	kit.Command(t, kit.Root, "tools/install.sh", "qemu-img:qemu-utils", "mcopy:mtools", "genisoimage:genisoimage", "sfdisk:fdisk")
	kit.Command(t, kit.Root, "qemu-img", "resize", disk, "1G")
	files := filepath.Join(t.TempDir(), "seed")
	kit.Command(t, seed(t, "one"), "sh", "-euc", `mformat -C -f 1440 -v CIDATA -i "$1" :: && mcopy -i "$1" * ::`, "sh", files+".fat")
	kit.Command(t, seed(t, "two"), "sh", "-euc", `genisoimage -quiet -joliet -rock -volid cidata -output "$1" .`, "sh", files+".iso")
	// Behind the system's own disk, which the firmware starts.
	fat := []string{"-drive", "if=none,id=seed,format=raw,file=" + files + ".fat", "-device", "virtio-blk-pci,drive=seed,addr=0x10"}
	iso := []string{"-drive", "media=cdrom,format=raw,readonly=on,file=" + files + ".iso"}
	login := func(m *kit.Machine, name string) {
		t.Helper()
		m.Send("") // the prompt once more, if something has come between
		m.Expect(name + " login: ")
		m.Send("root")
		m.Expect("# ")
		m.Send("stty columns 250")
		m.Expect("# ")
	}
	leave := func(m *kit.Machine) {
		t.Helper()
		m.Send("poweroff")
		m.Wait()
	}

	m := kit.Boot(t, disk, true, fat...)
	m.Expect("and has 9") // MiB, as the kernel counts them
	m.Expect("seed: this is a new machine: one")
	m.Expect("seed: user-data: 'packages/0' is not understood here")
	m.Expect("seed: done")
	login(m, "one")
	m.Run("test $(df -m / | awk 'END { print $2 }') -gt 900")
	m.Run("test \"$(cat /root/made/by-one)\" = \"\\$HOME 'kept' as it is\"")
	m.Run("test \"$(stat -c '%a %U %G' /root/made/by-one)\" = '640 anna anna'")
	m.Run("grep -qx 'ssh-ed25519 AAAA anna' /home/anna/.ssh/authorized_keys")
	m.Run("test \"$(stat -c '%a %U' /home/anna/.ssh /home/anna/.ssh/authorized_keys)\" = \"$(printf '700 anna\\n600 anna')\"")
	m.Run("grep -qx 'ssh-ed25519 BBBB root' /root/.ssh/authorized_keys")
	m.Run("grep -q '^anna:[*]:' /etc/shadow && id anna | grep -q '(users)'")
	m.Run("ip -4 address show eth0 | grep -q 'inet 10.0.2.77/24' && ip route | grep -q 'default via 10.0.2.2'")
	m.Run("test \"$(cat /etc/resolv.conf)\" = 'nameserver 10.0.2.3'")
	m.Run("grep -q '1 packets received' /var/log/seed.log")
	m.Run("test \"$(cat /root/ran)\" = 'one root'")
	leave(m)
	kit.CheckFilesystem(t, disk, "ext4")
	raw := filepath.Join(t.TempDir(), "raw")
	kit.Command(t, kit.Root, "qemu-img", "convert", "-O", "raw", disk, raw)
	if said := kit.Command(t, kit.Root, "sh", "-euc", `PATH=$PATH:/usr/sbin:/sbin sfdisk --verify "$1"`, "sh", raw); !strings.Contains(said, "No errors detected") {
		t.Error(said)
	}

	// Once more it is the same machine, and its disk is full. The network stays.
	m = kit.Boot(t, disk, true, fat...)
	m.Expect("one login: ")
	login(m, "one")
	for _, not := range []string{"grow-root:", "seed:"} {
		if strings.Contains(m.Console(), not) {
			t.Errorf("at the second start it says %q:\n%s", not, m.Console())
		}
	}
	m.Run("test \"$(cat /root/ran)\" = 'one root'")
	m.Run("ip -4 address show eth0 | grep -q 'inet 10.0.2.77/24'")
	leave(m)

	// Another machine, of the same disk.
	m = kit.Boot(t, disk, true, iso...)
	m.Expect("seed: this is a new machine: two")
	m.Expect("seed: done")
	login(m, "two")
	m.Run("test \"$(cat /root/ran)\" = \"$(printf 'one root\\ntwo root')\"")
	m.Run("test -e /root/made/by-two")
	leave(m)
	kit.CheckFilesystem(t, disk, "ext4")
}
