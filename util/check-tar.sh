#!/bin/sh
# The tests of tar.
set -eu

make -k check >check.log 2>&1 || :
cat check.log
grep -q '^## Test results' check.log
# capabilities: binary store/restore  needs SELinux. It is skipped where files have no such
#                                     attributes
# xattrs: trusted.* attributes        takes more rights than root has in a container
{ grep -E '^ *[0-9]+: .* (FAILED|UNEXPECTED PASS)' check.log || :; } |
	sh "$LFS_SRC/verdict.sh" \
		'*capabilities: binary store/restore*' \
		'*xattrs: trusted.\* attributes *'
