# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Run from the project's root:
#   docker buildx bake -f docker-bake.hcl                 the result
#   docker buildx bake -f docker-bake.hcl NAME            a package, a stage, an image
#   docker buildx bake -f docker-bake.hcl --list targets  all of them (buildx 0.20)
#   docker buildx bake -f docker-bake.hcl -f docker-bake.mirrors.hcl
#                                                 the same, with the sources from mirrors

variable "LFD_REGISTRY" {
  description = "Where images are pushed to: their names begin with it, such as registry.example.org/linux"
  default     = ""
}

variable "LFD_TAG" {
  description = "The tag of images"
  default     = "latest"
}

variable "LFD_PLATFORM" {
  description = "The platform to build for; the systems here are for linux/amd64"
  default     = "linux/amd64"
}

# What is called by another name on each platform.
machines = {
  "linux/amd64" = {
    LFD_ARCH        = "x86_64"
    LFD_KERNEL_ARCH = "x86_64"
    LFD_LOADER      = "/lib64/ld-linux-x86-64.so.2"
    LFD_ROOT_TYPE   = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
  }
  "linux/arm64" = {
    LFD_ARCH        = "aarch64"
    LFD_KERNEL_ARCH = "arm64"
    LFD_LOADER      = "/lib/ld-linux-aarch64.so.1"
    LFD_ROOT_TYPE   = "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"
  }
  "linux/386" = {
    LFD_ARCH        = "i686"
    LFD_KERNEL_ARCH = "i386"
    LFD_LOADER      = "/lib/ld-linux.so.2"
    LFD_ROOT_TYPE   = "44479540-F297-41B2-9AF7-D131D5F0458A"
  }
}

variable "LFD_TGT" {
  description = "The name of the system to build for, as compilers know it: LFS_TGT in the build"
  default     = "${machines[LFD_PLATFORM].LFD_ARCH}-lfs-linux-gnu"
}

variable "LFD_EPOCH" {
  description = "The date that goes into what is built, in seconds since 1970: SOURCE_DATE_EPOCH in the build"
  default     = "1767225600"
}

variable "LFD_ROOT" {
  description = "The project's root, seen from the folder that bake is run in"
  default     = "."
}

function "image" {
  params = [name]
  result = join("/", compact([trim(LFD_REGISTRY, "/"), "${name}:${LFD_TAG}"]))
}

group "default" {
  description = "The result"
  targets     = ["lfs-disk"]
}

target "_common" {
  context    = LFD_ROOT
  dockerfile = "generated/Dockerfile"
  platforms  = [LFD_PLATFORM]
  args = merge(machines[LFD_PLATFORM], {
    LFD_TGT     = LFD_TGT
    LFD_EPOCH   = LFD_EPOCH
    LFD_CREATED = timeadd("1970-01-01T00:00:00Z", "${LFD_EPOCH}s")
    # BuildKit's own. Said here, as buildx else takes it from the environment.
    SOURCE_DATE_EPOCH = LFD_EPOCH
  })
  # Flags for make, such as -j4, from the environment. A secret is no part of a step's key.
  secret = ["id=LFD_MAKEFLAGS,env=LFD_MAKEFLAGS"]
}

# A step on the way: kept in the builder's cache, written nowhere.
target "_step" {
  inherits = ["_common"]
  output   = ["type=cacheonly"]
}

target "host" {
  description = "Stage: the system that builds the first compiler"
  inherits    = ["_step"]
  target      = "host"
}

# cross

target "cross" {
  description = "Stage cross"
  inherits    = ["_step"]
  target      = "cross"
}

group "cross-packages" {
  description = "All packages of stage cross"
  targets = [
    "binutils-pass1",
    "gcc-pass1",
    "linux-headers",
    "glibc-cross",
    "libstdcpp",
    "config-site",
  ]
}

target "binutils-dl" {
  description = "Download of binutils"
  inherits    = ["_step"]
  target      = "binutils-dl"
}

target "binutils-pass1" {
  description = "binutils-pass1 2.47, GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "binutils-pass1"
}

target "gcc-dl" {
  description = "Download of gcc"
  inherits    = ["_step"]
  target      = "gcc-dl"
}

target "gmp-dl" {
  description = "Download of gmp"
  inherits    = ["_step"]
  target      = "gmp-dl"
}

target "mpfr-dl" {
  description = "Download of mpfr"
  inherits    = ["_step"]
  target      = "mpfr-dl"
}

target "mpc-dl" {
  description = "Download of mpc"
  inherits    = ["_step"]
  target      = "mpc-dl"
}

target "gcc-pass1" {
  description = "gcc-pass1 16.2.0, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gcc-pass1"
}

target "linux-dl" {
  description = "Download of linux"
  inherits    = ["_step"]
  target      = "linux-dl"
}

target "linux-headers" {
  description = "linux-headers 7.1.8, GPL-2.0-only WITH Linux-syscall-note"
  inherits    = ["_step"]
  target      = "linux-headers"
}

target "glibc-dl" {
  description = "Download of glibc"
  inherits    = ["_step"]
  target      = "glibc-dl"
}

target "glibc-fhs-patch-dl" {
  description = "Download of glibc-fhs-patch"
  inherits    = ["_step"]
  target      = "glibc-fhs-patch-dl"
}

target "glibc-upstream-fixes-patch-dl" {
  description = "Download of glibc-upstream-fixes-patch"
  inherits    = ["_step"]
  target      = "glibc-upstream-fixes-patch-dl"
}

target "glibc-cross" {
  description = "glibc-cross 2.44, LGPL-2.1-or-later AND GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "glibc-cross"
}

target "libstdcpp" {
  description = "libstdcpp 16.2.0, GPL-3.0-or-later WITH GCC-exception-3.1"
  inherits    = ["_step"]
  target      = "libstdcpp"
}

target "config-site" {
  description = "config-site"
  inherits    = ["_step"]
  target      = "config-site"
}

# temp

target "temp" {
  description = "Stage temp"
  inherits    = ["_step"]
  target      = "temp"
}

