#!/bin/sh
# Diffutils: diff, cmp and others, which compare files.
set -eu

# gl_cv_func_strcasecmp_works  configure would find this out by running a
#                              program, which cannot be done here, and stop
./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(./build-aux/config.guess)" \
	gl_cv_func_strcasecmp_works=yes
make
make DESTDIR="$LFS" install
