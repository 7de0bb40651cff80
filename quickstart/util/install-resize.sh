#!/bin/sh
# Two commands that have the kernel resize a partition and the filesystem in it. They are
# one program of our own (quickstart/static/resize), so that no package of such tools has to
# be built for them.
set -eu

# -Os small; -s without the names that a debugger wants
musl-gcc -Os -s -Wall -Wextra -Werror -o resize2fs resize.c

install -D -m 755 resize2fs "$LFS/usr/sbin/resize2fs"
ln -s resize2fs "$LFS/usr/sbin/resizepart"
