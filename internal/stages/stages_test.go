package stages

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	const text = `# check=skip=X
ARG LFS=/mnt/lfs

FROM debian:13 AS Host
ENV A=1 \
    # between
    B=2

# ====
# one
# ====

FROM Host AS one-build
RUN --network=none \
    --mount=type=bind,from=src,source=/a,target=/b,rw \
    /bin/sh /src/package.sh one -
# of theirs
RUN <<EOF cat <<-'END'
FROM evil AS two
	EOF
EOF
FROM evil AS three
	END
COPY --from=x --chmod=755 <<"END" /src/
FROM evil
END
RUN echo "<<EOF" '<<END' 3<<<x
FROM scratch as last
COPY --from=one-build /mnt/lfs/ /

FROM last
`
	got := Parse([]byte(text))
	var names []string
	for _, s := range got {
		names = append(names, s.Name+" of "+s.From)
	}
	if want := []string{"Host of debian:13", "one-build of Host", "last of scratch", " of last"}; !reflect.DeepEqual(names, want) {
		t.Fatalf("got %q", names)
	}
	if want := "FROM debian:13 AS Host\nENV A=1 \\\n    # between\n    B=2\n"; got[0].Text != want {
		t.Errorf("got %q", got[0].Text)
	}
	if env := got[0].Instructions[0]; env.Keyword != "ENV" || env.Args != "A=1     B=2" {
		t.Errorf("got %+v", env)
	}
	one := got[1].Instructions
	if len(one) != 4 || one[0].Args != "/bin/sh /src/package.sh one -" || one[0].Flags[0] != "--network=none" {
		t.Fatalf("got %+v", one)
	}
	if want := []Mount{{"type": "bind", "from": "src", "source": "/a", "target": "/b", "rw": ""}}; !reflect.DeepEqual(one[0].Mounts(), want) {
		t.Errorf("got %v", one[0].Mounts())
	}
	if want := "# of theirs\nRUN <<EOF cat <<-'END'\nFROM evil AS two\n\tEOF\nEOF\nFROM evil AS three\n\tEND\n"; one[1].Text != want {
		t.Errorf("got %q", one[1].Text)
	}
	if want := "FROM evil AS two\n\tEOF\nEOF\nFROM evil AS three\n\tEND\n"; one[1].Documents != want || one[1].Args != "<<EOF cat <<-'END'" {
		t.Errorf("got %q, %q", one[1].Documents, one[1].Args)
	}
	if one[2].Flag("from") != "x" || one[2].Flag("chown") != "" {
		t.Errorf("got %+v", one[2])
	}
	if uses := slices.Sorted(maps.Keys(Uses(got, "LAST"))); !slices.Equal(uses, []string{"Host", "last", "one-build"}) {
		t.Errorf("got %q", uses)
	}
	if s, ok := Find(got, "host"); !ok || s.Name != "Host" {
		t.Error("it does not find host")
	}
	if _, ok := Find(got, ""); ok {
		t.Error("it finds a stage without a name")
	}
}

// A file that ends in the middle of an instruction, or of a here-document, is read to its end.
func TestParseBroken(t *testing.T) {
	for text, want := range map[string]string{
		"FROM a AS b\nRUN x \\":                            "FROM a AS b\nRUN x \\",
		"FROM a AS b\nRUN <<END\nx\n":                      "FROM a AS b\nRUN <<END\nx\n",
		"FROM a AS b\r\nRUN x \\\r\n  y\r\n\r\nFROM c\r\n": "FROM a AS b\r\nRUN x \\\r\n  y\r\n",
	} {
		if got := Parse([]byte(text))[0].Text; got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := Parse([]byte("# nothing\nARG a\n")); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

func TestSources(t *testing.T) {
	for args, want := range map[string][]string{
		"a b/ ./":                     {"a", "b/"},
		`["a b", "c", "/d/"]`:         {"a b", "c"},
		`"a b" c\ d 'e' .`:            {"a b", "c d", "e"},
		"<<EOF a <<-'X' /etc/":        {"a"},
		"only":                        {},
		"https://example.org/a.tgz /": {"https://example.org/a.tgz"},
	} {
		i := Parse([]byte("FROM x\nCOPY " + args + "\n"))[0].Instructions[0]
		if got := i.Sources(); !slices.Equal(got, want) {
			t.Errorf("%s: %q", args, got)
		}
	}
}
