#!/bin/sh
# Written by lfdgen. Do not edit: change templates/disk.sh of lfdgen instead.
#
# Makes a bootable disk image of a root filesystem, inside a step of the
# Dockerfile: a partition table (GPT), GRUB, and the files. There are two methods:
#
#   direct     without privileges, mounting or a virtual machine, by writing to a
#              file what an installer would write to a disk. The same content
#              gives the same bytes: all identifiers come as arguments, all dates
#              from SOURCE_DATE_EPOCH (needs e2fsprogs 1.47.1 or newer). Only POSIX
#              and what BusyBox has, too, is used: the host may be Alpine.
#   appliance  as one would on a real machine, in a virtual one: it starts with a
#              kernel and programs of the host's distribution, partitions and
#              formats a disk, copies the files and runs the system's grub-install.
#
#   disk.sh --method direct|appliance --root FOLDER --out FILE.qcow2 --title TEXT
#           --size 256M|fit --filesystem ext2|ext3|ext4|xfs|btrfs --cmdline TEXT
#           --disk-id UUID [--console root|login] [--menu open|locked]
#           --partition bios-boot|esp,TYPE,UUID,SIZE,NAME ...
#           --partition root,TYPE,UUID,SIZE|rest,NAME
#
# A BIOS starts GRUB from the first sector of the disk and the partition bios-boot, UEFI from
# a file in the partition esp; a disk can have both. TYPE is the type's number in the
# partition table: of bios-boot GRUB knows it, of esp the firmware, of root the "Discoverable
# Partitions Specification" has one for each kind of machine.
set -eu
# The image and what is made for it get the usual modes, whatever the builder's umask is.
umask 022

fail() {
	echo "lfd: disk image: $*" >&2
	exit 1
}

# --- What to make -------------------------------------------------------------

method='' root='' out='' title='' size='' filesystem='' cmdline='' disk_id='' partitions=''
console=root menu=open
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || fail "$1 needs a value"
	case $1 in
	--method) method=$2 ;;
	--root) root=$2 ;;
	--out) out=$2 ;;
	--title) title=$2 ;;
	--size) size=$2 ;;
	--filesystem) filesystem=$2 ;;
	--cmdline) cmdline=$2 ;;
	--disk-id) disk_id=$2 ;;
	--console) console=$2 ;;
	--menu) menu=$2 ;;
	--partition) partitions="$partitions $2" ;;
	*) fail "unknown option $1" ;;
	esac
	shift 2
done
for value in "$root" "$out" "$title" "$size" "$disk_id"; do
	[ -n "$value" ] || fail "one of --root --out --title --size --disk-id is missing"
done

# tools is the Debian package that makes the filesystem.
case $method,$filesystem in
direct,ext[234] | appliance,ext[234]) tools=e2fsprogs ;;
appliance,xfs) tools=xfsprogs ;;
appliance,btrfs) tools=btrfs-progs ;;
direct,*) fail "the filesystem can be ext2, ext3 or ext4, not '$filesystem'; others need the method appliance" ;;
*) fail "cannot make a filesystem '$filesystem' by the method '$method'" ;;
esac

# need PROGRAM DEBIAN-PACKAGE
need() {
	command -v "$1" >/dev/null ||
		fail "the program '$1' is missing where the disk is made: add the package that has it, Debian's $2, to the steps of image.disk.host, or of host if there is none"
}
for program in chroot cut dd head mktemp stat tr truncate wc; do
	need $program coreutils
done
need awk mawk
need find findutils
need sfdisk fdisk
need "mkfs.$filesystem" "$tools"
need qemu-img qemu-utils
if [ "$method" = appliance ]; then
	need supermin supermin
	need cpio cpio
	need xzcat xz-utils
	need qemu-system-x86_64 qemu-system-x86
	[ -n "$(find /boot -name 'vmlinuz*' 2>/dev/null)" ] ||
		fail "the appliance needs a kernel: add the package linux-image-amd64 to the steps of image.disk.host"
