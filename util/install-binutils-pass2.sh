#!/bin/sh
# The assembler and linker for inside of the new system, cross-compiled.
set -eu

# The package's copy of libtool searches the host's /usr/lib before $LFS when it
# links for the last time, at the installation, and could take libraries from
# there. The book takes the first search out by its line number, 6031; this
# finds the same line in other versions too.
# shellcheck disable=SC2016 # the variables are libtool's
sed -i '/We cannot seem to hardcode it/,/inst_prefix_dir\$libdir/s/\$add_dir //' ltmain.sh

mkdir build
cd build

# --enable-shared      a shared libbfd: the programs share it
# --enable-64-bit-bfd  64-bit files, also where the host's words are shorter
# For the others see install-binutils-pass1.sh.
../configure \
	--prefix=/usr \
	--build="$(../config.guess)" \
	--host="$LFS_TGT" \
	--disable-nls \
	--enable-shared \
	--enable-gprofng=no \
	--disable-werror \
	--enable-64-bit-bfd \
	--enable-new-dtags \
	--enable-default-hash-style=gnu \
	--enable-deterministic-archives
make
make DESTDIR="$LFS" install

# Libtool's archives are harmful while we cross-compile (see
# install-libstdcpp.sh), and nothing needs the static libraries.
for library in bfd ctf ctf-nobfd opcodes sframe; do
	rm "$LFS/usr/lib/lib$library.a" "$LFS/usr/lib/lib$library.la"
done
