package records

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/buildx"
)

// Client asks the builder for what it keeps of builds; a [buildx.Client] does.
type Client interface {
	Logs(ctx context.Context, id string, status func(buildx.Status)) error
	Attachment(ctx context.Context, id, mediaType string) ([]byte, error)
}

// Choose returns the builds of a system, those of this checkout first, the newest of them
// at the front: a cache that checkouts share may hold what another one built. Builds are
// named after the checkout's folder and the Dockerfile's: lfd/quickstart/generated (target).
func Choose(all []buildx.Record, checkout, folder string) []buildx.Record {
	var own, others []buildx.Record
	dockerfile := path.Join(filepath.ToSlash(folder), "generated")
	for _, b := range all {
		name, _, _ := strings.Cut(b.Name, " (")
		root, rest, _ := strings.Cut(name, "/")
		switch {
		case rest != dockerfile:
		case root == checkout:
			own = append(own, b)
		default:
			others = append(others, b)
		}
	}
	newest := func(a, b buildx.Record) int { return b.Created.Compare(a.Created) }
	slices.SortFunc(own, newest)
	slices.SortFunc(others, newest)
	return append(own, others...)
}

// Load reads the records of builds.
func Load(ctx context.Context, client Client, builds []buildx.Record) ([]Record, error) {
	var records []Record
	for _, b := range builds {
		var r reader
		if err := client.Logs(ctx, b.ID(), r.status); err != nil {
			return nil, err
		}
		// Of a build that was broken off, a step that ended after it was interrupted. BuildKit
		// may record that as a success.
		for i, v := range r.record {
			if b.Status != "Completed" && v.Completed != nil && v.Completed.After(b.Completed) {
				r.record[i].Completed = nil
			}
		}
		records = append(records, r.record)
	}
	return records, nil
}

// LoadUsage reads how busy the machine was during builds. BuildKit keeps nothing of it
// for builds that failed.
func LoadUsage(ctx context.Context, client Client, builds []buildx.Record) ([][]Usage, error) {
	var all [][]Usage
	for _, b := range builds {
		if b.Status != "Completed" {
			continue
		}
		provenance, err := client.Attachment(ctx, b.ID(), "https://slsa.dev/provenance/v1")
		if err != nil {
			return nil, err
		}
		usage, err := ReadUsage(bytes.NewReader(provenance))
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", b.ID(), err)
		}
		all = append(all, usage)
	}
	return all, nil
}
