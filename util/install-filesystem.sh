#!/bin/sh
# The frame that all other packages fit into: folders, links, and the files in /etc
# that belong to no program (chapters 7.5, 7.6 and 9 of the book). There is no source;
# the files are in static/filesystem.
set -eu

# All programs and libraries are in /usr; the old places are links to there. /lib64 is
# a folder, for the link by which programs find their loader.
for folder in bin lib sbin; do
	mkdir -p "$LFS/usr/$folder"
	[ -L "$LFS/$folder" ] || ln -s "usr/$folder" "$LFS/$folder"
done
mkdir -p "$LFS/lib64"

# The folders of the Filesystem Hierarchy Standard, as in the book. /dev, /proc, /run
# and /sys are filled when the system starts.
(
	cd "$LFS"
	mkdir -p boot dev home mnt opt proc run srv sys
	mkdir -p etc/opt etc/sysconfig usr/lib/firmware usr/lib/locale
	mkdir -p media/cdrom media/floppy
	mkdir -p usr/local/bin usr/local/lib usr/local/sbin
	for usr in usr usr/local; do
		mkdir -p $usr/include $usr/src
		for folder in color dict doc info locale man misc terminfo zoneinfo; do
			mkdir -p "$usr/share/$folder"
		done
		for section in 1 2 3 4 5 6 7 8; do
			mkdir -p "$usr/share/man/man$section"
		done
	done
	for folder in cache lib/color lib/hwclock lib/locate lib/misc local log mail opt spool; do
		mkdir -p "var/$folder"
	done
	ln -sfn /run var/run
	ln -sfn /run/lock var/lock
)
# root's own is nobody else's business; in these everyone may make files, and nobody
# may remove another's.
install -d -m 0750 "$LFS/root"
install -d -m 1777 "$LFS/tmp" "$LFS/var/tmp"

# The modes are set here, as not every checkout keeps them.
cp -R etc "$LFS/"
# Chapter 9.2: the machine's own name, for programs that look up its address. Not on the
# line of localhost, as in the stages that build (7.6): "localhost" would be its full name.
cat >"$LFS/etc/hosts" <<END
127.0.0.1	localhost
127.0.1.1	$(cat etc/hostname)
::1	localhost
END
find "$LFS/etc" -type d -exec chmod 755 {} +
find "$LFS/etc" -type f -exec chmod 644 {} +

# The passwords: none, for nobody. A `!` can be no password, so no account can be
# entered by one: neither from outside nor with su. (An empty field would let anyone
# in.) The accounts are those of passwd and group, so that there is one list only.
while IFS=: read -r name _; do
	echo "$name:!:::::::"
done <etc/passwd >"$LFS/etc/shadow"
while IFS=: read -r name _ _ members; do
	echo "$name:!::$members"
done <etc/group >"$LFS/etc/gshadow"
chmod 600 "$LFS/etc/shadow" "$LFS/etc/gshadow"

# What is mounted can be seen there, always up to date.
ln -sfn /proc/self/mounts "$LFS/etc/mtab"

# Who is, was, or tried to be logged in. Programs write to these only if they are
# there. The group utmp is 13; btmp can hold passwords typed in the wrong place.
for log in btmp faillog lastlog wtmp; do
	: >"$LFS/var/log/$log"
done
chown 0:13 "$LFS/var/log/lastlog" "$LFS/var/log/wtmp"
chmod 664 "$LFS/var/log/lastlog" "$LFS/var/log/wtmp"
chmod 600 "$LFS/var/log/btmp"
