#!/bin/sh
# Mpdecimal, for Python: it calculates with decimal numbers.
set -eu

# --disable-cxx  Python does not use the C++ interface
./configure --prefix=/usr --disable-static --disable-cxx
make
make DESTDIR="$LFS" install
