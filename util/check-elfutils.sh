#!/bin/sh
# The tests of elfutils. They need its other parts too, and build them.
set -eu

# What fails is told below.
make --keep-going check || :

# Each test leaves its result in a file. May fail: both are named by older editions of
# the book (12.3). The second needs a core dump, and where these go is decided by the
# machine, not by the container.
[ -e tests/test-suite.log ]
grep -lE '^:test-result: *(FAIL|ERROR)' tests/*.trs | sed 's,^tests/,,; s/\.trs$//' |
	sh "$LFS_SRC/verdict.sh" 'dwarf_srclang_check*' 'run-backtrace-native-core*'
