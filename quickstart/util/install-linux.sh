#!/bin/sh
# The kernel: one file, which the boot loader loads.
set -eu

# "No" to every question, except where our lists say something else: that for all
# machines, and that for this kind of machine.
config=$LFS_SRC/kernel.config
cat "$LFS_SRC/$LFS_KERNEL_ARCH.config" >>"$config"
make ARCH="$LFS_KERNEL_ARCH" KCONFIG_ALLCONFIG="$config" allnoconfig

# A line of ours that is not in the result was misspelt, or lacks what it needs
# itself: better stop here than wonder later why the system does not boot.
missing=$(grep '^CONFIG_' "$config" | grep -vxFf .config || :)
if [ -n "$missing" ]; then
	printf 'of kernel.config and %s.config these lines are not in the final configuration:\n%s\n' "$LFS_KERNEL_ARCH" "$missing" >&2
	exit 1
fi

# The kernel notes when, by whom and where it was built (see `uname -v`). Give it
# answers that are the same for everyone, or no two builds would be equal.
KBUILD_BUILD_TIMESTAMP=$(date -u -d "@$SOURCE_DATE_EPOCH")
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER=lfd KBUILD_BUILD_HOST=lfd KBUILD_BUILD_VERSION=1

# The boot loader's form of the kernel: compressed, with code that unpacks it. Its name
# differs between machines.
image=$(make -s ARCH="$LFS_KERNEL_ARCH" image_name)
make ARCH="$LFS_KERNEL_ARCH" "${image##*/}"

# The configuration goes along, for whoever wonders what this kernel can do.
mkdir -p "$LFS/boot"
cp "$image" "$LFS/boot/vmlinuz"
cp .config "$LFS/boot/config"

# Which files of the source this kernel was compiled from: a security hole in any other
# file does not concern it. Beside each object make keeps a list of them (*.cmd). This
# one is not installed.
mkdir -p "$LFS_SRC/.artifacts"
find . -path ./scripts -prune -o -path ./tools -prune -o -name '.*.o.cmd' -exec sed -n '
	s/^source_[^ ]* := //p
	s/^  \([a-z][^ ]*\.[chS]\).*/\1/p
' {} + | LC_ALL=C sort -u >"$LFS_SRC/.artifacts/compiled-files"
