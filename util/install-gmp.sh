#!/bin/sh
# GMP calculates with numbers of any size. GCC uses it.
set -eu

# Its test for a working compiler declares a function without arguments and calls it
# with some, which GCC 15 and later refuse. (In 6.3.0; a miss does no harm.)
sed -i '/long long t1;/,+1s/()/(...)/' configure

# --build, --enable-fat  GMP would compile itself for the processor of this machine.
#                        Instead have code for all, and choose when a program starts
# Other than the book, without --enable-cxx: the C++ interface would need the library
# of the compiler, and the compiler needs this package.
./configure \
	--prefix=/usr \
	--build="$LFS_ARCH-pc-linux-gnu" \
	--enable-fat \
	--disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
