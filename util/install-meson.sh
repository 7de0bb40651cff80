#!/bin/sh
# Meson describes to ninja how a package is built: kmod, systemd, D-Bus and others.
set -eu

sh "$LFS_SRC/pip.sh" meson

install -D -m 644 data/shell-completions/bash/meson \
	"$LFS/usr/share/bash-completion/completions/meson"
install -D -m 644 data/shell-completions/zsh/_meson \
	"$LFS/usr/share/zsh/site-functions/_meson"
