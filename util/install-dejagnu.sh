#!/bin/sh
# DejaGNU runs the tests of binutils, GCC and others. It is a set of scripts for Expect.
set -eu

mkdir build
cd build

../configure --prefix=/usr
makeinfo --html --no-split -o doc/dejagnu.html ../doc/dejagnu.texi
makeinfo --plaintext -o doc/dejagnu.txt ../doc/dejagnu.texi

make DESTDIR="$LFS" install
install -D -m 644 -t "$LFS/usr/share/doc/dejagnu" doc/dejagnu.html doc/dejagnu.txt

# There is nothing to strip; but info/dir may have come.
sh "$LFS_SRC/finish.sh"
