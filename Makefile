# `make` alone lists what there is.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

# The system that `vendor` is about: a folder with its generated files, or with a config.yaml.
SYSTEM ?= quickstart
# The disk that `boot` starts.
IMAGE ?= out/quickstart.qcow2

# Where the sources of the full system come from: upstream, its authors, or debian.
SOURCES ?= upstream
LFS_FOLDER := $(if $(filter debian,$(SOURCES)),debian,.)
# The command for `report` as it was given.
REPORT_OF = $(if $(filter debian,$(SYSTEM)), SOURCES=debian,$(if $(filter-out .,$(SYSTEM)), SYSTEM=$(SYSTEM)))
# The results of tests of the full system, once it is built, for `report`.
TEST_RESULTS := out/test-results$(if $(filter debian,$(SOURCES)),-debian)
# Where files are generated into that are no part of the repository, see .gitignore.
NOT_COMMITTED := appliance full self-hosted debian-12 alpine mine base program server browser $(wildcard *-on-*)
# What to build of it.
TARGETS ?= lfs lfs-mini lfs-disk lfs-containerdisk

# What `shell` runs, as it was typed: a $ in it is that shell's.
export override CMD := $(value CMD)

# The form of what check finds, see docs/findings.md.
FORMAT ?= text
# What the tests of faults need besides.
FAULTS_NEED := strace:strace mkfs.ext4:e2fsprogs fallocate:util-linux ldd:libc-bin patch:patch unzip:unzip
# What the tests of unpack.sh need.
ARCHIVERS := busybox:busybox bzip2:bzip2 xz:xz-utils zstd:zstd lzip:lzip lzop:lzop lz4:lz4 unzip:unzip
FUZZTIME ?= 5m
GOTOOL := go tool -modfile=tools/lint/go.mod

# When a build began: the set-up of the engine counts in what it took.
export LFD_STARTED := $(shell date +%s)

.DEFAULT_GOAL := help
.PHONY: help quickstart lfs boot build shell try site vendor generate check test test-faults test-lfs \
	test-builders test-windows test-machines test-proof test-share test-supply lint bench bench-lfs bench-share \
	language-server browser test-site report engine inputs stop-builder \
	clean clean-sources clean-builder

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##@ Systems

quickstart: ## build the small system: out/quickstart.qcow2
	@tools/lfd.sh build --system quickstart

boot: ## boot it in QEMU, with its console in this terminal (IMAGE=other.qcow2)
	@tools/lfd.sh boot $(IMAGE)

lfs: ## build the full LFS system (takes hours; SOURCES=debian: from Debian's archive)
	@tools/lfd.sh build --system $(LFS_FOLDER) $(TARGETS)

# The system of TARGET: as asked for, else the first that has it.
ASKED = $(if $(filter debian,$(SOURCES)),debian,$(if $(filter-out file,$(origin SYSTEM)),$(SYSTEM)))
# What was typed, as it was typed: a $ in it is no variable of make's.
build shell: export TARGET := $(value TARGET)
build: export OUT := $(value OUT)
ASK = $(if $(value TARGET),,$(error which one? make $@ TARGET=busybox))

build: ## build one package or stage, and what it needs (TARGET=busybox; OUT=folder writes its files there)
	@$(ASK)tools/lfd.sh build $(if $(ASKED),--system '$(ASKED)') $${OUT:+-o "$$OUT"} "$$TARGET"

shell: ## a shell where a package is built (TARGET=busybox; AT=failure: where it fails; CMD='ls')
	@$(ASK)tools/lfd.sh shell $(if $(ASKED),--system '$(ASKED)') --at "$${AT:-start}" --command "$$CMD" -- "$$TARGET"

report: SYSTEM = $(LFS_FOLDER)
report: ## write down what was built: docs/verification.md, of the full system, with SOURCES=debian (or SYSTEM=folder)
	@tools/lfd.sh report --system $(SYSTEM) --command "make report$(REPORT_OF)" \
		$(if $(filter $(LFS_FOLDER),$(SYSTEM)),--tests $(TEST_RESULTS))

