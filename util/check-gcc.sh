#!/bin/sh
# Tells how a part of the compiler's tests went, which test-gcc.sh has run.
set -eu

cd build/tests

# All of the part was run, to the end: the tests of a compiler, or of libraries.
case $LFS_CHECK_PART in
c-*) tested=gcc ;;
c++-*) tested=g++ ;;
libstdc++-*) tested=libstdc++ ;;
*) tested='libatomic libgomp libitm' ;;
esac
for name in $tested; do
	for line in '^PASS: ' '=== .* Summary'; do
		grep -q "$line" "$name.sum" || {
			echo "the tests of $name have not run, or not to their end" >&2
			exit 1
		}
	done
done

# How many went how.
sed -n 's/^\([A-Z]*\): .*/\1/p' ./*.sum | sort | uniq -c

# What is known to fail. First those that look for certain instructions, and find others,
# as this compiler makes programs that can be loaded anywhere (--enable-default-pie), whose
# functions look after their stack (--enable-default-ssp). With -fno-pie and
# -fno-stack-protector they pass.
set -- \
	'gcc.target/i386/auto-init-padding-9.c check-function-bodies *' \
	'gcc.target/i386/builtin-memmove-1[23].c check-function-bodies *' \
	'gcc.target/i386/memcpy-pr120683-[2-7].c check-function-bodies *' \
	'gcc.target/i386/memset-pr120683-1[3789].c check-function-bodies *' \
	'gcc.target/i386/memset-pr120683-2[0-3].c check-function-bodies *' \
	'gcc.target/i386/memset-pr70308-1[ab].c check-function-bodies *' \
	'gcc.target/i386/pr111657-1.c check-function-bodies *' \
	'gcc.target/i386/pr116896.c scan-assembler-times *' \
	'gcc.target/i386/pr120881-2a.c check-function-bodies *' \
	'gcc.target/i386/pr122343-4a.c check-function-bodies *' \
	'gcc.target/i386/pr125355.c check-function-bodies *' \
	'gcc.target/i386/pr125355-2.c check-function-bodies *' \
	'g++.target/i386/memset-pr108585-1[ab].C *check-function-bodies *' \
	'g++.target/i386/mv-symbols[1345].C *scan-assembler-times *' \
	'g++.target/i386/mvc-symbols[13].C *scan-assembler-times *' \
	'g++.target/i386/pr112824-2.C *scan-assembler-not *' \
	'g++.target/i386/pr116896-1.C *scan-assembler-times *'

# They have addresses in their text, which such programs must not have.
set -- "$@" \
	'gcc.dg/ipa/pr122458.c (test for excess errors)' \
	'gcc.dg/lto/toplevel-extended-asm-1 * link, *' \
	'gcc.dg/lto/toplevel-simple-asm-1 * link, *'

# They make the compiler crash after an error, and want the crash to be reported. A release
# (--enable-checking=release, the default of one) only says that it is confused.
set -- "$@" \
	'gcc.dg/plugin/crash-test-nested-*.c * (test .sarif output *' \
	'gcc.dg/plugin/crash-test-nested-*.c * dg-regexp 13 not found: *' \
	'gcc.dg/plugin/crash-test-nested-*.c * (test for excess errors)'

# They want two bytes to be exchanged by one instruction; this version needs more.
set -- "$@" \
	'gcc.target/i386/pr115102.c scan-assembler *' \
	'gcc.target/i386/xchg-4.c scan-assembler*'

sed -n 's/^\(FAIL\|ERROR\|UNRESOLVED\): //p' ./*.sum | sort -u | sh "$LFS_SRC/verdict.sh" "$@"
