#!/bin/sh
# Makes the ELF files beside it from greet.c, with GCC 12 and binutils 2.40 of Debian 12.
# They differ as builds on two days in two folders do, and in one constant; in one of them
# a function is longer.
set -eu
cd "$(dirname "$0")"
here=$PWD
for name in one two longer; do
	case $name in
	one) folder=/tmp/build-one built='"Jan  1 2026"' step=1 ;;
	longer) folder=/tmp/build-one built='"Jan  1 2026"' step='built()[counter]' ;;
	two) folder=/tmp/build-two built='"Nov 28 2026"' step=2 ;;
	esac
	mkdir "$folder"
	cp greet.c "$folder"
	(
		cd "$folder"
		gcc -O1 -g1 -fPIC -c -DBUILT="$built" -DSTEP="$step" -o "$here/$name.o" greet.c
		[ "$name" != longer ] || exit 0
		gcc -shared -nostdlib -s -Wl,--build-id,-soname,"libgreet.so.$step" -Wl,-z,noseparate-code,-z,max-page-size=4096 \
			-o "$here/$name.so" "$here/$name.o"
	)
	rm -r "$folder"
done
# One with the debugging information compressed, and else the same as one.o.
objcopy --compress-debug-sections=zlib one.o compressed.o
