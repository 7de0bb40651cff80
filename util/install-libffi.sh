#!/bin/sh
# Libffi calls functions whose arguments are known only at run time: for Python.
set -eu

# --without-gcc-arch  run on every x86-64. (The book compiles for the processor of this
#                     machine, and names this for systems that are to run elsewhere.)
./configure \
	--prefix=/usr \
	--disable-static \
	--without-gcc-arch
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
