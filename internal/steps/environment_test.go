package steps

import (
	"strconv"
	"testing"
	"time"
)

// Only what expands to the variable's own value keeps it: always, whatever that is.
func TestKeeps(t *testing.T) {
	for _, c := range []struct {
		name, written string
		want          bool
	}{
		{"LFS", "$LFS", true},
		{"LFS", "${LFS}", true},
		{"LFS", `"$LFS"`, true},
		{"LFS", "/mnt/lfs", true},
		{"LFS", `'/mnt/lfs'`, true},
		{"LFS", "${LFS:-/mnt/lfs}", true},
		{"LFS_TGT", "$LFS_TGT", true},
		{"LFS_TGT", `"${LFS_TGT}"`, true},
		{"SOURCE_DATE_EPOCH", "$SOURCE_DATE_EPOCH", true},

		{"LFS", "", false},
		{"LFS", `""`, false},
		{"LFS", "$LFS$LFS", false},
		{"LFS", `'$LFS'`, false},
		{"LFS", `\$LFS`, false},
		{"LFS", "${LFS:+}", false},
		{"LFS", "${LFS#/mnt}", false},
		{"LFS", "$LFS/", false},
		{"LFS", "${OTHER:-/mnt/lfs}", false}, // of a build argument it can be anything
		{"LFS", "$OTHER$LFS", false},
		{"LFS", "$LFS_SRC", false},
		{"LFS_SRC", "${LFS_SRC:+}", false},
		{"LFS_TGT", "", false},
		{"LFS_TGT", "$LFS_TGT$LFS_TGT", false},
		{"LFS_TGT", "x86_64-lfs-linux-gnu", false}, // the bake file may say another
		{"LFS_TGT", "${LFS_TGT/gnu/musl}", false},
		{"LFS_TGT", "${LFS_TGT%-gnu}", false},
		{"LFS_TGT", "${LFS_TGT#x86_64}", false},
		{"LFS_TGT", "${LFS_TGT:-x}", false},
		{"LFS_ARCH", "$LFS_ARCH", true},
		{"LFS_ARCH", "x86_64", false}, // the platform may be another
		{"LFS_LOADER", "/lib/ld-musl-x86_64.so.1", false},
		{"SOURCE_DATE_EPOCH", "", false},
		{"SOURCE_DATE_EPOCH", "${SOURCE_DATE_EPOCH", false},
	} {
		if got := keeps(c.name, owned[c.name].value, c.written); got != c.want {
			t.Errorf("%s=%s keeps: %v", c.name, c.written, got)
		}
	}
}

func TestCreated(t *testing.T) {
	seconds, err := strconv.ParseInt(Epoch, 10, 64)
	if got := time.Unix(seconds, 0).UTC().Format(time.RFC3339); err != nil || got != Created {
		t.Errorf("Epoch is %s, and Created %s", got, Created)
	}
}
