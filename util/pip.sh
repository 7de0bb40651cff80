#!/bin/sh
# Installs the Python module whose source is in this folder into $LFS, by the name that
# pip knows it by.
#
#   sh $LFS_SRC/pip.sh setuptools
set -eu

name=$1

# --no-build-isolation  build with the modules that are there, fetch none
# --no-compile          pip would note in each compiled file that it lay in $LFS; so
#                       they are made below, with the final names
# Told the name and the folder, not the file, pip does not note where it was.
pip3 wheel -w dist --no-index --no-cache-dir --no-build-isolation --no-deps "$PWD"
pip3 install --root "$LFS" --no-index --no-cache-dir --no-deps --no-compile \
	--find-links dist "$name"
python3 -m compileall -q -s "$LFS" -p / "$LFS"/usr/lib/python3.*/site-packages
