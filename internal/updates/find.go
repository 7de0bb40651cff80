package updates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"time"
)

// find returns all versions that the place of a rule has, and that place.
func (f *finder) find(ctx context.Context, s Source) (found []string, where string, err error) {
	switch r := s.Rule; {
	case r.Git != "":
		found, err = f.tags(ctx, s)
		return found, r.Git, err
	case r.Listing != "":
		found, err = f.listing(ctx, s)
		return found, r.Listing, err
	case r.Monitor != "":
		where = f.Options.Monitor + "/project/" + r.Monitor + "/"
		found, err = f.monitor(ctx, r.Monitor)
		return found, where, err
	case r.Debian != "":
		files, err := f.Options.Debian.Files(ctx, r.Debian, f.Log)
		for _, file := range files {
			found = append(found, Upstream(file.Version))
		}
		return found, "https://tracker.debian.org/pkg/" + r.Debian, err
	}
	return nil, "", errors.New("the rule says nowhere to look")
}

// version is what counts as one, in names of tags and of files.
const version = `([0-9](?:[0-9A-Za-z._+~-]*[0-9A-Za-z])?)`

// tag is how tags are named where the rule does not say it: v1.2, release-1.2, R_1_2, 1.2.
var tag = regexp.MustCompile(`^(?:[A-Za-z][0-9A-Za-z+]*?[A-Za-z+]?[-_./])*[vVrR]?` + version + `$`)

// compile returns the pattern of a rule, or another one where it has none. Rules were checked.
func compile(pattern string, otherwise func() (*regexp.Regexp, error)) (*regexp.Regexp, error) {
	if pattern == "" {
		return otherwise()
	}
	return regexp.Compile("^(?:" + pattern + ")$")
}

// tags asks git for the tags of a repository.
func (f *finder) tags(ctx context.Context, s Source) (found []string, err error) {
	name, err := compile(s.Rule.Pattern, func() (*regexp.Regexp, error) { return tag, nil })
	if err != nil {
		return nil, err
	}
	var out []byte
	err = f.patiently(ctx, s.Rule.Git, func(ctx context.Context) (time.Duration, error) {
		var err error
		out, err = lsRemote(ctx, s.Rule.Git)
		if err != nil && !passing.MatchString(err.Error()) {
			return never, err
		}
		return 0, err
	})
	for line := range strings.Lines(string(out)) {
		_, ref, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if m := name.FindStringSubmatch(strings.TrimPrefix(ref, "refs/tags/")); m != nil {
			found = append(found, dots(m[1]))
		}
	}
	return found, err
}

// passing is what git says of faults that may be gone the next time.
var passing = regexp.MustCompile(`returned error: (?:408|429|5\d\d)|Connection reset|early EOF|unexpected disconnect|Empty reply`)

// lsRemote runs git. It asks nobody for a password, and follows no address but of the web.
func lsRemote(ctx context.Context, repository string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", "-c", "credential.helper=", "-c", "protocol.allow=never",
		"-c", "protocol.http.allow=always", "-c", "protocol.https.allow=always",
		"ls-remote", "--tags", "--refs", "--", repository)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=")
	cmd.WaitDelay = 5 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	if text := strings.TrimSpace(complaints.String()); text != "" {
		line, _, _ := strings.Cut(text, "\n")
		err = errors.New("git: " + strings.TrimPrefix(line, "fatal: "))
	}
	return nil, err
}

// link finds the links of a page.
var link = regexp.MustCompile(`(?i)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)

// listing reads the links of a page.
func (f *finder) listing(ctx context.Context, s Source) (found []string, err error) {
	name, err := compile(s.Rule.Pattern, func() (*regexp.Regexp, error) { return fileName(s) })
	if err != nil {
		return nil, err
	}
	text, _, err := f.get(ctx, s.Rule.Listing)
	if err != nil {
		return nil, err
	}
	for _, m := range link.FindAllSubmatch(text, -1) {
		for _, last := range lastParts(html.UnescapeString(string(bytes.Join(m[1:], nil)))) {
			if m := name.FindStringSubmatch(last); m != nil {
				found = append(found, dots(m[1]))
				break
			}
		}
	}
	return found, nil
}

// lastParts returns the last parts of a link's path, the very last first: of a folder with its
// slash, and of addresses such as x-1.tar.gz/download both.
func lastParts(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return nil
	}
	slash := ""
	if strings.HasSuffix(u.Path, "/") {
		slash = "/"
	}
	whole := path.Clean(u.Path)
	return []string{path.Base(whole) + slash, path.Base(path.Dir(whole))}
}

// fileName returns a pattern for the names of a source's file in all versions.
func fileName(s Source) (*regexp.Regexp, error) {
	before, after, ok := strings.Cut(s.File, s.Version)
	if s.Version == "" || !ok {
		return nil, fmt.Errorf("the name of the file, %s, does not have the version %s in it: give the rule a pattern", s.File, s.Version)
	}
	return regexp.Compile("^" + regexp.QuoteMeta(before) + version + regexp.QuoteMeta(after) + "$")
}

// monitor asks release-monitoring.org for the versions of a project.
func (f *finder) monitor(ctx context.Context, project string) ([]string, error) {
	text, _, err := f.get(ctx, f.Options.Monitor+"/api/v2/versions/?project_id="+project)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Stable []string `json:"stable_versions"`
		All    []string `json:"versions"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("the answer is not what its API gave until now: %w", err)
	}
	var found []string
	for _, v := range append(answer.Stable, answer.All...) {
		found = append(found, dots(v))
	}
	return found, nil
}

// dots writes a version of a tag or a file as others are: 2_8_3 is 2.8.3.
func dots(version string) string { return strings.ReplaceAll(version, "_", ".") }

var (
	debianAdds = regexp.MustCompile(`[+~.-](?:dfsg|ds|repack|debian)[0-9.+~-]*$`)
	really     = regexp.MustCompile(`^.*\+really`)
)

// Upstream returns the authors' version of one of Debian, without the marks of what Debian has
// left out of the archive.
func Upstream(debian string) string {
	return debianAdds.ReplaceAllString(really.ReplaceAllString(debian, ""), "")
}
