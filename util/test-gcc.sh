#!/bin/sh
# Runs a part of the compiler's tests, which the book calls critical. All of them take
# hours, so that each part is a target of its own (checkParts of the package). What came
# of it is kept in tests/, and how that is to be judged is told by check-gcc.sh.
set -eu

part=$LFS_CHECK_PART
cd build

# What to run: a target of make, and what of it. The tests are driven by programs in Tcl
# (*.exp); after = are patterns for the paths of the tests that one of them is to run.
torture='compile.exp execute.exp builtins.exp ieee.exp unsorted.exp dg-torture.exp'
only=
case $part in
c-torture) target=check-gcc-c only=$torture ;;
c-x86) target=check-gcc-c only=i386.exp ;;
c-dg) target=check-gcc-c only=dg.exp ;;
c-others)
	target=check-gcc-c only="--ignore '$torture i386.exp dg.exp'"
	# These want the headers of Python, which is built later.
	sed -i '/cpython/d' ../gcc/testsuite/gcc.dg/plugin/plugin.exp
	;;
c++-standards) target=check-gcc-c++ only="dg.exp='g++.dg/cpp*'" ;;
c++-dg-1) target=check-gcc-c++ only="dg.exp='g++.dg/[0-9A-Zabd-l]* g++.dg/c[a-oq-z]* c-c++-common/*'" ;;
c++-dg-2) target=check-gcc-c++ only="dg.exp='g++.dg/[m-z]*'" ;;
c++-others) target=check-gcc-c++ only='--ignore dg.exp' ;;
libstdc++-1) target=check-target-libstdc++-v3 only="conformance.exp='testsuite/2[0-2]_*'" ;;
libstdc++-2) target=check-target-libstdc++-v3 only="conformance.exp='testsuite/2[3-5]_*'" ;;
libstdc++-3)
	target=check-target-libstdc++-v3
	only="conformance.exp='testsuite/2[6-9]_* testsuite/[13a-z]*' abi.exp prettyprinters.exp xmethods.exp"
	;;
others)
	target='check-target-libatomic check-target-libgomp check-target-libitm'
	make check-libiberty check-libbacktrace # these know no failures to go on after
	;;
*)
	echo "there is no part $part" >&2
	exit 1
	;;
esac

# They want to run as an ordinary user, who may put files beside what root has built; and
# some need more than the usual stack. Those that fail make make fail, too.
find . -type d -exec chown tester {} +
su tester -c "ulimit -s unlimited; PATH=$PATH make -j$(nproc) --keep-going $target RUNTESTFLAGS=\"$only\"" || :

# What is to be judged, out of the folders that it lies in.
mkdir tests
find . -path ./tests -prune -o -path '*/testsuite/*' \( -name '*.sum' -o -name '*.log' \) \
	-exec mv {} tests \;
