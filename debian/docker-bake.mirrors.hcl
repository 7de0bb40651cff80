# Written by lfdgen from config.yaml, overlays/debian-sources.yaml. Do not edit: change that, then run lfdgen generate.
#
# Takes the sources from their mirrors, where a server does not answer:
#   docker buildx bake -f debian/docker-bake.hcl -f debian/docker-bake.mirrors.hcl
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
    MPFR_URL = mirror([
      "https://ftpmirror.gnu.org/mpfr/mpfr-4.2.2.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/mpfr-4.2.2.tar.xz",
    ])
    DIFFUTILS_URL = mirror([
      "https://ftpmirror.gnu.org/diffutils/diffutils-3.12.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/diffutils-3.12.tar.xz",
    ])
    FINDUTILS_URL = mirror([
      "https://ftpmirror.gnu.org/findutils/findutils-4.11.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/findutils-4.11.0.tar.xz",
    ])
    GREP_URL = mirror([
      "https://ftpmirror.gnu.org/grep/grep-3.12.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/grep-3.12.tar.xz",
    ])
    GZIP_URL = mirror([
      "https://ftpmirror.gnu.org/gzip/gzip-1.14.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gzip-1.14.tar.xz",
    ])
    PATCH_URL = mirror([
      "https://ftpmirror.gnu.org/patch/patch-2.8.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/patch-2.8.tar.xz",
    ])
    XZ_URL = mirror([
      "https://github.com/tukaani-project/xz/releases/download/v5.8.3/xz-5.8.3.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/xz-5.8.3.tar.xz",
    ])
    GETTEXT_URL = mirror([
      "https://ftpmirror.gnu.org/gettext/gettext-1.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gettext-1.0.tar.xz",
    ])
    MPDECIMAL_URL = mirror([
      "https://www.bytereef.org/software/mpdecimal/releases/mpdecimal-4.0.1.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/mpdecimal-4.0.1.tar.gz",
    ])
    UTIL_LINUX_URL = mirror([
      "https://www.kernel.org/pub/linux/utils/util-linux/v2.42/util-linux-2.42.2.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/util-linux-2.42.2.tar.xz",
    ])
    LZ4_URL = mirror([
      "https://github.com/lz4/lz4/releases/download/v1.10.0/lz4-1.10.0.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/lz4-1.10.0.tar.gz",
    ])
    NINJA_URL = mirror([
      "https://github.com/ninja-build/ninja/archive/v1.13.2/ninja-1.13.2.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/ninja-1.13.2.tar.gz",
    ])
    TZDATA_URL = mirror([
      "https://www.iana.org/time-zones/repository/releases/tzdata2026c.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tzdata2026c.tar.gz",
    ])
    BZIP2_URL = mirror([
      "https://www.sourceware.org/pub/bzip2/bzip2-1.0.8.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bzip2-1.0.8.tar.gz",
    ])
    READLINE_URL = mirror([
      "https://ftpmirror.gnu.org/readline/readline-8.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/readline-8.3.tar.gz",
    ])
    FLEX_URL = mirror([
      "https://github.com/westes/flex/releases/download/v2.6.4/flex-2.6.4.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/flex-2.6.4.tar.gz",
    ])
    DEJAGNU_URL = mirror([
      "https://ftpmirror.gnu.org/dejagnu/dejagnu-1.6.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/dejagnu-1.6.3.tar.gz",
    ])
    ACL_URL = mirror([
      "https://download.savannah.gnu.org/releases/acl/acl-2.4.0.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/acl-2.4.0.tar.xz",
    ])
    LIBCAP_URL = mirror([
      "https://www.kernel.org/pub/linux/libs/security/linux-privs/libcap2/libcap-2.78.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libcap-2.78.tar.xz",
    ])
    GDBM_URL = mirror([
      "https://ftpmirror.gnu.org/gdbm/gdbm-1.26.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gdbm-1.26.tar.gz",
    ])
    PSMISC_URL = mirror([
      "https://sourceforge.net/projects/psmisc/files/psmisc/psmisc-23.7.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/psmisc-23.7.tar.xz",
    ])
    GPERF_URL = mirror([
      "https://ftpmirror.gnu.org/gperf/gperf-3.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/gperf-3.3.tar.gz",
    ])
    INETUTILS_URL = mirror([
      "https://ftpmirror.gnu.org/inetutils/inetutils-2.8.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/inetutils-2.8.tar.gz",
    ])
    OPENSSL_URL = mirror([
      "https://github.com/openssl/openssl/releases/download/openssl-3.5.7/openssl-3.5.7.tar.gz",
      "https://www.openssl.org/source/openssl-3.5.7.tar.gz",
    ])
    SETUPTOOLS_URL = mirror([
      "https://pypi.org/packages/source/s/setuptools/setuptools-84.0.0.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/setuptools-84.0.0.tar.gz",
    ])
    GRUB_URL = mirror([
      "https://ftpmirror.gnu.org/grub/grub-2.14.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/grub-2.14.tar.xz",
    ])
    LIBPIPELINE_URL = mirror([
      "https://download.savannah.gnu.org/releases/libpipeline/libpipeline-1.5.8.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/libpipeline-1.5.8.tar.gz",
    ])
    MARKUPSAFE_URL = mirror([
      "https://pypi.org/packages/source/M/MarkupSafe/markupsafe-3.0.3.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/markupsafe-3.0.3.tar.gz",
    ])
    JINJA2_URL = mirror([
      "https://pypi.org/packages/source/J/Jinja2/jinja2-3.1.6.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/jinja2-3.1.6.tar.gz",
    ])
    DBUS_URL = mirror([
      "https://dbus.freedesktop.org/releases/dbus/dbus-1.16.2.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/dbus-1.16.2.tar.xz",
    ])
    MAN_DB_URL = mirror([
      "https://download.savannah.gnu.org/releases/man-db/man-db-2.13.1.tar.xz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/man-db-2.13.1.tar.xz",
    ])
    E2FSPROGS_URL = mirror([
      "https://downloads.sourceforge.net/project/e2fsprogs/e2fsprogs/v1.47.4/e2fsprogs-1.47.4.tar.gz",
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/e2fsprogs-1.47.4.tar.gz",
    ])
    SYSVINIT_URL = mirror([
      "https://ftp.debian.org/debian/pool/main/s/sysvinit/sysvinit_3.18.orig.tar.gz",
    ])
    TCL_HTML_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tcl8.6.18-html.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/tcl8.6.18-html.tar.gz",
    ])
    WHEEL_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/wheel-0.48.0.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/wheel-0.48.0.tar.gz",
    ])
    SYSTEMD_MAN_PAGES_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/systemd-man-pages-261.2.tar.xz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/systemd-man-pages-261.2.tar.xz",
    ])
    SYSKLOGD_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/12.4/sysklogd-2.7.2.tar.gz",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/12.4/sysklogd-2.7.2.tar.gz",
    ])
    GLIBC_FHS_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/glibc-fhs-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/glibc-fhs-1.patch",
    ])
    GLIBC_UPSTREAM_FIXES_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/glibc-2.44-upstream_fixes-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/glibc-2.44-upstream_fixes-1.patch",
    ])
    BZIP2_INSTALL_DOCS_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/bzip2-1.0.8-install_docs-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/bzip2-1.0.8-install_docs-1.patch",
    ])
    EXPECT_GCC15_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/expect-5.45.4-gcc15-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/expect-5.45.4-gcc15-1.patch",
    ])
    COREUTILS_I18N_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/coreutils-9.11-i18n-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/coreutils-9.11-i18n-1.patch",
    ])
    KBD_BACKSPACE_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/kbd-2.10.0-backspace-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/kbd-2.10.0-backspace-1.patch",
    ])
    TAR_ACL_FIX_PATCH_URL = mirror([
      "https://ftp.osuosl.org/pub/lfs/lfs-packages/13.1/tar-1.35-acl_fix-1.patch",
      "https://mirror.nju.edu.cn/lfs/lfs-packages/13.1/tar-1.35-acl_fix-1.patch",
    ])
  }
}
