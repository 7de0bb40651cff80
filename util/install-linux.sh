#!/bin/sh
# The kernel: one file, which the boot loader loads. What it can do is in
# static/linux/lfs.config.
set -eu

# The book cleans the source first (make mrproper) and has you answer the questions
# yourself (make menuconfig). Here the source is fresh, and the answers are the
# kernel's default for the machine, with our own put over them.
export ARCH="$LFS_KERNEL_ARCH"
case $ARCH in
x86_64 | i386) default=arch/x86/configs/${ARCH}_defconfig ;;
*) default=arch/$ARCH/configs/defconfig ;;
esac
fragment=$LFS_SRC/lfs.config
scripts/kconfig/merge_config.sh -m "$default" "$fragment" >merge.log
make olddefconfig

# A line of ours that did not come true was misspelt, lacks what it needs itself,
# or is overruled by another one: better stop here than wonder why it does not boot.
missing=$(while read -r line; do
	case $line in
	CONFIG_*=*) grep -qxF "$line" .config || echo "$line" ;;
	'# CONFIG_'*' is not set')
		name=${line#\# }
		! grep -q "^${name%% *}=" .config || echo "$line"
		;;
	esac
done <"$fragment")
if [ -n "$missing" ]; then
	printf 'lfs.config: not in the final configuration:\n%s\n' "$missing" >&2
	exit 1
fi

# The kernel notes when, by whom and where it was built (see `uname -v`). Give it
# answers that are the same for everyone, or no two builds would be equal.
KBUILD_BUILD_TIMESTAMP=$(date -u -d "@$SOURCE_DATE_EPOCH")
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER=lfd KBUILD_BUILD_HOST=lfd KBUILD_BUILD_VERSION=1
make

# All is built in; what is installed here are the lists of it, which let modprobe
# say "already there". If you make some parts modules: they are stripped, and go
# here too. `build` would be a link to the source, which is not installed.
make INSTALL_MOD_PATH="$LFS/usr" INSTALL_MOD_STRIP=1 modules_install
rm -f "$LFS"/usr/lib/modules/*/build

# The boot loader's menu uses these names, so they have no version in them.
# System.map tells which function lies where, config what this kernel can do.
mkdir -p "$LFS/boot"
cp "$(make -s image_name)" "$LFS/boot/vmlinuz"
cp System.map "$LFS/boot/System.map"
cp .config "$LFS/boot/config"

# Which files of the source this kernel was compiled from: a security hole in any other
# file does not concern it. Beside each object make keeps a list of them (*.cmd). This
# one is not installed.
mkdir -p "$LFS_SRC/.artifacts"
find . -path ./scripts -prune -o -path ./tools -prune -o -name '.*.o.cmd' -exec sed -n '
	s/^source_[^ ]* := //p
	s/^  \([a-z][^ ]*\.[chS]\).*/\1/p
' {} + | LC_ALL=C sort -u >"$LFS_SRC/.artifacts/compiled-files"
