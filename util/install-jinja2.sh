#!/bin/sh
# Jinja2 fills in templates. Systemd needs it to be built.
set -eu

sh "$LFS_SRC/pip.sh" Jinja2
