#!/bin/sh
# The tests of Bash, as an ordinary user who owns the terminal: Expect makes one.
#
# They do not fail as a whole. A line of the output that begins with < or > is a
# difference from what was expected. Known are those of run-builtins (lines 479, 480),
# those that the output itself calls harmless, and those of tests for the locales
# zh_TW.BIG5 and ja_JP.SJIS, which are not installed.
set -eu

chown -R tester .
LC_ALL=C.UTF-8 su -s /usr/bin/expect tester <<'EOF'
set timeout -1
spawn make tests
expect eof
lassign [wait] _ _ _ value
exit $value
EOF
