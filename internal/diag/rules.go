package diag

import (
	"cmp"
	"slices"
	"strings"
)

// Rule is what a finding is a case of. All rules are declared below: a name for
// users to search for, and why the rule is there. docs/rules.md shows each with
// examples from the corpus of cmd/lfdgen.
type Rule struct {
	Name     string // in kebab case, the subject first
	Severity Severity
	Why      string // one or two sentences
}

// ErrorRule and WarningRule keep the severities apart where rules are used.
type (
	ErrorRule   struct{ *Rule }
	WarningRule struct{ *Rule }
)

// Home is where the project is.
const Home = "https://github.com/linux-from-docker/lfd"

// Help returns the address of the page that explains the rule.
func (r *Rule) Help() string { return Home + "/blob/main/docs/rules.md#" + r.Name }

// Summary returns the first sentence of why there is the rule.
func (r *Rule) Summary() string {
	first, _, more := strings.Cut(r.Why, ". ")
	if more {
		return first + "."
	}
	return r.Why
}

var rules []*Rule

func declare(name string, severity Severity, why string) *Rule {
	r := &Rule{name, severity, why}
	rules = append(rules, r)
	return r
}

func errorRule(name, why string) ErrorRule { return ErrorRule{declare(name, Error, why)} }

func warningRule(name, why string) WarningRule { return WarningRule{declare(name, Warning, why)} }

// Rules returns all rules, by name.
func Rules() []*Rule {
	return slices.SortedFunc(slices.Values(rules), func(a, b *Rule) int { return cmp.Compare(a.Name, b.Name) })
}

// Files and YAML.
var (
	FileUnreadable = errorRule("file-unreadable",
		"Each configuration file must exist and be readable.")
	FileEmpty = errorRule("file-empty",
		"A configuration file without a value, or with comments only, describes no system.")
	FileEncoding = errorRule("file-encoding",
		"A configuration file is text in UTF-8, without control characters: YAML allows nothing else, and what is not seen can hide something.")
	LimitExceeded = errorRule("limit-exceeded",
		"lfdgen takes configurations up to a size that no real system comes near, so that none can fill the memory or run without end.")
	YAMLSyntax = errorRule("yaml-syntax",
		"The file is not YAML, so nothing in it can be read.")
	YAMLDocuments = errorRule("yaml-documents",
		"A configuration is one YAML document. To lay one over another, write two files and name both with -c.")
	YAMLAlias = errorRule("yaml-alias",
		"An alias repeats what its anchor marks, so it cannot stand inside of that.")
	YAMLMerge = errorRule("yaml-merge",
		"The key << takes the fields of other maps, so its value is an alias of a map, or a list of such aliases.")
	YAMLTag = errorRule("yaml-tag",
		"A tag such as !!int promises a type that the value must have.")
	KeyComplex = errorRule("key-complex",
		"YAML allows lists and maps as keys; a configuration has only words.")
	KeyDuplicate = errorRule("key-duplicate",
		"A key stands once in a map: of two values nobody could say which one holds.")
	KeyMissing = errorRule("key-missing",
		"Without this key it is not said what to build.")
	KeyUnknown = errorRule("key-unknown",
		"The schema has no such key here; it is probably misspelt. Keys of your own begin with x-.")
	ValueType = errorRule("value-type",
		"The schema wants another type. YAML reads 1.10 as a number, which is 1.1, and yes as a word: quotes make a text of them.")
	ValueFormat = errorRule("value-format",
		"The value is not written as the schema wants it. It goes into generated files as it is, so only forms that cannot break them are taken.")
	ValueUnknown = errorRule("value-unknown",
		"The field takes one of a few words, and this is none of them.")
)

// Overlays.
var (
	EditMisplaced = errorRule("edit-misplaced",
		"Entries such as +curl and -vim edit the list of an earlier configuration file, so there must be one, and all entries of the list begin with + or -.")
	EditNoEffect = errorRule("edit-no-effect",
		"What + adds must not be in the list already, and what - takes away must be: else the overlay was written for another configuration.")
	PackageNeeded = errorRule("package-needed",
		"An overlay takes a package out of a list, but another package there needs it, so it would be installed all the same.")
)

