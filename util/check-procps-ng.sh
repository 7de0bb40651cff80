#!/bin/sh
# The tests of procps-ng, as an ordinary user.
set -eu

chown -R tester .
su tester -c "PATH=$PATH make -k check" >check.log 2>&1 || :
cat check.log
grep -q '^# of expected passes' check.log
# Programs of C ("FAIL: name") and of DejaGNU ("FAIL: what was tested").
# Known to fail where the kernel has no CONFIG_BSD_PROCESS_ACCT.
sed -nE 's/^(FAIL|ERROR|XPASS): //p' check.log | sort -u |
	sh "$LFS_SRC/verdict.sh" 'ps with output flag bsdtime,cputime,etime,etimes'