group "temp-packages" {
  description = "All packages of stage temp"
  targets = [
    "m4-temp",
    "ncurses-temp",
    "bash-temp",
    "coreutils-temp",
    "diffutils-temp",
    "file-temp",
    "findutils-temp",
    "gawk-temp",
    "grep-temp",
    "gzip-temp",
    "make-temp",
    "patch-temp",
    "sed-temp",
    "tar-temp",
    "xz-temp",
    "binutils-pass2",
    "gcc-pass2",
  ]
}

target "m4-dl" {
  description = "Download of m4"
  inherits    = ["_step"]
  target      = "m4-dl"
}

target "m4-temp" {
  description = "m4-temp 1.4.21, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "m4-temp"
}

target "ncurses-dl" {
  description = "Download of ncurses"
  inherits    = ["_step"]
  target      = "ncurses-dl"
}

target "ncurses-temp" {
  description = "ncurses-temp 6.6, MIT"
  inherits    = ["_step"]
  target      = "ncurses-temp"
}

target "bash-dl" {
  description = "Download of bash"
  inherits    = ["_step"]
  target      = "bash-dl"
}

target "bash-temp" {
  description = "bash-temp 5.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "bash-temp"
}

target "coreutils-dl" {
  description = "Download of coreutils"
  inherits    = ["_step"]
  target      = "coreutils-dl"
}

target "coreutils-temp" {
  description = "coreutils-temp 9.11, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "coreutils-temp"
}

target "diffutils-dl" {
  description = "Download of diffutils"
  inherits    = ["_step"]
  target      = "diffutils-dl"
}

target "diffutils-temp" {
  description = "diffutils-temp 3.12, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "diffutils-temp"
}

target "file-dl" {
  description = "Download of file"
  inherits    = ["_step"]
  target      = "file-dl"
}

target "file-temp" {
  description = "file-temp 5.48, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "file-temp"
}

target "findutils-dl" {
  description = "Download of findutils"
  inherits    = ["_step"]
  target      = "findutils-dl"
}

target "findutils-temp" {
  description = "findutils-temp 4.11.0, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "findutils-temp"
}

target "gawk-dl" {
  description = "Download of gawk"
  inherits    = ["_step"]
  target      = "gawk-dl"
}

target "gawk-temp" {
  description = "gawk-temp 5.4.1, GPL-3.0-or-later AND AGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gawk-temp"
}

target "grep-dl" {
  description = "Download of grep"
  inherits    = ["_step"]
  target      = "grep-dl"
}

target "grep-temp" {
  description = "grep-temp 3.12, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "grep-temp"
}

target "gzip-dl" {
  description = "Download of gzip"
  inherits    = ["_step"]
  target      = "gzip-dl"
}

target "gzip-temp" {
  description = "gzip-temp 1.14, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gzip-temp"
}

target "make-dl" {
  description = "Download of make"
  inherits    = ["_step"]
  target      = "make-dl"
}

target "make-temp" {
  description = "make-temp 4.4.1, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "make-temp"
}

target "patch-dl" {
  description = "Download of patch"
  inherits    = ["_step"]
  target      = "patch-dl"
}

target "patch-temp" {
  description = "patch-temp 2.8, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "patch-temp"
}

target "sed-dl" {
  description = "Download of sed"
  inherits    = ["_step"]
  target      = "sed-dl"
}

target "sed-temp" {
  description = "sed-temp 4.10, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "sed-temp"
}

target "tar-dl" {
  description = "Download of tar"
  inherits    = ["_step"]
  target      = "tar-dl"
}

target "tar-temp" {
  description = "tar-temp 1.35, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "tar-temp"
}

target "xz-dl" {
  description = "Download of xz"
  inherits    = ["_step"]
  target      = "xz-dl"
}

target "xz-temp" {
  description = "xz-temp 5.8.3, 0BSD AND GPL-2.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH Autoconf-exception-macro"
  inherits    = ["_step"]
  target      = "xz-temp"
}

target "binutils-pass2" {
  description = "binutils-pass2 2.47, GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "binutils-pass2"
}

target "gcc-pass2" {
  description = "gcc-pass2 16.2.0, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gcc-pass2"
}

# chroot

target "chroot" {
  description = "Stage chroot"
  inherits    = ["_step"]
  target      = "chroot"
}

group "chroot-packages" {
  description = "All packages of stage chroot"
  targets = [
    "gettext-temp",
    "bison-temp",
    "perl-temp",
    "zlib-temp",
    "mpdecimal-temp",
    "python-temp",
    "texinfo-temp",
    "util-linux-temp",
  ]
}

target "gettext-dl" {
  description = "Download of gettext"
  inherits    = ["_step"]
  target      = "gettext-dl"
}

target "gettext-temp" {
  description = "gettext-temp 1.0, GPL-3.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "gettext-temp"
}

target "bison-dl" {
  description = "Download of bison"
  inherits    = ["_step"]
  target      = "bison-dl"
}

target "bison-temp" {
  description = "bison-temp 3.8.2, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "bison-temp"
}

target "perl-dl" {
  description = "Download of perl"
  inherits    = ["_step"]
  target      = "perl-dl"
}

target "perl-temp" {
  description = "perl-temp 5.44.0, Artistic-1.0-Perl OR GPL-1.0-or-later"
  inherits    = ["_step"]
  target      = "perl-temp"
}

target "zlib-dl" {
  description = "Download of zlib"
  inherits    = ["_step"]
  target      = "zlib-dl"
}

target "zlib-temp" {
  description = "zlib-temp 1.3.2, Zlib"
  inherits    = ["_step"]
  target      = "zlib-temp"
}

target "mpdecimal-dl" {
  description = "Download of mpdecimal"
  inherits    = ["_step"]
  target      = "mpdecimal-dl"
}

target "mpdecimal-temp" {
  description = "mpdecimal-temp 4.0.1, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "mpdecimal-temp"
}

target "python-dl" {
  description = "Download of python"
  inherits    = ["_step"]
  target      = "python-dl"
}

