#!/bin/sh
# Boots a disk image in QEMU, with its serial console in this terminal.
#
#   tools/boot.sh IMAGE.qcow2 [QEMU ARGUMENT...]
#
# The image stays as it is: what the system writes is dropped at the end, unless
# LFD_QEMU_KEEP=yes has it written to the image.
# LFD_QEMU_ACCEL=kvm or =tcg overrides how the processor is run.
set -eu

if [ $# -lt 1 ]; then
	sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0" >&2
	exit 2
fi
image=$1
shift
if [ ! -f "$image" ]; then
	echo "boot: error: there is no $image (make quickstart builds out/quickstart.qcow2)" >&2
	exit 1
fi
"$(dirname "$0")/install.sh" qemu-system-x86_64:qemu-system-x86

# KVM runs a system many times faster than emulation, but only on a real
# processor: inside a virtual machine (flag "hypervisor") the real-mode code of
# BIOS and GRUB crawls under KVM for minutes or hangs, while emulation is past
# both in two seconds.
accel=${LFD_QEMU_ACCEL:-}
if [ -z "$accel" ]; then
	if [ -w /dev/kvm ] && ! grep -q '^flags.* hypervisor' /proc/cpuinfo; then
		accel=kvm
	else
		accel=tcg
	fi
fi
case $accel in
kvm) set -- -accel kvm -accel tcg "$@" ;; # the second is what QEMU falls back on
tcg) set -- -accel tcg "$@" ;;
*)
	echo "boot: error: LFD_QEMU_ACCEL is '$accel', but must be kvm or tcg" >&2
	exit 2
	;;
esac

case ${LFD_QEMU_KEEP:-no} in
yes) snapshot=off ;;
no) snapshot=on ;;
*)
	echo "boot: error: LFD_QEMU_KEEP is '$LFD_QEMU_KEEP', but must be yes or no" >&2
	exit 2
	;;
esac

# In -drive a comma ends the name, unless it is doubled.
file=$(printf '%s' "$image" | sed 's/,/,,/g')
set -- -machine q35 -cpu max -m 512M "$@" \
	-drive "file=$file,format=qcow2,if=virtio,snapshot=$snapshot" \
	-nic user,model=virtio-net-pci -device virtio-rng-pci \
	-display none

if [ ! -t 0 ]; then
	# A program is at the other end: bytes pass as they are, and a system that
	# crashes ends here instead of starting again and again.
	exec qemu-system-x86_64 "$@" -no-reboot -serial stdio -monitor none
fi

echo "boot: $image, accelerator $accel. To leave: poweroff in the system, or Ctrl-A and then X." >&2
exec qemu-system-x86_64 "$@" -serial mon:stdio
