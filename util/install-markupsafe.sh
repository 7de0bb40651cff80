#!/bin/sh
# MarkupSafe makes text safe to be put into HTML: for Jinja2.
set -eu

# --no-build-isolation  build with the modules that are there, fetch none
# --no-compile          pip would note in each compiled file that it lay in $LFS; so
#                       they are made below, with the final names
# Told the name and the folder, not the file, pip does not note where it was.
pip3 wheel -w dist --no-index --no-cache-dir --no-build-isolation --no-deps "$PWD"
pip3 install --root "$LFS" --no-index --no-cache-dir --no-deps --no-compile \
	--find-links dist MarkupSafe
python3 -m compileall -q -s "$LFS" -p / "$LFS"/usr/lib/python3.*/site-packages

sh "$LFS_SRC/finish.sh"
