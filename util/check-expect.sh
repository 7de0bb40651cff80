#!/bin/sh
# The tests of Expect. It runs programs in pseudo terminals: say it clearly when this
# machine gives none.
set -eu

python3 -c 'from pty import spawn; spawn(["echo", "ok"])'
make test >test.log 2>&1 || :
cat test.log
# make does not hear of a test that fails, nor of a file of tests that breaks off: were
# they all run, and did all pass?
grep -Eq '^all.tcl:[[:space:]]+Total[[:space:]]+29[[:space:]]+Passed[[:space:]]+29[[:space:]]' test.log