fi

# --- The partitions -----------------------------------------------------------

# field N OF-PARTITION
field() {
	echo "$2" | cut -d, -f"$1"
}

number=0 root_number='' root_id='' root_name='' grub_number='' esp_id='' esp_name=''
for partition in $partitions; do
	number=$((number + 1))
	case $partition in
	bios-boot,*)
		[ -z "$grub_number" ] || fail "there can be one partition of type bios-boot, not more"
		grub_number=$number
		;;
	esp,*)
		[ -z "$esp_id" ] || fail "there can be one partition of type esp, not more"
		esp_id=$(field 3 "$partition")
		esp_name=$(field 5 "$partition")
		;;
	root,*)
		[ -z "$root_number" ] || fail "there can be one partition of type root, not more"
		root_number=$number
		root_id=$(field 3 "$partition")
		root_name=$(field 5 "$partition")
		;;
	*) fail "a partition's type can be bios-boot, esp or root, not '$(field 1 "$partition")'" ;;
	esac
done
[ -n "$root_number" ] || fail "a partition of type root is missing"
[ -n "$grub_number$esp_id" ] || fail "a partition for GRUB is missing, of type bios-boot or esp"
# Only PCs have a BIOS: elsewhere its partition stays empty.
case ${LFS_ARCH:-x86_64} in
x86_64 | i686) ;;
*) grub_number='' ;;
esac

# Of the serial port the kernel's name depends on the machine: console=serial stands for it.
case ${LFS_ARCH:-x86_64} in
aarch64) serial=ttyAMA0 ;;
*) serial=ttyS0,115200 ;;
esac
cmdline=$(echo " $cmdline " | sed "s/ console=serial / console=$serial /; s/^ //; s/ \$//")

# --- What has to be there -----------------------------------------------------

for program in mformat mmd mcopy; do
	[ -z "$esp_id" ] || need $program mtools
done

# want FILE WHAT
want() {
	[ -e "$root/$1" ] || fail "/$1 is missing in the system: $2"
}
want boot/vmlinuz "the kernel has to be installed there"
want usr/bin/grub-mkimage "GRUB's own tool makes the image that the firmware starts, so it has to be installed"
if [ -n "$grub_number" ]; then
	want usr/lib/grub/i386-pc/boot.img "GRUB has to be installed, for i386-pc (BIOS)"
	[ "$method" = direct ] ||
		want usr/sbin/grub-install "GRUB's own tool installs it, so it has to be there"
fi
if [ -n "$esp_id" ]; then
	# GRUB's name of the processor, and the file that UEFI starts where it was told of none.
	case ${LFS_ARCH:-x86_64} in
	x86_64) cpu=x86_64 efi_file=BOOTX64.EFI ;;
	i686) cpu=i386 efi_file=BOOTIA32.EFI ;;
	aarch64) cpu=arm64 efi_file=BOOTAA64.EFI ;;
	*) fail "which file UEFI starts is not known for $LFS_ARCH: leave out the partition of type esp" ;;
	esac
	want "usr/lib/grub/$cpu-efi/kernel.img" "GRUB has to be installed for $cpu-efi, too, or image.disk.partitions written without one of type esp: then the disk starts by BIOS alone"
fi

export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-0}"
work=$(mktemp -d -p /var/tmp) disk=
trap 'rm -rf "$work" "$disk"' EXIT

# --- Who gets in --------------------------------------------------------------

# At first root has no password: the field in /etc/shadow is empty or `!`, and the consoles
# log root in. `*` fits no password, either, but says that there is an account: the consoles
# ask, and sshd takes root's keys.
if [ "$console" = login ]; then
	want etc/shadow "without it nobody could be asked for a password, as image.disk.console wants"
	sed 's/^root:!\{0,1\}:/root:*:/' "$root/etc/shadow" >"$work/shadow"
	# Into the file that is there: its mode and owner stay.
	cat "$work/shadow" >"$root/etc/shadow"
