#!/bin/sh
# The compiler for inside of the new system, cross-compiled by the first one.
# With it the system can go on building itself, without the host.
set -eu

# GCC builds these along with itself when their sources lie in its own.
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

# --target             makes the libraries of this compiler be built by the cross
#                      compiler: the new one cannot run here, and the host's is
#                      of another version
# --with-build-sysroot for the tools in GCC's build that do not know that the
#                      headers and libraries are in $LFS
# --disable-fixincludes  today's headers need no fixing
# --disable-libsanitizer and the rest  not needed for the temporary system
# CXX_FOR_TARGET       gcc and not g++, as for libstdcpp; and not the C++ headers
#                      of that library, but those that are being built
# LDFLAGS_FOR_TARGET   the libgcc being built: that of the first compiler knows
#                      no C++ exceptions, as it was built without a C library
# CFLAGS, CXXFLAGS     no symbols for debugging the compiler, as before
# target_configargs    threads as in POSIX, which the first compiler has not
../configure \
	--build="$(../config.guess)" \
	--host="$LFS_TGT" \
	--target="$LFS_TGT" \
	--prefix=/usr \
	--with-build-sysroot="$LFS" \
	--enable-default-pie \
	--enable-default-ssp \
	--disable-fixincludes \
	--disable-nls \
	--disable-multilib \
	--disable-libatomic \
	--disable-libgomp \
	--disable-libquadmath \
	--disable-libsanitizer \
	--disable-libssp \
	--disable-libvtv \
	--enable-languages=c,c++ \
	CFLAGS=-O2 \
	CXXFLAGS=-O2 \
	CXX_FOR_TARGET="$LFS_TGT-gcc -nostdinc++" \
	LDFLAGS_FOR_TARGET="-L$PWD/$LFS_TGT/libgcc" \
	target_configargs=gcc_cv_target_thread_file=posix
make
make DESTDIR="$LFS" install

# Many programs call the C compiler cc, whichever it is.
ln -s gcc "$LFS/usr/bin/cc"
