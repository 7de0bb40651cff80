package kit

import (
	"fmt"
	"strconv"
	"strings"
)

// Listeners returns the ports at which the running system waits for others to begin, such
// as "udp 68".
func (m *Machine) Listeners() []string {
	m.t.Helper()
	ports, err := Listeners(m.Run(SocketTables))
	if err != nil {
		m.t.Fatalf("%v\n%s", err, m.Console())
	}
	return ports
}

// SocketTables is a shell's command that prints what Listeners reads. A kernel without IPv6
// has no tcp6 and no udp6.
const SocketTables = `for f in /proc/net/tcp* /proc/net/udp*; do sed "s:^:${f##*/} :" "$f"; done`

// Listeners reads the kernel's tables of sockets, with a table's name before each line, and
// returns the ports at which programs wait for others to begin.
func Listeners(tables string) ([]string, error) {
	var ports []string
	titles := map[string]bool{}
	for line := range strings.Lines(tables) {
		// udp 7: 00000000:0044 00000000:0000 07 ...
		fields := strings.Fields(line)
		if len(fields) < 5 {
			return nil, fmt.Errorf("no line of a table of sockets: %q", line)
		}
		if fields[1] == "sl" {
			titles[fields[0]] = true
			continue
		}
		// TCP's state 0A is "listening". UDP has no such, but one that has no other end
		// (the state 07) takes packets from everybody.
		state := map[bool]string{true: "0A", false: "07"}[strings.HasPrefix(fields[0], "tcp")]
		if fields[4] != state {
			continue
		}
		_, port, _ := strings.Cut(fields[2], ":")
		number, err := strconv.ParseUint(port, 16, 16)
		if err != nil {
			return nil, fmt.Errorf("no port in %q", line)
		}
		ports = append(ports, fmt.Sprintf("%s %d", fields[0], number))
	}
	for _, table := range []string{"tcp", "udp"} {
		if !titles[table] {
			return nil, fmt.Errorf("there is no table of %s", table)
		}
	}
	return ports, nil
}