fi

# --- GRUB's menu --------------------------------------------------------------

# GRUB uses the screen, and the serial port if the machine has one. It finds the
# files of this menu on the partition that it was told of; the kernel, which
# knows nothing of that, is told the root partition by its identifier. Nobody waits for the
# menu, which is shown to whoever holds down Esc when the machine starts.
#
# superusers are those who may edit entries and take commands; where the list is there and
# empty, nobody may. An entry then says that everybody may start it.
locked='' unrestricted=''
if [ "$menu" = locked ]; then
	[ ! -e "$root/boot/grub/grub.cfg" ] ||
		fail "the system has a /boot/grub/grub.cfg of its own, so image.disk.menu cannot lock it: do that there, by set superusers, and leave out image.disk.menu"
	locked='set superusers=""
' unrestricted=' --unrestricted'
fi
mkdir -p "$root/boot/grub"
if [ ! -e "$root/boot/grub/grub.cfg" ]; then
	cat >"$root/boot/grub/grub.cfg" <<EOF
if serial --unit=0 --speed=115200; then
	terminal_input console serial
	terminal_output console serial
fi
${locked}set timeout_style=hidden
set timeout=0
menuentry '$title'$unrestricted {
	linux /boot/vmlinuz root=PARTUUID=$root_id $cmdline
}
EOF
fi

# --- Times --------------------------------------------------------------------

# All files of the disk get one time: mkfs leaves out later ones, those of the build, and this
# sets older ones, which some installers copy from the source. They are no part of a result, so
# a store does not hand them on. Only older ones: where the root consists of layers, a file that
# is changed is copied, so that it would be one file no more with its other names. Those are
# linked to it again.
mkdir "$work/linked"
touch -d "@$((SOURCE_DATE_EPOCH - 1))" "$work/before"
find "$root" ! -newer "$work/before" -exec sh -c '
	linked=$1 epoch=$2
	shift 2
	for name; do
		first=$linked/$(stat -c %d-%i "$name")
		if [ -L "$first" ]; then
			ln -f "$(readlink "$first")" "$name"
		else
			ln -s "$name" "$first"
			touch -h -d "@$epoch" "$name"
		fi
	done' sh "$work/linked" "$SOURCE_DATE_EPOCH" {} + ||
	fail "the times of older files cannot be set"

# --- Sizes, in MiB ------------------------------------------------------------

# mib SIZE: of a size like 256M or 2G
mib() {
	case $1 in
	*[!0-9]*[MG] | [MG] | *[!MG]) fail "'$1' is no size; write 256M or 2G" ;;
	*M) echo "${1%M}" ;;
	*G) echo $((${1%G} * 1024)) ;;
	esac
}

# What the files need: blocks of 4 KiB, and an inode each.
# (%f is the mode in hexadecimal; it begins with 8 for a file, with 4 for a folder.)
content=$(find "$root" -exec stat -c '%f %s' {} + | awk '
	{ inodes++ }
	$1 ~ /^[48]/ { blocks += int(($2 + 4095) / 4096) }
	END { printf "%d %d", blocks, inodes }')
inodes=${content#* }
content=$(((${content% *} * 4096 + inodes * 256) / 1048576 + 1))

# `fit`: the content, a quarter of that to grow, and what the filesystem needs
# for its journal and tables.
fit=$((content + content / 4 + content / 16 + 24))
# The smallest that mkfs makes of these.
case $filesystem in
xfs) [ "$fit" -ge 300 ] || fit=300 ;;
btrfs) [ "$fit" -ge 128 ] || fit=128 ;;
esac

fixed=0
for partition in $partitions; do
	part_size=$(field 4 "$partition")
	case $part_size,$size in
	rest,fit) fixed=$((fixed + fit)) ;;
	rest,*) ;;
	*) fixed=$((fixed + $(mib "$part_size"))) ;;
	esac