target "python-temp" {
  description = "python-temp 3.14.7, PSF-2.0"
  inherits    = ["_step"]
  target      = "python-temp"
}

target "texinfo-dl" {
  description = "Download of texinfo"
  inherits    = ["_step"]
  target      = "texinfo-dl"
}

target "texinfo-temp" {
  description = "texinfo-temp 7.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "texinfo-temp"
}

target "util-linux-dl" {
  description = "Download of util-linux"
  inherits    = ["_step"]
  target      = "util-linux-dl"
}

target "util-linux-temp" {
  description = "util-linux-temp 2.42.2, BSD-2-Clause AND BSD-3-Clause AND BSD-4-Clause-UC AND EUPL-1.2 AND GPL-1.0-or-later AND GPL-2.0-only AND GPL-2.0-or-later AND LGPL-2.1-or-later AND MIT"
  inherits    = ["_step"]
  target      = "util-linux-temp"
}

# toolchain

target "toolchain" {
  description = "Stage toolchain"
  inherits    = ["_step"]
  target      = "toolchain"
}

group "toolchain-packages" {
  description = "All packages of stage toolchain"
  targets = [
    "glibc",
    "zlib",
    "xz",
    "lz4",
    "zstd",
    "gmp",
    "mpfr",
    "mpc",
    "binutils",
    "gcc",
    "ninja",
    "pkgconf",
  ]
}

target "glibc" {
  description = "glibc 2.44, LGPL-2.1-or-later AND GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "glibc"
}

target "zlib" {
  description = "zlib 1.3.2, Zlib"
  inherits    = ["_step"]
  target      = "zlib"
}

target "xz" {
  description = "xz 5.8.3, 0BSD AND GPL-2.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH Autoconf-exception-macro"
  inherits    = ["_step"]
  target      = "xz"
}

target "lz4-dl" {
  description = "Download of lz4"
  inherits    = ["_step"]
  target      = "lz4-dl"
}

target "lz4" {
  description = "lz4 1.10.0, BSD-2-Clause AND GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "lz4"
}

target "zstd-dl" {
  description = "Download of zstd"
  inherits    = ["_step"]
  target      = "zstd-dl"
}

target "zstd" {
  description = "zstd 1.5.7, BSD-3-Clause OR GPL-2.0-only"
  inherits    = ["_step"]
  target      = "zstd"
}

target "gmp" {
  description = "gmp 6.3.0, LGPL-3.0-or-later OR GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "gmp"
}

target "mpfr" {
  description = "mpfr 4.2.2, LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "mpfr"
}

target "mpc" {
  description = "mpc 1.4.1, LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "mpc"
}

target "binutils" {
  description = "binutils 2.47, GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "binutils"
}

target "gcc" {
  description = "gcc 16.2.0, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gcc"
}

target "ninja-dl" {
  description = "Download of ninja"
  inherits    = ["_step"]
  target      = "ninja-dl"
}

target "ninja" {
  description = "ninja 1.13.2, Apache-2.0"
  inherits    = ["_step"]
  target      = "ninja"
}

target "pkgconf-dl" {
  description = "Download of pkgconf"
  inherits    = ["_step"]
  target      = "pkgconf-dl"
}

target "meson-dl" {
  description = "Download of meson"
  inherits    = ["_step"]
  target      = "meson-dl"
}

target "pkgconf" {
  description = "pkgconf 3.0.5, ISC"
  inherits    = ["_step"]
  target      = "pkgconf"
}

# system

target "system" {
  description = "Stage system"
  inherits    = ["_step"]
  target      = "system"
}

group "system-packages" {
  description = "All packages of stage system"
  targets = [
    "man-pages",
    "iana-etc",
    "tzdata",
    "locales",
    "bzip2",
    "file",
    "ncurses",
    "readline",
    "pcre2",
    "m4",
    "bc",
    "flex",
    "tcl",
    "tcl-html",
    "expect",
    "dejagnu",
    "attr",
    "acl",
    "libcap",
    "libxcrypt",
    "shadow",
    "gawk",
    "sed",
    "psmisc",
    "gettext",
    "bison",
    "grep",
    "bash",
    "libtool",
    "gdbm",
    "gperf",
    "expat",
    "inetutils",
    "less",
    "perl",
    "autoconf",
    "automake",
    "openssl",
    "elfutils",
    "libffi",
    "sqlite",
    "mpdecimal",
    "util-linux",
    "python",
    "flit-core",
    "packaging",
    "wheel",
    "setuptools",
    "meson",
    "kmod",
    "coreutils",
    "diffutils",
    "findutils",
    "groff",
    "grub",
    "grub-efi",
    "gzip",
    "iproute2",
    "kbd",
    "libpipeline",
    "make",
    "patch",
    "tar",
    "texinfo",
    "vim",
    "markupsafe",
    "jinja2",
    "udev",
    "dbus",
    "man-db",
    "procps-ng",
    "e2fsprogs",
    "sysklogd",
    "sysvinit",
    "gdb",
    "dhcpcd",
    "filesystem",
    "bootscripts",
  ]
}

target "man-pages-dl" {
  description = "Download of man-pages"
  inherits    = ["_step"]
  target      = "man-pages-dl"
}

target "man-pages" {
  description = "man-pages 6.18, BSD-2-Clause AND BSD-3-Clause AND BSD-4-Clause-UC AND GPL-1.0-or-later AND GPL-2.0-only AND GPL-2.0-or-later AND GPL-3.0-or-later AND Linux-man-pages-1-para AND Linux-man-pages-copyleft AND Linux-man-pages-copyleft-2-para AND Linux-man-pages-copyleft-var AND MIT"
  inherits    = ["_step"]
  target      = "man-pages"
}

target "iana-etc-dl" {
  description = "Download of iana-etc"
  inherits    = ["_step"]
  target      = "iana-etc-dl"
}

target "iana-etc" {
  description = "iana-etc 20260805, CC0-1.0"
  inherits    = ["_step"]
  target      = "iana-etc"
}

target "tzdata-dl" {
  description = "Download of tzdata"
  inherits    = ["_step"]
  target      = "tzdata-dl"
}

