package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/schema"
)

var compiled = sync.OnceValues(func() (*gojsonschema.Schema, error) {
	return gojsonschema.NewSchema(gojsonschema.NewBytesLoader(schema.Editor()))
})

var document = sync.OnceValues(func() (map[string]any, error) {
	var d map[string]any
	return d, json.Unmarshal(schema.Editor(), &d)
})

// checkSchema reports what the schema has against the value, each finding at
// the place of the node that it is about. The value is usable when its
// structure is right, or can be taken for right: an unknown key that is very
// like a known one is renamed, in the value, and what is under it checked too.
func checkSchema(v *value, diags *diag.List) (usable bool, err error) {
	s, err := compiled()
	if err != nil {
		return false, fmt.Errorf("the schema of lfdgen does not compile: %w", err)
	}
	c := checker{root: v, diags: diags, usable: true}
	for range 2 {
		result, err := s.Validate(gojsonschema.NewGoLoader(v.generic()))
		if err != nil {
			return false, fmt.Errorf("the schema cannot be applied: %w", err)
		}
		c.renamed = false
		for _, e := range result.Errors() {
			c.describe(e)
		}
		if !c.renamed {
			break
		}
	}
	return c.usable, nil
}

type checker struct {
	root    *value
	diags   *diag.List
	usable  bool
	renamed bool
}

const separator = "\x00"

func (c *checker) describe(e gojsonschema.ResultError) {
	steps := strings.Split(e.Context().String(separator), separator)[1:]
	v := c.root
	for _, step := range steps {
		if i, err := strconv.Atoi(step); err == nil && v.list != nil {
			v = v.list[i]
		} else {
			v = v.fields[step]
		}
	}
	rule, _ := document()
	rule = descend(rule, steps)
	property, _ := e.Details()["property"].(string)
	switch e.Type() {
	case "additional_property_not_allowed":
		var known []string
		for name := range asMap(rule["properties"]) {
			known = append(known, name)
		}
		sort.Strings(known)
		meant := diag.Nearest(property, known)
		c.diags.Errorf(diag.KeyUnknown, v.keyLoc[property], "unknown key%s; notes go under keys that begin with x-", meant.Hint())
		c.rename(v, property, string(meant))
	case "required":
		c.diags.Errorf(diag.KeyMissing, v.loc, "%s is missing", property)
		c.usable = false
	case "invalid_type":
		if len(steps) > 1 && steps[len(steps)-2] == "patches" {
			return // number_any_of tells of both types
		}
		expected, hint := fmt.Sprint(e.Details()["expected"]), ""
		written := v.kind == yaml.ScalarNode && v.scalar != nil
		if written && strings.Contains(expected, "string") {
			hint = "; write it in quotes"
		} else if !written || !strings.Contains(expected, "array") {
			c.usable = false
		}
		c.diags.Errorf(diag.ValueType, v.loc, "must be %s, not %s%s", article(expected), article(e.Details()["given"]), hint)
	case "pattern":
		c.diags.Errorf(diag.ValueFormat, v.loc, "%s: %v", quote(v.scalar), rule["patternErrorMessage"])
	case "enum":
		c.diags.Errorf(diag.ValueUnknown, v.loc, "%s: must be one of %s", quote(v.scalar), list(rule["enum"]))
	case "string_lte":
		c.diags.Errorf(diag.ValueFormat, v.loc, "%s: longer than %v characters", quote(v.scalar), rule["maxLength"])
	case "number_gte", "number_lte":
		c.diags.Errorf(diag.ValueFormat, v.loc, "%s: must be from %v to %v", quote(v.scalar), rule["minimum"], rule["maximum"])
	case "array_max_items":
		c.diags.Errorf(diag.LimitExceeded, v.loc, "has %d entries, more than the %v that lfdgen takes", len(v.list), rule["maxItems"])
		c.usable = false
	case "number_any_of":
		if v.kind == yaml.MappingNode || (v.kind == yaml.ScalarNode && v.text) {
			return // the rules of the map, and the pattern of the text, say it better
		}
		c.diags.Errorf(diag.ValueType, v.loc, "must be a name, or a map with name and cmd")
		c.usable = false
	default:
		c.diags.Errorf(diag.ValueFormat, v.loc, "%s", e.Description())
		c.usable = false
	}
}

// rename takes an unknown key for the known one that was meant.
func (c *checker) rename(v *value, from, to string) {
	if _, ok := v.fields[to]; ok || to == "" {
		c.usable = false
		return
	}
	v.fields[to] = v.fields[from]
	v.keyLoc[to] = v.keyLoc[from]
	v.keys[slices.Index(v.keys, from)] = to
	delete(v.fields, from)
	delete(v.keyLoc, from)
	c.renamed = true
}

// descend finds the part of the schema that rules the value at the steps.
func descend(rule map[string]any, steps []string) map[string]any {
	root := rule
	for i, step := range steps {
		if next := asMap(asMap(rule["properties"])[step]); next != nil {
			rule = next
		} else {
			rule = asMap(rule["items"])
		}
		rule = deref(root, rule)
		if options, ok := rule["anyOf"].([]any); ok && i < len(steps)-1 {
			rule = deref(root, asMap(options[len(options)-1])) // a patch's map form
		} else if ok {
			merged := map[string]any{}
			for _, o := range options {
				for k, x := range deref(root, asMap(o)) {
					merged[k] = x
				}
			}
			rule = merged
		}
	}
	return rule
}

func deref(root, rule map[string]any) map[string]any {
	for {
		ref, ok := rule["$ref"].(string)
		if !ok {
			return rule
		}
		rule = root
		for _, key := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			rule = asMap(rule[key])
		}
	}
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func article(v any) string {
	switch t := strings.Split(strings.Trim(fmt.Sprint(v), "[]"), ",")[0]; t {
	case "array":
		return "a list"
	case "object":
		return "a map"
	case "integer", "number":
		return "a number"
	case "boolean":
		return "true or false"
	case "null":
		return "empty"
	default:
		return "a " + t
	}
}

// quote shows a value in a message, on one line and not too long.
func quote(v any) string {
	s := fmt.Sprint(v)
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:57], "") + "..."
	}
	return strconv.Quote(s)
}

func list(v any) string {
	var words []string
	for _, w := range v.([]any) {
		words = append(words, fmt.Sprint(w))
	}
	return strings.Join(words, ", ")
}
