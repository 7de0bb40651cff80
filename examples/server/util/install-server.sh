#!/bin/sh
# The settings of this server: who may log in and how, the firewall's rules.
set -eu

mkdir -p "$LFS"
cp -R etc "$LFS/"
find "$LFS/etc" -type d -exec chmod 755 {} +
find "$LFS/etc" -type f -exec chmod 644 {} +
# sudo reads nothing that others could write.
chmod 750 "$LFS/etc/sudoers.d"
chmod 440 "$LFS/etc/sudoers.d/wheel"
