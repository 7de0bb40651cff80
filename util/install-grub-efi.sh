#!/bin/sh
# GRUB once more, for machines with UEFI: their firmware starts a program from a file,
# EFI/BOOT/BOOTX64.EFI on a PC, instead of the first sector of a disk. grub-mkimage, of the
# package grub, makes that program of what is installed here.
set -eu

# What GRUB calls the processor.
case $LFS_ARCH in
aarch64) cpu=arm64 ;;
i686) cpu=i386 ;;
*) cpu=$LFS_ARCH ;;
esac

# A boot loader runs without a system: options meant for programs could break it.
unset CFLAGS CPPFLAGS CXXFLAGS LDFLAGS

# --disable-efiemu  no imitation of EFI for other systems
# --disable-werror  what a newer Flex writes gives warnings: do not stop for them
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--target="$cpu" \
	--with-platform=efi \
	--disable-efiemu \
	--disable-werror
make

# The tools are the same for each kind of firmware: only the modules are installed.
make -C grub-core DESTDIR="$LFS" install

# Parts of GRUB with debugging symbols, for its developers. What it loads is *.mod, *.img.
rm -f "$LFS"/usr/lib/grub/*/*.module "$LFS"/usr/lib/grub/*/*.exec "$LFS"/usr/lib/grub/*/*.image

sh "$LFS_SRC/finish.sh"
