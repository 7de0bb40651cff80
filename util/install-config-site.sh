#!/bin/sh
# What all configure scripts shall know without testing. In the book this is the
# first step of M4; here it is a package, as many others need it.
set -eu

mkdir -p "$LFS/usr/share"
cat >"$LFS/usr/share/config.site" <<'END'
# glibc 2.44 has these functions, under names that only its header knows.
# Configure's test does not use the header, misses them, and the replacements
# that the package then compiles clash with the header.
ac_cv_func_posix_spawn_file_actions_addchdir=yes
ac_cv_func_posix_spawn_file_actions_addfchdir=yes
END