// Names.
var (
	NameDuplicate = errorRule("name-duplicate",
		"Packages, stages and images become names in one Dockerfile and one bake file, so each is used once, and capital letters or a dot alone make no other name.")
	NameReserved = errorRule("name-reserved",
		"The name means something else where it is used, or is lfdgen's own.")
	NameForm = errorRule("name-form",
		"Dockerfiles do not take every name that a package can have; there the package has another, and steps copy from that.")
	NameUnknown = errorRule("name-unknown",
		"Nothing in the configuration has this name.")
	NameKind = errorRule("name-kind",
		"The name is that of a stage where a package is wanted, or the other way round.")
	ImageShadowed = errorRule("image-shadowed",
		"Where an image and a stage of the Dockerfile have one name, builders take the stage, and so would build on something else than what is written.")
	HostSnapshot = errorRule("host-snapshot",
		"A snapshot is Debian's archive as it was at a point of time since March 2005. Of another time there is none, and nothing could be installed.")
	ImageName = errorRule("image-name",
		"Builders must be able to read the name of an image: lower-case letters, digits and separators, with a tag or a digest.")
)

// Sources.
var (
	ArgumentShared = warningRule("argument-shared",
		"A build argument names another address of a source: ZLIB_URL that of zlib. Packages whose names differ in . _ - only would have the same one, and the address of one source would be taken for the other's.")
	ChecksumMissing = warningRule("checksum-missing",
		"Without a checksum the build takes whatever a server sends today.")
	ChecksumReused = warningRule("checksum-reused",
		"A checksum belongs to one file. At two urls it is right at one of them at most: it was copied, or forgotten when a url was changed, and a builder that has the file in its cache builds the wrong source without a word.")
	ChecksumConflict = errorRule("checksum-conflict",
		"A url gives one file, so it cannot have two checksums of a kind.")
	ChecksumStale = errorRule("checksum-stale",
		"The url or the version of a package was changed, by an overlay or since the files were generated or the source was fetched, and the checksum was not: the old source would be built in the place of the new one.")
	VersionMismatch = warningRule("version-mismatch",
		"The name of the file has another version than the package: one of the two was raised and the other forgotten.")
	UpdateRule = errorRule("update-rule",
		"lfd update looks for newer versions in one place, or the package is on hold; what else the rule says must fit to that.")
	MirrorsWithoutChecksum = errorRule("mirrors-without-checksum",
		"A mirror is somebody else's server: only a checksum tells that it serves the same bytes.")
	SourceConflict = errorRule("source-conflict",
		"A package has its own source, by url, or that of another package, by srcFrom.")
	SourceDamaged = errorRule("source-damaged",
		"A file in the folder of fetched sources is not what the configuration names, and bake would take it as it is.")
	VendoredChanged = errorRule("vendored-changed",
		"What was fetched or made for bake, a base image, a built host or the override file, is not as lfd fetch wrote it, and bake would take it as it is.")
	SourceFieldUnused = errorRule("source-field-unused",
		"A field that tells about a source stands at the package that has the source.")
	SignatureMissing = warningRule("signature-missing",
		"The configuration says where the authors' signature of a source is. Without it only the checksum tells that the source is right.")
	OriginMissing = warningRule("origin-missing",
		"Who wrote a checksum down may have been deceived. A signature of the authors, or somebody else who had the same bytes, tells that it is right.")
	SignatureWrong = errorRule("signature-wrong",
		"A signature that does not hold means that somebody else has made the source, or that the signature or the key belong to another one.")
	SourceMissing = errorRule("source-missing",
		"srcFrom and srcDeps take the source of a package that has one of its own.")
	SourceTypeUnknown = errorRule("source-type-unknown",
		"The end of a source's file name, or its type, tells what the file is.")
	URLInvalid = errorRule("url-invalid",
		"A url must be complete and such that servers, builders and filesystems can take it, and its path must name the file to download.")
	URLGit = errorRule("url-git",
		"BuildKit clones an address whose path ends in .git, and everything else fetches a file from it: one address must not mean two things.")
	URLSecret = warningRule("url-secret",
		"Generated files are committed, and builders write addresses into logs: who reads these could use the password.")
	PatchMisuse = errorRule("patch-misuse",
		"A patch is a package whose file is a patch. Other packages name it in patches and apply it to their source; it is not built itself.")
)

