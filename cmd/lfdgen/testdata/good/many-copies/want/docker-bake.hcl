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
  targets     = ["three"]
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

# one

target "one" {
  description = "Stage one"
  inherits    = ["_step"]
  target      = "one"
}

group "one-packages" {
  description = "All packages of stage one"
  targets = [
    "p01",
    "p02",
    "p03",
    "p04",
    "p05",
    "p06",
    "p07",
    "p08",
    "p09",
    "p10",
    "p11",
    "p12",
    "p13",
    "p14",
    "p15",
    "p16",
    "p17",
    "p18",
    "p19",
    "p20",
    "p21",
    "p22",
    "p23",
    "p24",
    "p25",
    "p26",
    "p27",
    "p28",
    "p29",
    "p30",
    "p31",
    "p32",
    "p33",
    "p34",
    "p35",
    "p36",
    "p37",
    "p38",
    "p39",
    "p40",
    "p41",
    "p42",
    "p43",
    "p44",
    "p45",
    "all",
  ]
}

target "p01-dl" {
  description = "Download of p01"
  inherits    = ["_step"]
  target      = "p01-dl"
}

target "p01" {
  description = "p01"
  inherits    = ["_step"]
  target      = "p01"
}

target "p02-dl" {
  description = "Download of p02"
  inherits    = ["_step"]
  target      = "p02-dl"
}

target "p02" {
  description = "p02"
  inherits    = ["_step"]
  target      = "p02"
}

target "p03-dl" {
  description = "Download of p03"
  inherits    = ["_step"]
  target      = "p03-dl"
}

target "p03" {
  description = "p03"
  inherits    = ["_step"]
  target      = "p03"
}

target "p04-dl" {
  description = "Download of p04"
  inherits    = ["_step"]
  target      = "p04-dl"
}

target "p04" {
  description = "p04"
  inherits    = ["_step"]
  target      = "p04"
}

target "p05-dl" {
  description = "Download of p05"
  inherits    = ["_step"]
  target      = "p05-dl"
}

target "p05" {
  description = "p05"
  inherits    = ["_step"]
  target      = "p05"
}

target "p06-dl" {
  description = "Download of p06"
  inherits    = ["_step"]
  target      = "p06-dl"
}

target "p06" {
  description = "p06"
  inherits    = ["_step"]
  target      = "p06"
}

target "p07-dl" {
  description = "Download of p07"
  inherits    = ["_step"]
  target      = "p07-dl"
}

target "p07" {
  description = "p07"
  inherits    = ["_step"]
  target      = "p07"
}

target "p08-dl" {
  description = "Download of p08"
  inherits    = ["_step"]
  target      = "p08-dl"
}

target "p08" {
  description = "p08"
  inherits    = ["_step"]
  target      = "p08"
}

target "p09-dl" {
  description = "Download of p09"
  inherits    = ["_step"]
  target      = "p09-dl"
}

target "p09" {
  description = "p09"
  inherits    = ["_step"]
  target      = "p09"
}

target "p10-dl" {
  description = "Download of p10"
  inherits    = ["_step"]
  target      = "p10-dl"
}

target "p10" {
  description = "p10"
  inherits    = ["_step"]
  target      = "p10"
}

target "p11-dl" {
  description = "Download of p11"
  inherits    = ["_step"]
  target      = "p11-dl"
}

target "p11" {
  description = "p11"
  inherits    = ["_step"]
  target      = "p11"
}

target "p12-dl" {
  description = "Download of p12"
  inherits    = ["_step"]
  target      = "p12-dl"
}

target "p12" {
  description = "p12"
  inherits    = ["_step"]
  target      = "p12"
}

target "p13-dl" {
  description = "Download of p13"
  inherits    = ["_step"]
  target      = "p13-dl"
}

target "p13" {
  description = "p13"
  inherits    = ["_step"]
  target      = "p13"
}

target "p14-dl" {
  description = "Download of p14"
  inherits    = ["_step"]
  target      = "p14-dl"
}

target "p14" {
  description = "p14"
  inherits    = ["_step"]
  target      = "p14"
}

target "p15-dl" {
  description = "Download of p15"
  inherits    = ["_step"]
  target      = "p15-dl"
}

target "p15" {
  description = "p15"
  inherits    = ["_step"]
  target      = "p15"
}

target "p16-dl" {
  description = "Download of p16"
  inherits    = ["_step"]
  target      = "p16-dl"
}

target "p16" {
  description = "p16"
  inherits    = ["_step"]
  target      = "p16"
}

target "p17-dl" {
  description = "Download of p17"
  inherits    = ["_step"]
  target      = "p17-dl"
}

target "p17" {
  description = "p17"
  inherits    = ["_step"]
  target      = "p17"
}

target "p18-dl" {
  description = "Download of p18"
  inherits    = ["_step"]
  target      = "p18-dl"
}

target "p18" {
  description = "p18"
  inherits    = ["_step"]
  target      = "p18"
}

target "p19-dl" {
  description = "Download of p19"
  inherits    = ["_step"]
  target      = "p19-dl"
}

target "p19" {
  description = "p19"
  inherits    = ["_step"]
  target      = "p19"
}

target "p20-dl" {
  description = "Download of p20"
  inherits    = ["_step"]
  target      = "p20-dl"
}

target "p20" {
  description = "p20"
  inherits    = ["_step"]
  target      = "p20"
}

target "p21-dl" {
  description = "Download of p21"
  inherits    = ["_step"]
  target      = "p21-dl"
}

target "p21" {
  description = "p21"
  inherits    = ["_step"]
  target      = "p21"
}

