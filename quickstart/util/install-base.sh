#!/bin/sh
# The frame that all else fits into: folders, links, and the files in /etc.
# It has no source to compile; the files come from quickstart/static/base and, for
# both systems of this project, static/closing and static/cloud.
set -eu

# All programs and libraries live in /usr. The old places are links to it, as
# many paths are written down for ever: /bin/sh, /sbin/init, /lib/ld-musl-...
for folder in bin sbin lib; do
	mkdir -p "$LFS/usr/$folder"
	ln -s "usr/$folder" "$LFS/$folder"
done

# Filled when the system starts, not before: see /etc/fstab and the kernel.
mkdir "$LFS/dev" "$LFS/proc" "$LFS/sys" "$LFS/run"
# Temporary files: everyone may make some, nobody may remove another's (1777).
# /var/tmp outlives a restart.
mkdir -m 1777 "$LFS/tmp"
mkdir -p "$LFS/var/log" "$LFS/var/spool/cron/crontabs"
mkdir -m 1777 "$LFS/var/tmp"
# The older name of /run.
ln -s ../run "$LFS/var/run"
# People's own; root's is nobody else's business.
mkdir "$LFS/home" "$LFS/mnt"
mkdir -m 700 "$LFS/root"

# Copy the files. The modes are set here, as not every checkout keeps them.
cp -R etc usr "$LFS/"
find "$LFS/etc" "$LFS/usr/share" -type d -exec chmod 755 {} +
find "$LFS/etc" "$LFS/usr/share" -type f -exec chmod 644 {} +
chmod 755 "$LFS"/etc/init.d/* "$LFS"/etc/acpi/*/* "$LFS/usr/share/udhcpc/default.script" \
	"$LFS"/usr/sbin/*
# The passwords, or at first: their absence.
chmod 600 "$LFS/etc/shadow"

# What is mounted can be seen there, always up to date.
ln -s ../proc/self/mounts "$LFS/etc/mtab"
