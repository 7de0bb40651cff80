#!/bin/sh
# The kernel's interface for programs, as C headers: glibc is compiled against it.
set -eu

# ARCH  the machine that the headers are for, which need not be this one
#
# The book cleans the source first (make mrproper). Ours was unpacked for this
# build and nothing else, so there is nothing to clean. `headers` and a copy
# instead of `headers_install`, which needs rsync.
make ARCH="$LFS_KERNEL_ARCH" headers
find usr/include -type f ! -name '*.h' -delete
cp -r usr/include "$LFS/usr"
