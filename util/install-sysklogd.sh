#!/bin/sh
# Syslogd writes what programs and the kernel report to files in /var/log.
set -eu

# --runstatedir     /run, not /usr/var/run
# --without-logger  logger is in util-linux
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--runstatedir=/run \
	--without-logger \
	--disable-static
make
make DESTDIR="$LFS" install

# The book's settings: what goes where. A file with - before its name is not brought to
# the disk after each line. secure_mode 2: listen to no network.
mkdir -p "$LFS/etc"
cat >"$LFS/etc/syslog.conf" <<'END'
auth,authpriv.* -/var/log/auth.log
*.*;auth,authpriv.none -/var/log/sys.log
daemon.* -/var/log/daemon.log
kern.* -/var/log/kern.log
mail.* -/var/log/mail.log
user.* -/var/log/user.log
*.emerg *

secure_mode 2
END

sh "$LFS_SRC/finish.sh"
