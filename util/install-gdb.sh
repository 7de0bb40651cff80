#!/bin/sh
# GDB, the debugger: shows what a program does, and where it has crashed. It is not part
# of LFS, but of the book that follows (BLFS).
set -eu

mkdir build
cd build

# --with-system-readline, --with-system-zlib
#                the libraries of the system, not the copies that come with GDB (the
#                book leaves zlib out)
# --with-python  commands of GDB can be written in Python
# CFLAGS, CXXFLAGS  the usual -O2 without -g: symbols for debugging GDB itself would be
#                stripped anyway, and take time and memory to make
../configure \
	--prefix=/usr \
	--with-system-readline \
	--with-system-zlib \
	--with-python=/usr/bin/python3 \
	CFLAGS=-O2 \
	CXXFLAGS=-O2
make

# Only these two: the rest of what was built belongs to binutils.
make -C gdb DESTDIR="$LFS" install
make -C gdbserver DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
