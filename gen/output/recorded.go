package output

import (
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// Recorded returns the urls of the last run by checksum, from the list of sources that it
// wrote into the output folder. It returns none where there is no such list of lfdgen's, as
// in a folder that an older lfdgen has written.
func Recorded(dir string) map[string][]string {
	root, err := openRoot(dir)
	if err != nil {
		return nil
	}
	defer root.Close()
	text, err := readFile(root, plan.SourcesFile)
	if err != nil || !plan.Marked(text) {
		return nil // what is wrong with it is said when it is written
	}
	list, err := document.ReadSources(text)
	if err != nil {
		return nil // as it is then out of date, which check says, and generate mends
	}
	urls := map[string][]string{}
	for _, s := range list.Sources {
		for _, sum := range []string{s.SHA256, s.SHA512} {
			if sum != "" {
				urls[sum] = append(urls[sum], s.URL)
			}
		}
	}
	return urls
}
