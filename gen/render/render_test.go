package render

import (
	"context"
	"strings"
	"testing"
)

func TestTemplateFunctions(t *testing.T) {
	for function, use := range map[string]string{
		"env":              `{{ env.Getenv "HOME" }}`,
		"getenv":           `{{ getenv "HOME" }}`,
		"time":             `{{ time.Now }}`,
		"random":           `{{ random.Number }}`,
		"uuid":             `{{ uuid.V4 }}`,
		"net":              `{{ net.LookupIP "localhost" }}`,
		"file":             `{{ file.Read "/etc/hostname" }}`,
		"filepath":         `{{ filepath.Abs "x" }}`,
		"sockaddr":         `{{ sockaddr.GetPrivateIP }}`,
		"crypto":           `{{ crypto.Bcrypt "x" }}`,
		"aws":              `{{ aws.EC2Region }}`,
		"gcp":              `{{ gcp.Meta "id" }}`,
		"datasource":       `{{ datasource "x" }}`,
		"ds":               `{{ ds "x" }}`,
		"include":          `{{ include "x" }}`,
		"defineDatasource": `{{ defineDatasource "x" "env:///HOME" }}`,
		"jq":               `{{ jq "now" . }}`,
		"coll.JQ":          `{{ coll.JQ "now" . }}`,
	} {
		text, err := render(context.Background(), "x.tmpl", "# Written\n"+use, nil)
		if err == nil || !strings.Contains(err.Error(), function+" is not available") {
			t.Errorf("%s gives %q, %v", use, text, err)
		}
	}
	for use, want := range map[string]string{
		`{{ strings.ToUpper "a" }}`:                                    "A",
		`{{ range (coll.Sort (coll.Slice "b" "a")) }}{{ . }}{{ end }}`: "ab",
		`{{ math.Add 1 2 }}`:                                           "3",
		`{{ tpl "{{ 1 }}" }}`:                                          "1",
		`{{ word "a" }} {{ word "it's" }}`:                             `a 'it'\''s'`,
		`{{ hcl "a\"${b}%{c}" }}`:                                      `"a\"$${b}%%{c}"`,
	} {
		got, err := render(context.Background(), "x.tmpl", use, nil)
		if err != nil || string(got) != want+"\n" {
			t.Errorf("%s gives %q, %v", use, got, err)
		}
	}
}
