#!/bin/sh
# The tests of groff.
set -eu

make -k check >check.log 2>&1 || :
cat check.log
grep -q '^# TOTAL:' check.log
# Known to fail: this one runs neqn, which looks for eqn among the installed programs.
sed -nE 's/^(FAIL|ERROR|XPASS): ([^ ]+).*/\2/p' check.log | sort -u |
	sh "$LFS_SRC/verdict.sh" '*neqn-smoke-test.sh'
