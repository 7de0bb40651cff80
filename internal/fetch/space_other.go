//go:build !(darwin || freebsd || linux)

package fetch

// freeSpace does not know here.
func freeSpace(string) (free int64, known bool) { return 0, false }
