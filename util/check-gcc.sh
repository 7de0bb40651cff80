#!/bin/sh
# Tells how the compiler's tests went, which test-gcc.sh has run.
set -eu

cd build/tests

# All were run: those of both compilers, and of the libraries.
for sum in \
	c-torture/gcc c-x86/gcc c-dg/gcc c-others/gcc \
	c++-standards/g++ c++-dg-1/g++ c++-dg-2/g++ c++-others/g++ \
	libstdc++-1/libstdc++ libstdc++-2/libstdc++ libstdc++-3/libstdc++ \
	others/libatomic others/libgomp others/libitm; do
	grep -q '^PASS: ' "$sum.sum" || {
		echo "the tests $sum have not run" >&2
		exit 1
	}
done

# How many went how.
sed -n 's/^\([A-Z]*\): .*/\1/p' ./*/*.sum | sort | uniq -c

sed -n 's/^\(FAIL\|ERROR\|UNRESOLVED\): //p' ./*/*.sum | sort -u | sh "$LFS_SRC/verdict.sh"