target "p22-dl" {
  description = "Download of p22"
  inherits    = ["_step"]
  target      = "p22-dl"
}

target "p22" {
  description = "p22"
  inherits    = ["_step"]
  target      = "p22"
}

target "p23-dl" {
  description = "Download of p23"
  inherits    = ["_step"]
  target      = "p23-dl"
}

target "p23" {
  description = "p23"
  inherits    = ["_step"]
  target      = "p23"
}

target "p24-dl" {
  description = "Download of p24"
  inherits    = ["_step"]
  target      = "p24-dl"
}

target "p24" {
  description = "p24"
  inherits    = ["_step"]
  target      = "p24"
}

target "p25-dl" {
  description = "Download of p25"
  inherits    = ["_step"]
  target      = "p25-dl"
}

target "p25" {
  description = "p25"
  inherits    = ["_step"]
  target      = "p25"
}

target "p26-dl" {
  description = "Download of p26"
  inherits    = ["_step"]
  target      = "p26-dl"
}

target "p26" {
  description = "p26"
  inherits    = ["_step"]
  target      = "p26"
}

target "p27-dl" {
  description = "Download of p27"
  inherits    = ["_step"]
  target      = "p27-dl"
}

target "p27" {
  description = "p27"
  inherits    = ["_step"]
  target      = "p27"
}

target "p28-dl" {
  description = "Download of p28"
  inherits    = ["_step"]
  target      = "p28-dl"
}

target "p28" {
  description = "p28"
  inherits    = ["_step"]
  target      = "p28"
}

target "p29-dl" {
  description = "Download of p29"
  inherits    = ["_step"]
  target      = "p29-dl"
}

target "p29" {
  description = "p29"
  inherits    = ["_step"]
  target      = "p29"
}

target "p30-dl" {
  description = "Download of p30"
  inherits    = ["_step"]
  target      = "p30-dl"
}

target "p30" {
  description = "p30"
  inherits    = ["_step"]
  target      = "p30"
}

target "p31-dl" {
  description = "Download of p31"
  inherits    = ["_step"]
  target      = "p31-dl"
}

target "p31" {
  description = "p31"
  inherits    = ["_step"]
  target      = "p31"
}

target "p32-dl" {
  description = "Download of p32"
  inherits    = ["_step"]
  target      = "p32-dl"
}

target "p32" {
  description = "p32"
  inherits    = ["_step"]
  target      = "p32"
}

target "p33-dl" {
  description = "Download of p33"
  inherits    = ["_step"]
  target      = "p33-dl"
}

target "p33" {
  description = "p33"
  inherits    = ["_step"]
  target      = "p33"
}

target "p34-dl" {
  description = "Download of p34"
  inherits    = ["_step"]
  target      = "p34-dl"
}

target "p34" {
  description = "p34"
  inherits    = ["_step"]
  target      = "p34"
}

target "p35-dl" {
  description = "Download of p35"
  inherits    = ["_step"]
  target      = "p35-dl"
}

target "p35" {
  description = "p35"
  inherits    = ["_step"]
  target      = "p35"
}

target "p36-dl" {
  description = "Download of p36"
  inherits    = ["_step"]
  target      = "p36-dl"
}

target "p36" {
  description = "p36"
  inherits    = ["_step"]
  target      = "p36"
}

target "p37-dl" {
  description = "Download of p37"
  inherits    = ["_step"]
  target      = "p37-dl"
}

target "p37" {
  description = "p37"
  inherits    = ["_step"]
  target      = "p37"
}

target "p38-dl" {
  description = "Download of p38"
  inherits    = ["_step"]
  target      = "p38-dl"
}

target "p38" {
  description = "p38"
  inherits    = ["_step"]
  target      = "p38"
}

target "p39-dl" {
  description = "Download of p39"
  inherits    = ["_step"]
  target      = "p39-dl"
}

target "p39" {
  description = "p39"
  inherits    = ["_step"]
  target      = "p39"
}

target "p40-dl" {
  description = "Download of p40"
  inherits    = ["_step"]
  target      = "p40-dl"
}

target "p40" {
  description = "p40"
  inherits    = ["_step"]
  target      = "p40"
}

target "p41-dl" {
  description = "Download of p41"
  inherits    = ["_step"]
  target      = "p41-dl"
}

target "p41" {
  description = "p41"
  inherits    = ["_step"]
  target      = "p41"
}

target "p42-dl" {
  description = "Download of p42"
  inherits    = ["_step"]
  target      = "p42-dl"
}

target "p42" {
  description = "p42"
  inherits    = ["_step"]
  target      = "p42"
}

target "p43-dl" {
  description = "Download of p43"
  inherits    = ["_step"]
  target      = "p43-dl"
}

target "p43" {
  description = "p43"
  inherits    = ["_step"]
  target      = "p43"
}

target "p44-dl" {
  description = "Download of p44"
  inherits    = ["_step"]
  target      = "p44-dl"
}

target "p44" {
  description = "p44"
  inherits    = ["_step"]
  target      = "p44"
}

target "p45-dl" {
  description = "Download of p45"
  inherits    = ["_step"]
  target      = "p45-dl"
}

target "p45" {
  description = "p45"
  inherits    = ["_step"]
  target      = "p45"
}

target "all-dl" {
  description = "Download of all"
  inherits    = ["_step"]
  target      = "all-dl"
}

target "all" {
  description = "all"
  inherits    = ["_step"]
  target      = "all"
}

# two

target "two" {
  description = "Stage two"
  inherits    = ["_step"]
  target      = "two"
}

# three

target "three" {
  description = "Stage three"
  inherits    = ["_step"]
  target      = "three"
}
