#!/bin/sh
# The tests of Tcl and of the packages that come with it. They need a locale with UTF-8.
set -eu

cd unix
LC_ALL=C.UTF-8 make test >test.log 2>&1 || :
cat test.log
# make does not hear of a test that fails, nor of a file of tests that breaks off.
grep -Eq '^all.tcl:[[:space:]]+Total[[:space:]]+[0-9]+[[:space:]]+Passed[[:space:]]+[1-9]' test.log
sed -n -e 's/^==== \([^ ]*\) FAILED$/\1/p' -e '/^Test file error: /p' test.log | sort -u |
	sh "$LFS_SRC/verdict.sh"
