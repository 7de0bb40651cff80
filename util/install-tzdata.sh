#!/bin/sh
# The time zones of the world. Governments change them; so this changes often.
set -eu

zoneinfo=$LFS/usr/share/zoneinfo
mkdir -p "$zoneinfo/posix" "$zoneinfo/right"

# `right` has leap seconds, the other two have none, as POSIX wants it.
for zones in etcetera southamerica northamerica europe africa antarctica asia australasia backward; do
	zic -L /dev/null -d "$zoneinfo" "$zones"
	zic -L /dev/null -d "$zoneinfo/posix" "$zones"
	zic -L leapseconds -d "$zoneinfo/right" "$zones"
done
cp zone.tab zone1970.tab iso3166.tab "$zoneinfo"

# The rules that POSIX's own notation of a zone (TZ=CET-1CEST) goes by: New York's.
zic -d "$zoneinfo" -p America/New_York

# The system's own zone: UTC. `ln -sf /usr/share/zoneinfo/Europe/Berlin
# /etc/localtime` changes it.
mkdir -p "$LFS/etc"
ln -s ../usr/share/zoneinfo/UTC "$LFS/etc/localtime"
