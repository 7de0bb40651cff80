#!/bin/sh
# The C++ library of the cross compiler. It is a part of GCC that had to wait
# for the C library.
set -eu

version=$(cat gcc/BASE-VER)

mkdir build
cd build

# CXX                    gcc and not g++, which would link with the very library
#                        that is to be made
# --disable-libstdcxx-pch  no precompiled headers: large, and used by nobody here
# --with-gxx-include-dir where the cross compiler looks for C++ headers; it puts
#                        $LFS before it, and so does DESTDIR below
../libstdc++-v3/configure \
	--host="$LFS_TGT" \
	--build="$(../config.guess)" \
	CXX="$LFS_TGT-gcc" \
	--prefix=/usr \
	--disable-multilib \
	--disable-nls \
	--disable-libstdcxx-pch \
	--with-gxx-include-dir="/tools/$LFS_TGT/include/c++/$version"
make
make DESTDIR="$LFS" install

# Libtool's archives name libraries by paths that are the host's while we
# cross-compile: harmful, here and in the packages that follow.
for library in stdc++ stdc++exp stdc++fs supc++; do
	rm "$LFS/usr/lib/lib$library.la"
done
