package plan

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/linux-from-docker/lfd/schema"
)

// The schema takes the types of partitions that the plan knows, and no others.
func TestPartitionTypes(t *testing.T) {
	var s struct {
		Definitions map[string]struct {
			Properties map[string]struct {
				Enum []string
			}
		}
	}
	if err := json.Unmarshal(schema.JSON, &s); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range partitionTypes {
		names = append(names, p.name)
	}
	if enum := s.Definitions["partition"].Properties["type"].Enum; !slices.Equal(enum, names) {
		t.Errorf("the schema has %q, and the plan %q", enum, names)
	}
}
