#!/bin/sh
# The tests of the linker, the assembler and the tools. The book calls them critical.
set -eu

cd build

# The tests of ar are about the dates in archives, with this and without.
unset SOURCE_DATE_EPOCH

# What fails is told below.
make --keep-going check || :

set -- binutils/binutils.sum gas/testsuite/gas.sum ld/ld.sum
for suite; do
	grep -q '^PASS: ' "$suite"
	grep -q '=== .* Summary' "$suite" # they came to their end
done
sed -n 's/^FAIL: //p' "$@" | sh "$LFS_SRC/verdict.sh"