done
# The first and the last MiB hold the two copies of the partition table.
case $size in
fit) total=$((fixed + 2)) ;;
*) total=$(mib "$size") ;;
esac

# --- The partition table ------------------------------------------------------

start=1
{
	echo "label: gpt"
	echo "label-id: $disk_id"
	for partition in $partitions; do
		part_size=$(field 4 "$partition")
		case $part_size,$size in
		rest,fit) length=$fit ;;
		rest,*) length=$((total - fixed - 2)) ;;
		*) length=$(mib "$part_size") ;;
		esac
		case $partition in
		bios-boot,*) grub_start=$start grub_length=$length ;;
		esp,*) esp_start=$start esp_length=$length ;;
		root,*) root_start=$start root_length=$length ;;
		esac
		echo "start=${start}MiB, size=${length}MiB, type=$(field 2 "$partition"), uuid=$(field 3 "$partition"), name=$(field 5 "$partition")"
		start=$((start + length))
	done
} >"$work/table"

[ "$root_length" -gt "$content" ] ||
	fail "the system's files need $content MiB, and the root partition would have $root_length MiB: give it $fit MiB or more by a larger image.disk.size, or set that to fit"
[ "$start" -lt "$total" ] ||
	fail "the partitions need $((start + 1)) MiB, and the disk has $total MiB: raise image.disk.size"

# The Dockerfile mounts memory at /tmp. There a disk is quicker to write, read and remove;
# the method direct, with little else to do, gains a quarter. But only one that would fit
# in twice, with every byte written: it is to take no memory that others may need.
available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
if [ "$method" = direct ] && [ $((total * 2)) -le "$available" ]; then
	disk=$(mktemp)
else
	disk=$work/disk.raw
fi
truncate -s "${total}M" "$disk"

# --- Settings of ext2, ext3 and ext4 ------------------------------------------

# Settings of our own, as each distribution has others. Left out are features
# that GRUB could not read before its version 2.12.
cat >"$work/mke2fs.conf" <<'EOF'
[defaults]
	base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
	blocksize = 4096
	inode_size = 256
	inode_ratio = 16384
[fs_types]
	ext2 = {
	}
	ext3 = {
		features = has_journal
	}
	ext4 = {
		features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
	}
EOF
export MKE2FS_CONFIG="$work/mke2fs.conf"

# --- GRUB -----------------------------------------------------------------------

# core_image FORMAT MODULE...: GRUB's kernel and the modules that read its menu, joined by
# the system's own tool. (,gptN) is partition N of the disk that the firmware started.
# Modules that are not in the core image can be loaded from the menu's folder (insmod).
core_image() {
	format=$1
	shift
	[ -e "$root/boot/grub/$format" ] || ln -s "../../usr/lib/grub/$format" "$root/boot/grub/$format"
	chroot "$root" /usr/bin/grub-mkimage -O "$format" -p "(,gpt$root_number)/boot/grub" \
		part_gpt normal linux serial echo ls cat reboot halt "$@" >"$work/$format" ||
		fail "the system's /usr/bin/grub-mkimage failed"
}

# The filesystem of the menu, as GRUB calls what reads it.
case $filesystem in
ext*) reads=ext2 ;;
*) reads=$filesystem ;;
esac

