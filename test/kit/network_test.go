package kit

import (
	"slices"
	"testing"
)

// tables are lines of a machine with: a server, a connection to it, its end; a UDP socket
// that waits, one that is connected, one of IPv6 that waits.
const tables = `tcp   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
tcp    0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
tcp    1: 0100007F:0016 0100007F:A27A 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
tcp    2: 0100007F:A27A 0100007F:0016 06 00000000:00000000 03:00001750 00000000     0        0 0 3 0
udp    sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
udp    7: 0F02000A:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4 2 0 0
udp    9: 0F02000A:D5A1 0302000A:0035 01 00000000:00000000 00:00000000 00000000     0        0 5 2 0 0
udp6   sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
udp6   8: 000080FE00000000FF005450563412FE:0222 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000
`

func TestListeners(t *testing.T) {
	got, err := Listeners(tables)
	if want := []string{"tcp 22", "udp 68", "udp6 546"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("found %v, not %v: %v", got, want, err)
	}
	for _, nothing := range []string{"", "tcp   sl  local_address rem_address   st\n", "sh: sed: not found\n"} {
		if got, err := Listeners(nothing); err == nil {
			t.Errorf("%q is taken for tables without a socket: %v", nothing, got)
		}
	}
}
