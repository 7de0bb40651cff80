#!/bin/sh
# Sudo lets chosen users do chosen things as root: /etc/sudoers says who and what.
set -eu

# --libexecdir        its modules in /usr/lib/sudo
# --with-secure-path  what is run as root is looked for in /usr/sbin and /usr/bin only
# --with-env-editor   visudo takes the user's own editor, as $EDITOR says
# --without-sendmail  no mails to root of what was refused: it is in the log
# --disable-nls       in English
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--libexecdir=/usr/lib \
	--with-secure-path=/usr/sbin:/usr/bin \
	--with-env-editor \
	--without-sendmail \
	--disable-nls
make
make DESTDIR="$LFS" install

# /run is empty at each start: sudo makes its folder there itself.
rm -rf "$LFS/run"

# A file of one's own in sudoers.d needs no change of sudoers.
install -d -m 750 "$LFS/etc/sudoers.d"

sh "$LFS_SRC/finish.sh"
