#!/bin/sh
# Init, the first program that the kernel starts, and shutdown, reboot and their like.
set -eu

# Other packages have newer ones of some programs: util-linux has last, mesg, sulogin,
# utmpdump and wall, procps-ng has pidof, e2fsprogs has logsave. The book takes them out
# by a patch, for one version; we tell make what to build and to install.
# base_bindir, base_sbindir
#                  /bin and /sbin are only links
programs='init halt shutdown runlevel killall5 fstab-decode bootlogd'
manuals=
for program in $programs poweroff reboot telinit; do
	manuals="$manuals $program.8"
done
sysvinit() {
	make \
		base_bindir=/usr/bin \
		base_sbindir=/usr/sbin \
		SBIN="$programs" \
		USRBIN=readbootlog \
		MAN1=readbootlog.1 \
		MAN8="$manuals" \
		"$@"
}
sysvinit
sysvinit DESTDIR="$LFS" install

# Links to programs that are not ours or not there.
rm -f "$LFS/usr/bin/pidof" "$LFS/usr/bin/lastb"

# Folders for translated manuals, which are only made if po4a is there.
find "$LFS/usr/share/man" -depth -type d -empty -delete

# What init does is in /etc/inittab: package bootscripts.

sh "$LFS_SRC/finish.sh"
