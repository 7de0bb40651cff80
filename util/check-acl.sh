#!/bin/sh
# The tests of acl. The file system under them must have access control lists.
set -eu

make -k check >check.log 2>&1 || :
cat check.log
grep -q '^# TOTAL:' check.log
# May fail: cp of the temporary tools does not know access control lists yet.
sed -nE 's/^(FAIL|ERROR|XPASS): ([^ ]+).*/\2/p' check.log | sort -u |
	sh "$LFS_SRC/verdict.sh" 'test/cp.*'
