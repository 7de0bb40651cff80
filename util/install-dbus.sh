#!/bin/sh
# D-Bus carries messages between programs. Nothing of this system needs it, but much of
# what may be installed later.
set -eu

mkdir build
cd build

# --buildtype=release      optimize
# --wrap-mode=nofallback   do not download GLib for the tests
# -D systemd=disabled      init is not systemd here, but sysvinit
meson setup .. \
	--prefix=/usr \
	--buildtype=release \
	--wrap-mode=nofallback \
	-D systemd=disabled
ninja
DESTDIR="$LFS" ninja install

# An example for Python 3, which is not called python here.
sed -i '1s/python$/python3/' "$LFS/usr/share/doc/dbus/examples/GetAllMatchRules.py"

# /run is empty at each start: who starts the daemon makes the folder.
rm -rf "$LFS/run"

# Starts system services for the daemon, and only for it: group messagebus.
chown 0:messagebus "$LFS/usr/libexec/dbus-daemon-launch-helper"
chmod 4750 "$LFS/usr/libexec/dbus-daemon-launch-helper"

# The machine's name for D-Bus is that in /etc, as of other programs. It differs from
# machine to machine; dbus-uuidgen --ensure=/etc/machine-id makes it.
mkdir -p "$LFS/var/lib/dbus"
ln -s /etc/machine-id "$LFS/var/lib/dbus/machine-id"

sh "$LFS_SRC/finish.sh"
