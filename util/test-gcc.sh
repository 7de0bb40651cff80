#!/bin/sh
# Runs a part of the compiler's tests: c, c++, libstdc++ or others. The book calls them
# critical. They take hours, so that each part is a step of its own (preCheckSteps of the
# package); how they went is told by check-gcc.sh.
set -eu

cd build

case $1 in
c)
	tests=check-gcc-c
	# These want the headers of Python, which is built later.
	sed -i '/cpython/d' ../gcc/testsuite/gcc.dg/plugin/plugin.exp
	;;
c++) tests=check-gcc-c++ ;;
libstdc++) tests=check-target-libstdc++-v3 ;;
others) tests='check-libiberty check-libbacktrace check-target-libatomic check-target-libgomp check-target-libitm' ;;
esac

# They want to run as an ordinary user, who may put files beside what root has built; and
# some need more than the usual stack. Those that fail make make fail, too.
find . -type d -exec chown tester {} +
su tester -c "ulimit -s unlimited; PATH=$PATH make -j$(nproc) --keep-going $tests" || :
