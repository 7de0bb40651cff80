# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Takes the sources from their mirrors, where a server does not answer:
#   docker buildx bake -f docker-bake.hcl -f docker-bake.mirrors.hcl
#
# The checksums are those of before, so a mirror can give nothing else, and what was
# fetched already is not fetched again. One source alone is taken from elsewhere by
#   --set *.args.NAME_URL=https://...
# with a name from below (and quotes around it, for the sake of the *).

variable "LFD_MIRROR" {
  description = "Which mirror of each source: 1 for the first, 2 for the second; after the last comes the first again"
  default     = 1
}

function "mirror" {
  params = [addresses]
  result = element(addresses, max(LFD_MIRROR, 1) - 1)
}

target "_common" {
  args = {
    BINUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/binutils/binutils-2.47.tar.xz",
    ])
    GCC_URL = mirror([
      "https://ftp.gnu.org/gnu/gcc/gcc-16.2.0/gcc-16.2.0.tar.xz",
    ])
    GMP_URL = mirror([
      "https://ftp.gnu.org/gnu/gmp/gmp-6.3.0.tar.xz",
    ])
    MPFR_URL = mirror([
      "https://ftp.gnu.org/gnu/mpfr/mpfr-4.2.2.tar.xz",
    ])
    MPC_URL = mirror([
      "https://ftp.gnu.org/gnu/mpc/mpc-1.4.1.tar.xz",
    ])
    LINUX_URL = mirror([
      "https://cdn.kernel.org/pub/linux/kernel/v7.x/linux-7.1.8.tar.xz",
    ])
    GLIBC_URL = mirror([
      "https://ftp.gnu.org/gnu/glibc/glibc-2.44.tar.xz",
    ])
    M4_URL = mirror([
      "https://ftp.gnu.org/gnu/m4/m4-1.4.21.tar.xz",
    ])
    NCURSES_URL = mirror([
      "https://invisible-island.net/archives/ncurses/ncurses-6.6.tar.gz",
    ])
    BASH_URL = mirror([
      "https://ftp.gnu.org/gnu/bash/bash-5.3.tar.gz",
    ])
    COREUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/coreutils/coreutils-9.11.tar.xz",
    ])
    DIFFUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/diffutils/diffutils-3.12.tar.xz",
    ])
    FINDUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/findutils/findutils-4.11.0.tar.xz",
    ])
    GAWK_URL = mirror([
      "https://ftp.gnu.org/gnu/gawk/gawk-5.4.1.tar.xz",
    ])
    GREP_URL = mirror([
      "https://ftp.gnu.org/gnu/grep/grep-3.12.tar.xz",
    ])
    GZIP_URL = mirror([
      "https://ftp.gnu.org/gnu/gzip/gzip-1.14.tar.xz",
    ])
    MAKE_URL = mirror([
      "https://ftp.gnu.org/gnu/make/make-4.4.1.tar.gz",
    ])
    PATCH_URL = mirror([
      "https://ftp.gnu.org/gnu/patch/patch-2.8.tar.xz",
    ])
    SED_URL = mirror([
      "https://ftp.gnu.org/gnu/sed/sed-4.10.tar.xz",
    ])
    TAR_URL = mirror([
      "https://ftp.gnu.org/gnu/tar/tar-1.35.tar.xz",
    ])
    GETTEXT_URL = mirror([
      "https://ftp.gnu.org/gnu/gettext/gettext-1.0.tar.xz",
    ])
    BISON_URL = mirror([
      "https://ftp.gnu.org/gnu/bison/bison-3.8.2.tar.xz",
    ])
    TEXINFO_URL = mirror([
      "https://ftp.gnu.org/gnu/texinfo/texinfo-7.3.tar.xz",
    ])
    READLINE_URL = mirror([
      "https://ftp.gnu.org/gnu/readline/readline-8.3.tar.gz",
    ])
    DEJAGNU_URL = mirror([
      "https://ftp.gnu.org/gnu/dejagnu/dejagnu-1.6.3.tar.gz",
    ])
    LIBTOOL_URL = mirror([
      "https://ftp.gnu.org/gnu/libtool/libtool-2.6.2.tar.xz",
    ])
    GDBM_URL = mirror([
      "https://ftp.gnu.org/gnu/gdbm/gdbm-1.26.tar.gz",
    ])
    GPERF_URL = mirror([
      "https://ftp.gnu.org/gnu/gperf/gperf-3.3.tar.gz",
    ])
    INETUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/inetutils/inetutils-2.8.tar.gz",
    ])
    AUTOCONF_URL = mirror([
      "https://ftp.gnu.org/gnu/autoconf/autoconf-2.73.tar.xz",
    ])
    AUTOMAKE_URL = mirror([
      "https://ftp.gnu.org/gnu/automake/automake-1.18.1.tar.xz",
    ])
    GROFF_URL = mirror([
      "https://ftp.gnu.org/gnu/groff/groff-1.24.1.tar.gz",
    ])
    GRUB_URL = mirror([
      "https://ftp.gnu.org/gnu/grub/grub-2.14.tar.xz",
    ])
    GDB_URL = mirror([
      "https://ftp.gnu.org/gnu/gdb/gdb-17.2.tar.xz",
    ])
  }
}
