#!/bin/sh
# Prints what figures were measured on: processors and memory.
set -eu

sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c | awk '{ $1 = $1 " x"; print }'
awk '/^MemTotal:/ { printf "%.0f GiB of memory\n", $2 / 1048576 }' /proc/meminfo
