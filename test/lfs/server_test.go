package lfs

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/test/kit"
)

// TestServer starts the example of a server from a seed disk, on a disk that was made larger,
// and logs in over the network: that is the only way in. The hypervisor powers it off.
func TestServer(t *testing.T) {
	s := system(t).With(t, "server", "catalog/config.yaml", "examples/server/config.yaml")
	disk := bakeDisk(t, s, "server")
	kit.Command(t, kit.Root, "tools/install.sh", "qemu-img:qemu-utils", "genisoimage:genisoimage", "ssh:openssh-client")
	kit.Command(t, kit.Root, "qemu-img", "resize", disk, "4G")
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	kit.Command(t, dir, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(dir, "seed.iso")
	for name, text := range map[string]string{
		"meta-data": "instance-id: one\nlocal-hostname: box\n",
		"user-data": "#cloud-config\nssh_authorized_keys:\n- " + string(public) +
			"users:\n- name: anna\n  groups: [wheel]\n  ssh_authorized_keys:\n  - " + string(public),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kit.Command(t, dir, "genisoimage", "-quiet", "-joliet", "-rock", "-volid", "cidata", "-output", seed, "meta-data", "user-data")

	port, closed := freePort(t), freePort(t)
	agent := filepath.Join(dir, "agent")
	boot := func() *kit.Machine {
		t.Helper()
		m := kit.Boot(t, disk, true, "-drive", "media=cdrom,format=raw,readonly=on,file="+seed,
			"-nic", "user,model=virtio-net-pci,net=10.1.0.0/24,hostfwd=tcp:127.0.0.1:"+port+"-:22,hostfwd=tcp:127.0.0.1:"+closed+"-:2222",
			"-chardev", "socket,id=agent,server=on,wait=off,path="+agent,
			"-device", "virtio-serial", "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0")
		m.Expect("box login: ")
		return m
	}
	m := boot()
	t.Logf("from power-on to login: %s", m.Uptime())

	// The console lets nobody in, root without a password least of all.
	for _, password := range []string{"", "*"} {
		m.Send("root")
		m.Expect("Password:")
		m.Send(password)
		m.Expect("ncorrect")
		m.Expect("box login: ")
	}

	// The last of more is the command; of an option that is there twice ssh takes the first.
	ssh := func(user string, more ...string) (string, error) {
		options := []string{"-i", key, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new",
			"-o", "UserKnownHostsFile=" + filepath.Join(dir, "known"), "-o", "ConnectTimeout=60", "-o", "IdentitiesOnly=yes"}
		out, err := exec.Command("ssh", slices.Concat(more[:len(more)-1], options, []string{"-p", port, user + "@127.0.0.1"}, more[len(more)-1:])...).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	run := func(user, command, want string) {
		t.Helper()
		if out, err := ssh(user, command); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %s: %v, without %q:\n%s", user, command, err, want, out)
		}
	}
	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(time.Second) {
		out, err := ssh("root", "hostname")
		if err == nil && strings.HasSuffix(out, "box") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no login by ssh: %v\n%s\n%s", err, out, m.Console())
		}
	}
	run("root", "grep ^root: /etc/shadow", "root:*:")
	run("root", `test "$(df --output=size -BM / | tail -1 | tr -dc 0-9)" -gt 3500 && echo grown`, "grown")
	run("anna", "sudo -n id -u", "0")
	run("root", "nft list ruleset", "policy drop")
	run("root", "chronyc tracking", "Reference ID")
	run("root", `test "$(stat -c %U /proc/$(cat /run/chrony/chronyd.pid))" = chrony && echo chrony`, "chrony")
	run("root", "openssl verify -CApath /etc/ssl/certs /etc/ssl/certs/ISRG_Root_X1.pem", "OK")
	run("root", "lfs-packages verify", "")
	tables, err := ssh("root", kit.SocketTables)
	if err != nil {
		t.Fatalf("%v\n%s", err, tables)
	}
	ports, err := kit.Listeners(tables)
	if err != nil {
		t.Error(err)
	}
	for _, p := range ports {
		// Beside ssh, dhcpcd waits for the answers of the servers that give addresses.
		if !slices.Contains([]string{"tcp 22", "tcp6 22", "udp 68", "udp6 546"}, p) {
			t.Errorf("something listens: %s", p)
		}
	}
	// Nobody gets in without a key.
	for _, user := range []string{"root", "anna", "nobody"} {
		out, err := ssh(user, "-o", "PubkeyAuthentication=no", "true")
		if err == nil || !strings.Contains(out, "Permission denied (publickey)") {
			t.Errorf("%s without a key: %v\n%s", user, err, out)
		}
	}
	// The firewall stops what would be answered; without its rules the same gets through.
	run("root", "/usr/sbin/sshd -p 2222", "")
	if out, err := ssh("root", "-p", closed, "-o", "ConnectTimeout=5", "true"); err == nil || !strings.Contains(out, "timed out") {
		t.Errorf("a closed port answers: %v\n%s", err, out)
	}
	run("root", "nft flush ruleset", "")
	if out, err := ssh("root", "-p", closed, "true"); err != nil {
		t.Errorf("without the firewall: %v\n%s", err, out)
	}

	run("root", "cat /etc/ssh/ssh_host_ed25519_key.pub > /root/before; sync", "")
	if out, err := ssh("root", "reboot"); err != nil && !strings.Contains(out, "closed") {
		t.Logf("reboot: %v %s", err, out)
	}
	// QEMU ends where the machine starts anew: on with the same disk.
	m.Wait()
	m = boot()
	run("root", "test \"$(cat /root/before)\" = \"$(cat /etc/ssh/ssh_host_ed25519_key.pub)\" && echo the same", "the same")

	// The hypervisor asks in the machine, and powers it off there.
	conn, err := net.Dial("unix", agent)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	if _, err := io.WriteString(conn, `{"execute": "guest-network-get-interfaces"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "10.1.0.") {
		t.Errorf("the agent answers %q, %v", line, err)
	}
	if _, err := fmt.Fprintln(conn, `{"execute": "guest-shutdown"}`); err != nil {
		t.Fatal(err)
	}
	m.Wait()
	kit.CheckFilesystem(t, disk, "ext4")
}

// freePort returns a TCP port of this machine at which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
