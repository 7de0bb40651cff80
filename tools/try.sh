#!/bin/sh
# Makes of a disk what a page of the web needs to start it: out/try, which lfd site puts into
# the site.
#
#   tools/try.sh DISK.qcow2
#
# The disk is one of a PC of 32 bits that starts by BIOS, such as out/browser.qcow2. The PC is
# v86, an emulator in WebAssembly, and its firmware SeaBIOS, from Debian; the terminal is
# xterm.js. All of it becomes scripts, which a page can load from a disk as well as from a
# server: a browser fetches nothing else for a page of a file.
set -eu

fail() {
	echo "try: error: $*" >&2
	exit 1
}
[ $# -eq 1 ] || fail "usage: tools/try.sh DISK.qcow2"
[ -f "$1" ] || fail "there is no $1"
disk=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "${0%/*}/.."
# What lies there may be deleted, as the mark says.
[ -f out/.made-by-lfd ] || fail "out/ is not there, or not lfd's: build a disk into it with make try"
tools/install.sh node:nodejs npm:npm qemu-img:qemu-utils /usr/share/seabios/bios.bin:seabios
(cd tools/try && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
made=$work/try
mkdir -p "$made"

# data NAME FILE: a script that hands a file to the page.
data() {
	{
		printf 'lfdData("%s", "' "$1"
		base64 -w 0 "$2"
		printf '");\n'
	} >"$made/$1.js"
}
qemu-img convert -f qcow2 -O raw "$disk" "$work/disk"
gzip -9 -n "$work/disk"
data disk "$work/disk.gz"
firmware=/usr/share/seabios
data bios "$firmware/bios.bin"
data vgabios "$firmware/vgabios-stdvga.bin"
modules=tools/try/node_modules
data v86 "$modules/v86/build/v86.wasm"
cp "$modules/v86/build/libv86.js" "$modules/@xterm/xterm/lib/xterm.js" "$modules/@xterm/xterm/css/xterm.css" "$made/"
cp "$modules/v86/LICENSE" "$made/v86-license.txt"
cp "$modules/@xterm/xterm/LICENSE" "$made/xterm-license.txt"
cp /usr/share/doc/seabios/copyright "$made/seabios-license.txt"
chmod 644 "$made"/*

rm -rf out/try
mv "$made" out/try
echo "try: out/try has $(($(cat out/try/* | wc -c) / 1000)) kB: run make site"