target "tzdata" {
  description = "tzdata 2026c, BSD-3-Clause AND LicenseRef-PD"
  inherits    = ["_step"]
  target      = "tzdata"
}

target "locales" {
  description = "locales, LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "locales"
}

target "bzip2-dl" {
  description = "Download of bzip2"
  inherits    = ["_step"]
  target      = "bzip2-dl"
}

target "bzip2-install-docs-patch-dl" {
  description = "Download of bzip2-install-docs-patch"
  inherits    = ["_step"]
  target      = "bzip2-install-docs-patch-dl"
}

target "bzip2" {
  description = "bzip2 1.0.8, bzip2-1.0.6"
  inherits    = ["_step"]
  target      = "bzip2"
}

target "file" {
  description = "file 5.48, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "file"
}

target "ncurses" {
  description = "ncurses 6.6, MIT"
  inherits    = ["_step"]
  target      = "ncurses"
}

target "readline-dl" {
  description = "Download of readline"
  inherits    = ["_step"]
  target      = "readline-dl"
}

target "readline" {
  description = "readline 8.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "readline"
}

target "pcre2-dl" {
  description = "Download of pcre2"
  inherits    = ["_step"]
  target      = "pcre2-dl"
}

target "pcre2" {
  description = "pcre2 10.47, BSD-2-Clause AND BSD-3-Clause AND MIT"
  inherits    = ["_step"]
  target      = "pcre2"
}

target "m4" {
  description = "m4 1.4.21, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "m4"
}

target "bc-dl" {
  description = "Download of bc"
  inherits    = ["_step"]
  target      = "bc-dl"
}

target "bc" {
  description = "bc 7.0.3, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "bc"
}

target "flex-dl" {
  description = "Download of flex"
  inherits    = ["_step"]
  target      = "flex-dl"
}

target "flex" {
  description = "flex 2.6.4, BSD-3-Clause AND LGPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "flex"
}

target "tcl-dl" {
  description = "Download of tcl"
  inherits    = ["_step"]
  target      = "tcl-dl"
}

target "tcl" {
  description = "tcl 8.6.18, TCL"
  inherits    = ["_step"]
  target      = "tcl"
}

target "tcl-html-dl" {
  description = "Download of tcl-html"
  inherits    = ["_step"]
  target      = "tcl-html-dl"
}

target "tcl-html" {
  description = "tcl-html 8.6.18, TCL"
  inherits    = ["_step"]
  target      = "tcl-html"
}

target "expect-dl" {
  description = "Download of expect"
  inherits    = ["_step"]
  target      = "expect-dl"
}

target "expect-gcc15-patch-dl" {
  description = "Download of expect-gcc15-patch"
  inherits    = ["_step"]
  target      = "expect-gcc15-patch-dl"
}

target "expect" {
  description = "expect 5.45.4, LicenseRef-PD"
  inherits    = ["_step"]
  target      = "expect"
}

target "dejagnu-dl" {
  description = "Download of dejagnu"
  inherits    = ["_step"]
  target      = "dejagnu-dl"
}

target "dejagnu" {
  description = "dejagnu 1.6.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "dejagnu"
}

target "attr-dl" {
  description = "Download of attr"
  inherits    = ["_step"]
  target      = "attr-dl"
}

target "attr" {
  description = "attr 2.6.0, GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "attr"
}

target "acl-dl" {
  description = "Download of acl"
  inherits    = ["_step"]
  target      = "acl-dl"
}

target "acl" {
  description = "acl 2.4.0, GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "acl"
}

target "libcap-dl" {
  description = "Download of libcap"
  inherits    = ["_step"]
  target      = "libcap-dl"
}

target "libcap" {
  description = "libcap 2.78, (BSD-3-Clause OR GPL-2.0-only) AND (BSD-3-Clause OR LGPL-2.0-or-later)"
  inherits    = ["_step"]
  target      = "libcap"
}

target "libxcrypt-dl" {
  description = "Download of libxcrypt"
  inherits    = ["_step"]
  target      = "libxcrypt-dl"
}

target "libxcrypt" {
  description = "libxcrypt 4.5.2, LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "libxcrypt"
}

target "shadow-dl" {
  description = "Download of shadow"
  inherits    = ["_step"]
  target      = "shadow-dl"
}

target "shadow" {
  description = "shadow 4.20.2, BSD-3-Clause"
  inherits    = ["_step"]
  target      = "shadow"
}

target "gawk" {
  description = "gawk 5.4.1, GPL-3.0-or-later AND AGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gawk"
}

target "sed" {
  description = "sed 4.10, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "sed"
}

target "psmisc-dl" {
  description = "Download of psmisc"
  inherits    = ["_step"]
  target      = "psmisc-dl"
}

target "psmisc" {
  description = "psmisc 23.7, GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "psmisc"
}

target "gettext" {
  description = "gettext 1.0, GPL-3.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "gettext"
}

target "bison" {
  description = "bison 3.8.2, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "bison"
}

target "grep" {
  description = "grep 3.12, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "grep"
}

target "bash" {
  description = "bash 5.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "bash"
}

target "libtool-dl" {
  description = "Download of libtool"
  inherits    = ["_step"]
  target      = "libtool-dl"
}

target "libtool" {
  description = "libtool 2.6.2, GPL-2.0-or-later AND LGPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "libtool"
}

target "gdbm-dl" {
  description = "Download of gdbm"
  inherits    = ["_step"]
  target      = "gdbm-dl"
}

target "gdbm" {
  description = "gdbm 1.26, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gdbm"
}

target "gperf-dl" {
  description = "Download of gperf"
  inherits    = ["_step"]
  target      = "gperf-dl"
}

target "gperf" {
  description = "gperf 3.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gperf"
}

target "expat-dl" {
  description = "Download of expat"
  inherits    = ["_step"]
  target      = "expat-dl"
}

target "expat" {
  description = "expat 2.8.3, MIT"
  inherits    = ["_step"]
  target      = "expat"
}

