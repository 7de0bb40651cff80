#!/bin/sh
# BusyBox: shell, init, login and some 300 commands in one program, which does
# what the name says by which it is called.
set -eu

# Our own answers, and an empty line, which means the default, for every other
# question.
config=busybox.config
# For 32 bits, its checksums in the processor's own commands are at addresses that would have to
# be changed in the program, which musl does not do: the program ends at once.
if [ "$LFS_ARCH" = i686 ]; then
	printf 'CONFIG_%s=n\n' SHA1_HWACCEL SHA256_HWACCEL >>"$config"
fi
grep '^CONFIG_' "$config" >.config
yes '' | make oldconfig >config.log || {
	tail config.log >&2
	exit 1
}

# A line of ours that is not in the result was misspelt, or it contradicts
# another one: better stop here than wonder later.
grep '^CONFIG_' "$config" | while read -r line; do
	case $line in
	*=n) ! grep -q "^${line%n}" .config ;;
	*) grep -qxF "$line" .config ;;
	esac || {
		echo "busybox.config: $line did not come true" >&2
		exit 1
	}
done

# Against our own C library. SOURCE_DATE_EPOCH, which is set for every build,
# is the date that `busybox` shows, instead of today's.
make CC=musl-gcc busybox busybox.links

# Set-uid: see busybox.config.
mkdir -p "$LFS/usr/bin" "$LFS/usr/sbin"
strip busybox
cp busybox "$LFS/usr/bin/busybox"
chmod 4755 "$LFS/usr/bin/busybox"

# A link for every command. BusyBox's own `make install` does not know that /bin
# and /usr/bin are the same folder here.
while read -r path; do
	name=${path##*/}
	case $path in
	*/sbin/*) ln -s ../bin/busybox "$LFS/usr/sbin/$name" ;;
	*) ln -s busybox "$LFS/usr/bin/$name" ;;
	esac
done <busybox.links
