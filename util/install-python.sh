#!/bin/sh
# Python, the language of Meson and other programs, with pip, its installer of modules.
set -eu

# The system has python3; which Python `python` would be is the administrator's choice.
sed -i '1s/python$/python3/' Lib/encodings/rot_13.py

# --enable-shared      libpython as a shared library
# --with-system-expat  the Expat of the system, not the copy that comes with Python
# --without-static-libpython
#                      nobody links Python into a program here
# Other than the book, without --enable-optimizations: that measures which way a test
# program takes through Python, and compiles accordingly. It doubles the time of the
# build, and as no two runs are alike, no two builds would be.
./configure \
	--prefix=/usr \
	--enable-shared \
	--with-system-expat \
	--without-static-libpython
make

# Python keeps the settings of its build, for those who compile modules. The folder that
# they name will not be there any more.
grep -rlI "$PWD" "$(cat pybuilddir.txt)" | xargs sed -i "s|$PWD|.|g"
make DESTDIR="$LFS" install
sed -i "s|$PWD|.|g" "$LFS"/usr/lib/python3.*/config-*/Makefile

# What pip has installed of itself was compiled in $LFS, and says so in each file. Once
# more, with the final names (-s takes the folder off, -p puts the root in front).
LD_LIBRARY_PATH=$PWD ./python -m compileall -q -f -s "$LFS" -p / \
	"$LFS"/usr/lib/python3.*/site-packages

# Pip is used as root here, and has no network to look for a newer one.
mkdir -p "$LFS/etc"
cat >"$LFS/etc/pip.conf" <<END
[global]
root-user-action = ignore
disable-pip-version-check = true
END

sh "$LFS_SRC/finish.sh"
