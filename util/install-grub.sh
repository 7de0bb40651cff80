#!/bin/sh
# GRUB loads the kernel when the machine starts; this one is for machines with a BIOS
# (i386-pc). Its tests need much that is not here.
set -eu

# A boot loader runs without a system: options meant for programs could break it.
unset CFLAGS CPPFLAGS CXXFLAGS LDFLAGS

# With --image-base, which new linkers know, the images of version 2.14 do not start. It
# falls back to what it did before when the linker seems not to know it.
sed -i 's/--image-base/--nonexist-linker-option/' configure

# --disable-efiemu  no imitation of EFI for other systems
# --disable-werror  what a newer Flex writes gives warnings: do not stop for them
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--disable-efiemu \
	--disable-werror
make
make DESTDIR="$LFS" install

# Parts of GRUB with debugging symbols, for its developers. What it loads is *.mod, *.img.
rm -f "$LFS"/usr/lib/grub/*/*.module "$LFS"/usr/lib/grub/*/*.exec "$LFS"/usr/lib/grub/*/*.image

sh "$LFS_SRC/finish.sh"
