package image

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	for flags, want := range map[string][]string{
		"":                                     {},
		"  --a  --b=c ":                        {"--a", "--b=c"},
		`--label "note=two words" --env='x y'`: {"--label", "note=two words", "--env=x y"},
		`a\ b '$WHERE' "c\"d"`:                 {"a b", "$WHERE", `c"d`},
	} {
		if got, err := Words(flags); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", flags, got, err)
		}
	}
	if got, err := Words(`"open`); err == nil {
		t.Errorf("got %q", got)
	}
}

func TestRunArguments(t *testing.T) {
	if got, want := RunArguments("lfd", []string{"--env", "A=b c"}, []string{"sh", "-c", "true"}), []string{"run", "--rm", "--env", "A=b c", "lfd", "sh", "-c", "true"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got, want := RunArguments("lfd", nil, nil), []string{"run", "--rm", "-it", "lfd", "/bin/sh"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
