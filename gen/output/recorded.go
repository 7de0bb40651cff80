package output

import (
	"regexp"
	"strings"

	"github.com/linux-from-docker/lfd/internal/plan"
)

var (
	argument = regexp.MustCompile(`^ARG [A-Z0-9_]+_URL=(\S+)$`)
	download = regexp.MustCompile(`^ADD (?:--checksum=sha256:([0-9a-f]{64}) )?(\S+) /\S+$`)
	echoed   = regexp.MustCompile(`^RUN --network=none echo '([0-9a-f]{128})  /`)
)

// Recorded returns the urls that the Dockerfile in the output folder has for each
// checksum: those of the last run. It returns none where there is no such file of lfdgen's.
func Recorded(dir string) map[string][]string {
	root, err := openRoot(dir)
	if err != nil {
		return nil
	}
	defer root.Close()
	text, err := readFile(root, plan.Dockerfile)
	if err != nil || !Marked(text) {
		return nil // what is wrong with it is said when it is written
	}
	urls := map[string][]string{}
	arg, url := "", ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if m := argument.FindStringSubmatch(line); m != nil {
			arg = m[1]
		} else if m := download.FindStringSubmatch(line); m != nil {
			if url = m[2]; strings.HasPrefix(url, "${") {
				url = arg
			}
			if m[1] != "" {
				urls[m[1]] = append(urls[m[1]], url)
			}
		} else if m := echoed.FindStringSubmatch(line); m != nil {
			urls[m[1]] = append(urls[m[1]], url)
		}
	}
	return urls
}