target "inetutils-dl" {
  description = "Download of inetutils"
  inherits    = ["_step"]
  target      = "inetutils-dl"
}

target "inetutils" {
  description = "inetutils 2.8, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "inetutils"
}

target "less-dl" {
  description = "Download of less"
  inherits    = ["_step"]
  target      = "less-dl"
}

target "less" {
  description = "less 704, BSD-2-Clause OR GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "less"
}

target "perl" {
  description = "perl 5.44.0, Artistic-1.0-Perl OR GPL-1.0-or-later"
  inherits    = ["_step"]
  target      = "perl"
}

target "autoconf-dl" {
  description = "Download of autoconf"
  inherits    = ["_step"]
  target      = "autoconf-dl"
}

target "autoconf" {
  description = "autoconf 2.73, GPL-3.0-or-later WITH Autoconf-exception-3.0"
  inherits    = ["_step"]
  target      = "autoconf"
}

target "automake-dl" {
  description = "Download of automake"
  inherits    = ["_step"]
  target      = "automake-dl"
}

target "automake" {
  description = "automake 1.18.1, GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "automake"
}

target "openssl-dl" {
  description = "Download of openssl"
  inherits    = ["_step"]
  target      = "openssl-dl"
}

target "openssl" {
  description = "openssl 3.5.7, Apache-2.0"
  inherits    = ["_step"]
  target      = "openssl"
}

target "elfutils-dl" {
  description = "Download of elfutils"
  inherits    = ["_step"]
  target      = "elfutils-dl"
}

target "elfutils" {
  description = "elfutils 0.195, GPL-3.0-or-later AND (GPL-2.0-or-later OR LGPL-3.0-or-later)"
  inherits    = ["_step"]
  target      = "elfutils"
}

target "libffi-dl" {
  description = "Download of libffi"
  inherits    = ["_step"]
  target      = "libffi-dl"
}

target "libffi" {
  description = "libffi 3.8.0, MIT"
  inherits    = ["_step"]
  target      = "libffi"
}

target "sqlite-dl" {
  description = "Download of sqlite"
  inherits    = ["_step"]
  target      = "sqlite-dl"
}

target "sqlite" {
  description = "sqlite 3530400, blessing"
  inherits    = ["_step"]
  target      = "sqlite"
}

target "mpdecimal" {
  description = "mpdecimal 4.0.1, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "mpdecimal"
}

target "util-linux" {
  description = "util-linux 2.42.2, BSD-2-Clause AND BSD-3-Clause AND BSD-4-Clause-UC AND EUPL-1.2 AND GPL-1.0-or-later AND GPL-2.0-only AND GPL-2.0-or-later AND LGPL-2.1-or-later AND MIT"
  inherits    = ["_step"]
  target      = "util-linux"
}

target "python" {
  description = "python 3.14.7, PSF-2.0"
  inherits    = ["_step"]
  target      = "python"
}

target "flit-core-dl" {
  description = "Download of flit-core"
  inherits    = ["_step"]
  target      = "flit-core-dl"
}

target "flit-core" {
  description = "flit-core 4.0.2, BSD-3-Clause"
  inherits    = ["_step"]
  target      = "flit-core"
}

target "packaging-dl" {
  description = "Download of packaging"
  inherits    = ["_step"]
  target      = "packaging-dl"
}

target "packaging" {
  description = "packaging 26.3, Apache-2.0 OR BSD-2-Clause"
  inherits    = ["_step"]
  target      = "packaging"
}

target "wheel-dl" {
  description = "Download of wheel"
  inherits    = ["_step"]
  target      = "wheel-dl"
}

target "wheel" {
  description = "wheel 0.48.0, MIT"
  inherits    = ["_step"]
  target      = "wheel"
}

target "setuptools-dl" {
  description = "Download of setuptools"
  inherits    = ["_step"]
  target      = "setuptools-dl"
}

target "setuptools" {
  description = "setuptools 84.0.0, MIT"
  inherits    = ["_step"]
  target      = "setuptools"
}

target "meson" {
  description = "meson 1.12.0, Apache-2.0"
  inherits    = ["_step"]
  target      = "meson"
}

target "kmod-dl" {
  description = "Download of kmod"
  inherits    = ["_step"]
  target      = "kmod-dl"
}

target "kmod" {
  description = "kmod 34.2, GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "kmod"
}

target "coreutils-i18n-patch-dl" {
  description = "Download of coreutils-i18n-patch"
  inherits    = ["_step"]
  target      = "coreutils-i18n-patch-dl"
}

target "coreutils" {
  description = "coreutils 9.11, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "coreutils"
}

target "diffutils" {
  description = "diffutils 3.12, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "diffutils"
}

target "findutils" {
  description = "findutils 4.11.0, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "findutils"
}

target "groff-dl" {
  description = "Download of groff"
  inherits    = ["_step"]
  target      = "groff-dl"
}

target "groff" {
  description = "groff 1.24.1, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "groff"
}

target "grub-dl" {
  description = "Download of grub"
  inherits    = ["_step"]
  target      = "grub-dl"
}

target "grub" {
  description = "grub 2.14, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "grub"
}

target "grub-efi" {
  description = "grub-efi 2.14, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "grub-efi"
}

target "gzip" {
  description = "gzip 1.14, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gzip"
}

target "iproute2-dl" {
  description = "Download of iproute2"
  inherits    = ["_step"]
  target      = "iproute2-dl"
}

target "iproute2" {
  description = "iproute2 7.1.0, GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "iproute2"
}

target "kbd-dl" {
  description = "Download of kbd"
  inherits    = ["_step"]
  target      = "kbd-dl"
}

target "kbd-backspace-patch-dl" {
  description = "Download of kbd-backspace-patch"
  inherits    = ["_step"]
  target      = "kbd-backspace-patch-dl"
}

target "kbd" {
  description = "kbd 2.10.0, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "kbd"
}

target "libpipeline-dl" {
  description = "Download of libpipeline"
  inherits    = ["_step"]
  target      = "libpipeline-dl"
}

target "libpipeline" {
  description = "libpipeline 1.5.8, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "libpipeline"
}

