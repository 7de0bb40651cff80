package config

import (
	"reflect"

	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/diag"
)

var metaType = reflect.TypeFor[Meta]()

// decode fills the struct that target points to and notes where each field
// stands. The value has the structure that the schema wants; a number where a
// text should be, or a text where a list of texts should be, was reported and
// is taken for what was meant.
func decode(v *value, target reflect.Value) {
	meta := Meta{own: v.loc, fields: map[string]diag.Position{}, blocks: map[string]bool{}, comments: map[string]string{"": v.comment}, removed: map[string]map[string]diag.Position{}}
	t := target.Type()
	for i := range t.NumField() {
		if t.Field(i).Type == metaType {
			target.Field(i).Set(reflect.ValueOf(meta))
			continue
		}
		key := t.Field(i).Tag.Get("yaml")
		item, ok := v.fields[key]
		if key == "-" || !ok || (item.kind == yaml.ScalarNode && item.scalar == nil) {
			continue
		}
		meta.fields[key] = item.loc
		meta.blocks[key] = item.block
		if item.comment != "" {
			meta.comments[key] = item.comment
		}
		for _, gone := range item.removed {
			if meta.removed[key] == nil {
				meta.removed[key] = map[string]diag.Position{}
			}
			meta.removed[key][gone.string()] = gone.loc
		}
		decodeField(item, target.Field(i), key, meta)
	}
}

func decodeField(v *value, field reflect.Value, key string, meta Meta) {
	switch field.Kind() {
	case reflect.String:
		field.SetString(v.string())
	case reflect.Bool:
		on, _ := v.scalar.(bool)
		field.SetBool(on)
	case reflect.Int:
		number, _ := v.scalar.(int64)
		field.SetInt(number)
	case reflect.Struct:
		if v.kind == yaml.ScalarNode { // a patch by its name alone
			field.FieldByName("Name").SetString(v.string())
			field.FieldByName("Meta").Set(reflect.ValueOf(Meta{own: v.loc}))
			return
		}
		decode(v, field)
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		decodeField(v, field.Elem(), key, meta)
	case reflect.Slice:
		items := v.list
		if v.kind == yaml.ScalarNode {
			items = []*value{v}
		}
		field.Set(reflect.MakeSlice(field.Type(), len(items), len(items)))
		for i, item := range items {
			meta.fields[indexed(key, i)] = item.loc
			decodeField(item, field.Index(i), key, meta)
		}
	}
}

// string returns a scalar's text.
func (v *value) string() string {
	if s, ok := v.scalar.(string); ok {
		return s
	}
	return v.raw
}
