package vendoring

import (
	"errors"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// A strict run says why a signature could not be had: all of it, not its first line.
func TestSignatureMissing(t *testing.T) {
	t.Chdir("testdata/rules/signature-missing")
	cfg, diags, err := config.Load(".", []string{"config.yaml"})
	if err != nil || cfg == nil {
		t.Fatal(err, diags)
	}
	p, _ := plan.Resolve(cfg)
	why := map[string]error{"zlib": errors.New("zlib: cannot get signature\n  https://example.org/: refused\n  the mirror: 404")}
	for _, strict := range []bool{false, true} {
		v := &vendor{Options: Options{Files: []string{"config.yaml"}, Output: ".", Strict: strict}.withDefaults(), plan: p}
		var found diag.List
		good, without := v.verifySignatures(why, &found)
		if len(good) != 0 || len(without) != 1 || (len(found) == 1) != strict {
			t.Errorf("strict %v: %v hold, %v are not there, %v", strict, good, without, found)
		}
		const want = "the signature of zlib-1.3.tar.gz is not there, and so not verified: zlib: cannot get signature; https://example.org/: refused; the mirror: 404"
		if strict && found[0].Message != want {
			t.Errorf("it says %q", found[0].Message)
		}
	}
}
