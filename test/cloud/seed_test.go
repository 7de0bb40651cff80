package cloud

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine is the script seed, with the files of a system and of a seed disk in its folder.
type machine struct {
	place
	shell string
}

// tools are what the script calls; under BusyBox they are BusyBox's own.
var tools = []string{"awk", "base64", "cat", "chmod", "cp", "cut", "head", "mkdir", "mv", "rm", "sed", "sync", "tr", "wc"}

// newMachine makes one whose seed disk has the label and the files.
func newMachine(t *testing.T, shell, label string, files map[string]string) machine {
	t.Helper()
	m := machine{newPlace(t, "static/cloud/usr/sbin/seed", map[string]string{
		"PATH=/usr/sbin:/usr/bin":  "PATH=HERE/bin",
		"/usr/share/seed/yaml.awk": "HERE/yaml.awk",
		"/var/lib/seed":            "HERE/state",
		"/run/seed":                "HERE/run",
		"/var/log/":                "HERE/log/",
		"/etc/":                    "HERE/etc/",
		"/sys/":                    "HERE/sys/",
	}), shell}
	text, err := os.ReadFile("../../static/cloud/usr/share/seed/yaml.awk")
	if err != nil {
		t.Fatal(err)
	}
	m.put(t, "yaml.awk", string(text))
	for _, name := range tools {
		program := name
		switch {
		case shell == "busybox":
			program = "busybox"
		case name == "awk":
			program = map[string]string{"bash": "gawk", "dash": "mawk"}[shell]
		}
		path, err := exec.LookPath(program)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(path, filepath.Join(m.dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	record := func(name, more string) {
		m.put(t, "bin/"+name, "#!/bin/dash\nprintf '%s' "+name+" >>"+m.dir+"/calls\n"+
			"for word; do printf ' [%s]' \"$word\"; done >>"+m.dir+"/calls\necho >>"+m.dir+"/calls\n"+more)
	}
	for _, name := range map[bool][]string{
		true:  {"adduser", "addgroup", "udhcpc"},
		false: {"useradd", "usermod", "groupadd", "dhcpcd"},
	}[shell == "busybox"] {
		record(name, "")
	}
	record("chown", "")
	record("chpasswd", "cat >>"+m.dir+"/calls\n")
	record("ip", "")
	m.put(t, "bin/id", "#!/bin/dash\n[ \"$1\" = root ]\n")
	m.put(t, "bin/blkid", "#!/bin/dash\necho '/dev/vda2: LABEL=\"root\" TYPE=\"ext4\"'\necho '/dev/vdb: UUID=\"1\" LABEL=\""+label+"\" TYPE=\"iso9660\"'\n")
	m.put(t, "bin/mount", "#!/bin/dash\n[ \"$2\" = iso9660 ] && [ \"$5\" = /dev/vdb ] && cp -R "+m.dir+"/disk/. \"$6\"\n")
	m.put(t, "bin/umount", "#!/bin/dash\n")
	m.put(t, "sys/block/vda/size", "100\n")
	m.put(t, "sys/block/vdb/size", "100\n")
	m.put(t, "sys/block/sr0/size", "0\n")
	m.put(t, "etc/hosts", "127.0.0.1 localhost\n127.0.1.1\told\n")
	m.put(t, "etc/hostname", "old\n")
	m.put(t, "etc/passwd", fmt.Sprintf("root:x:0:0:root:%s/root:/bin/sh\nanna:x:1000:1000::%[1]s/home/anna:/bin/sh\n", m.dir))
	m.put(t, "log/seed.log", "")
	for name, text := range files {
		m.put(t, filepath.Join("disk", name), m.here(text))
	}
	return m
}

// here has $HERE in a text stand for the folder.
func (m machine) here(text string) string { return strings.ReplaceAll(text, "$HERE", m.dir) }

// settings runs `seed settings`, and returns what is said without the first words of each line.
func (m machine) settings(t *testing.T) []string {
	t.Helper()
	return m.said(t, "settings")
}

func (m machine) said(t *testing.T, verb string) []string {
	t.Helper()
	out, err := m.run(m.shell, verb)
	if err != nil {
		t.Fatalf("seed %s: %v\n%s", verb, err, out)
	}
	var lines []string
	for line := range strings.Lines(out) {
		said, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "seed: ")
		if !ok {
			t.Errorf("seed %s: something else is printed: %q", verb, line)
		}
		lines = append(lines, strings.NewReplacer(m.dir, "$HERE", strings.ReplaceAll(m.dir, "/", "%2F"), "%HERE").Replace(said))
	}
	return lines
}

const meta = "instance-id: one\nlocal-hostname: box\n"

var seeds = []struct {
	name  string
	label string // cidata, if empty
	files map[string]string
	// said is what the console shows, but for that it is a new machine.
	said []string
	// made are files afterwards; `-` is for one that is not there.
	made map[string]string
	// called is part of what was called, in the full system.
	called string
}{
	{
		name:  "only a name",
		files: map[string]string{"meta-data": meta, "user-data": "#cloud-config\n{}\n", "vendor-data": ""},
		made: map[string]string{
			"etc/hostname": "box\n", "etc/hosts": "127.0.0.1 localhost\n127.0.1.1\tbox\n",
			"state/instance-id": "one\n", "state/todo": "-", "state/network": "-", "root/.ssh/authorized_keys": "-",
		},
	},
	{
		name:  "KubeVirt, NoCloud",
		files: map[string]string{"meta-data": `{"instance-id":"5a9fc181-957e-5c32-9e5a-2de5e9673531","local-hostname":"vm.example.org","public-keys":{"0":"ssh-ed25519 AAAA a@b"}}` + "\n"},
		made: map[string]string{
			"etc/hostname": "vm\n", "etc/hosts": "127.0.0.1 localhost\n127.0.1.1\tvm.example.org vm\n",
			"root/.ssh/authorized_keys": "ssh-ed25519 AAAA a@b\n", "state/instance-id": "5a9fc181-957e-5c32-9e5a-2de5e9673531\n",
		},
		called: "chown [-R] [root:] [$HERE/root/.ssh]\n",
	},
	{
		name:  "Proxmox",
		label: "CIDATA",
		files: map[string]string{
			"meta-data": "instance-id: 8a3b\n",
			"user-data": `#cloud-config
hostname: pve
manage_etc_hosts: true
fqdn: pve.home.arpa
user: admin
disable_root: False
ssh_authorized_keys:
  - ssh-ed25519 AAAA a@b
  - ssh-rsa BBBB
password: $5$x
chpasswd:
  expire: False
users:
  - default
package_upgrade: true
`,
			"network-config": `version: 1
config:
    - type: physical
      name: eth0
      mac_address: 'bc:24:11:aa:bb:cc'
      subnets:
      - type: static
        address: '192.168.1.5'
        netmask: '255.255.255.0'
        gateway: '192.168.1.1'
      - type: static6
        address: '2001:db8::5/64'
        gateway: '2001:db8::1'
    - type: nameserver
      address:
      - '192.168.1.1'
      search:
      - 'home.arpa'
`,
		},
		said: []string{
			"user-data: 'user' is not understood here, and is not done",
			"user-data: 'disable_root' is not understood here, and is not done",
			"user-data: 'password' is not understood here, and is not done",
			"user-data: 'chpasswd/expire' is not understood here, and is not done",
			"user-data: 'package_upgrade' is not understood here, and is not done",
		},
		made: map[string]string{
			"etc/hostname": "pve\n", "etc/hosts": "127.0.0.1 localhost\n127.0.1.1\tpve.home.arpa pve\n",
			"root/.ssh/authorized_keys": "ssh-ed25519 AAAA a@b\nssh-rsa BBBB\n",
			"state/network": `bc:24:11:aa:bb:cc address 192.168.1.5/24
bc:24:11:aa:bb:cc address 2001:db8::5/64
bc:24:11:aa:bb:cc route default 192.168.1.1
bc:24:11:aa:bb:cc route default 2001:db8::1
* nameserver 192.168.1.1
* search home.arpa
`,
		},
	},
	{
		name:  "OpenStack, ConfigDrive",
		label: "config-2",
		files: map[string]string{
			"openstack/latest/meta_data.json": `{"uuid": "83679162-1378-4288-a2d4-70e13ec132aa", "hostname": "srv.novalocal", "name": "srv", "launch_index": 0,
 "availability_zone": "nova", "meta": {"a b": "c"}, "public_keys": {"my key": "ssh-rsa CCCC \u00e9\n"}, "admin_pass": "x", "devices": [], "random_seed": "xx=="}`,
			"openstack/latest/user_data": "#!/bin/sh\necho \"$0\" ran\n",
			"openstack/latest/network_data.json": `{
  "links": [
    {"id": "tap1", "type": "ovs", "ethernet_mac_address": "fa:16:3e:00:00:01", "mtu": 1450, "vif_id": "1"},
    {"id": "bond0", "type": "bond", "ethernet_mac_address": "fa:16:3e:00:00:02"}],
  "networks": [
    {"id": "n0", "type": "ipv4", "link": "tap1", "ip_address": "10.0.0.4", "netmask": "255.255.240.0", "network_id": "x",
     "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.0.0.1"},
                {"network": "10.9.0.0", "netmask": "255.255.0.0", "gateway": "10.0.0.2"}],
     "services": [{"type": "dns", "address": "10.0.0.3"}]},
    {"id": "n1", "type": "ipv6", "link": "tap1", "ip_address": "2001:db8::4", "netmask": "ffff:ffff:ffff:ffff::", "routes": []},
    {"id": "n2", "type": "ipv4_dhcp", "link": "bond0"}],
  "services": [{"type": "dns", "address": "8.8.8.8"}]}`,
			"openstack/latest/vendor_data.json": "{}",
		},
		said: []string{
			"meta_data.json: 'admin_pass' is not understood here, and is not done",
			"network_data.json: 'links/1/type' is not understood here, and is not done",
		},
		made: map[string]string{
			"etc/hostname": "srv\n", "root/.ssh/authorized_keys": "ssh-rsa CCCC é\n",
			"state/instance-id": "83679162-1378-4288-a2d4-70e13ec132aa\n",
			"state/todo":        "#!/bin/sh\necho \"$0\" ran\n",
			"state/network": `fa:16:3e:00:00:01 nameserver 10.0.0.3
fa:16:3e:00:00:01 address 10.0.0.4/20
fa:16:3e:00:00:01 route default 10.0.0.1
fa:16:3e:00:00:01 route 10.9.0.0/16 10.0.0.2
fa:16:3e:00:00:01 address 2001:db8::4/64
none dhcp
* nameserver 8.8.8.8
`,
		},
	},
	{
		name: "version 2",
		files: map[string]string{"meta-data": meta, "network-config": `network:
  version: 2
  renderer: networkd
  ethernets:
    id0:
      match: {macaddress: "52:54:00:AA:00:01"}
      set-name: lan
      addresses: [192.0.2.5/24, "2001:db8::5/64"]
      gateway4: 192.0.2.1
      mtu: 1400
      nameservers:
        addresses: [192.0.2.2, 2001:db8::2]
        search: [example.org]
      routes:
        - {to: 10.0.0.0/8, via: 192.0.2.9, metric: 50}
        - to: default
          via: 2001:db8::1
    all:
      match: {name: "en*"}
      dhcp4: true
      dhcp6: yes
      optional: true
    eth1:
      dhcp4: no
  bonds:
    bond0: {interfaces: [eth1]}
`},
		said: []string{
			"network-config: 'renderer' is not understood here, and is not done",
			"network-config: cards keep the names that the kernel gives them: 'ethernets/id0/set-name' is not done",
			"network-config: 'ethernets/all/dhcp6' is not understood here, and is not done",
			"network-config: 'bonds/bond0/interfaces/0' is not understood here, and is not done",
		},
		made: map[string]string{"state/network": `52:54:00:AA:00:01 address 192.0.2.5/24
52:54:00:AA:00:01 address 2001:db8::5/64
52:54:00:AA:00:01 mtu 1400
52:54:00:AA:00:01 nameserver 192.0.2.2
52:54:00:AA:00:01 nameserver 2001:db8::2
52:54:00:AA:00:01 search example.org
52:54:00:AA:00:01 route default 192.0.2.1
52:54:00:AA:00:01 route 10.0.0.0/8 192.0.2.9 50
52:54:00:AA:00:01 route default 2001:db8::1
en* dhcp
`},
	},
	{
		name: "version 1, more of it",
		files: map[string]string{"meta-data": meta, "network-config": `version: 1
config:
- type: physical
  name: eth0
  mtu: 9000
  subnets:
  - type: static
    address: 10.1.0.2
    netmask: 16
    routes:
    - {network: 10.2.0.0, netmask: 255.255.0.0, gateway: 10.1.0.1}
    dns_nameservers: [10.1.0.3]
  - type: dhcp6
- type: vlan
  name: eth0.5
  vlan_link: eth0
`},
		said: []string{
			"network-config: 'config/0/subnets/1/type' is not understood here, and is not done",
			"network-config: 'config/1/vlan_link' is not understood here, and is not done",
			"network-config: 'config/1' is of the type 'vlan', which is not understood here, and is not done",
		},
		made: map[string]string{"state/network": `eth0 mtu 9000
eth0 nameserver 10.1.0.3
eth0 address 10.1.0.2/16
eth0 route 10.2.0.0/16 10.1.0.1
`},
	},
	{
		name:  "a fault",
		files: map[string]string{"meta-data": meta, "user-data": "#cloud-config\nhostname: other\nruncmd:\n- echo a\n  b\n"},
		said:  []string{"user-data: line 5: the value of line 4 seems to go on; several lines are understood only as a block (|): nothing of it is done"},
		made:  map[string]string{"etc/hostname": "box\n", "state/todo": "-"},
	},
	{
		name: "files, users, commands",
		files: map[string]string{"meta-data": meta, "user-data": `#cloud-config
# A comment.
hostname: other
write_files:
- path: $HERE/made/a b'"
  content: |
    one
      two \n %s $HOME
  permissions: '0600'
  owner: anna:anna
- path: $HERE/made/b
  encoding: b64
  content: YWIA
- path: $HERE/etc/hosts
  content: "10.0.0.1 x\n"
  append: true
- path: $HERE/made/empty
users:
- name: anna
  gecos: Anna, "A"
  groups: [wheel, video]
  shell: /bin/sh
  lock_passwd: true
  ssh_authorized_keys:
  - ssh-ed25519 DDDD anna
runcmd:
- echo "a  b" | tr a c >$HERE/made/ran
- [touch, "$HERE/made/c 'd' $(e)", -x]
- - echo
  - '*'
- |
  for i in 1 2; do
    echo $i
  done
`},
		made: map[string]string{
			"etc/hostname": "other\n", "made/a b'\"": "one\n  two \\n %s $HOME\n", "made/b": "ab\x00", "made/empty": "",
			"etc/hosts":                      "127.0.0.1 localhost\n10.0.0.1 x\n127.0.1.1\tother\n",
			"home/anna/.ssh/authorized_keys": "ssh-ed25519 DDDD anna\n",
			"state/todo": "#!/bin/sh\necho \"a  b\" | tr a c >$HERE/made/ran\n" +
				"'touch' '$HERE/made/c '\\''d'\\'' $(e)' '-x'\n'echo' '*'\nfor i in 1 2; do\n  echo $i\ndone\n\n",
		},
		called: "useradd [-m] [-U] [-p] [*] [-c] [Anna, \"A\"] [-s] [/bin/sh] [anna]\n" +
			"groupadd [-f] [wheel]\nusermod [-a] [-G] [wheel] [anna]\ngroupadd [-f] [video]\nusermod [-a] [-G] [video] [anna]\n" +
			"chown [-R] [anna:] [$HERE/home/anna/.ssh]\nchown [anna:anna] [$HERE/made/a b'\"]\nchown [root:root] [$HERE/made/b]\n",
	},
	{
		name: "hostile",
		files: map[string]string{
			"meta-data": "instance-id: \"$(touch $HERE/evil)\"\nlocal-hostname: \"x; touch $HERE/evil\"\npublic-keys: [\"no-key\", \"ssh-rsa A\\nssh-rsa B\"]\n",
			"user-data": `#cloud-config
hostname: "a\nb"
"$(touch $HERE/evil)": 1
"\"; touch $HERE/evil": {"../x": [1]}
write_files:
- path: $HERE/made/../evil
  content: x
- path: evil
  content: x
- path: "$HERE/made/$(touch $HERE/evil)"
  content: "$(touch $HERE/evil)"
- path: "$HERE/made/line\nbreak"
  content: x
- path: $HERE/made/mode
  permissions: 644
  owner: "root; touch $HERE/evil"
  content: x
- path: $HERE/made/gz
  encoding: gz+b64
  content: x
- path: $HERE/made/no64
  encoding: b64
  content: "!!"
users:
- name: "anna:0:0"
- name: -x
- name: "bob\nroot2::0:0::/:/bin/sh"
- name: bob
  gecos: "x:0:0"
  homedir: /home/../root
  shell: /none
  uid: -1
  groups: "wheel, $(touch $HERE/evil)"
  sudo: ALL=(ALL) NOPASSWD:ALL
  passwd: $6$x
  lock_passwd: false
packages: [vim]
`,
			"network-config": `version: 2
ethernets:
  "eth0; touch $HERE/evil":
    addresses: ["10.0.0.1/24; touch $HERE/evil", 10.0.0.1/99x]
    nameservers: {addresses: ["$(touch $HERE/evil)"], search: ["-o x"]}
    routes: [{to: default, via: "x"}]
    mtu: "1; 2"
  eth1: {dhcp4: "maybe"}
`,
		},
		said: []string{
			"meta-data: 'local-hostname' is no name of a host, and is not done",
			"meta-data: 'public-keys' is no key for ssh, and is not done",
			"network-config: '10.0.0.1/24; touch $HERE/evil' with the mask '' is no address, and is not set",
			"network-config: '10.0.0.1/99x' with the mask '' is no address, and is not set",
			"network-config: 'ethernets/eth0%3B%20touch%20%HERE%2Fevil/nameservers/addresses/0' is no address, and is not done",
			"network-config: 'ethernets/eth0%3B%20touch%20%HERE%2Fevil/nameservers/search/0' is no name of a domain, and is not done",
			"network-config: 'default' by 'x' is no route, and is not set",
			"network-config: 'ethernets/eth0%3B%20touch%20%HERE%2Fevil/mtu' is no number, and is not done",
			"network-config: 'ethernets/eth1/dhcp4' is no true or false, and is not done",
			"user-data: 'hostname' is no name of a host, and is not done",
			"user-data: '%24%28touch%20%HERE%2Fevil%29' is not understood here, and is not done",
			"user-data: '%22%3B%20touch%20%HERE%2Fevil/..%2Fx/0' is not understood here, and is not done",
			"user-data: 'users/0/name' is no name of a user, and is not done",
			"user-data: a user without a name is not made",
			"user-data: 'users/1/name' is no name of a user, and is not done",
			"user-data: a user without a name is not made",
			"user-data: 'users/2/name' is no name of a user, and is not done",
			"user-data: a user without a name is not made",
			"user-data: 'users/3/gecos' is no name of a person, and is not done",
			"user-data: 'users/3/homedir' is no path from / on, and is not done",
			"user-data: 'users/3/shell' is no program of this system, and is not done",
			"user-data: 'users/3/uid' is no number, and is not done",
			"user-data: 'users/3/groups' is no name of a group, and is not done",
			"user-data: 'users/3/sudo' is not understood here, and is not done",
			"user-data: 'users/3/passwd' is not understood here, and is not done",
			"user-data: 'users/3/lock_passwd' is not understood here, and is not done",
			"user-data: 'packages/0' is not understood here, and is not done",
			"user-data: 'write_files/0/path' is not a path from / on without ..: the file is not written",
			"user-data: 'write_files/1/path' is not a path from / on without ..: the file is not written",
			"user-data: 'write_files/3/path' is not a path from / on without ..: the file is not written",
			"user-data: 'write_files/4/permissions' is not a mode like '0644': the file is not written",
			"user-data: 'write_files/4/owner' is not user:group: the file is not written",
			"user-data: 'write_files/5/encoding' is not understood here: the file is not written",
			"user-data: the content of $HERE/made/no64 is no base64: it is not written",
		},
		made: map[string]string{
			"etc/hostname": "old\n", "evil": "-", "made/mode": "-", "made/gz": "-", "made/no64": "-",
			"made/$(touch $HERE/evil)": "$(touch $HERE/evil)", "state/todo": "-",
			"state/network": "", "root/.ssh/authorized_keys": "ssh-rsa A\nssh-rsa B\n",
		},
	},
	{
		name:  "unknown forms",
		files: map[string]string{"meta-data": meta, "user-data": "Content-Type: multipart/mixed; \x1b[31m\n", "vendor-data": "#cloud-config\n", "network-config": "version: 3\n"},
		said: []string{
			"network-config: the version '3' is not understood: the network stays as it is",
			"user-data: it begins neither with #cloud-config nor with #!, and is not done: Content-Type: multipart/mixed; [31m",
			"vendor-data is not understood here, and is not done",
		},
		made: map[string]string{"state/todo": "-", "state/network": "-", "state/instance-id": "one\n"},
	},
	{
		name:  "no instance-id",
		files: map[string]string{"meta-data": "local-hostname: box\n", "user-data": "#!/bin/sh\n"},
		said:  []string{"meta-data has no instance-id: nothing of the seed is done"},
		made:  map[string]string{"etc/hostname": "old\n", "state/todo": "-"},
	},
	{
		name:  "no meta-data",
		files: map[string]string{"user-data": "#!/bin/sh\n"},
		said:  []string{"there is no meta-data on the seed: nothing of it is done"},
		made:  map[string]string{"state/todo": "-"},
	},
	{
		name:  "NUL",
		files: map[string]string{"meta-data": "instance-id: one\x00two\n"},
		said:  []string{"meta-data: it is larger than 1 MiB, or no text: nothing of it is done"},
	},
	{
		name:  "another disk",
		label: "data",
		files: map[string]string{"meta-data": meta},
		made:  map[string]string{"etc/hostname": "old\n", "state/instance-id": "-"},
	},
}

func TestSeed(t *testing.T) {
	for _, try := range seeds {
		for _, shell := range shells {
			t.Run(try.name+"/"+shell, func(t *testing.T) {
				t.Parallel()
				label := try.label
				if label == "" {
					label = "cidata"
				}
				m := newMachine(t, shell, label, try.files)
				said := m.settings(t)
				said = slices.DeleteFunc(said, func(line string) bool {
					return strings.HasPrefix(line, "this is a new machine: ")
				})
				if got, want := strings.Join(said, "\n"), strings.Join(try.said, "\n"); got != want {
					t.Errorf("it says\n%s\nnot\n%s", got, want)
				}
				for name, want := range try.made {
					if _, err := os.Lstat(filepath.Join(m.dir, m.here(name))); err != nil {
						if want != "-" {
							t.Errorf("there is no %s", name)
						}
						continue
					}
					name = m.here(name)
					if got := strings.ReplaceAll(m.get(name), m.dir, "$HERE"); want == "-" || got != want {
						t.Errorf("%s has\n%s\nnot\n%s", name, got, want)
					}
				}
				if called := strings.ReplaceAll(m.get("calls"), m.dir, "$HERE"); shell != "busybox" && !strings.Contains(called, try.called) {
					t.Errorf("it calls\n%s\nnot\n%s", called, try.called)
				}
				// Once more, it is the same machine: nothing is done.
				before, _ := json.Marshal(m.get("calls"))
				m.put(t, "etc/hostname", "changed\n")
				for _, line := range m.settings(t) {
					if strings.Contains(line, "new machine") {
						t.Error("once more it does it again")
					}
				}
				if after, _ := json.Marshal(m.get("calls")); string(after) != string(before) || m.get("etc/hostname") != "changed\n" {
					t.Error("once more it did something")
				}
			})
		}
	}
}

// The rest of what the seed said, at this start and later ones.
func TestSeedNetwork(t *testing.T) {
	for _, shell := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, shell, "cidata", nil)
			for name, mac := range map[string]string{"eth0": "52:54:00:aa:00:01", "eth1": "52:54:00:aa:00:02"} {
				m.put(t, "sys/class/net/"+name+"/type", "1\n")
				m.put(t, "sys/class/net/"+name+"/address", mac+"\n")
				m.put(t, "sys/class/net/"+name+"/device/x", "")
			}
			m.put(t, "sys/class/net/lo/type", "772\n")
			m.put(t, "sys/class/net/lo/address", "00:00:00:00:00:00\n")
			// Nothing was seeded: the network is not ours.
			if said := m.said(t, "network"); len(said) > 0 || m.get("calls") != "" {
				t.Errorf("without a seed: %v\n%s", said, m.get("calls"))
			}
			dhcp := map[bool]string{true: "udhcpc [-b] [-i] [%s]\n", false: "dhcpcd [-q] [-4] [%s]\n"}[shell == "busybox"]
			up := "ip [link] [set] [%s] [up]\n"
			// A seed without a word of the network.
			m.put(t, "state/instance-id", "one\n")
			m.said(t, "network")
			all := ""
			for _, card := range []string{"eth0", "eth1"} {
				all += fmt.Sprintf(up, card) + fmt.Sprintf(dhcp, card)
			}
			if got := m.get("calls"); got != all {
				t.Errorf("without a word of the network it calls\n%s\nnot\n%s", got, all)
			}

			m.put(t, "calls", "")
			m.put(t, "state/network", `52:54:00:AA:00:01 address 192.0.2.5/24
52:54:00:AA:00:01 mtu 1400
52:54:00:AA:00:01 nameserver 192.0.2.2
52:54:00:AA:00:01 route default 192.0.2.1
52:54:00:AA:00:01 route 10.0.0.0/8 192.0.2.9 50
eth1 dhcp
eth? search example.org
* nameserver 192.0.2.3
none dhcp
`)
			if said := m.said(t, "network"); strings.Join(said, "\n") != "there is no network card none" {
				t.Errorf("it says %q", said)
			}
			card := fmt.Sprintf(up, "eth0")
			want := card + "ip [address] [replace] [192.0.2.5/24] [dev] [eth0]\n" +
				card + "ip [link] [set] [eth0] [mtu] [1400]\n" + card +
				card + "ip [route] [replace] [default] [via] [192.0.2.1] [dev] [eth0]\n" +
				card + "ip [route] [replace] [10.0.0.0/8] [via] [192.0.2.9] [dev] [eth0] [metric] [50]\n" +
				fmt.Sprintf(up+dhcp, "eth1", "eth1") + card + fmt.Sprintf(up, "eth1") + card
			if got := m.get("calls"); got != want {
				t.Errorf("it calls\n%s\nnot\n%s", got, want)
			}
			if got, want := m.get("etc/resolv.conf"), "nameserver 192.0.2.2\nsearch example.org\nsearch example.org\nnameserver 192.0.2.3\n"; got != want {
				t.Errorf("resolv.conf has\n%s\nnot\n%s", got, want)
			}
		})
	}
}

