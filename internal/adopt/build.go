package adopt

import (
	"fmt"
	"regexp"
	"strings"
)

// tells are the files at the top whose texts tell how a source is built.
var tells = map[string]bool{
	"configure": true, "configure.ac": true, "CMakeLists.txt": true, "meson.build": true,
	"GNUmakefile": true, "makefile": true, "Makefile": true, "Makefile.in": true, "pyproject.toml": true, "setup.py": true, "PKG-INFO": true,
}

// System is a kind of build system.
type System struct {
	Name string // as people call it
	// File is the one at the top that tells it.
	File string
	// Tools are the packages, as LFS calls them, that build and are not needed to run.
	Tools []string
	// Deps are those that are needed to run, too.
	Deps []string

	script func(*Source) string
}

// Systems returns the build systems that the source has, the one that needs the fewest
// packages first.
func (s *Source) Systems() []System {
	var found []System
	add := func(there bool, system System) {
		if there {
			found = append(found, system)
		}
	}
	python := System{Name: "Python", Tools: s.backend(), Deps: []string{"python"}, script: pythonScript}
	for _, file := range []string{"setup.py", "pyproject.toml"} {
		if s.has(file) {
			python.File = file
		}
	}
	sdist := python.File != "" && s.has("PKG-INFO") // made for PyPI
	add(sdist, python)
	if s.has("configure") {
		if strings.Contains(s.files["configure"], "GNU Autoconf") {
			add(true, System{Name: "Autoconf", File: "configure", script: configureScript})
		} else {
			add(true, System{Name: "a configure of its own", File: "configure", script: ownConfigureScript})
		}
	}
	add(s.has("meson.build"), System{Name: "Meson", File: "meson.build", Tools: []string{"meson", "ninja"}, script: mesonScript})
	add(s.has("CMakeLists.txt"), System{Name: "CMake", File: "CMakeLists.txt", Tools: []string{"cmake"}, script: cmakeScript})
	add(!s.has("configure") && s.has("configure.ac"), System{
		Name: "Autoconf, whose configure has yet to be made", File: "configure.ac",
		Tools: []string{"autoconf", "automake", "libtool"},
		script: func(s *Source) string {
			return "# The source has no configure: autoreconf makes it.\nautoreconf --force --install\n\n" + configureScript(s)
		},
	})
	add(!sdist && python.File != "" && (s.has("setup.py") || strings.Contains(s.files["pyproject.toml"], "[build-system]")), python)
	if file := s.makefile(); file != "" {
		add(true, System{Name: "make", File: file, script: makeScript})
	}
	return found
}

// makefile returns the file that make reads.
func (s *Source) makefile() string {
	for _, file := range []string{"GNUmakefile", "makefile", "Makefile"} {
		if s.has(file) {
			return file
		}
	}
	return ""
}

var (
	requires = regexp.MustCompile(`(?s)\[build-system\].*?requires\s*=\s*\[(.*?)\]`)
	quoted   = regexp.MustCompile(`["']([A-Za-z0-9._-]+)`)
)

// backend returns what a Python module is built with, as PyPI and LFS call it.
func (s *Source) backend() []string {
	var names []string
	if m := requires.FindStringSubmatch(s.files["pyproject.toml"]); m != nil {
		for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
			names = append(names, pypi(q[1]))
		}
	}
	if len(names) == 0 {
		names = []string{"setuptools"}
	}
	return names
}

// pypi returns a name of PyPI in its normal form.
func pypi(name string) string {
	return strings.ToLower(regexp.MustCompile(`[-_.]+`).ReplaceAllString(name, "-"))
}

// PURL returns the name in an ecosystem, and nothing where the source is of none.
func (s *Source) PURL() string {
	if name := s.field("PKG-INFO", "Name"); name != "" && (s.has("pyproject.toml") || s.has("setup.py")) {
		return "pkg:pypi/" + pypi(name)
	}
	return ""
}

// Script returns a first install script for the build system, or one that fails where the
// source has none that is known here.
func (s *Source) Script(name string) string {
	systems := s.Systems()
	begin := "#!/bin/sh\n# LOOK: say in a sentence what " + name + " is for.\n"
	if len(systems) == 0 {
		return begin + "set -eu\n\n# LOOK: the source has no build system that lfd add knows: write here how it is built,\n" +
			"# and installed into $LFS.\necho 'it is not written yet how " + name + " is built' >&2\nexit 1\n"
	}
	if len(systems) > 1 {
		var others []string
		for _, other := range systems[1:] {
			others = append(others, other.Name+" ("+other.File+")")
		}
		begin += "#\n# LOOK: built by " + systems[0].Name + "; it could be built by " + strings.Join(others, ", ") + ", too.\n"
	}
	return begin + "set -eu\n\n" + systems[0].script(s)
}

func configureScript(s *Source) string {
	options := []string{"--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var"}
	// One that is not made yet is Autoconf's; whether there are static libraries is not known.
	if strings.Contains(s.files["configure"], "--enable-static") {
		options = append(options, "--disable-static")
	}
	return "# LOOK: ./configure --help lists what can be chosen. Name here what is wanted and what is\n" +
		"# not: what configure finds on its own differs with what lies there.\n" +
		"./configure \\\n\t" + strings.Join(options, " \\\n\t") + "\nmake\nmake DESTDIR=\"$LFS\" install\n"
}