// Licences.
var (
	LicenseSyntax = errorRule("license-syntax",
		"Programs that look for licences read SPDX expressions: identifiers, between two of them AND or OR, WITH before an exception, and parentheses.")
	LicenseUnknown = errorRule("license-unknown",
		"An identifier of the SPDX list names one text of a licence, and programs know it by nothing else. A licence that the list does not have is named LicenseRef-NAME, with a name of your own.")
	LicenseDeprecated = warningRule("license-deprecated",
		"The SPDX list has this identifier for old documents only: it has been replaced, most often because it does not say whether later versions of the licence may be used.")
	LicenseCase = warningRule("license-case",
		"Identifiers of the SPDX list mean the same in capital and small letters, but not every program that reads them knows that.")
	LicenseTextMissing = warningRule("license-text-missing",
		"Most licences want their text to come along with the software. Where a source has none, a sentence says why, so that nobody has to look again.")
	LicenseTextConflict = errorRule("license-text-conflict",
		"A source has texts of its licence, which licenseFiles names, or licenseNote says why it has none.")
	LicenseTextChanged = errorRule("license-text-changed",
		"With a new version of a package its licence may be another one. Somebody has to read the text before the version is built.")
)

// Answers to vulnerabilities.
var (
	AnswerConflict = errorRule("answer-conflict",
		"An answer to a vulnerability says one thing, once: which patch fixes it, or why it does not affect the system.")
	AnswerPatch = errorRule("answer-patch",
		"A patch fixes a vulnerability as long as the package applies it. Where the patch has gone, the vulnerability may be there again.")
	AnswerStale = warningRule("answer-stale",
		"lfd cves found nothing that this answer could be to: the package has another version by now, or the lists of vulnerabilities have changed. An answer that stays would hide the vulnerability, should it ever come back.")
)

// Lists.
var (
	ListDuplicate = warningRule("list-duplicate",
		"What stands in a list twice does nothing the second time; most often another name was meant. A patch does not apply twice at all.")
)

// Scripts and tests.
var (
	ScriptMissing = errorRule("script-missing",
		"Each package that a stage builds has a script util/install-NAME.sh; one with check: true has util/check-NAME.sh, too.")
	ScriptBroken = errorRule("script-broken",
		"A script must begin so that Linux finds the program that runs it, which a carriage return at the end of the first line prevents, as editors of Windows write it.")
	ScriptUnused = warningRule("script-unused",
		"A script that nothing runs is left over, or its package or its check: true was forgotten.")
	CheckMissing = errorRule("check-missing",
		"checkDeps, checkParts and preCheckSteps are for a package's tests, and this package has none.")
)

// What is generated.
var (
	GeneratedStale = errorRule("generated-stale",
		"The generated files are committed, so that a review shows what a change does: they must be those of the configuration.")
	LockInvalid = errorRule("lock-invalid",
		"lfd.lock is written by lfd lock alone. What is cut off, merged by hand or of another system proves nothing.")
	LockStale = warningRule("lock-stale",
		"The lock says what was built, and something has changed since: of these results nobody has yet shown what they are. Building them can take hours, so --strict leaves it a warning.")
)

