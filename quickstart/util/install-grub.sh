#!/bin/sh
# GRUB, the boot loader: the machine's firmware starts it, it shows a menu, and
# loads the kernel from the filesystem of the disk. This one is for a BIOS, which only
# PCs have. On other machines the tools alone are built: see grub-efi.
#
# GRUB is a kernel of its own with some 270 modules. Built here are those that
# start Linux from an ext4 filesystem on a GPT disk, with a menu on the screen
# and on the serial port, the tool that joins them to one boot image, and the one
# that makes a hash of a password.
set -eu

# What the boot needs: disk, partition table and filesystem (ext2 reads ext3 and
# ext4, too), the menu, Linux, the serial port, and a few commands for you at
# GRUB's prompt (press c in the menu).
modules='biosdisk part_gpt ext2 normal linux serial echo ls cat reboot halt'
# What asks for a password, once there is one: see close-system.
modules="$modules password_pbkdf2"
# What these need themselves. If one is missing, the build stops and tells which
# function "is not defined".
modules="$modules acpi boot bufio crypto datetime extcmd fshelp gcry_sha512 gettext mmap
	net pbkdf2 pci priority_queue relocator terminal terminfo vbe video video_fb"

# The release lacks this file, by an oversight. It may name modules that need
# others in a hidden way: none of ours.
: >grub-core/extra_deps.lst

case $LFS_ARCH in
x86_64 | i686) cpu=i386 firmware=pc ;;
*) cpu=$LFS_ARCH firmware=efi ;;
esac

# Two compilers: CC for the tools, which run in our system and so use our C
# library; TARGET_CC for GRUB itself, which runs on the bare machine, where there
# is none.
# Python would only be needed to write files anew that the release has already.
# efiemu lets a 32-bit GRUB pretend to be UEFI; mkfont and themes are for
# pictures, the device mapper is for logical volumes, nls for translations: not
# used here. A warning of a compiler newer than this GRUB should not stop the
# build (--disable-werror).
./configure \
	--target="$cpu" \
	--with-platform="$firmware" \
	CC=musl-gcc \
	TARGET_CC=gcc \
	PYTHON=true \
	--prefix=/usr \
	--sbindir=/usr/sbin \
	--sysconfdir=/etc \
	--disable-efiemu \
	--disable-grub-mkfont \
	--disable-grub-themes \
	--disable-device-mapper \
	--disable-nls \
	--disable-werror

# `make` without a goal would build all modules and a dozen tools: a minute more.
# libgnu is what GRUB's tools need where the C library lacks something.
make -C grub-core/lib/gnulib
make grub-mkimage grub-mkpasswd-pbkdf2

mkdir -p "$LFS/usr/bin"
strip grub-mkimage grub-mkpasswd-pbkdf2
cp grub-mkimage grub-mkpasswd-pbkdf2 "$LFS/usr/bin/"
[ "$firmware" = pc ] || exit 0

# The boot code of the first sectors, GRUB's kernel, the list of what needs what,
# and the modules. MODULE_FILES and MARKER_FILES are GRUB's own lists, which are
# replaced by shorter ones.
make -C grub-core rs_decoder.h
# shellcheck disable=SC2046,SC2086 # lists of words
make -C grub-core \
	MODULE_FILES="$(printf '%s.module ' $modules)" \
	MARKER_FILES= \
	boot.img diskboot.img lzma_decompress.img kernel.img moddep.lst \
	$(printf '%s.mod ' $modules)

# Where grub-mkimage looks for them.
mkdir -p "$LFS/usr/lib/grub/i386-pc"
cd grub-core
cp ./*.img moddep.lst ./*.mod "$LFS/usr/lib/grub/i386-pc/"
