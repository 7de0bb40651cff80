# Written by lfd fetch. Do not edit, and keep it out of git: it is about this
# machine only. It makes bake take what was fetched in place of downloads.
# Configuration: config.yaml

target "_common" {
  contexts = {
    "zlib-dl" = "${LFD_ROOT}/../downloads/zlib"
  }
}
