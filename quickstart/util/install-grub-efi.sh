#!/bin/sh
# GRUB once more, for machines with UEFI: their firmware does not start the first sector
# of a disk as a BIOS does, but a program, which is a file on a FAT partition. When the
# disk is made, grub-mkimage joins GRUB's kernel and modules from here to that program.
#
# See the script of grub for what is done here in the same way.
set -eu

# What the boot needs: as for BIOS, but the disk is read by the firmware; fat is to read
# the partition that GRUB was started from.
modules='part_gpt fat ext2 normal linux serial echo ls cat reboot halt'
# What asks for a password, and what checks signatures, for machines that start nothing
# unsigned (Secure Boot, see docs/disk.md).
modules="$modules password_pbkdf2 pgp gcry_rsa gcry_dsa gcry_sha256 gcry_sha512"
# What these need themselves.
modules="$modules boot bufio crypto datetime extcmd fshelp gcry_sha1 gettext mpi net
	pbkdf2 priority_queue terminal terminfo"

# What GRUB calls the processor, and what it needs there.
case $LFS_ARCH in
aarch64) cpu=arm64 modules="$modules fdt" ;;
i686) cpu=i386 modules="$modules acpi mmap relocator video" ;;
*) cpu=$LFS_ARCH modules="$modules acpi mmap relocator video" ;;
esac

# The release lacks this file, by an oversight.
: >grub-core/extra_deps.lst

# grub-mkimage and the other tools are the same for both: the package grub has them. So
# there is nothing here that would run in our system, and no need of its C library.
./configure \
	--target="$cpu" \
	--with-platform=efi \
	TARGET_CC=gcc \
	PYTHON=true \
	--disable-efiemu \
	--disable-grub-mkfont \
	--disable-grub-themes \
	--disable-device-mapper \
	--disable-nls \
	--disable-werror

# Files that other files include, and that make otherwise makes first of all.
make grub_script.tab.h grub_script.yy.h
# shellcheck disable=SC2046,SC2086 # lists of words
make -C grub-core \
	MODULE_FILES="$(printf '%s.module ' $modules)" \
	MARKER_FILES= \
	kernel.img moddep.lst \
	$(printf '%s.mod ' $modules)

mkdir -p "$LFS/usr/lib/grub/$cpu-efi"
cd grub-core
cp kernel.img moddep.lst ./*.mod "$LFS/usr/lib/grub/$cpu-efi/"
