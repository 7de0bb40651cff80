#!/bin/sh
# Makes a folder with a Debian in it the root of a small machine: processes, mounts
# and devices of its own, this machine's network and kernel. To be run as
#
#   unshare --mount --pid --ipc --uts --cgroup --fork --kill-child machine.sh ROOT SOURCES
#
# SOURCES is to be seen at /sources. The mounts exist in there only and end with it,
# so that deleting ROOT afterwards can never delete anything else. It prints its
# process id, for nsenter, and lives until its input ends.
set -eu
root=$1
sources=$2

# /proc is still the outer one. (cut would be a process of its own.)
read -r pid _ </proc/self/stat

mount --bind "$root" "$root"
cd "$root"
mkdir -p sources old
mount --bind "$sources" sources
mount -o remount,bind,ro sources
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup # the one kind that all engines take
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
for device in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
done
mknod -m 666 dev/tty c 5 0
cp -L /etc/resolv.conf etc/resolv.conf
hostname lfd

# Containers are made by pivot_root, which works only where this was done.
pivot_root . old
cd /
umount -l old

echo "$pid"
# As the first process it is the parent of all that lost theirs. cat ends when the
# input does.
exec 3<&0
cat <&3 >/dev/null &
wait $!
