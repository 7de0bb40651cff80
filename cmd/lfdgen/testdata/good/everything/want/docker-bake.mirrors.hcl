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
    ZLIB_URL = mirror([
      "https://mirror.example.org/zlib-1.3.2.tar.gz",
    ])
  }
}
