package config

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// answers is the list whose entries an overlay replaces as a whole: of what one answer says,
// nothing belongs to another.
const answers = "vulnerabilities"

// Lists of maps whose entries an overlay finds by their names, and lists of
// package names, which it can edit.
var (
	byName   = map[string]bool{"packages": true, "stages": true, "containers": true, "partitions": true, answers: true}
	editable = map[string]bool{"deps": true, "buildDeps": true, "lfsDeps": true, "checkParts": true, "checkDeps": true, "srcDeps": true, "replaces": true, "patches": true, "install": true, "lfsInstall": true, "packages": true}
)

// overlay puts the value over, which has the key, onto base: maps are merged
// key by key, packages, stages, containers, partitions and answers to vulnerabilities by
// their names, all else is replaced, and so is the rule of updates, of which each way
// excludes the others. A list of package names whose entries all begin with + or -
// edits the list below it.
func overlay(key string, base, over *value, diags *diag.List) *value {
	switch {
	case over.kind == yaml.MappingNode && base.kind == yaml.MappingNode && key != "update":
		merged := *base
		merged.keys = append([]string(nil), base.keys...)
		merged.fields, merged.keyLoc = map[string]*value{}, map[string]diag.Position{}
		for _, k := range base.keys {
			merged.fields[k], merged.keyLoc[k] = base.fields[k], base.keyLoc[k]
		}
		for _, k := range over.keys {
			if below, ok := merged.fields[k]; ok {
				merged.fields[k] = overlay(k, below, over.fields[k], diags)
			} else {
				merged.keys = append(merged.keys, k)
				merged.fields[k] = rejectEditMarks(k, over.fields[k], diags)
				merged.keyLoc[k] = over.keyLoc[k]
			}
		}
		return &merged
	case byName[key] && named(over) && named(base):
		merged := *base
		merged.list = append([]*value(nil), base.list...)
		index := map[string]int{}
		for i, item := range merged.list {
			index[item.name()] = i
		}
		for _, item := range over.list {
			if i, ok := index[item.name()]; ok && key == answers {
				merged.list[i] = rejectEditMarks("", item, diags)
				delete(index, item.name())
			} else if ok {
				merged.list[i] = overlay("", merged.list[i], item, diags)
				delete(index, item.name()) // the same name once more is a fault, and stays to be seen
			} else {
				merged.list = append(merged.list, rejectEditMarks("", item, diags))
			}
		}
		return &merged
	case editable[key] && edits(over) && base.kind == yaml.SequenceNode:
		return edit(base, over, diags)
	default:
		return rejectEditMarks(key, over, diags)
	}
}

// named reports whether the value is a list of maps that have names.
func named(v *value) bool {
	for _, item := range v.list {
		if item.name() == "" {
			return false
		}
	}
	return len(v.list) > 0
}

func (v *value) name() string {
	if v.kind != yaml.MappingNode || v.fields["name"] == nil {
		return ""
	}
	s, _ := v.fields["name"].scalar.(string)
	return s
}

// edits reports whether the value is a list of +name and -name.
func edits(v *value) bool {
	for _, item := range v.list {
		if !marked(item) {
			return false
		}
	}
	return len(v.list) > 0
}

func marked(v *value) bool {
	s, _ := v.scalar.(string)
	return strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-")
}

func edit(base, over *value, diags *diag.List) *value {
	merged := *base
	merged.comment = over.comment
	merged.list = append([]*value(nil), base.list...)
	merged.removed = append([]*value(nil), base.removed...)
	index := map[string]int{} // of what is in the list
	for i, item := range merged.list {
		index[item.word()] = i
	}
	hints := 0
	for _, item := range over.list {
		word := item.scalar.(string)
		at, present := index[word[1:]]
		switch {
		case word[0] == '+' && !present:
			added := *item
			added.scalar = word[1:]
			index[word[1:]] = len(merged.list)
			merged.list = append(merged.list, &added)
		case word[0] == '+':
			diags.Errorf(diag.EditNoEffect, item.loc, "%q is in the list already, at %s", word[1:], merged.list[at].loc)
		case !present:
			hint := ""
			if hints++; hints <= maxHints {
				hint = diag.Nearest(word[1:], slices.Sorted(maps.Keys(index))).Hint()
			}
			diags.Errorf(diag.EditNoEffect, item.loc, "%q is not in the list that this edits%s", word[1:], hint)
		default:
			gone := *item
			gone.scalar = word[1:]
			merged.removed = append(merged.removed, &gone)
			merged.list[at] = nil
			delete(index, word[1:])
		}
	}
	merged.list = slices.DeleteFunc(merged.list, func(item *value) bool { return item == nil })
	merged.removed = slices.DeleteFunc(merged.removed, func(gone *value) bool {
		_, back := index[gone.word()]
		return back
	})
	return &merged
}

// maxHints bounds the names that are compared with all others, to suggest one.
const maxHints = 100

// word returns the text of a list's entry, or its name.
func (v *value) word() string {
	if text, _ := v.scalar.(string); text != "" {
		return text
	}
	return v.name()
}

// rejectEditMarks reports entries that begin with + or - where there is no list below
// that they could edit.
func rejectEditMarks(key string, v *value, diags *diag.List) *value {
	for _, item := range v.list {
		if editable[key] && marked(item) {
			diags.Errorf(diag.EditMisplaced, item.loc, "%s: only an overlay's list can add with + and take away with -, and then all its entries must", quote(item.scalar))
		}
		rejectEditMarks("", item, diags)
	}
	for _, k := range v.keys {
		rejectEditMarks(k, v.fields[k], diags)
	}
	return v
}
