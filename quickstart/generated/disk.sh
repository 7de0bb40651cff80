#!/bin/sh
# Written by lfdgen. Do not edit: change templates/disk.sh of lfdgen instead.
#
# Makes a bootable disk image of a root filesystem, inside a step of the
# Dockerfile: no virtual machine, no loop device, no privileges.
#
#   disk.sh --root FOLDER --out FILE.qcow2 --title TEXT --size 256M|fit
#           --filesystem ext4 --cmdline TEXT --disk-id UUID
#           --partition TYPE,UUID,SIZE|rest,NAME...
#
# The system in FOLDER brings its kernel (/boot/vmlinuz) and its GRUB
# (grub-mkimage and /usr/lib/grub/i386-pc). Changes to FOLDER are thrown away
# after the step, so the script prepares it in place.
set -eu

fail() {
	echo "lfd: disk: $*" >&2
	exit 1
}

root='' out='' title='' size='' filesystem='' cmdline='' disk_id='' partitions=''
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || fail "$1 needs a value"
	case $1 in
	--root) root=$2 ;;
	--out) out=$2 ;;
	--title) title=$2 ;;
	--size) size=$2 ;;
	--filesystem) filesystem=$2 ;;
	--cmdline) cmdline=$2 ;;
	--disk-id) disk_id=$2 ;;
	--partition) partitions="$partitions $2" ;;
	*) fail "unknown argument $1" ;;
	esac
	shift 2
done

# need PROGRAM DEBIAN-PACKAGE
need() {
	command -v "$1" >/dev/null ||
		fail "the host stage has no '$1', which makes the disk: add the package $2 to host.steps"
}
need sfdisk fdisk
need mke2fs e2fsprogs
need qemu-img qemu-utils

grub=/usr/lib/grub/i386-pc
[ -e "$root/boot/vmlinuz" ] || fail "the system has no kernel at /boot/vmlinuz"
[ -e "$root$grub/boot.img" ] || fail "the system has no GRUB for BIOS machines in $grub"

mib() { # 256M or 2G, in MiB
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*) fail "a size is a number with M or G, not $1" ;;
	esac
}

# ---- 1. The partition table --------------------------------------------------
# Everything is counted in MiB. The first MiB holds the partition table, the
# last one its copy.

# The content, a quarter more as a reserve, and 16 MiB for the filesystem itself.
fit=$(($(du -sxk "$root" | cut -f 1) * 5 / 4 / 1024 + 16))
fixed=2
for p in $partitions; do
	part_size=$(echo "$p" | cut -d , -f 3)
	[ "$part_size" = rest ] || fixed=$((fixed + $(mib "$part_size")))
done
if [ "$size" = fit ]; then
	total=$((fixed + fit))
else
	total=$(mib "$size")
fi

work=$(mktemp -d)
disk=$work/disk.raw
truncate -s "${total}M" "$disk"

table="label: gpt
label-id: $disk_id"
start=1 number=0 boot_start='' boot_size='' root_start='' root_size='' root_number='' root_id='' root_name=''
for p in $partitions; do
	number=$((number + 1))
	type=$(echo "$p" | cut -d , -f 1)
	id=$(echo "$p" | cut -d , -f 2)
	part_size=$(echo "$p" | cut -d , -f 3)
	name=$(echo "$p" | cut -d , -f 4)
	if [ "$part_size" = rest ]; then
		part_size=$((total - 1 - start))
	else
		part_size=$(mib "$part_size")
	fi
	if [ "$part_size" -le 0 ] || [ $((start + part_size)) -ge "$total" ]; then
		fail "a disk of $total MiB has no room for the partition $name: give it more in image.disk.size"
	fi
	case $type in
	bios-boot)
		guid=21686148-6449-6E6F-744E-656564454649
		boot_start=$start boot_size=$part_size
		;;
	root)
		guid=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709 # "Linux root, x86-64"
		root_start=$start root_size=$part_size root_number=$number root_id=$id root_name=$name
		;;
	*) fail "unknown partition type $type" ;;
	esac
	table="$table
start=${start}MiB, size=${part_size}MiB, type=$guid, uuid=$id, name=\"$name\""
	start=$((start + part_size))
done
echo "$table" | sfdisk --quiet "$disk"

# ---- 2. GRUB -----------------------------------------------------------------
# A BIOS loads the first sector, which loads the core image from the bios-boot
# partition, which reads its menu from the root filesystem.

grub_mkimage=$(cd "$root" && for f in usr/bin/grub-mkimage usr/sbin/grub-mkimage; do
	[ -e "$f" ] && echo "/$f"
done) || :
[ -n "$grub_mkimage" ] || fail "the system has no grub-mkimage"
mkdir -p "$root/boot/grub"
# The system's own program, in the system's own root: it needs its libraries.
chroot "$root" "$grub_mkimage" --format=i386-pc --directory="$grub" --output=/boot/grub/core.img \
	--prefix="(,gpt$root_number)/boot/grub" \
	biosdisk part_gpt ext2 normal linux serial terminal echo ls cat halt reboot

# le64 FILE OFFSET NUMBER: writes the number there, 8 bytes, lowest first.
le64() {
	number=$3
	bytes=
	for _ in 1 2 3 4 5 6 7 8; do
		bytes="$bytes\\$(printf %03o $((number % 256)))"
		number=$((number / 256))
	done
	# shellcheck disable=SC2059 # the escapes are the text
	printf "$bytes" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

core=$root/boot/grub/core.img
core_sector=$((boot_start * 2048))
[ "$(wc -c <"$core")" -le $((boot_size * 1048576)) ] || fail "GRUB's core image does not fit into the bios-boot partition of $boot_size MiB"
cp "$root$grub/boot.img" "$work/boot.img"
# boot.img looks here for the sector where the core image begins, and the core
# image's first sector, at its end, for the sector where the rest of it begins.
le64 "$work/boot.img" 92 "$core_sector"
le64 "$core" 500 $((core_sector + 1))
# 440 bytes of program; the rest of the sector is the partition table's.
dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$core" of="$disk" bs=512 seek="$core_sector" conv=notrunc status=none
rm "$core"

if [ ! -e "$root/boot/grub/grub.cfg" ]; then
	cat >"$root/boot/grub/grub.cfg" <<END
# GRUB's menu, on the screen and on the first serial port, where there is one.
if serial --unit=0 --speed=115200; then
	terminal_input console serial
	terminal_output console serial
fi
set timeout=2

menuentry "$title" {
	# PARTUUID finds the partition whatever the disk is called: vda, sda, ...
	linux /boot/vmlinuz root=PARTUUID=$root_id $cmdline
}
END
fi

# ---- 3. The root filesystem --------------------------------------------------
# mke2fs fills it from the folder. UUIDs, hash seed and dates are fixed, so that
# the same system gives the same disk. GRUB cannot read the two newest features.

find "$root" -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
features=
[ "$filesystem" != ext4 ] || features=^metadata_csum_seed,^orphan_file
mke2fs -q -F -t "$filesystem" ${features:+-O "$features"} -L "$root_name" -U "$root_id" -m 1 \
	-E "offset=$((root_start * 1048576)),hash_seed=$root_id,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0" \
	-d "$root" "$disk" "${root_size}M" ||
	fail "the system does not fit into the root partition of $root_size MiB: give it more in image.disk.size"

# ---- 4. The image ------------------------------------------------------------
mkdir -p "$(dirname "$out")"
qemu-img convert -c -f raw -O qcow2 "$disk" "$out"
rm -r "$work"