# uefi: a FAT filesystem with the one file, written without mounting it. Its name is the one
# for removable disks, so that the firmware needs no entry for it.
uefi() {
	export MTOOLS_SKIP_CHECK=1 TZ=UTC
	place=$disk@@${esp_start}M
	# FAT32, which needs 65,525 clusters: of 4 KiB, or of one sector. In less room mformat
	# chooses what fits, as UEFI reads the older kinds of FAT, too.
	fat=''
	[ "$esp_length" -lt 34 ] || fat='-F -c 1'
	[ "$esp_length" -lt 260 ] || fat='-F -c 8'
	# shellcheck disable=SC2086 # options
	mformat -i "$place" $fat -T $((esp_length * 2048)) -h 64 -s 32 -H $((esp_start * 2048)) \
		-N "$(echo "$esp_id" | cut -c1-8)" -v "$(echo "$esp_name" | cut -c1-11 | tr "[:lower:]" "[:upper:]")" ::
	mmd -i "$place" ::/EFI ::/EFI/BOOT
	mcopy -i "$place" "$work/$cpu-efi" "::/EFI/BOOT/$efi_file" ||
		fail "GRUB's image does not fit into the esp partition of $esp_length MiB: make it larger"
}

# --- The method direct --------------------------------------------------------

# sector NUMBER: the number of a sector of 512 bytes, as 8 bytes, the lowest first
sector() {
	value=$1
	for _ in 1 2 3 4 5 6 7 8; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$(printf %03o $((value & 255)))"
		value=$((value >> 8))
	done
}

# put FILE OFFSET: standard input, over the bytes there
put() {
	dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

direct() {
	# It is a file: no kernel is to be told of the partitions, or waited for.
	sfdisk --quiet --no-tell-kernel --no-reread "$disk" <"$work/table"

	if [ -n "$grub_number" ]; then
		core_image i386-pc biosdisk "$reads"
	fi

	# Inodes: as many as usual for the size, and enough for many small files.
	usual=$((root_length * 64))
	enough=$((inodes + inodes / 4 + 256))
	[ "$usual" -ge "$enough" ] || usual=$enough

	# The identifier of the partition also serves the filesystem, for its name and
	# for the order of its folders' entries. lazy_*: leave nothing to be done at the
	# first start. -T default: the same kind of tables for small disks as for large
	# ones. -m 1: keep 1 % back for root, so that a full disk can be repaired.
	mke2fs -q -t "$filesystem" -T default -m 1 -N "$usual" \
		-L "$(echo "$root_name" | cut -c1-16)" -U "$root_id" \
		-E "offset=$((root_start * 1048576)),hash_seed=$root_id,lazy_itable_init=0,lazy_journal_init=0,nodiscard" \
		-d "$root" "$disk" "${root_length}M" ||
		fail "the root filesystem could not be made; if there was no room: the files need $content MiB, the partition has $root_length MiB"

	[ -n "$grub_number" ] || return 0
	core=$work/i386-pc
	[ "$(wc -c <"$core")" -le $((grub_length * 1048576)) ] ||
		fail "GRUB's core image does not fit into the bios-boot partition of $grub_length MiB: make it larger"

	# The firmware loads the first sector of the disk. That is boot.img; it loads the
	# first sector of the core image, whose number it has at byte 92. That in turn
	# loads the rest of the core image, whose first sector it has at byte 500.
	first=$((grub_start * 2048))
	cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot.img"
	sector "$first" | put "$work/boot.img" 92
	sector $((first + 1)) | put "$core" 500

	# Only 440 bytes of the first sector are code; behind them is the old partition
	# table, which says that there is a new one.
	head -c 440 "$work/boot.img" | put "$disk" 0
	dd if="$core" of="$disk" bs=512 seek="$first" conv=notrunc status=none
}

# --- The method appliance -----------------------------------------------------

# The first and only program of the virtual machine. Its disks: vda holds these
# programs, vdb becomes the disk, vdc is an archive of the system.
guest() {
	cat <<'EOF'
#!/bin/bash
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Nothing else runs here: when this ends, the machine ends.
end() {
	status=$?
	cd /
	umount -R /system || status=1
	sync
	[ "$status" -ne 0 ] || echo "appliance: done"
	echo o >/proc/sysrq-trigger
	sleep 60
}
trap end EXIT

mount -t proc proc /proc
mount -t sysfs sysfs /sys
[ -e /dev/vdb ] || mount -t devtmpfs devtmpfs /dev
. /job/settings

sfdisk --quiet --no-tell-kernel /dev/vdb </job/table
blockdev --rereadpt /dev/vdb
part=/dev/vdb$root_number
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ ! -e "$part" ] || break
	sleep 1
done

case $filesystem in
ext*) mkfs.$filesystem -q -L "$label" -U "$root_id" "$part" ;;
xfs) mkfs.xfs -q -L "${label:0:12}" -m uuid="$root_id" "$part" ;;
btrfs) mkfs.btrfs -q -L "$label" -U "$root_id" "$part" ;;
esac

