#!/bin/sh
# The manual pages of the system calls, of the C library, and of devices and files:
# for everybody who writes programs.
set -eu

# Libxcrypt has better pages about hashing passwords.
rm man3/crypt*

# -R         no built-in variables of make: these makefiles cannot live with them
# GIT=false  do not look for git, which is not there
make -R GIT=false prefix=/usr DESTDIR="$LFS" install
