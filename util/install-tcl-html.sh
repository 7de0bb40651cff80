#!/bin/sh
# The documentation of Tcl as web pages.
set -eu

mkdir -p "$LFS/usr/share/doc/tcl"
cp -r html/* "$LFS/usr/share/doc/tcl"