try: ## build quickstart for a machine in a page, which make site then has (32 bits; needs npm)
	@LFD_PLATFORM=linux/386 LFD_CONFIG=quickstart/config.yaml:overlays/browser.yaml $(MAKE) --no-print-directory build SYSTEM=browser TARGET=browser-disk
	@tools/try.sh out/browser.qcow2

site: ## make a site to read the systems by: out/site/index.html (SYSTEM=folder: of one system)
	@site=$$(tools/lfd.sh site $(if $(ASKED),--system '$(ASKED)')) && echo "Open $(CURDIR)/$$site in a browser."

vendor: ## fetch all that a system needs into sources/ (SYSTEM=folder, SOURCES=debian; OFFLINE=1: to build without a network)
	@tools/lfd.sh fetch --system $(or $(ASKED),$(SYSTEM)) $(if $(OFFLINE),--offline)

##@ Work on the project

generate: ## write the Dockerfiles, the bake files, docs/book.md, docs/rules.md, parts of docs/sharing.md and the editors' schema anew
	go generate ./...

check: ## are they what the configurations say? (FORMAT=github: as annotations)
	@sed -n 's|^//go:generate \(.*/lfdgen\) generate|\1 check --format $(FORMAT)|p' lfd.go | sh -e
	@go run ./cmd/lfdbook -check
	@go run ./cmd/lfdrules -check
	@go run ./cmd/lfdschema -check
	@go run ./cmd/lfd proof --check
	@go run ./internal/tools/simulate -check
	@go run ./internal/tools/origins -check

test: ## run all checks and tests, install what they need; builds quickstart and boots it
	@tools/install.sh $(ARCHIVERS) shellcheck:shellcheck python3:python3 qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils sfdisk:fdisk gawk:gawk mawk:mawk genisoimage:genisoimage mformat:mtools /usr/share/OVMF/OVMF_CODE_4M.secboot.fd:ovmf node:nodejs npm:npm ssh-keygen:openssh-client minisign:minisign $(FAULTS_NEED)
	@$(MAKE) lint
	@log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && \
		$(GOTOOL) gotestsum --format testname --hide-summary skipped --jsonfile "$$log" \
			--post-run-command "go run ./internal/tools/skips $$log" -- -timeout 60m ./...

test-faults: ## only the tests that break things on purpose, and the fuzzers (FUZZTIME=5m each)
	@tools/install.sh $(FAULTS_NEED)
	go test -count 1 -timeout 60m ./test/faults
	go test -count 1 -timeout 60m -run 'Corpus|Bombs|Links|Touches|Killed|AtOnce|ReadBack' ./cmd/lfdgen
	go test -run NONE -fuzz FuzzReadBack -fuzztime $(FUZZTIME) ./cmd/lfdgen
	go test -run NONE -fuzz FuzzGenerate -fuzztime $(FUZZTIME) ./cmd/lfdgen
	go test -run NONE -fuzz FuzzCompare -fuzztime $(FUZZTIME) ./internal/explain
	go test -run NONE -fuzz FuzzYAML -fuzztime $(FUZZTIME) ./test/cloud

test-lfs: lfs ## check the images of the full system, inside and running (hours; SOURCES=debian; RUN=TestBoot)
	@tools/install.sh qemu-system-x86_64:qemu-system-x86
	@mkdir -p $(TEST_RESULTS)
	LFD_TEST_LFS=$(LFS_FOLDER) $(GOTOOL) gotestsum --format standard-verbose --jsonfile $(TEST_RESULTS)/$(LFD_STARTED).json \
		-- -count 1 -timeout 6h $(if $(RUN),-run '$(RUN)') ./test/lfs

