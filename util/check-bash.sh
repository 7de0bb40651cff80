#!/bin/sh
# The tests of Bash, as an ordinary user who owns the terminal: Expect makes one.
#
# They do not fail as a whole. Each says its name, and then shows what is not as expected:
# lines that begin with < or >.
set -eu

chown -R tester .
LC_ALL=C.UTF-8 su -s /usr/bin/expect tester <<'EOF'
set timeout -1
log_file tests.out
spawn make tests
expect eof
lassign [wait] _ _ _ value
exit $value
EOF

tr -d '\r' <tests.out >tests.txt
grep -q '^run-vredir' tests.txt # the last one

# run-execscript  lists traps in the order of the signals' numbers, which differ; it says
#                 so itself
# run-glob-test, run-intl
#                 want locales that are not installed: zh_TW.BIG5, ja_JP.SJIS
# run-printf      asks for more digits than there can be, and glibc 2.44 calls that an
#                 error
# Of run-trap only how often CHLD is shown: two programs that end at the same time, on a busy
# machine, send that signal once.
awk '
	/^run-/ { test = $1 }
	/^[<>] / && !(test == "run-trap" && $2 == "CHLD") && !told[test]++ { print test }
' tests.txt |
	sh "$LFS_SRC/verdict.sh" run-execscript run-glob-test run-intl run-printf