target "make" {
  description = "make 4.4.1, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "make"
}

target "patch" {
  description = "patch 2.8, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "patch"
}

target "tar-acl-fix-patch-dl" {
  description = "Download of tar-acl-fix-patch"
  inherits    = ["_step"]
  target      = "tar-acl-fix-patch-dl"
}

target "tar" {
  description = "tar 1.35, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "tar"
}

target "texinfo" {
  description = "texinfo 7.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "texinfo"
}

target "vim-dl" {
  description = "Download of vim"
  inherits    = ["_step"]
  target      = "vim-dl"
}

target "vim" {
  description = "vim 9.2.1025, Vim"
  inherits    = ["_step"]
  target      = "vim"
}

target "markupsafe-dl" {
  description = "Download of markupsafe"
  inherits    = ["_step"]
  target      = "markupsafe-dl"
}

target "markupsafe" {
  description = "markupsafe 3.0.3, BSD-3-Clause"
  inherits    = ["_step"]
  target      = "markupsafe"
}

target "jinja2-dl" {
  description = "Download of jinja2"
  inherits    = ["_step"]
  target      = "jinja2-dl"
}

target "jinja2" {
  description = "jinja2 3.1.6, BSD-3-Clause"
  inherits    = ["_step"]
  target      = "jinja2"
}

target "systemd-dl" {
  description = "Download of systemd"
  inherits    = ["_step"]
  target      = "systemd-dl"
}

target "systemd-man-pages-dl" {
  description = "Download of systemd-man-pages"
  inherits    = ["_step"]
  target      = "systemd-man-pages-dl"
}

target "udev" {
  description = "udev 261.2, LGPL-2.1-or-later AND GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "udev"
}

target "dbus-dl" {
  description = "Download of dbus"
  inherits    = ["_step"]
  target      = "dbus-dl"
}

target "dbus" {
  description = "dbus 1.16.2, AFL-2.1 OR GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "dbus"
}

target "man-db-dl" {
  description = "Download of man-db"
  inherits    = ["_step"]
  target      = "man-db-dl"
}

target "man-db" {
  description = "man-db 2.13.1, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "man-db"
}

target "procps-ng-dl" {
  description = "Download of procps-ng"
  inherits    = ["_step"]
  target      = "procps-ng-dl"
}

target "procps-ng" {
  description = "procps-ng 4.0.7, GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "procps-ng"
}

target "e2fsprogs-dl" {
  description = "Download of e2fsprogs"
  inherits    = ["_step"]
  target      = "e2fsprogs-dl"
}

target "e2fsprogs" {
  description = "e2fsprogs 1.47.4, BSD-3-Clause AND GPL-2.0-only AND LGPL-2.0-only AND MIT"
  inherits    = ["_step"]
  target      = "e2fsprogs"
}

target "sysklogd-dl" {
  description = "Download of sysklogd"
  inherits    = ["_step"]
  target      = "sysklogd-dl"
}

target "sysklogd" {
  description = "sysklogd 2.7.2, BSD-3-Clause"
  inherits    = ["_step"]
  target      = "sysklogd"
}

target "sysvinit-dl" {
  description = "Download of sysvinit"
  inherits    = ["_step"]
  target      = "sysvinit-dl"
}

target "sysvinit" {
  description = "sysvinit 3.18, GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "sysvinit"
}

target "gdb-dl" {
  description = "Download of gdb"
  inherits    = ["_step"]
  target      = "gdb-dl"
}

target "gdb" {
  description = "gdb 17.2, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gdb"
}

target "dhcpcd-dl" {
  description = "Download of dhcpcd"
  inherits    = ["_step"]
  target      = "dhcpcd-dl"
}

target "dhcpcd" {
  description = "dhcpcd 10.1.0, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "dhcpcd"
}

target "filesystem" {
  description = "filesystem, MIT"
  inherits    = ["_step"]
  target      = "filesystem"
}

target "bootscripts" {
  description = "bootscripts, MIT"
  inherits    = ["_step"]
  target      = "bootscripts"
}

# kernel

target "kernel" {
  description = "Stage kernel"
  inherits    = ["_step"]
  target      = "kernel"
}

group "kernel-packages" {
  description = "All packages of stage kernel"
  targets = [
    "linux",
  ]
}

target "linux" {
  description = "linux 7.1.8, GPL-2.0-only"
  inherits    = ["_step"]
  target      = "linux"
}

target "linux-artifacts" {
  description = "What the build of linux tells of itself"
  inherits    = ["_step"]
  target      = "linux-artifacts"
}

# lfs-system

target "lfs-system" {
  description = "Stage lfs-system"
  inherits    = ["_step"]
  target      = "lfs-system"
}

# mini-system

target "mini-system" {
  description = "Stage mini-system"
  inherits    = ["_step"]
  target      = "mini-system"
}

# The packages' own tests. Nothing waits for them.

group "check" {
  description = "The tests of all packages that have some"
  targets = [
    "glibc-check",
    "zlib-check",
    "xz-check",
    "lz4-check",
    "zstd-check",
    "gmp-check",
    "mpfr-check",
    "mpc-check",
    "binutils-check",
    "gcc-check",
    "pkgconf-check",
    "file-check",
    "pcre2-check",
    "m4-check",
    "bc-check",
    "flex-check",
    "tcl-check",
    "expect-check",
    "dejagnu-check",
    "attr-check",
    "acl-check",
    "libcap-check",
    "libxcrypt-check",
    "gawk-check",
    "sed-check",
    "psmisc-check",
    "gettext-check",
    "bison-check",
    "grep-check",
    "bash-check",
    "libtool-check",
    "gdbm-check",
    "gperf-check",
    "expat-check",
    "inetutils-check",
    "less-check",
    "perl-check",
    "autoconf-check",
    "automake-check",
    "openssl-check",
    "elfutils-check",
    "libffi-check",
    "mpdecimal-check",
    "util-linux-check",
    "python-check",
    "coreutils-check",
    "diffutils-check",
    "findutils-check",
    "groff-check",
    "gzip-check",
    "kbd-check",
    "make-check",
    "patch-check",
    "tar-check",
    "texinfo-check",
    "vim-check",
    "dbus-check",
    "man-db-check",
    "procps-ng-check",
    "e2fsprogs-check",
    "dhcpcd-check",
  ]
}

