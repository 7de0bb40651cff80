#!/bin/sh
# GRUB loads the kernel when the machine starts; this one is for machines with a BIOS
# (i386-pc). Its tests need much that is not here.
set -eu

# A boot loader runs without a system: options meant for programs could break it.
unset CFLAGS CPPFLAGS CXXFLAGS LDFLAGS

# Version 2.14 only: with --image-base, which new linkers know, its images do not start.
# It falls back to what it did before when the linker seems not to know it.
sed -i 's/--image-base/--nonexist-linker-option/' configure

# Version 2.12 only: its release lacks this file. (Later ones make it themselves.)
if ! grep -q '^extra_deps\.lst:' grub-core/Makefile.in && [ ! -e grub-core/extra_deps.lst ]; then
	echo depends bli part_gpt >grub-core/extra_deps.lst
fi

# --disable-efiemu  no imitation of EFI for other systems
# --disable-werror  what a newer Flex writes gives warnings: do not stop for them
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--disable-efiemu \
	--disable-werror
make
make DESTDIR="$LFS" install

# Version 2.12 installs the completion for Bash where Bash does not look for it any more.
if [ -e "$LFS/etc/bash_completion.d/grub" ]; then
	mkdir -p "$LFS/usr/share/bash-completion/completions"
	mv "$LFS/etc/bash_completion.d/grub" "$LFS/usr/share/bash-completion/completions/"
	rmdir "$LFS/etc/bash_completion.d"
fi

# Parts of GRUB with debugging symbols, for its developers. What it loads is *.mod, *.img.
rm -f "$LFS"/usr/lib/grub/*/*.module "$LFS"/usr/lib/grub/*/*.exec "$LFS"/usr/lib/grub/*/*.image

sh "$LFS_SRC/finish.sh"
