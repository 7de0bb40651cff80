# Written by lfdgen from quickstart/config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Takes the sources from their mirrors, where a server does not answer:
#   docker buildx bake -f quickstart/docker-bake.hcl -f quickstart/docker-bake.mirrors.hcl
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
    LINUX_URL = mirror([
      "https://ftp.debian.org/debian/pool/main/l/linux/linux_6.1.176.orig.tar.xz",
    ])
    MUSL_URL = mirror([
      "https://sources.buildroot.net/musl/musl-1.2.5.tar.gz",
      "https://ftp.debian.org/debian/pool/main/m/musl/musl_1.2.5.orig.tar.gz",
    ])
    BUSYBOX_URL = mirror([
      "https://sources.buildroot.net/busybox/busybox-1.37.0.tar.bz2",
      "https://ftp.debian.org/debian/pool/main/b/busybox/busybox_1.37.0.orig.tar.bz2",
    ])
    GRUB_URL = mirror([
      "https://ftpmirror.gnu.org/grub/grub-2.12.tar.xz",
      "https://ftp.debian.org/debian/pool/main/g/grub2/grub2_2.12.orig.tar.xz",
      "https://mirrors.kernel.org/gnu/grub/grub-2.12.tar.xz",
    ])
  }
}
