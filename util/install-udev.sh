#!/bin/sh
# Udev fills in /dev: names, owners and links of devices as they come and go. It is a
# part of systemd's source; nothing else of that is built.
set -eu

# These groups of the default rules do not exist here; graphics belongs to `video`.
sed -e 's/GROUP="render"/GROUP="video"/' \
	-e 's/GROUP="sgx", //' \
	-i rules.d/50-udev-default.rules.in

# A rule that runs a program of the full systemd.
sed -i '/systemd-sysctl/s/^/#/' rules.d/99-systemd.rules.in

# Settings for network cards are in udev/network, as there is no systemd.
sed -e '/NETWORK_DIRS/s/systemd/udev/' -i src/libsystemd/sd-network/network-util.h

mkdir build
cd build

# --buildtype=release         optimize
# -D mode=release             without what systemd's authors consider experimental
# -D dev-kvm-mode=0660        only the group kvm may run virtual machines
# -D link-udev-shared=false   no library shared with the rest of systemd
# -D logind=false, -D vconsole=false
#                             no rules for parts that are not installed
meson setup .. \
	--prefix=/usr \
	--buildtype=release \
	-D mode=release \
	-D dev-kvm-mode=0660 \
	-D link-udev-shared=false \
	-D logind=false \
	-D vconsole=false

# Which files are udev's: the book collects their names with grep, from places that
# change with the version. Meson knows what it would install from where to where
# (the list has both, as "from": "to"); take of it what lies in udev's places.
cat >list.py <<'EOF'
import json, os, re
mine = re.compile(r"""/(usr/lib|etc)/udev/.+
	|/usr/lib/libudev\.so.*
	|/usr/include/libudev\.h
	|/usr/(lib|share)/pkgconfig/(lib)?udev\.pc
	|/usr/bin/(udevadm|systemd-hwdb)
	|/usr/lib/systemd/network/99-default\.link""", re.VERBOSE)
with open("meson-info/intro-installed.json") as file:
    installed = json.load(file)
for source, target in sorted(installed.items()):
    # A link is no file to be made; newer versions of Meson list those, too.
    if os.path.isabs(source) and not os.path.islink(source) and mine.fullmatch(target):
        print(os.path.relpath(source), target)
EOF
python3 list.py >list

# What is not in the source (..) has to be made.
# shellcheck disable=SC2046 # a list of words
ninja $(awk '$1 !~ /^\.\.\// { print $1 }' list)

while read -r source target; do
	case $target in
	*/systemd-hwdb) target=/usr/bin/udev-hwdb ;;
	*/99-default.link) target=/usr/lib/udev/network/99-default.link ;;
	esac
	mode=644
	[ ! -x "$source" ] || mode=755
	install -D -m "$mode" "$source" "$LFS$target"
done <list

# The links to the library, by its name (libudev.so.1) and for the linker; and the
# daemon, which is udevadm under another name.
cp -P libudev.so libudev.so.[0-9] "$LFS/usr/lib/"
mkdir -p "$LFS/usr/sbin"
ln -s ../bin/udevadm "$LFS/usr/sbin/udevd"

# Where an administrator puts rules of the own.
mkdir -p "$LFS/etc/udev/hwdb.d" "$LFS/etc/udev/rules.d" "$LFS/etc/udev/network"

# The book's udev-lfs, rules for old hardware and for permanent names of CD drives
# and network cards, is left out: the latter are in systemd's rules by now.

# The manuals, which would need XML tools to be made: the book's are ready to use, if the
# configuration has them. Some are called after systemd there, and after udev here.
if [ -d "$LFS_SRC/systemd-man-pages" ]; then
	man=$LFS/usr/share/man
	cd "$LFS_SRC/systemd-man-pages"
	mkdir -p "$man/man3" "$man/man5" "$man/man7" "$man/man8"
	for page in man*/udev* man*/libudev*; do
		[ ! -e "$page" ] || cp -P "$page" "$man/$page"
	done
	sed 's|systemd/network|udev/network|' man5/systemd.link.5 >"$man/man5/udev.link.5"
	sed 's/systemd\(\\\?-\)/udev\1/' man8/systemd-hwdb.8 >"$man/man8/udev-hwdb.8"
	sed 's|lib.*udevd|sbin/udevd|' man8/systemd-udevd.service.8 >"$man/man8/udevd.8"
	cd "$LFS_SRC/udev/build"
fi

# The database of hardware in the form that is fast to read. The book does this on
# the running system (udev-hwdb update); it is the same for everybody. It notes from which
# file each entry is, so the files are where they will be while it is made.
mkdir -p /usr/lib/udev
cp -r "$LFS/usr/lib/udev/hwdb.d" /usr/lib/udev/
./systemd-hwdb --usr update
mv /usr/lib/udev/hwdb.bin "$LFS/usr/lib/udev/"

sh "$LFS_SRC/finish.sh"