func ownConfigureScript(s *Source) string {
	install := "make DESTDIR=\"$LFS\" install\n"
	if file := s.makefile(); file != "" && !knowsDestdir(s.files[file]+s.files["Makefile.in"]) {
		install = "# LOOK: does its makefile know DESTDIR?\n" + install
	}
	return "# LOOK: this configure is not Autoconf's; ./configure --help may list what it takes.\n" +
		"./configure --prefix=/usr\nmake\n" + install
}

func mesonScript(*Source) string {
	return `mkdir build
cd build

# --buildtype=release     optimize
# --libdir=lib            not lib64, nor a folder for each machine
# --wrap-mode=nofallback  download nothing in place of what is missing
# LOOK: meson.options or meson_options.txt lists what can be chosen, by -D NAME=VALUE.
meson setup .. \
	--prefix=/usr \
	--libdir=lib \
	--buildtype=release \
	--wrap-mode=nofallback
ninja
DESTDIR="$LFS" ninja install
`
}

func cmakeScript(*Source) string {
	return `# CMAKE_BUILD_TYPE=Release  optimize
# CMAKE_INSTALL_LIBDIR      not lib64, nor a folder for each machine
# LOOK: cmake -B build -LH lists what can be chosen, by -D NAME=VALUE.
cmake -B build \
	-D CMAKE_INSTALL_PREFIX=/usr \
	-D CMAKE_INSTALL_LIBDIR=lib \
	-D CMAKE_BUILD_TYPE=Release
cmake --build build
DESTDIR="$LFS" cmake --install build
`
}

func pythonScript(s *Source) string {
	name := s.field("PKG-INFO", "Name")
	if name == "" {
		name = projectName(s.files["pyproject.toml"], s.files["setup.py"])
	}
	hint := ""
	if name == "" {
		name = "NAME"
		hint = "# LOOK: NAME below is to be the name that pip knows it by.\n"
	}
	return fmt.Sprintf(`# --no-build-isolation  build with the modules that are there, fetch none
# --no-compile          pip would note in each compiled file that it lay in $LFS; so
#                       they are made below, with the final names
# --ignore-installed    also where the same module is there already
%spip3 wheel -w dist --no-index --no-cache-dir --no-build-isolation --no-deps "$PWD"
pip3 install --root "$LFS" --prefix=/usr --no-index --no-cache-dir --no-deps --no-compile \
	--no-warn-script-location --ignore-installed --find-links dist %s
python3 -m compileall -q -s "$LFS" -p / "$LFS"/usr/lib/python3.*/site-packages
`, hint, name)
}

var (
	tomlName  = regexp.MustCompile(`(?m)^name\s*=\s*["']([A-Za-z0-9._-]+)["']`)
	setupName = regexp.MustCompile(`\bname\s*=\s*["']([A-Za-z0-9._-]+)["']`)
)

// projectName returns the name in the table [project] of pyproject.toml, or in setup.py.
func projectName(toml, setup string) string {
	_, table, _ := strings.Cut("\n"+toml, "\n[project]")
	table, _, _ = strings.Cut(table, "\n[")
	m := tomlName.FindStringSubmatch(table)
	if m == nil {
		m = setupName.FindStringSubmatch(setup)
	}
	if m == nil {
		return ""
	}
	return m[1]
}

var (
	destdir       = regexp.MustCompile(`\$[({]DESTDIR[)}]`)
	installTarget = regexp.MustCompile(`(?m)^(?:[A-Za-z0-9_ -]* )?install(?: [A-Za-z0-9_ -]*)?:`)
	subMake       = regexp.MustCompile(`\$[({]MAKE[)}]`)
	ownDestdir    = regexp.MustCompile(`(?mi)^\s*DESTDIR\s*[?:]*=.*prefix`) // it is called so, and is something else
)

// knowsDestdir reports whether a makefile installs below DESTDIR.
func knowsDestdir(text string) bool {
	return destdir.MatchString(text) && !ownDestdir.MatchString(text)
}

func makeScript(s *Source) string {
	text := s.files[s.makefile()]
	begin := "# LOOK: there is no configure. " + s.makefile() + " takes its settings as variables: see which there are.\n"
	where := ""
	for _, name := range []string{"prefix", "PREFIX"} {
		if regexp.MustCompile(`(?m)^\s*(?:export\s+)?` + name + `\s*[?:]*=|\$[({]` + name + `[)}]`).MatchString(text) {
			where = name
		}
	}
	below := knowsDestdir(text)
	if where == "" && !below && subMake.MatchString(text) {
		// Those of its folders know them, perhaps.
		where, below = "PREFIX", true
		begin += "# LOOK: it calls make in folders: do the makefiles there know PREFIX and DESTDIR?\n"
	}
	switch {
	case !installTarget.MatchString(text):
		return begin + "make\n\n# LOOK: it has no target install: install what it makes, by lines such as\n" + byHand
	case where == "" && !below:
		return begin + "make\n\n# LOOK: it knows neither PREFIX nor DESTDIR: install what it makes, by lines such as\n" + byHand
	case where == "":
		return begin + "make\nmake DESTDIR=\"$LFS\" install\n"
	case below:
		return begin + fmt.Sprintf("make %s=/usr\nmake %[1]s=/usr DESTDIR=\"$LFS\" install\n", where)
	}
	return begin + fmt.Sprintf("make %s=/usr\n\n# LOOK: it installs below no DESTDIR, so it is told to install into $LFS: does that get into\n"+
		"# what it installs?\nmake %[1]s=\"$LFS/usr\" install\n", where)
}

// byHand ends a script that does not install yet.
const byHand = `#   install -D -m 755 PROGRAM "$LFS/usr/bin/PROGRAM"
echo 'it is not written yet what is installed' >&2
exit 1
`
