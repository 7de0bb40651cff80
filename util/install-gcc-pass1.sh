#!/bin/sh
# A cross compiler that can do just enough to compile the C library.
set -eu

# GCC calculates with these, and builds them along with itself when their
# sources lie in its own.
for library in gmp mpfr mpc; do
	ln -s "$LFS_SRC/$library" "$library"
done

# 64-bit libraries go to lib, not lib64, as in all of LFS.
case $LFS_ARCH in
x86_64) sed -i '/m64=/s/lib64/lib/' gcc/config/i386/t-linux64 ;;
aarch64) sed -i '/lp64=/s/lib64/lib/' gcc/config/aarch64/t-aarch64-linux ;;
esac

mkdir build
cd build

# --with-glibc-version  the C library that programs will run with: there is
#                       none yet that configure could ask
# --with-newlib, --without-headers
#                       build libgcc without a C library and its headers
# --enable-default-pie, --enable-default-ssp
#                       hardening that the final compiler has too
# --disable-fixincludes there are no headers yet that could need fixing
# --disable-shared      shared libraries would need the C library
# --disable-multilib    no 32-bit programs
# --disable-threads and the rest
#                       parts that need a C library or that glibc does not need
# CFLAGS, CXXFLAGS      not in the book: the usual -O2 without -g. Symbols for debugging
#                       the compiler would be several times its size, and take their time
../configure \
	--target="$LFS_TGT" \
	--prefix="$LFS/tools" \
	--with-glibc-version=2.44 \
	--with-sysroot="$LFS" \
	--with-newlib \
	--without-headers \
	--enable-default-pie \
	--enable-default-ssp \
	--disable-fixincludes \
	--disable-nls \
	--disable-shared \
	--disable-multilib \
	--disable-threads \
	--disable-libatomic \
	--disable-libgomp \
	--disable-libquadmath \
	--disable-libssp \
	--disable-libvtv \
	--disable-libstdcxx \
	--enable-languages=c,c++ \
	CFLAGS=-O2 \
	CXXFLAGS=-O2
make
make install

# Without a C library GCC has installed a limits.h that stands alone. Make the
# full one, which goes on to the C library's: glibc will be there soon.
cat ../gcc/limitx.h ../gcc/glimits.h ../gcc/limity.h \
	>"$("$LFS_TGT-gcc" -print-file-name=include)/limits.h"
