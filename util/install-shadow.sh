#!/bin/sh
# Shadow manages users, groups and their passwords; login and su are its own.
set -eu

# Leave out what other packages have: groups is coreutils' (and gone from new versions
# of shadow), the two manual pages are in man-pages.
sed -i 's/groups.(EXEEXT) //' src/Makefile.in
find man -name Makefile.in -exec sed -i \
	-e 's/groups\.1 / /' \
	-e 's/getspnam\.3 / /' \
	-e 's/passwd\.5 / /' \
	{} +

# Hash passwords with yescrypt, which is harder to guess than SHA-512; mail is in
# /var/mail; and PATH has no /bin and /sbin, as these are links to /usr.
sed -i \
	-e 's:^#ENCRYPT_METHOD [A-Z0-9]*$:ENCRYPT_METHOD YESCRYPT:' \
	-e 's:/var/spool/mail:/var/mail:' \
	-e '/PATH=/{s@/sbin:@@;s@/bin:@@}' \
	etc/login.defs
grep -q '^ENCRYPT_METHOD YESCRYPT$' etc/login.defs

# --with-bcrypt, --with-yescrypt
#                    hash methods that libxcrypt has
# --without-libbsd   use shadow's own copy of the function for asking passwords
# --disable-logind   there is no systemd
# --with-group-name-max-length
#                    names of groups may be as long as those of users
# The book first makes an empty /usr/bin/passwd, so that programs call it there. They
# call /bin/passwd now, and that is the same.
./configure \
	--sysconfdir=/etc \
	--disable-static \
	--with-bcrypt \
	--with-yescrypt \
	--without-libbsd \
	--disable-logind \
	--with-group-name-max-length=32
make

# exec_prefix  without it, programs would go to /bin and /sbin
make exec_prefix=/usr DESTDIR="$LFS" install
make -C man DESTDIR="$LFS" install-man

# What a new user gets, as after the book's `useradd -D --gid 999`: the group is users
# (999) where the user has none alone. No mailbox is made, as there is no mail.
mkdir -p "$LFS/etc/default"
cat >"$LFS/etc/default/useradd" <<EOF
# useradd defaults file
GROUP=999
HOME=/home
INACTIVE=-1
EXPIRE=
SHELL=/bin/bash
SKEL=/etc/skel
CREATE_MAIL_SPOOL=no
EOF

# Ranges of users and groups for containers: useradd adds to these.
: >"$LFS/etc/subuid"
: >"$LFS/etc/subgid"

# The book's pwconv and grpconv have nothing to do: the package filesystem writes the
# files of all accounts, passwords apart. None is set.

sh "$LFS_SRC/finish.sh"
