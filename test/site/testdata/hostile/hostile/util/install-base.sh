#!/bin/sh
# Folders.
set -eu
mkdir -p "$LFS/usr"
