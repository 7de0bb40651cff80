#!/bin/sh
# OpenSSH logs in to other machines (ssh, scp, sftp), and lets others in (sshd).
set -eu

# --with-privsep-path    an empty folder: sshd locks its part that speaks with strangers
#                        into it
# --with-default-path,   the PATH of who logs in: /bin is only a link here
# --with-superuser-path
# --with-pid-dir         /run, which is empty at each start
./configure \
	--prefix=/usr \
	--sysconfdir=/etc/ssh \
	--with-privsep-path=/var/lib/sshd \
	--with-default-path=/usr/bin \
	--with-superuser-path=/usr/sbin:/usr/bin \
	--with-pid-dir=/run
make
# install-nokeys: the keys of a machine are made on that machine, when it starts for the
# first time. All that had this system would else have the same.
make DESTDIR="$LFS" install-nokeys

# What sshd_config.d has comes first, and so counts: a system's own settings need no change
# of this file.
mkdir -p "$LFS/etc/ssh/sshd_config.d"
sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' "$LFS/etc/ssh/sshd_config"

# The service.
mkdir -p "$LFS/etc/rc.d"
install -m 755 lfd/70-sshd "$LFS/etc/rc.d/"

sh "$LFS_SRC/finish.sh"
