#!/bin/sh
# Makes, checks and repairs file systems of the types ext2, ext3 and ext4.
set -eu

mkdir build
cd build

# --enable-elf-shlibs  shared libraries
# --disable-*          util-linux has newer ones of these
../configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--enable-elf-shlibs \
	--disable-libblkid \
	--disable-libuuid \
	--disable-uuidd \
	--disable-fsck
make
make DESTDIR="$LFS" install

# Nobody links them statically.
for library in com_err e2p ext2fs ss; do
	rm -f "$LFS/usr/lib/lib$library.a"
done

# Manuals for info: one is installed packed, the other not at all.
gunzip "$LFS/usr/share/info/libext2fs.info.gz"
makeinfo -o doc/com_err.info ../lib/et/com_err.texinfo
install -m 644 doc/com_err.info "$LFS/usr/share/info"

sh "$LFS_SRC/finish.sh"
