# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Takes the sources from their mirrors, where a server does not answer:
#   docker buildx bake -f a/b/docker-bake.hcl -f a/b/docker-bake.mirrors.hcl
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
    ZLIB_URL = mirror([
      "https://zlib.example.org/zlib/zlib-1.3.2.tar.gz",
      "https://zlib.example.org/get?file=zlib-1.3.2.tar.gz#x",
    ])
    XZ_URL = mirror([
      "https://two.example.org/a&b=(c)/xz-5.8.3.tar.xz",
    ])
    TOKEN_URL = mirror([
      "https://one.example.org/all/token-1.tar.gz",
      "https://two.example.org/a&b=(c)/token-1.tar.gz",
    ])
    LIB__A_URL = mirror([
      "https://one.example.org/all/lib__a-1.tar.gz",
      "https://two.example.org/a&b=(c)/lib__a-1.tar.gz",
    ])
    FIX_URL = mirror([
      "https://one.example.org/all/fix.patch",
      "https://two.example.org/a&b=(c)/fix.patch",
    ])
  }
}
