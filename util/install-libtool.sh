#!/bin/sh
# Libtool hides from a package's build system how shared libraries are made.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# Only the tests need the static library.
rm -f "$LFS/usr/lib/libltdl.a"

# Some versions write the name of the machine into the script.
sed -i '/^# Libtool was configured on host/d' "$LFS/usr/bin/libtool"

sh "$LFS_SRC/finish.sh"
