# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Run from the project's root:
#   docker buildx bake -f docker-bake.hcl                 the result
#   docker buildx bake -f docker-bake.hcl NAME            a package, a stage, an image
#   docker buildx bake -f docker-bake.hcl --list targets  all of them (buildx 0.20)

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
  targets     = ["lfd-system-disk"]
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

target "lfd-lfd-host" {
  description = "Stage: the system that builds the first compiler"
  inherits    = ["_step"]
  target      = "lfd-lfd-host"
}

# s

target "s" {
  description = "Stage s"
  inherits    = ["_step"]
  target      = "s"
}

group "lfd-s-packages" {
  description = "All packages of stage s"
  targets = [
    "host",
    "lfd-default",
    "check",
    "0",
    "all",
    "context",
    "scratch",
    "disk-host",
    "lfd-files",
    "lfd-base",
    "lfd-host",
    "zlib",
    "zlib-dl",
    "zlib-src",
    "zlib-build",
    "zlib-check",
    "zlib-get",
    "s-root",
    "s-packages",
    "system-disk",
    "R",
    "XML-Parser",
    "libsigcplusplus-2_0",
    "7zip",
    "python3_13",
    "index_html",
    "package_sh",
    "unpack_sh",
  ]
}

target "host" {
  description = "host"
  inherits    = ["_step"]
  target      = "host"
}

target "lfd-default" {
  description = "default"
  inherits    = ["_step"]
  target      = "default"
}

target "check" {
  description = "check"
  inherits    = ["_step"]
  target      = "check"
}

target "0" {
  description = "0"
  inherits    = ["_step"]
  target      = "lfd-0"
}

target "all" {
  description = "all"
  inherits    = ["_step"]
  target      = "all"
}

target "context" {
  description = "context"
  inherits    = ["_step"]
  target      = "lfd-context"
}

target "scratch" {
  description = "scratch"
  inherits    = ["_step"]
  target      = "lfd-scratch"
}

target "disk-host" {
  description = "disk-host"
  inherits    = ["_step"]
  target      = "disk-host"
}

target "lfd-files" {
  description = "lfd-files"
  inherits    = ["_step"]
  target      = "lfd-files"
}

target "lfd-base" {
  description = "lfd-base"
  inherits    = ["_step"]
  target      = "lfd-base"
}

target "lfd-host" {
  description = "lfd-host"
  inherits    = ["_step"]
  target      = "lfd-host"
}

target "lfd-zlib-dl" {
  description = "Download of zlib"
  inherits    = ["_step"]
  target      = "lfd-zlib-dl"
}

target "con-dl" {
  description = "Download of con"
  inherits    = ["_step"]
  target      = "con-dl"
}

target "zlib" {
  description = "zlib 1.3.1"
  inherits    = ["_step"]
  target      = "zlib"
}

target "zlib-dl" {
  description = "zlib-dl 1.3.1"
  inherits    = ["_step"]
  target      = "zlib-dl"
}

target "zlib-src" {
  description = "zlib-src 1.3.1"
  inherits    = ["_step"]
  target      = "zlib-src"
}

target "zlib-build" {
  description = "zlib-build 1.3.1"
  inherits    = ["_step"]
  target      = "zlib-build"
}

target "zlib-check" {
  description = "zlib-check 1.3.1"
  inherits    = ["_step"]
  target      = "zlib-check"
}

target "zlib-get-dl" {
  description = "Download of zlib-get"
  inherits    = ["_step"]
  target      = "zlib-get-dl"
}

target "zlib-get" {
  description = "zlib-get"
  inherits    = ["_step"]
  target      = "zlib-get"
}

target "s-root" {
  description = "s-root"
  inherits    = ["_step"]
  target      = "s-root"
}

target "s-packages" {
  description = "s-packages"
  inherits    = ["_step"]
  target      = "s-packages"
}

target "system-disk" {
  description = "system-disk"
  inherits    = ["_step"]
  target      = "system-disk"
}

target "R" {
  description = "R"
  inherits    = ["_step"]
  target      = "r"
}

target "XML-Parser" {
  description = "XML-Parser"
  inherits    = ["_step"]
  target      = "xml-parser"
}

target "libsigcplusplus-2_0-dl" {
  description = "Download of libsigc++-2.0"
  inherits    = ["_step"]
  target      = "libsigcplusplus-2.0-dl"
}

target "libsigcplusplus-2_0" {
  description = "libsigc++-2.0"
  inherits    = ["_step"]
  target      = "libsigcplusplus-2.0"
}

target "7zip-dl" {
  description = "Download of 7zip"
  inherits    = ["_step"]
  target      = "lfd-7zip-dl"
}

target "7zip" {
  description = "7zip"
  inherits    = ["_step"]
  target      = "lfd-7zip"
}

target "python3_13" {
  description = "python3.13"
  inherits    = ["_step"]
  target      = "python3.13"
}

target "package_sh-dl" {
  description = "Download of package.sh"
  inherits    = ["_step"]
  target      = "package.sh-dl"
}

target "index_html" {
  description = "index.html"
  inherits    = ["_step"]
  target      = "index.html"
}

target "package_sh" {
  description = "package.sh"
  inherits    = ["_step"]
  target      = "package.sh"
}

target "unpack_sh" {
  description = "unpack.sh"
  inherits    = ["_step"]
  target      = "unpack.sh"
}

# root

target "root" {
  description = "Stage root"
  inherits    = ["_step"]
  target      = "root"
}

# The packages' own tests. Nothing waits for them.

group "lfd-check" {
  description = "The tests of all packages that have some"
  targets = [
    "host-check",
    "check-check",
    "zlib-build-check",
  ]
}

target "host-check" {
  description = "The tests of host"
  inherits    = ["_step"]
  target      = "host-check"
}

target "check-check" {
  description = "The tests of check"
  inherits    = ["_step"]
  target      = "check-check"
}

target "zlib-build-check" {
  description = "The tests of zlib-build"
  inherits    = ["_step"]
  target      = "zlib-build-check"
}

target "lfd-disk-host" {
  description = "Stage: the system that the disk is made on"
  inherits    = ["_step"]
  target      = "lfd-disk-host"
}

target "lfd-system-disk" {
  description = "Disk image, written to out/system.qcow2"
  inherits    = ["_common"]
  target      = "lfd-system-disk"
  output      = ["type=local,dest=${LFD_ROOT}/out"]
}

target "system-containerdisk" {
  description = "The disk image as KubeVirt takes it"
  inherits    = ["_common"]
  target      = "system-containerdisk"
  tags        = [image("system-containerdisk")]
}
