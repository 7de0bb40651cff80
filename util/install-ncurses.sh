#!/bin/sh
# Ncurses, the libraries that know terminals: for all that moves a cursor.
set -eu

# --mandir               the manual pages, where those of others are
# --with-shared, --without-normal, --without-debug
#                        shared libraries only
# --without-cxx-binding  no library for C++: nothing in LFS uses it, and without it
#                        the C++ library is not needed to run Bash (the book has it)
# --enable-pc-files, --with-pkg-config-libdir
#                        files by which pkg-config finds the libraries
./configure \
	--prefix=/usr \
	--mandir=/usr/share/man \
	--with-shared \
	--without-debug \
	--without-normal \
	--without-cxx-binding \
	--enable-pc-files \
	--with-pkg-config-libdir=/usr/lib/pkgconfig
make
make DESTDIR="$LFS" install

# Programs that look for the libraries of 8-bit characters get those of wide ones, and
# must then use their data structures: the header has to say so always.
sed -i 's/^#if.*XOPEN.*$/#if 1/' "$LFS/usr/include/curses.h"
grep -q '^#if 1$' "$LFS/usr/include/curses.h"
for library in ncurses form panel menu; do
	ln -sf "lib${library}w.so" "$LFS/usr/lib/lib$library.so"
	ln -sf "${library}w.pc" "$LFS/usr/lib/pkgconfig/$library.pc"
done

# Older programs know it by its oldest name.
ln -sf libncursesw.so "$LFS/usr/lib/libcurses.so"

mkdir -p "$LFS/usr/share/doc"
cp -R doc -T "$LFS/usr/share/doc/ncurses"

sh "$LFS_SRC/finish.sh"
