#!/bin/sh
# Tells how the tests of the C library went, which the book calls critical. They were run
# in a step before (preCheckSteps of the package).
set -eu

cd build
grep -q '^PASS: ' tests.sum

# How many went how, and what those that failed had to say.
sed -n 's/^\([A-Z]*\): .*/\1/p' tests.sum | sort | uniq -c
sed -n 's/^FAIL: //p' tests.sum | while IFS= read -r test; do
	echo "$test:"
	tail -n 20 "$test.out" || :
done

# elf/tst-rtld-dash-dash, elf/tst-rtld-does-not-exist
#                     want a message without a reason, and the loader gives one, "No such
#                     file": it has looked for tunables in /etc/ld.so.cache, which is not
#                     there until ldconfig has run
# The others fail on some machines only:
# io/tst-lchmod       wants a /proc and a filesystem that a container does not have
# misc/tst-preadvwritev2, misc/tst-preadvwritev64v2
#                     want to be refused by the filesystem, and overlayfs accepts
# stdlib/tst-arc4random-thread
#                     may take longer than it is given on slow machines
# And one now and then, on any machine:
# nptl/tst-basic3     wants the last thread to get a signal. The first thread ends with all
#                     signals blocked, and is now the last if it was slow in between
sed -n 's/^FAIL: //p' tests.sum | sh "$LFS_SRC/verdict.sh" \
	elf/tst-rtld-dash-dash \
	elf/tst-rtld-does-not-exist \
	io/tst-lchmod \
	misc/tst-preadvwritev2 \
	misc/tst-preadvwritev64v2 \
	nptl/tst-basic3 \
	stdlib/tst-arc4random-thread