target "glibc-check" {
  description = "The tests of glibc"
  inherits    = ["_step"]
  target      = "glibc-check"
}

target "zlib-check" {
  description = "The tests of zlib"
  inherits    = ["_step"]
  target      = "zlib-check"
}

target "xz-check" {
  description = "The tests of xz"
  inherits    = ["_step"]
  target      = "xz-check"
}

target "lz4-check" {
  description = "The tests of lz4"
  inherits    = ["_step"]
  target      = "lz4-check"
}

target "zstd-check" {
  description = "The tests of zstd"
  inherits    = ["_step"]
  target      = "zstd-check"
}

target "gmp-check" {
  description = "The tests of gmp"
  inherits    = ["_step"]
  target      = "gmp-check"
}

target "mpfr-check" {
  description = "The tests of mpfr"
  inherits    = ["_step"]
  target      = "mpfr-check"
}

target "mpc-check" {
  description = "The tests of mpc"
  inherits    = ["_step"]
  target      = "mpc-check"
}

target "binutils-check" {
  description = "The tests of binutils"
  inherits    = ["_step"]
  target      = "binutils-check"
}

group "gcc-check" {
  description = "The tests of gcc"
  targets = [
    "gcc-check-libstdcplusplus-1",
    "gcc-check-libstdcplusplus-2",
    "gcc-check-libstdcplusplus-3",
    "gcc-check-others",
    "gcc-check-c-torture",
    "gcc-check-c-x86",
    "gcc-check-c-dg",
    "gcc-check-c-others",
    "gcc-check-cplusplus-standards",
    "gcc-check-cplusplus-dg-1",
    "gcc-check-cplusplus-dg-2",
    "gcc-check-cplusplus-others",
  ]
}

target "gcc-check-libstdcplusplus-1" {
  description = "Of the tests of gcc: libstdc++-1"
  inherits    = ["_step"]
  target      = "gcc-check-libstdcplusplus-1"
}

target "gcc-check-libstdcplusplus-2" {
  description = "Of the tests of gcc: libstdc++-2"
  inherits    = ["_step"]
  target      = "gcc-check-libstdcplusplus-2"
}

target "gcc-check-libstdcplusplus-3" {
  description = "Of the tests of gcc: libstdc++-3"
  inherits    = ["_step"]
  target      = "gcc-check-libstdcplusplus-3"
}

target "gcc-check-others" {
  description = "Of the tests of gcc: others"
  inherits    = ["_step"]
  target      = "gcc-check-others"
}

target "gcc-check-c-torture" {
  description = "Of the tests of gcc: c-torture"
  inherits    = ["_step"]
  target      = "gcc-check-c-torture"
}

target "gcc-check-c-x86" {
  description = "Of the tests of gcc: c-x86"
  inherits    = ["_step"]
  target      = "gcc-check-c-x86"
}

target "gcc-check-c-dg" {
  description = "Of the tests of gcc: c-dg"
  inherits    = ["_step"]
  target      = "gcc-check-c-dg"
}

target "gcc-check-c-others" {
  description = "Of the tests of gcc: c-others"
  inherits    = ["_step"]
  target      = "gcc-check-c-others"
}

target "gcc-check-cplusplus-standards" {
  description = "Of the tests of gcc: c++-standards"
  inherits    = ["_step"]
  target      = "gcc-check-cplusplus-standards"
}

target "gcc-check-cplusplus-dg-1" {
  description = "Of the tests of gcc: c++-dg-1"
  inherits    = ["_step"]
  target      = "gcc-check-cplusplus-dg-1"
}

target "gcc-check-cplusplus-dg-2" {
  description = "Of the tests of gcc: c++-dg-2"
  inherits    = ["_step"]
  target      = "gcc-check-cplusplus-dg-2"
}

target "gcc-check-cplusplus-others" {
  description = "Of the tests of gcc: c++-others"
  inherits    = ["_step"]
  target      = "gcc-check-cplusplus-others"
}

target "pkgconf-check" {
  description = "The tests of pkgconf"
  inherits    = ["_step"]
  target      = "pkgconf-check"
}

target "file-check" {
  description = "The tests of file"
  inherits    = ["_step"]
  target      = "file-check"
}

target "pcre2-check" {
  description = "The tests of pcre2"
  inherits    = ["_step"]
  target      = "pcre2-check"
}

target "m4-check" {
  description = "The tests of m4"
  inherits    = ["_step"]
  target      = "m4-check"
}

target "bc-check" {
  description = "The tests of bc"
  inherits    = ["_step"]
  target      = "bc-check"
}

target "flex-check" {
  description = "The tests of flex"
  inherits    = ["_step"]
  target      = "flex-check"
}

target "tcl-check" {
  description = "The tests of tcl"
  inherits    = ["_step"]
  target      = "tcl-check"
}

target "expect-check" {
  description = "The tests of expect"
  inherits    = ["_step"]
  target      = "expect-check"
}

target "dejagnu-check" {
  description = "The tests of dejagnu"
  inherits    = ["_step"]
  target      = "dejagnu-check"
}

target "attr-check" {
  description = "The tests of attr"
  inherits    = ["_step"]
  target      = "attr-check"
}

target "acl-check" {
  description = "The tests of acl"
  inherits    = ["_step"]
  target      = "acl-check"
}

target "libcap-check" {
  description = "The tests of libcap"
  inherits    = ["_step"]
  target      = "libcap-check"
}

target "libxcrypt-check" {
  description = "The tests of libxcrypt"
  inherits    = ["_step"]
  target      = "libxcrypt-check"
}

target "gawk-check" {
  description = "The tests of gawk"
  inherits    = ["_step"]
  target      = "gawk-check"
}

target "sed-check" {
  description = "The tests of sed"
  inherits    = ["_step"]
  target      = "sed-check"
}

