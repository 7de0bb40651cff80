#!/bin/sh
# MarkupSafe makes text safe to be put into HTML: for Jinja2.
set -eu

sh "$LFS_SRC/pip.sh" MarkupSafe

sh "$LFS_SRC/finish.sh"
