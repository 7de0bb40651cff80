#!/bin/sh
# The compiler of the finished system, for C and C++.
set -eu

# 64-bit libraries go to lib, not lib64, as in all of LFS.
case $LFS_ARCH in
x86_64) sed -i '/m64=/s/lib64/lib/' gcc/config/i386/t-linux64 ;;
aarch64) sed -i '/lp64=/s/lib64/lib/' gcc/config/aarch64/t-aarch64-linux ;;
esac

mkdir build
cd build

# LD=ld                 use the linker of this system by its plain name, rather than
#                       the one that the temporary compiler was built with
# --enable-languages    these two; it can also Ada, D, Fortran, Go and more
# --enable-default-pie  programs that can be loaded at any address, which makes
#                       attacks harder
# --enable-default-ssp  functions check that nothing has overwritten their way back
# --enable-host-pie     both for the compiler itself
# --disable-multilib    no 32-bit programs
# --disable-bootstrap   compile it once: a compiler of the same version does it
# --disable-fixincludes no headers here need fixing
# --with-system-zlib    use zlib rather than a copy of it
# CFLAGS, CXXFLAGS      not in the book: no symbols for debugging the compiler, which
#                       would be stripped anyway
# The book's --enable-targets=all is left out: it is for 32-bit machines.
../configure \
	--prefix=/usr \
	LD=ld \
	--enable-languages=c,c++ \
	--enable-default-pie \
	--enable-default-ssp \
	--enable-host-pie \
	--disable-multilib \
	--disable-bootstrap \
	--disable-fixincludes \
	--with-system-zlib \
	CFLAGS=-O2 \
	CXXFLAGS=-O2
make
make DESTDIR="$LFS" install

machine=$("$LFS/usr/bin/gcc" -dumpmachine)
version=$("$LFS/usr/bin/gcc" -dumpversion)

# The FHS wants cpp in /lib, many know the compiler as cc.
ln -s ../bin/cpp "$LFS/usr/lib/cpp"
ln -s gcc "$LFS/usr/bin/cc"
ln -s gcc.1 "$LFS/usr/share/man/man1/cc.1"

# Link-time optimization: ar, nm and ranlib read the compiler's files with this.
mkdir -p "$LFS/usr/lib/bfd-plugins"
ln -s "../../libexec/gcc/$machine/$version/liblto_plugin.so" "$LFS/usr/lib/bfd-plugins/"

# How GDB shows C++ values; it looks for it here.
mkdir -p "$LFS/usr/share/gdb/auto-load/usr/lib"
mv "$LFS"/usr/lib/*gdb.py "$LFS/usr/share/gdb/auto-load/usr/lib/"

sh "$LFS_SRC/finish.sh"
