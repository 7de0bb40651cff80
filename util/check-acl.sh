#!/bin/sh
# The tests of acl. The file system under them must have access control lists.
set -eu

make -k check >check.log 2>&1 || :
cat check.log test-suite.log
grep -q '^# TOTAL:' check.log
# test/cp.run                what has been built before is cp of the temporary tools,
#                            which does not know access control lists
# test/root/permissions.run  opens devices, which a container may not
sed -nE 's/^(FAIL|ERROR|XPASS): ([^ ]+).*/\2/p' check.log | sort -u |
	sh "$LFS_SRC/verdict.sh" test/cp.run test/root/permissions.run
