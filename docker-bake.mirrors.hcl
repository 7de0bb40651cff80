# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Takes the sources from their mirrors, where a server does not answer:
#   docker buildx bake -f docker-bake.hcl -f docker-bake.mirrors.hcl
#
# The checksums are those of before, so a mirror can give nothing else. What was fetched
# already is not fetched again where the file's name is the same. One source alone is taken
# from elsewhere by
#   --set "*.args.NAME_URL=https://..."
# with a name from below.

variable "LFD_MIRROR" {
  description = "Which mirror of each source: 1 for the first, 2 for the second; after the last comes the first again"
  default     = "1"
}

function "mirror" {
  params = [addresses]
  result = element(addresses, max(LFD_MIRROR == "" ? "1" : LFD_MIRROR, 1) - 1)
}

target "_common" {
  args = {
    BINUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/binutils/binutils-2.47.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/binutils-2.47.tar.xz",
    ])
    GCC_URL = mirror([
      "https://ftp.gnu.org/gnu/gcc/gcc-16.2.0/gcc-16.2.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gcc-16.2.0.tar.xz",
    ])
    GMP_URL = mirror([
      "https://ftp.gnu.org/gnu/gmp/gmp-6.3.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gmp-6.3.0.tar.xz",
    ])
    MPFR_URL = mirror([
      "https://ftp.gnu.org/gnu/mpfr/mpfr-4.2.2.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/mpfr-4.2.2.tar.xz",
    ])
    MPC_URL = mirror([
      "https://ftp.gnu.org/gnu/mpc/mpc-1.4.1.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/mpc-1.4.1.tar.xz",
    ])
    LINUX_URL = mirror([
      "https://cdn.kernel.org/pub/linux/kernel/v7.x/linux-7.1.8.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/linux-7.1.8.tar.xz",
    ])
    GLIBC_URL = mirror([
      "https://ftp.gnu.org/gnu/glibc/glibc-2.44.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/glibc-2.44.tar.xz",
    ])
    GLIBC_FHS_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/glibc-fhs-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/glibc-fhs-1.patch",
    ])
    GLIBC_UPSTREAM_FIXES_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/glibc-2.44-upstream_fixes-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/glibc-2.44-upstream_fixes-1.patch",
    ])
    M4_URL = mirror([
      "https://ftp.gnu.org/gnu/m4/m4-1.4.21.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/m4-1.4.21.tar.xz",
    ])
    NCURSES_URL = mirror([
      "https://invisible-island.net/archives/ncurses/ncurses-6.6.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/ncurses-6.6.tar.gz",
    ])
    BASH_URL = mirror([
      "https://ftp.gnu.org/gnu/bash/bash-5.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bash-5.3.tar.gz",
    ])
    COREUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/coreutils/coreutils-9.11.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/coreutils-9.11.tar.xz",
    ])
    DIFFUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/diffutils/diffutils-3.12.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/diffutils-3.12.tar.xz",
    ])
    FILE_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/file-5.48.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/file-5.48.tar.gz",
    ])
    FINDUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/findutils/findutils-4.11.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/findutils-4.11.0.tar.xz",
    ])
    GAWK_URL = mirror([
      "https://ftp.gnu.org/gnu/gawk/gawk-5.4.1.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gawk-5.4.1.tar.xz",
    ])
    GREP_URL = mirror([
      "https://ftp.gnu.org/gnu/grep/grep-3.12.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/grep-3.12.tar.xz",
    ])
    GZIP_URL = mirror([
      "https://ftp.gnu.org/gnu/gzip/gzip-1.14.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gzip-1.14.tar.xz",
    ])
    MAKE_URL = mirror([
      "https://ftp.gnu.org/gnu/make/make-4.4.1.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/make-4.4.1.tar.gz",
    ])
    PATCH_URL = mirror([
      "https://ftp.gnu.org/gnu/patch/patch-2.8.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/patch-2.8.tar.xz",
    ])
    SED_URL = mirror([
      "https://ftp.gnu.org/gnu/sed/sed-4.10.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/sed-4.10.tar.xz",
    ])
    TAR_URL = mirror([
      "https://ftp.gnu.org/gnu/tar/tar-1.35.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tar-1.35.tar.xz",
    ])
    XZ_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/xz-5.8.3.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/xz-5.8.3.tar.xz",
    ])
    GETTEXT_URL = mirror([
      "https://ftp.gnu.org/gnu/gettext/gettext-1.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gettext-1.0.tar.xz",
    ])
    BISON_URL = mirror([
      "https://ftp.gnu.org/gnu/bison/bison-3.8.2.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bison-3.8.2.tar.xz",
    ])
    PERL_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/perl-5.44.0.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/perl-5.44.0.tar.xz",
    ])
    ZLIB_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/zlib-1.3.2.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/zlib-1.3.2.tar.gz",
    ])
    MPDECIMAL_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/mpdecimal-4.0.1.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/mpdecimal-4.0.1.tar.gz",
    ])
    PYTHON_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/Python-3.14.7.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/Python-3.14.7.tar.xz",
    ])
    TEXINFO_URL = mirror([
      "https://ftp.gnu.org/gnu/texinfo/texinfo-7.3.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/texinfo-7.3.tar.xz",
    ])
    UTIL_LINUX_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/util-linux-2.42.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/util-linux-2.42.2.tar.xz",
    ])
    LZ4_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/lz4-1.10.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/lz4-1.10.0.tar.gz",
    ])
    ZSTD_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/zstd-1.5.7.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/zstd-1.5.7.tar.gz",
    ])
    NINJA_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/ninja-1.13.2.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/ninja-1.13.2.tar.gz",
    ])
    PKGCONF_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/pkgconf-3.0.5.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/pkgconf-3.0.5.tar.xz",
    ])
    MESON_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/meson-1.12.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/meson-1.12.0.tar.gz",
    ])
    MAN_PAGES_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/man-pages-6.18.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/man-pages-6.18.tar.xz",
    ])
    IANA_ETC_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/iana-etc-20260805.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/iana-etc-20260805.tar.gz",
    ])
    TZDATA_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tzdata2026c.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/tzdata2026c.tar.gz",
    ])
    BZIP2_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bzip2-1.0.8.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/bzip2-1.0.8.tar.gz",
    ])
    BZIP2_INSTALL_DOCS_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bzip2-1.0.8-install_docs-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/bzip2-1.0.8-install_docs-1.patch",
    ])
    READLINE_URL = mirror([
      "https://ftp.gnu.org/gnu/readline/readline-8.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/readline-8.3.tar.gz",
    ])
    PCRE2_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/pcre2-10.47.tar.bz2",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/pcre2-10.47.tar.bz2",
    ])
    BC_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bc-7.0.3.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/bc-7.0.3.tar.xz",
    ])
    FLEX_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/flex-2.6.4.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/flex-2.6.4.tar.gz",
    ])
    TCL_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tcl8.6.18-src.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/tcl8.6.18-src.tar.gz",
    ])
    TCL_HTML_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tcl8.6.18-html.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/tcl8.6.18-html.tar.gz",
    ])
    EXPECT_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/expect5.45.4.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/expect5.45.4.tar.gz",
    ])
    EXPECT_GCC15_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/expect-5.45.4-gcc15-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/expect-5.45.4-gcc15-1.patch",
    ])
    DEJAGNU_URL = mirror([
      "https://ftp.gnu.org/gnu/dejagnu/dejagnu-1.6.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/dejagnu-1.6.3.tar.gz",
    ])
    ATTR_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/attr-2.6.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/attr-2.6.0.tar.gz",
    ])
    ACL_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/acl-2.4.0.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/acl-2.4.0.tar.xz",
    ])
    LIBCAP_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libcap-2.78.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/libcap-2.78.tar.xz",
    ])
    LIBXCRYPT_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libxcrypt-4.5.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/libxcrypt-4.5.2.tar.xz",
    ])
    SHADOW_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/shadow-4.20.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/shadow-4.20.2.tar.xz",
    ])
    PSMISC_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/psmisc-23.7.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/psmisc-23.7.tar.xz",
    ])
    LIBTOOL_URL = mirror([
      "https://ftp.gnu.org/gnu/libtool/libtool-2.6.2.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libtool-2.6.2.tar.xz",
    ])
    GDBM_URL = mirror([
      "https://ftp.gnu.org/gnu/gdbm/gdbm-1.26.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gdbm-1.26.tar.gz",
    ])
    GPERF_URL = mirror([
      "https://ftp.gnu.org/gnu/gperf/gperf-3.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gperf-3.3.tar.gz",
    ])
    EXPAT_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/expat-2.8.3.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/expat-2.8.3.tar.xz",
    ])
    INETUTILS_URL = mirror([
      "https://ftp.gnu.org/gnu/inetutils/inetutils-2.8.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/inetutils-2.8.tar.gz",
    ])
    LESS_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/less-704.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/less-704.tar.gz",
    ])
    AUTOCONF_URL = mirror([
      "https://ftp.gnu.org/gnu/autoconf/autoconf-2.73.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/autoconf-2.73.tar.xz",
    ])
    AUTOMAKE_URL = mirror([
      "https://ftp.gnu.org/gnu/automake/automake-1.18.1.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/automake-1.18.1.tar.xz",
    ])
    OPENSSL_URL = mirror([
      "https://www.openssl.org/source/openssl-3.5.7.tar.gz",
      "https://ftp.debian.org/debian/pool/main/o/openssl/openssl_3.5.7.orig.tar.gz",
    ])
    ELFUTILS_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/elfutils-0.195.tar.bz2",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/elfutils-0.195.tar.bz2",
    ])
    LIBFFI_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libffi-3.8.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/libffi-3.8.0.tar.gz",
    ])
    SQLITE_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/sqlite-autoconf-3530400.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/sqlite-autoconf-3530400.tar.gz",
    ])
    FLIT_CORE_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/flit_core-4.0.2.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/flit_core-4.0.2.tar.gz",
    ])
    PACKAGING_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/packaging-26.3.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/packaging-26.3.tar.gz",
    ])
    WHEEL_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/wheel-0.48.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/wheel-0.48.0.tar.gz",
    ])
    SETUPTOOLS_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/setuptools-84.0.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/setuptools-84.0.0.tar.gz",
    ])
    KMOD_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/kmod-34.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/kmod-34.2.tar.xz",
    ])
    COREUTILS_I18N_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/coreutils-9.11-i18n-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/coreutils-9.11-i18n-1.patch",
    ])
    GROFF_URL = mirror([
      "https://ftp.gnu.org/gnu/groff/groff-1.24.1.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/groff-1.24.1.tar.gz",
    ])
    GRUB_URL = mirror([
      "https://ftp.gnu.org/gnu/grub/grub-2.14.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/grub-2.14.tar.xz",
    ])
    IPROUTE2_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/iproute2-7.1.0.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/iproute2-7.1.0.tar.xz",
    ])
    KBD_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/kbd-2.10.0.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/kbd-2.10.0.tar.xz",
    ])
    KBD_BACKSPACE_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/kbd-2.10.0-backspace-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/kbd-2.10.0-backspace-1.patch",
    ])
    LIBPIPELINE_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libpipeline-1.5.8.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/libpipeline-1.5.8.tar.gz",
    ])
    TAR_ACL_FIX_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tar-1.35-acl_fix-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/tar-1.35-acl_fix-1.patch",
    ])
    VIM_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/vim-9.2.1025.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/vim-9.2.1025.tar.gz",
    ])
    MARKUPSAFE_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/markupsafe-3.0.3.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/markupsafe-3.0.3.tar.gz",
    ])
    JINJA2_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/jinja2-3.1.6.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/jinja2-3.1.6.tar.gz",
    ])
    SYSTEMD_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/systemd-261.2.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/systemd-261.2.tar.gz",
    ])
    SYSTEMD_MAN_PAGES_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/systemd-man-pages-261.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/systemd-man-pages-261.2.tar.xz",
    ])
    DBUS_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/dbus-1.16.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/dbus-1.16.2.tar.xz",
    ])
    MAN_DB_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/man-db-2.13.1.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/man-db-2.13.1.tar.xz",
    ])
    PROCPS_NG_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/procps-ng-4.0.7.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/procps-ng-4.0.7.tar.xz",
    ])
    E2FSPROGS_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/e2fsprogs-1.47.4.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/e2fsprogs-1.47.4.tar.gz",
    ])
    SYSKLOGD_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/12.4/sysklogd-2.7.2.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/12.4/sysklogd-2.7.2.tar.gz",
    ])
    SYSVINIT_URL = mirror([
      "https://ftp.debian.org/debian/pool/main/s/sysvinit/sysvinit_3.18.orig.tar.gz",
    ])
    GDB_URL = mirror([
      "https://ftp.gnu.org/gnu/gdb/gdb-17.2.tar.xz",
      "https://sourceware.org/pub/gdb/releases/gdb-17.2.tar.xz",
    ])
    DHCPCD_URL = mirror([
      "https://ftp.osuosl.org/pub/blfs/conglomeration/dhcpcd/dhcpcd-10.1.0.tar.xz",
    ])
  }
}
