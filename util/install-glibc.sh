#!/bin/sh
# The C library of the finished system: every program runs with it.
set -eu

loader=${LFS_LOADER##*/}

mkdir build
cd build

# ldconfig and sln go to /usr/sbin; by default they are in /sbin, which is a link.
echo 'rootsbindir=/usr/sbin' >configparms

# --disable-werror  warnings of a newer compiler do not end the build
# --disable-nscd    no cache daemon for names: nobody uses it any more
# libc_cv_slibdir   the libraries go to /usr/lib instead of /lib64
# --enable-stack-protector=strong
#                   functions check that nothing has overwritten their way back
# --enable-kernel   leave out what works around kernels older than this
../configure \
	--prefix=/usr \
	--disable-werror \
	--disable-nscd \
	libc_cv_slibdir=/usr/lib \
	--enable-stack-protector=strong \
	--enable-kernel=5.10
make

# The installation would be tested by compiling against the library in /, which is
# not this one yet.
# shellcheck disable=SC2016 # the $ is make's
sed -i '/test-installation/s@$(PERL)@echo not running@' ../Makefile
# One job: the installation looks at each library once more, from two places at a time. Where
# both found something to compile, they would write the same files.
make -j1 DESTDIR="$LFS" install

# A list of all libraries, for a faster start of programs, belongs to no package. What is
# in /usr/lib is found without one; for /usr/local/lib and /opt/lib ldconfig makes it.
rm -f "$LFS/etc/ld.so.cache"

# Programs of x86-64 look for their loader in /lib64, while glibc goes to /usr/lib. The
# second link is the same loader under the name of the LSB.
if [ "$LFS_ARCH" = x86_64 ]; then
	mkdir -p "$LFS/lib64"
	ln -sf "../lib/$loader" "$LFS/lib64/$loader"
	ln -sf "../lib/$loader" "$LFS/lib64/ld-lsb-x86-64.so.3"
fi

# ldd looks for the loader where programs do: in /lib64, not /usr/lib64.
sed -i '/RTLDLIST=/s@/usr@@g' "$LFS/usr/bin/ldd"

# Locales: the book makes some forty, old encodings among them; these are enough for
# most people. C.UTF-8 is a package of its own (locales). For another one:
# localedef -i da_DK -f UTF-8 da_DK.UTF-8
mkdir -p "$LFS/usr/lib/locale"
for locale in de_DE en_GB en_US es_ES fr_FR it_IT ja_JP pt_BR ru_RU zh_CN; do
	I18NPATH="$LFS/usr/share/i18n" "$LFS/usr/bin/localedef" --prefix="$LFS" \
		--inputfile="$locale" --charmap=UTF-8 "$locale.UTF-8"
done

sh "$LFS_SRC/finish.sh"
