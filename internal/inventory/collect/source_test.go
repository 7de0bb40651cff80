package collect

import (
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
)

// Whose bytes a source is follows from the first file and the checksum: another address of
// the same file changes nothing.
func TestOrigin(t *testing.T) {
	const authors, debians = "https://one.example/one-1.tar.gz", "https://snapshot.debian.org/archive/debian/20261101T000000Z/one_1.orig.tar.gz"
	for _, c := range []struct {
		before, now config.Package
		want        inventory.Origin
	}{
		{config.Package{Name: "one", URL: authors, SHA256: "a"}, config.Package{URL: authors, SHA256: "a"}, inventory.Authors},
		{config.Package{Name: "one", URL: authors, SHA256: "a"}, config.Package{URL: debians, SHA256: "a"}, inventory.Authors},
		{config.Package{Name: "one", URL: debians, SHA256: "a"}, config.Package{URL: debians, SHA256: "a"}, inventory.Debians},
		{config.Package{Name: "one", URL: debians, SHA256: "a"}, config.Package{URL: authors, SHA256: "a"}, inventory.Debians},
		{config.Package{Name: "one", URL: authors, SHA256: "a"}, config.Package{URL: debians, SHA256: "b"}, inventory.Repacked},
		{config.Package{}, config.Package{URL: debians, SHA256: "a"}, inventory.Added},
	} {
		if got := compare(c.before, c.now).Origin; got != c.want {
			t.Errorf("%s %s, then %s %s: %s, not %s", c.before.URL, c.before.SHA256, c.now.URL, c.now.SHA256, got, c.want)
		}
	}
}