func TestSeedCommands(t *testing.T) {
	for _, shell := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, shell, "cidata", map[string]string{"meta-data": meta, "user-data": "#!/bin/dash\necho ran\nexit 3\n"})
			if said := m.said(t, "commands"); len(said) > 0 {
				t.Errorf("before there is anything, it says %q", said)
			}
			m.settings(t)
			if said := m.said(t, "commands"); len(said) != 2 || said[1] != "the commands ended with the status 3" || m.get("log/seed.log") != "ran\n" {
				t.Errorf("it says %q, the log has %q", said, m.get("log/seed.log"))
			}
			if said := m.said(t, "commands"); len(said) > 0 || m.get("log/seed.log") != "ran\n" {
				t.Errorf("once more it says %q, and the log has %q", said, m.get("log/seed.log"))
			}
			// Another machine: all of it again.
			m.put(t, "disk/meta-data", "instance-id: two\n")
			m.settings(t)
			m.said(t, "commands")
			if m.get("log/seed.log") != "ran\nran\n" {
				t.Errorf("for another machine, the log has %q", m.get("log/seed.log"))
			}
		})
	}
}

// Where there is no other disk, or seeds are not wanted, nothing is called and made.
func TestSeedOff(t *testing.T) {
	for name, prepare := range map[string]func(machine){
		"no other disk": func(m machine) { m.put(t, "sys/block/vdb/size", "0\n") },
		"off":           func(m machine) { m.put(t, "etc/seed.off", "") },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "busybox", "cidata", map[string]string{"meta-data": meta})
			prepare(m)
			m.put(t, "bin/blkid", "#!/bin/dash\necho blkid\n")
			if said := m.settings(t); len(said) > 0 {
				t.Errorf("it says %q", said)
			}
			if _, err := os.Stat(filepath.Join(m.dir, "state")); err == nil {
				t.Error("it made a folder")
			}
		})
	}
}

// A user could have put a link where root writes keys.
func TestSeedKeysByLink(t *testing.T) {
	m := newMachine(t, "dash", "cidata", map[string]string{"meta-data": meta, "user-data": "#cloud-config\nusers:\n- name: anna\n  ssh_authorized_keys: [ssh-rsa A]\n"})
	m.put(t, "home/anna/x", "")
	if err := os.Symlink(m.dir+"/root/.ssh", m.dir+"/home/anna/.ssh"); err != nil {
		t.Fatal(err)
	}
	if said := m.settings(t); len(said) != 2 || said[1] != "$HERE/home/anna/.ssh is a link: anna gets no key" {
		t.Errorf("it says %q", said)
	}
	if m.get("root/.ssh/authorized_keys") != "" {
		t.Error("root got the key")
	}
}
