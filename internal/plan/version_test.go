package plan

import (
	"path"
	"testing"
)

// What the name of a file says of the version, in all forms that versions have.
func TestOtherVersion(t *testing.T) {
	for _, c := range []struct {
		version, url string
		want         bool
	}{
		{"1.4", "https://h/zlib-1.3.tar.gz", true},
		{"2.0", "https://h/z-1.0.tar.gz", true},
		{"2024b", "https://h/tzdata2024a.tar.gz", true},
		{"661", "https://h/less-643.tar.gz", true},
		{"100", "https://h/less-99.tar.gz", true},
		{"9.8p2", "https://h/openssh-9.8p1.tar.gz", true},
		{"9.9p1", "https://h/openssh-9.8p1.tar.gz", true},
		{"1.1.1w", "https://h/openssl-1.1.1v.tar.gz", true},
		{"20240101", "https://h/iana-20230101.tar.gz", true},
		{"1.2-rc4", "https://h/foo-1.2-rc3.tar.gz", true},
		{"3.14.0rc2", "https://h/Python-3.14.0rc1.tar.xz", true},
		{"2.44-2", "https://h/glibc-2.44-upstream_fixes-1.patch", true},
		{"2", "https://h/glibc-fhs-1.patch", true},

		{"1.3", "https://h/zlib-1.3.tar.gz", false},
		{"2024a", "https://h/tzdata2024a.tar.gz", false},
		{"2024a", "https://d/tzdata_2024a.orig.tar.gz", false},
		{"9.8p1", "https://h/openssh-9.8p1.tar.gz", false},
		{"9.8p1", "https://d/openssh_9.8p1.orig.tar.gz", false},
		{"9.8p1", "https://h/openssh-9.8.tar.gz", false},
		{"1.2-rc3", "https://d/foo_1.2~rc3.orig.tar.xz", false},
		{"1.2", "https://h/foo-1.2-rc3.tar.gz", false},
		{"2.44-1", "https://h/glibc-2.44-upstream_fixes-1.patch", false},
		{"1.0-1", "https://h/foo-1.0.tar.gz", false},
		{"6.6+20251231", "https://h/longer-6.6.tar.gz", false},
		{"1.2.3", "https://h/R_1_2_3/w-0.9.tar.gz", false},
		{"661", "https://h/v661/less-643.tar.gz", false},
		{"3530400", "https://d/sqlite3_3.53.4.orig.tar.xz", false},
		{"661", "https://h/less.tar.gz", false},
		{"661", "https://h/get?version=661&file=less-643.tar.gz", false},
		{"1.1", "https://h/1.0/raised.tar.gz", false},
		{"6.0", "https://h/unzip60.tar.gz", false},
		{"61", "https://h/unzip60.tar.gz", false},
		{"70", "https://h/foo-x86_64.tar.gz", false},
		{"2b", "https://h/lib3d-new.tar.gz", false},
		{"7", "https://h/foo-20230101.tar.gz", false},
		{"r5", "https://h/foo-2.tar.gz", false},
	} {
		if got := otherVersion(c.version, c.url, path.Base(c.url)); got != c.want {
			t.Errorf("%s of version %s: %v", c.url, c.version, got)
		}
	}
}
