package origins

import (
	"os"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Chdir(t.TempDir())
	sum, commit := strings.Repeat("a", 64), strings.Repeat("b", 40)
	good := "# note\r\n" + sum + "\tA\ta/a\t" + commit + "\tx.hash\r\n"
	for text, want := range map[string]string{
		good:                     "",
		good + "x\n":             "origins.tsv:3: ",
		sum + "\tA\ta/a\t-\tx\n": "origins.tsv:1: ",
	} {
		if err := os.WriteFile(Beside, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		known, err := Read(Beside, Beside)
		if want == "" && (err != nil || len(known[sum]) != 2) || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: %v, %v", text, known, err)
		}
		if want == "" && known[sum][0].URL() != "https://github.com/a/a/blob/"+commit+"/x.hash" {
			t.Error(known[sum])
		}
	}
}
