#!/bin/sh
# The tests of Vim, as an ordinary user who owns a terminal: Expect makes one. What they
# write to it is no text: see vim-test.log.
set -eu

chown -R tester .
# Without the tests that would need curl or wget.
sed -i '/test_plugin_glvs/d' src/testdir/Make_all.mak

# The tests set the language of the messages, which clears LC_ALL; then LANG counts.
unset LC_ALL
passed=yes
TERM=xterm-256color LANG=C.UTF-8 su -s /usr/bin/expect tester <<'END' || passed=no
set timeout -1
set env(SHELL) /bin/sh ;# Vim runs commands by it
set stty_init "rows 24 columns 80"
log_user 0
log_file -a vim-test.log
spawn make -j1 --keep-going test
expect eof
lassign [wait] _ _ _ value
exit $value
END

# Those of the program that failed are in test.log, where each was run again if that could
# help; those of the syntax files are told in one line.
{
	if [ -f src/testdir/test.log ]; then
		cat src/testdir/test.log >&2
		sed -n 's/^Found errors in \(Test_[A-Za-z0-9_]*\)().*/\1/p' src/testdir/test.log
	fi
	sed -n "s/.*FAILED: [1-9][0-9]*: \[\(.*\)\].*/\1/p" vim-test.log | tr -d "' " | tr , '\n'
} | sort -u >failed.txt
if [ "$passed" = no ] && ! [ -s failed.txt ]; then
	tail -n 50 vim-test.log
	exit 1
fi
# Were there tests at all?
grep 'Executed: *[1-9]' src/testdir/test_result.log
sh "$LFS_SRC/verdict.sh" <failed.txt
