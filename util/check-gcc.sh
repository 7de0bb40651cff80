#!/bin/sh
# Tells how the compiler's tests went, which test-gcc.sh has run.
set -eu

cd build

# All were run: those of both compilers, and of the libraries.
for suite in gcc g++ libstdc++ libatomic libgomp libitm; do
	find . -path "*/testsuite*/$suite.sum" -exec grep -q '^PASS: ' {} \; -print | grep -q . || {
		echo "the tests of $suite have not run" >&2
		exit 1
	}
done

find . -name '*.sum' -exec sed -n 's/^FAIL: //p' {} + | sort -u | sh "$LFS_SRC/verdict.sh"
