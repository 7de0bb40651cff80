#!/bin/sh
# Bash, the shell, in its final form. It is /bin/sh, too.
set -eu

# --without-bash-malloc      glibc's malloc is the more stable one
# --with-installed-readline  share Readline with others, instead of a copy in Bash
./configure \
	--prefix=/usr \
	--without-bash-malloc \
	--with-installed-readline
make
make DESTDIR="$LFS" install

# For those who compile commands for Bash: where it was built is not there any more.
sed -i 's/^BUILD_DIR = .*/BUILD_DIR = ./' "$LFS/usr/lib/bash/Makefile.inc"

# In the book this link is left from chapter 6.
ln -s bash "$LFS/usr/bin/sh"

sh "$LFS_SRC/finish.sh"
