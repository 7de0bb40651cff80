#!/bin/sh
# What happens between the start of init and the login prompt, and at the end: init's
# table, and some short scripts. The book (up to 12.4) uses LFS-Bootscripts; these are
# our own, small enough to read all of them. They are in static/bootscripts; what quickstart
# has as well is in static/closing and static/cloud.
set -eu

mkdir -p "$LFS"
cp -R etc usr "$LFS/"
find "$LFS/etc" "$LFS/usr" -type d -exec chmod 755 {} +
find "$LFS/etc" "$LFS/usr" -type f -exec chmod 644 {} +
chmod 755 "$LFS"/etc/rc.d/* "$LFS"/usr/sbin/*
