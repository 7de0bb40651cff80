#!/bin/sh
# Ncurses, the library that knows terminals: Bash edits its command line with it.
set -eu

# Installing ncurses needs tic, in the same version, to compile the descriptions
# of terminals. So make one for the host first, and put it where PATH finds it.
mkdir build
(
	cd build
	../configure --prefix="$LFS/tools" AWK=gawk
	make -C include
	make -C progs tic
	install progs/tic "$LFS/tools/bin"
)

# --with-manpage-format=normal
#                        plain manual pages, also where the host's are packed
# --with-shared, --without-normal, --without-debug
#                        shared libraries only
# --without-cxx-binding  no library for C++, which nothing here uses (the book has it):
#                        whether it can be made is tried with the host's headers
# --without-ada          no Ada: the host may have its compiler, the new system has not
# --disable-stripping    the host's strip could break files that are not for it
# AWK=gawk               some versions of mawk fail here
./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(./config.guess)" \
	--mandir=/usr/share/man \
	--with-manpage-format=normal \
	--with-shared \
	--without-normal \
	--without-debug \
	--without-cxx-binding \
	--without-ada \
	--disable-stripping \
	AWK=gawk
make
make DESTDIR="$LFS" install

# Programs that look for the library of 8-bit characters get that of wide ones,
# and must then use its data structures: the header has to say so always.
ln -s libncursesw.so "$LFS/usr/lib/libncurses.so"
sed -i 's/^#if.*XOPEN.*$/#if 1/' "$LFS/usr/include/curses.h"
