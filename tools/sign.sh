#!/bin/sh
# Signs a disk for Secure Boot with keys of one's own.
#
#   tools/sign.sh IMAGE.qcow2 SIGNED.qcow2 KEYS
#
# KEYS is a folder; what is missing there is made: db.key and db.crt (the same as db.cer), with which the
# firmware verifies programs, and gnupg/, with which GRUB verifies files. Keep the folder
# to yourself: whoever has it can sign. IMAGE stays as it is.
#
# The chain: the firmware starts only what is signed by db.key, and so this GRUB. GRUB has
# the public key of gnupg/ in it, reads no file without a signature beside it (FILE.sig),
# and takes no commands from anybody. It has the firmware verify the kernel once more.
#
# Linux only: GRUB's own tool is taken from the system on the disk.
set -eu

fail() {
	echo "sign: error: $*" >&2
	exit 1
}
[ $# -eq 3 ] || fail "usage: tools/sign.sh IMAGE.qcow2 SIGNED.qcow2 KEYS"
image=$1 signed=$2
[ -f "$image" ] || fail "there is no $image"
[ ! -e "$signed" ] || fail "$signed is there already: remove it, or choose another name"
mkdir -p "$3"
chmod 700 "$3"
keys=$(cd "$3" && pwd)

"${0%/*}/install.sh" qemu-img:qemu-utils sfdisk:fdisk debugfs:e2fsprogs mcopy:mtools sbsign:sbsigntool gpg:gpg openssl:openssl unshare:util-linux
PATH=$PATH:/usr/sbin:/sbin
umask 077
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT

# --- The keys -------------------------------------------------------------------

if [ ! -e "$keys/db.key" ]; then
	openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 7300 -subj "/CN=Secure Boot, ${keys##*/}" \
		-keyout "$keys/db.key" -out "$keys/db.crt" 2>"$work/said" || {
		cat "$work/said" >&2
		fail "openssl made no key"
	}
	openssl x509 -in "$keys/db.crt" -outform DER -out "$keys/db.cer"
	echo "sign: $keys/db.crt is new: it has to be enrolled in the firmware, see docs/disk.md"
fi
export GNUPGHOME="$keys/gnupg"
if [ ! -e "$GNUPGHOME" ]; then
	mkdir "$GNUPGHOME"
	# GRUB knows RSA and DSA only.
	gpg --quiet --batch --passphrase '' --quick-gen-key GRUB rsa3072 sign never
fi
gpg --quiet --batch --export >"$work/grub.key"

# --- What is on the disk --------------------------------------------------------

qemu-img convert -O raw "$image" "$work/disk"
number=0 root='' root_start='' esp_start=''
sfdisk --dump "$work/disk" | sed -n 's/^.* : start= *\([0-9]*\), size= *[0-9]*, type=\([^,]*\).*/\1 \2/p' >"$work/table"
while read -r start type; do
	number=$((number + 1))
	case $type in
	C12A7328-F81F-11D2-BA4B-00A0C93EC93B) esp_start=$start ;;
	4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709) root=$number root_start=$start cpu=x86_64 efi=BOOTX64.EFI ;;
	B921B045-1DF0-41C3-AF44-4C6F280D3FAE) root=$number root_start=$start cpu=arm64 efi=BOOTAA64.EFI ;;
	esac
done <"$work/table"
if [ -z "$root" ] || [ -z "$esp_start" ]; then
	fail "$image has no partition for UEFI (esp), or none with a system (root): it cannot be started by UEFI"
fi
filesystem="$work/disk?offset=$((root_start * 512))" # as e2fsprogs write it
mkdir "$work/system"
debugfs -R "rdump / $work/system" "$filesystem" >"$work/said" 2>&1
[ -f "$work/system/boot/vmlinuz" ] || {
	cat "$work/said" >&2
	fail "the root partition of $image has no ext4 filesystem with /boot/vmlinuz"
}
[ -f "$work/system/usr/lib/grub/$cpu-efi/pgp.mod" ] || fail "GRUB on $image has no module pgp, which verifies signatures"

# --- Signing --------------------------------------------------------------------

# GRUB as templates/disk.sh makes it, and what verifies. The settings are in it before any
# file is read: signatures are asked for, and nobody is the superuser who may give commands.
cat >"$work/system/early.cfg" <<'EOF'
set check_signatures=enforce
set superusers=""
export superusers
EOF
cp "$work/grub.key" "$work/system/grub.key"
chroot=chroot
[ "$(id -u)" -eq 0 ] || chroot="unshare --map-root-user chroot"
$chroot "$work/system" /usr/bin/grub-mkimage -O "$cpu-efi" -p "(,gpt$root)/boot/grub" \
	--config /early.cfg --pubkey /grub.key --disable-shim-lock \
	part_gpt normal linux serial echo ls cat reboot halt fat ext2 password_pbkdf2 \
	pgp gcry_rsa gcry_sha256 gcry_sha512 >"$work/grub.efi" || fail "the system's /usr/bin/grub-mkimage failed"

# sign FILE: for the firmware
sign() {
	sbsign --key "$keys/db.key" --cert "$keys/db.crt" --output "$1.signed" "$1" >"$work/said" 2>&1 || {
		cat "$work/said" >&2
		fail "sbsign failed"
	}
	mv "$1.signed" "$1"
}
sign "$work/grub.efi"
boot=$work/system/boot
sign "$boot/vmlinuz"
# Nobody may change an entry of the menu, and anybody may start it.
sed -i 's/^menuentry \(--unrestricted \)*/menuentry --unrestricted /' "$boot/grub/grub.cfg"
chmod 644 "$boot/vmlinuz" "$boot/grub/grub.cfg"
for file in vmlinuz grub/grub.cfg; do
	rm -f "$boot/$file.sig"
	gpg --quiet --batch --digest-algo SHA256 --detach-sign "$boot/$file"
	chmod 644 "$boot/$file.sig"
	for name in "$file" "$file.sig"; do
		printf 'rm /boot/%s\nwrite %s /boot/%s\nset_inode_field /boot/%s uid 0\nset_inode_field /boot/%s gid 0\n' \
			"$name" "$boot/$name" "$name" "$name" "$name"
	done
done >"$work/commands"
debugfs -w -f "$work/commands" "$filesystem" >"$work/said" 2>&1
e2fsck -fn "$filesystem" >"$work/said" 2>&1 || {
	cat "$work/said" >&2
	fail "the root filesystem could not be changed"
}
mcopy -o -i "$work/disk@@$((esp_start / 2048))M" "$work/grub.efi" "::/EFI/BOOT/$efi"

umask 022
qemu-img convert -c -o compression_type=zstd,cluster_size=128k -f raw -O qcow2 "$work/disk" "$signed"
echo "sign: $signed starts where $keys/db.crt is enrolled"
