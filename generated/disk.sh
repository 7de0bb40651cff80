#!/bin/sh
# Written by lfdgen. Do not edit: change templates/disk.sh of lfdgen instead.
#
# Makes a bootable disk image of a root filesystem, inside a step of the
# Dockerfile: no privileges, no mounting, no virtual machine. It is done by
# writing to a file what an installer would write to a disk:
#
#   - a partition table (GPT),
#   - a filesystem, which mke2fs fills from a folder,
#   - GRUB: its first sector and its core image, put where the firmware and the
#     first sector look for them.
#
# The same content gives the same bytes: all identifiers come as arguments, all
# dates from SOURCE_DATE_EPOCH (needs e2fsprogs 1.47.1 or newer).
#
#   disk.sh --root FOLDER --out FILE.qcow2 --title TEXT --size 256M|fit
#           --filesystem ext2|ext3|ext4 --cmdline TEXT --disk-id UUID
#           --partition bios-boot,UUID,SIZE,NAME --partition root,UUID,SIZE|rest,NAME
set -eu

fail() {
	echo "lfd: disk image: $*" >&2
	exit 1
}

# --- What to make -------------------------------------------------------------

root='' out='' title='' size='' filesystem='' cmdline='' disk_id='' partitions=''
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || fail "$1 needs a value"
	case $1 in
	--root) root=$2 ;;
	--out) out=$2 ;;
	--title) title=$2 ;;
	--size) size=$2 ;;
	--filesystem) filesystem=$2 ;;
	--cmdline) cmdline=$2 ;;
	--disk-id) disk_id=$2 ;;
	--partition) partitions="$partitions $2" ;;
	*) fail "unknown option $1" ;;
	esac
	shift 2
done
for value in "$root" "$out" "$title" "$size" "$disk_id"; do
	[ -n "$value" ] || fail "one of --root --out --title --size --disk-id is missing"
done

case $filesystem in
ext2 | ext3 | ext4) ;;
*) fail "the filesystem can be ext2, ext3 or ext4, not '$filesystem'" ;;
esac

# need PROGRAM DEBIAN-PACKAGE
need() {
	command -v "$1" >/dev/null ||
		fail "the program '$1' is missing in the host stage: add the package $2 to host.steps"
}
need sfdisk fdisk
need mke2fs e2fsprogs
need qemu-img qemu-utils

# want FILE WHAT
want() {
	[ -e "$root/$1" ] || fail "/$1 is missing in the system: $2"
}
want boot/vmlinuz "the kernel has to be installed there"
want usr/lib/grub/i386-pc/boot.img "GRUB has to be installed, for i386-pc (BIOS)"
want usr/bin/grub-mkimage "GRUB's own tool makes its core image, so it has to be installed"

export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-0}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- GRUB's menu --------------------------------------------------------------

# field N OF-PARTITION
field() {
	echo "$2" | cut -d, -f"$1"
}

number=0 root_number='' root_id='' root_name='' grub_number=''
for partition in $partitions; do
	number=$((number + 1))
	case $partition in
	bios-boot,*)
		[ -z "$grub_number" ] || fail "there can be one partition of type bios-boot, not more"
		grub_number=$number
		;;
	root,*)
		[ -z "$root_number" ] || fail "there can be one partition of type root, not more"
		root_number=$number
		root_id=$(field 2 "$partition")
		root_name=$(field 4 "$partition")
		;;
	*) fail "a partition's type can be bios-boot or root, not '$(field 1 "$partition")'" ;;
	esac
done
[ -n "$root_number" ] || fail "a partition of type root is missing"
[ -n "$grub_number" ] || fail "a partition of type bios-boot is missing, for GRUB"

# GRUB uses the screen, and the serial port if the machine has one. It finds the
# files of this menu on the partition that it was started from; the kernel, which
# knows nothing of that, is told the root partition by its identifier.
mkdir -p "$root/boot/grub"
if [ ! -e "$root/boot/grub/grub.cfg" ]; then
	cat >"$root/boot/grub/grub.cfg" <<EOF