test-builders: ## the same with Docker, Podman, Buildah and buildctl, and on a host like Alpine, compared: docs/builders.md (an hour)
	@tools/install.sh mmdebstrap:mmdebstrap nsenter:util-linux qemu-system-x86_64:qemu-system-x86 \
		/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
	LFD_TEST_BUILDERS=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 6h -run 'TestAlpine$$' ./test/e2e
	LFD_TEST_BUILDERS=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 6h ./test/builders

test-site: try ## every page of the site in a browser, at two widths, light and dark, its machine with all lessons, and pictures for README.md
	@mkdir -p docs/site
	go test -count 1 -timeout 60m ./test/site -args -all -record

test-windows: ## lfdgen.exe and lfd.exe under Wine, compared with what they do on Linux
	@tools/install.sh mmdebstrap:mmdebstrap unshare:util-linux \
		/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
	LFD_TEST_WINDOWS=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 1h ./test/windows

test-machines: ## boot quickstart by BIOS and UEFI with each kind of disk, and write the table in docs/disk.md
	@tools/install.sh qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils
	go test -count 1 -timeout 60m -run 'TestMachines|TestBootTime' ./test/e2e -args -record

test-proof: ## all of quickstart built anew in other circumstances, and compared with the lock (hours)
	@tools/install.sh mkfs.xfs:xfsprogs losetup:mount
	@mkdir -p out
	@rm -f out/proof.json
	@$(MAKE) quickstart
	@tools/lfd.sh verify --rebuild --attest out/proof.json

test-share: ## results in Debian's registry, with TLS and a password; an empty builder that compiles nothing; the workflow for many machines by hand
	@tools/install.sh docker-registry:docker-registry $(FAULTS_NEED)
	$(GOTOOL) gotestsum --format testname -- -count=1 -timeout 30m ./internal/share
	LFD_TEST_SHARE=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 1h -run 'TestShared$$|TestWorkflow' ./test/faults

# Their dependencies clash: each is a module of its own, at a fixed version.
test-supply: ## what scanners show of the SBOM of lfs-mini, as docs/sbom.md has it (compiles them, which takes half an hour once)
	@for scanner in test/supply/*/; do \
		(cd $$scanner && CGO_ENABLED=0 GOTOOLCHAIN=auto go test -count 1 -timeout 2h ./...) || exit 1; \
	done

lint: ## check scripts and Go code
	@tools/lint.sh

# What the tests of internal/config drive, as npm's lock file names it, and ajv.
language-server:
	@tools/install.sh node:nodejs npm:npm
	@$(MAKE) -s tools/editor/node_modules/.package-lock.json

tools/editor/node_modules/.package-lock.json: tools/editor/package-lock.json
	cd tools/editor && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# What the tests of test/site drive: Debian's browser, and what npm's lock file names.
browser:
	@tools/install.sh node:nodejs npm:npm
	@command -v google-chrome >/dev/null 2>&1 || tools/install.sh chromium:chromium
	@$(MAKE) -s test/site/node_modules/.package-lock.json

test/site/node_modules/.package-lock.json: test/site/package-lock.json
	cd test/site && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

bench: ## measure generating and building
	@tools/bench.sh

bench-lfs: lfs ## measure the full system (SOURCES=debian)
	@tools/bench-lfs.sh $(LFS_FOLDER) $(TEST_RESULTS)/figures.txt

bench-share: ## measure stores of 1,000 and 10,000 results, and write the table in docs/sharing.md
	@go run ./internal/tools/benchshare

##@ The builder and what it leaves

engine: ## find Docker's buildx, or compile and start our own BuildKit
	@tools/lfd.sh engine ensure

inputs:
	@tools/lfd.sh inputs --system $(SYSTEM)

stop-builder: ## stop our own BuildKit; its cache stays
	@tools/lfd.sh engine stop

clean: ## delete the results, out/, and the files that are generated but not committed
	@tools/lfd.sh clean $(NOT_COMMITTED)

clean-sources: ## delete what was fetched
	@tools/lfd.sh clean --sources

clean-builder: ## stop our own BuildKit and delete it with its whole cache
	@tools/lfd.sh engine clean