mkdir -p /system
mount -t "$filesystem" "$part" /system
tar --extract --file=/dev/vdc --directory=/system --numeric-owner --xattrs --xattrs-include='*'

for folder in dev proc sys; do
	mkdir -p "/system/$folder"
	mount --bind "/$folder" "/system/$folder"
done
[ -z "$grub_number" ] || chroot /system /usr/sbin/grub-install --target=i386-pc --recheck /dev/vdb
EOF
}

appliance() {
	job=$work/own/job
	mkdir -p "$job" "$work/own/etc" "$work/parts"
	guest >"$work/own/init"
	chmod 755 "$work/own/init"
	cp "$work/table" "$job/table"
	cp "$MKE2FS_CONFIG" "$work/own/etc/mke2fs.conf"
	cat >"$job/settings" <<EOF
filesystem=$filesystem
label=$(echo "$root_name" | cut -c1-16)
root_id=$root_id
root_number=$root_number
grub_number=$grub_number
EOF

	# supermin takes installed packages and what they need, and makes a filesystem
	# of them; init.tar.gz is our own part of it.
	supermin --prepare --use-installed -o "$work/parts" \
		bash coreutils fdisk kmod mount tar util-linux "$tools" ||
		fail "supermin could not gather the programs of the appliance, see above"
	tar -C "$work/own" -czf "$work/parts/init.tar.gz" .
	supermin --build --format ext2 -o "$work/machine" "$work/parts" ||
		fail "supermin could not make the appliance, see above"

	tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' --sort=name -cf "$work/system.tar" .

	# With KVM where the build may use it. Ten minutes and a second for each MiB
	# are plenty: a machine that hangs should not hang the build.
	timeout $((600 + total)) qemu-system-x86_64 \
		-machine accel=kvm:tcg -cpu max -m 1G -nodefaults -no-user-config -no-reboot \
		-display none -serial "file:$work/console" \
		-kernel "$work/machine/kernel" -initrd "$work/machine/initrd" \
		-append "console=ttyS0 root=/dev/vda panic=1 quiet" \
		-drive "file=$work/machine/root,format=raw,if=virtio,snapshot=on" \
		-drive "file=$disk,format=raw,if=virtio,cache=unsafe,discard=unmap" \
		-drive "file=$work/system.tar,format=raw,if=virtio,readonly=on" || :
	grep -q 'appliance: done' "$work/console" || {
		tail -n 40 "$work/console" >&2
		fail "the appliance did not come to its end, see its console above"
	}
}

if [ -n "$esp_id" ]; then
	core_image "$cpu-efi" fat "$reads" password_pbkdf2
fi
"$method"
if [ -n "$esp_id" ]; then
	uefi
fi

# --- The image file -----------------------------------------------------------

mkdir -p "$(dirname "$out")"
# zstd is several times as fast as zlib, and packs better; QEMU reads it since 5.1 (2020).
# Clusters of twice the usual size are faster once more, and pack better; only of a small
# disk their larger tables make some 300 kB more.
qemu-img convert -c -o compression_type=zstd,cluster_size=128k -f raw -O qcow2 "$disk" "$out"
echo "lfd: disk image: $out: $total MiB, files $content MiB, compressed $(($(wc -c <"$out") / 1048576 + 1)) MiB"
