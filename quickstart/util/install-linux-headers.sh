#!/bin/sh
# The kernel's header files: programs are compiled against them, as they say how
# a program talks to the kernel.
set -eu

# Writes the headers that are meant for programs into usr/include. (`make
# headers_install` would also copy them, but needs rsync for it.)
make ARCH="$LFS_KERNEL_ARCH" headers

# Left-overs of how they were made.
find usr/include -type f ! -name '*.h' -exec rm {} +

# Beside the headers of musl: see install-musl.sh.
mkdir -p "$LFS/usr/local/musl"
cp -R usr/include "$LFS/usr/local/musl/"