if serial --unit=0 --speed=115200; then
	terminal_input console serial
	terminal_output console serial
fi
set timeout=3
menuentry '$title' {
	linux /boot/vmlinuz root=PARTUUID=$root_id $cmdline
}
EOF
fi

# Modules that are not in the core image can be loaded from here (insmod).
[ -e "$root/boot/grub/i386-pc" ] || ln -s ../../usr/lib/grub/i386-pc "$root/boot/grub/i386-pc"

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
content=$(find "$root" -printf '%y %s\n' | awk '
	{ inodes++ }
	$1 == "f" || $1 == "d" { blocks += int(($2 + 4095) / 4096) }
	END { printf "%d %d", blocks, inodes }')
inodes=${content#* }
content=$(((${content% *} * 4096 + inodes * 256) / 1048576 + 1))

# `fit`: the content, a quarter of that to grow, and what the filesystem needs
# for its journal and tables.
fit=$((content + content / 4 + content / 16 + 24))

fixed=0
for partition in $partitions; do
	part_size=$(field 3 "$partition")
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
		part_size=$(field 3 "$partition")
		case $part_size,$size in
		rest,fit) length=$fit ;;
		rest,*) length=$((total - fixed - 2)) ;;
		*) length=$(mib "$part_size") ;;
		esac
		# What each type's number means is agreed by GRUB, and by the
		# "Discoverable Partitions Specification" (root of x86-64).
		case $partition in
		bios-boot,*)
			type=21686148-6449-6E6F-744E-656564454649
			grub_start=$start grub_length=$length
			;;
		root,*)
			type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
			root_start=$start root_length=$length
			;;
		esac
		echo "start=${start}MiB, size=${length}MiB, type=$type, uuid=$(field 2 "$partition"), name=$(field 4 "$partition")"
		start=$((start + length))
	done
} >"$work/table"

[ "$root_length" -gt "$content" ] ||
	fail "the system's files need $content MiB, and the root partition would have $root_length MiB: give it $fit MiB or more by a larger image.disk.size, or set that to fit"
[ "$start" -lt "$total" ] ||
	fail "the partitions need $((start + 1)) MiB, and the disk has $total MiB: raise image.disk.size"

disk=$work/disk.raw
truncate -s "${total}M" "$disk"
sfdisk --quiet "$disk" <"$work/table"

# --- The root filesystem ------------------------------------------------------

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

# --- GRUB ---------------------------------------------------------------------

# The system's own tool makes the core image: GRUB's kernel and the modules that
# read its menu. (,gptN) is partition N of the disk that the firmware started.
chroot "$root" /usr/bin/grub-mkimage -O i386-pc -p "(,gpt$root_number)/boot/grub" \
	biosdisk part_gpt ext2 normal linux serial echo ls cat reboot halt >"$work/core.img" ||
	fail "the system's /usr/bin/grub-mkimage failed"
[ "$(wc -c <"$work/core.img")" -le $((grub_length * 1048576)) ] ||
	fail "GRUB's core image does not fit into the bios-boot partition of $grub_length MiB: make it larger"

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

# The firmware loads the first sector of the disk. That is boot.img; it loads the
# first sector of the core image, whose number it has at byte 92. That in turn
# loads the rest of the core image, whose first sector it has at byte 500.
core=$((grub_start * 2048))
cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot.img"
sector "$core" | put "$work/boot.img" 92
sector $((core + 1)) | put "$work/core.img" 500

# Only 440 bytes of the first sector are code; behind them is the old partition
# table, which says that there is a new one.
head -c 440 "$work/boot.img" | put "$disk" 0
dd if="$work/core.img" of="$disk" bs=512 seek="$core" conv=notrunc status=none

# --- The image file -----------------------------------------------------------

mkdir -p "$(dirname "$out")"
qemu-img convert -c -f raw -O qcow2 "$disk" "$out"
echo "lfd: disk image: $out: $total MiB, files $content MiB, compressed $(($(wc -c <"$out") / 1048576 + 1)) MiB"