// Stages and their order.
var (
	NothingToBuild = errorRule("nothing-to-build",
		"Stages are what is built; a configuration without one builds nothing.")
	StageOrder = errorRule("stage-order",
		"Stages are built from first to last: what a stage starts from, installs or needs must be built by an earlier one, or by itself where it is needed by a package.")
	Cycle = errorRule("cycle",
		"Things that need each other in a ring cannot be built: none of them can be first. A package that needs itself at an earlier time is split in two, as LFS does with its passes: see srcFrom.")
	PackageBuiltTwice = errorRule("package-built-twice",
		"One stage builds a package. To build its source once more, add a virtual package with srcFrom.")
	PackageNotBuilt = errorRule("package-not-built",
		"A package that is needed or installed must be in the packages of a stage.")
	PackageUnused = warningRule("package-unused",
		"No stage builds the package and no other package uses its source: it is left over, or was forgotten in a stage.")
	CopiesMany = warningRule("copies-many",
		"Each build gets the files of the packages that it needs by copies, and BuildKit looks at each of these in every build. What a stage has installed, its builds do not copy.")
	InstallDuplicate = warningRule("install-duplicate",
		"A package is named twice in what a stage installs.")
)

// Dockerfile steps.
var (
	StepsSyntax = errorRule("steps-syntax",
		"Each line of steps must be a Dockerfile instruction that BuildKit takes.")
	StepsFrom = errorRule("steps-from",
		"Steps are a part of a Dockerfile stage that lfdgen writes; FROM would end it and begin another one.")
	StepsNetwork = warningRule("steps-network",
		"A step with a network can get other files each time. Only host.steps should have one: elsewhere write RUN --network=none.")
	StepsOutside = warningRule("steps-outside",
		"What a step takes from outside of the build can be something else tomorrow, or elsewhere, and cannot be had without a network: addresses without a checksum, images, secrets, the keys of ssh, cache mounts. The steps of hosts may use them, to get packages.")
	StepsGitSSH = errorRule("steps-git-ssh",
		"A server that is asked by ssh wants a key, and a build is given none; BuildKit even asks for the server's own key while it only reads the step.")
	StepsPrivilege = warningRule("steps-privilege",
		"A step that has devices, the network or the rights of the machine itself can change it, and builders refuse such steps unless they are told otherwise.")
	StepsVariable = errorRule("steps-variable",
		"The generated steps and the scripts that run in them find their way by these variables; steps in between cannot change them.")
	StepsMakeflags = warningRule("steps-makeflags",
		"A variable that steps set is a part of the cache key of all that follow. The number of jobs is chosen when a step runs, so that machines of all sizes share a cache.")
	StepsOnbuild = errorRule("steps-onbuild",
		"What ONBUILD keeps runs at the beginning of the stages that start from this one, where nothing sets PATH, USER and SHELL again for the generated steps.")
	FileNotInBuild = errorRule("file-not-in-build",
		"Steps and scripts find what lies in the project's folder and is not left out by .dockerignore; paths begin there. Links are followed in that folder only.")
	PatternWithoutMatch = warningRule("pattern-without-match",
		"A pattern that matches nothing copies nothing, and no builder says so.")
	CopyFromNumber = errorRule("copy-from-number",
		"COPY --from=0 means the first stage of the generated Dockerfile, and the next change of the configuration makes that another one.")
	CopyFromUnknown = warningRule("copy-from-unknown",
		"A name that is no stage and no package is taken for an image of a registry.")
)

// Disks.
var (
	DiskFilesystem = errorRule("disk-filesystem",
		"Without a running kernel only ext2, ext3 and ext4 can be filled; xfs and btrfs need method: appliance.")
	DiskPartitions = errorRule("disk-partitions",
		"A disk has a partition for GRUB, of type bios-boot (BIOS), of type esp (UEFI) or one of each, with a size, and one for the system, of type root; only the last can take the rest of the disk.")
	DiskSize = errorRule("disk-size",
		"Partitions must have room on their disk, and a filesystem in its partition. What can be reckoned is reckoned before hours are spent on building the system.")
	KernelCommandLine = errorRule("kernel-command-line",
		"The words that GRUB passes to the kernel come after those that the generated menu needs, and the kernel takes the last of a kind: a second root= starts no system.")
)
