package origins

import (
	"os"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	text, err := os.ReadFile("../../" + File)
	if err != nil {
		t.Fatal(err)
	}
	known, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	// zstd 1.5.7
	for _, o := range known["eb33e51f49a15e023950cd7825ca74a4a2b43db8354825ac24fc1b7ee09e6fa3"] {
		if o.Distribution == "Buildroot" && strings.HasPrefix(o.URL(), "https://github.com/buildroot/buildroot/blob/") && strings.HasSuffix(o.URL(), "/package/zstd/zstd.hash") {
			return
		}
	}
	t.Error("Buildroot's recipe of zstd is not there")
}

func TestForm(t *testing.T) {
	sum, commit := strings.Repeat("a", 64), strings.Repeat("b", 40)
	good := "# note\r\n" + sum + "\tA\ta/a\t" + commit + "\tx.hash\r\n"
	for text, want := range map[string]string{
		good:                     "",
		good + "x\n":             "docs/origins.tsv:3: ",
		sum + "\tA\ta/a\t-\tx\n": "docs/origins.tsv:1: ",
	} {
		known, err := Decode([]byte(text))
		if want == "" && (err != nil || len(known[sum]) != 1) || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: %v, %v", text, known, err)
		}
	}
}
