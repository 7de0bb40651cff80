#!/bin/sh
# The names of network services and protocols and their numbers, as the IANA assigns
# them.
set -eu

install -D -m 644 -t "$LFS/etc" services protocols