target "psmisc-check" {
  description = "The tests of psmisc"
  inherits    = ["_step"]
  target      = "psmisc-check"
}

target "gettext-check" {
  description = "The tests of gettext"
  inherits    = ["_step"]
  target      = "gettext-check"
}

target "bison-check" {
  description = "The tests of bison"
  inherits    = ["_step"]
  target      = "bison-check"
}

target "grep-check" {
  description = "The tests of grep"
  inherits    = ["_step"]
  target      = "grep-check"
}

target "bash-check" {
  description = "The tests of bash"
  inherits    = ["_step"]
  target      = "bash-check"
}

target "libtool-check" {
  description = "The tests of libtool"
  inherits    = ["_step"]
  target      = "libtool-check"
}

target "gdbm-check" {
  description = "The tests of gdbm"
  inherits    = ["_step"]
  target      = "gdbm-check"
}

target "gperf-check" {
  description = "The tests of gperf"
  inherits    = ["_step"]
  target      = "gperf-check"
}

target "expat-check" {
  description = "The tests of expat"
  inherits    = ["_step"]
  target      = "expat-check"
}

target "inetutils-check" {
  description = "The tests of inetutils"
  inherits    = ["_step"]
  target      = "inetutils-check"
}

target "less-check" {
  description = "The tests of less"
  inherits    = ["_step"]
  target      = "less-check"
}

target "perl-check" {
  description = "The tests of perl"
  inherits    = ["_step"]
  target      = "perl-check"
}

target "autoconf-check" {
  description = "The tests of autoconf"
  inherits    = ["_step"]
  target      = "autoconf-check"
}

target "automake-check" {
  description = "The tests of automake"
  inherits    = ["_step"]
  target      = "automake-check"
}

target "openssl-check" {
  description = "The tests of openssl"
  inherits    = ["_step"]
  target      = "openssl-check"
}

target "elfutils-check" {
  description = "The tests of elfutils"
  inherits    = ["_step"]
  target      = "elfutils-check"
}

target "libffi-check" {
  description = "The tests of libffi"
  inherits    = ["_step"]
  target      = "libffi-check"
}

target "mpdecimal-check" {
  description = "The tests of mpdecimal"
  inherits    = ["_step"]
  target      = "mpdecimal-check"
}

target "util-linux-check" {
  description = "The tests of util-linux"
  inherits    = ["_step"]
  target      = "util-linux-check"
}

target "python-check" {
  description = "The tests of python"
  inherits    = ["_step"]
  target      = "python-check"
}

target "coreutils-check" {
  description = "The tests of coreutils"
  inherits    = ["_step"]
  target      = "coreutils-check"
}

target "diffutils-check" {
  description = "The tests of diffutils"
  inherits    = ["_step"]
  target      = "diffutils-check"
}

target "findutils-check" {
  description = "The tests of findutils"
  inherits    = ["_step"]
  target      = "findutils-check"
}

target "groff-check" {
  description = "The tests of groff"
  inherits    = ["_step"]
  target      = "groff-check"
}

target "gzip-check" {
  description = "The tests of gzip"
  inherits    = ["_step"]
  target      = "gzip-check"
}

target "kbd-check" {
  description = "The tests of kbd"
  inherits    = ["_step"]
  target      = "kbd-check"
}

target "make-check" {
  description = "The tests of make"
  inherits    = ["_step"]
  target      = "make-check"
}

target "patch-check" {
  description = "The tests of patch"
  inherits    = ["_step"]
  target      = "patch-check"
}

target "tar-check" {
  description = "The tests of tar"
  inherits    = ["_step"]
  target      = "tar-check"
}

target "texinfo-check" {
  description = "The tests of texinfo"
  inherits    = ["_step"]
  target      = "texinfo-check"
}

target "vim-check" {
  description = "The tests of vim"
  inherits    = ["_step"]
  target      = "vim-check"
}

target "dbus-check" {
  description = "The tests of dbus"
  inherits    = ["_step"]
  target      = "dbus-check"
}

target "man-db-check" {
  description = "The tests of man-db"
  inherits    = ["_step"]
  target      = "man-db-check"
}

target "procps-ng-check" {
  description = "The tests of procps-ng"
  inherits    = ["_step"]
  target      = "procps-ng-check"
}

target "e2fsprogs-check" {
  description = "The tests of e2fsprogs"
  inherits    = ["_step"]
  target      = "e2fsprogs-check"
}

target "dhcpcd-check" {
  description = "The tests of dhcpcd"
  inherits    = ["_step"]
  target      = "dhcpcd-check"
}

target "lfs" {
  description = "Container image of lfs-system"
  inherits    = ["_common"]
  target      = "lfs"
  tags        = [image("lfs")]
}

target "lfs-mini" {
  description = "Container image of mini-system"
  inherits    = ["_common"]
  target      = "lfs-mini"
  tags        = [image("lfs-mini")]
}

target "disk-host" {
  description = "Stage: the system that the disk is made on"
  inherits    = ["_step"]
  target      = "disk-host"
}

target "lfs-disk" {
  description = "Disk image, written to out/lfs.qcow2"
  inherits    = ["_common"]
  target      = "lfs-disk"
  output      = ["type=local,dest=${LFD_ROOT}/out"]
}

target "lfs-containerdisk" {
  description = "The disk image as KubeVirt takes it"
  inherits    = ["_common"]
  target      = "lfs-containerdisk"
  tags        = [image("lfs-containerdisk")]
}

# What is handed over with the system. Nothing waits for it.

target "legal-info" {
  description = "Licences, lists of packages and sources, patches and build scripts, written to out/lfs-legal-info.tar"
  inherits    = ["_common"]
  target      = "legal-info"
  output      = ["type=local,dest=${LFD_ROOT}/out"]
}

target "legal-sources" {
  description = "The sources, written to out/lfs-legal-sources.tar"
  inherits    = ["_common"]
  target      = "legal-sources"
  output      = ["type=local,dest=${LFD_ROOT}/out"]
}
