package statement

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	vsa "github.com/in-toto/attestation/go/predicates/vsa/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

var (
	here  = strings.Repeat("1f", 32)
	there = strings.Repeat("2e", 32)
)

func run(built ...string) Run {
	r := Run{
		System: "sys", Platform: "linux/amd64", Commit: strings.Repeat("c", 40), Host: "debian:trixie-slim", Builder: "BuildKit v1",
		Machine: inventory.Machine{Processors: 2, OS: "linux", Arch: "amd64"}, Kernel: "6.1", Rebuilt: true,
		Variations: []Variation{{Name: "umask", Usual: "0022", Here: "0077"}, {Name: "date", Why: "it is the machine's"}},
	}
	for i, digest := range built {
		r.Comparisons = append(r.Comparisons, Comparison{Name: "p" + string(rune('a'+i)), Key: there, Locked: here, Built: digest})
	}
	return r
}

func encoded(t *testing.T, r Run) []byte {
	t.Helper()
	text, err := New(r, "sys/lfd.lock", here, time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The field's own library reads what we write.
func TestForm(t *testing.T) {
	for _, c := range []struct {
		run    Run
		result string
		levels []string
	}{{run(here, here), Passed, []string{"LFD_REPRODUCED"}}, {run(here, there), Failed, []string{"FAILED"}}} {
		text := encoded(t, c.run)
		var s intoto.Statement
		if err := protojson.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		var parts struct{ Predicate json.RawMessage }
		if err := json.Unmarshal(text, &parts); err != nil {
			t.Fatal(err)
		}
		var summary vsa.VerificationSummary
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(parts.Predicate, &summary); err != nil {
			t.Fatal(err)
		}
		if summary.GetVerificationResult() != c.result || !slices.Equal(summary.GetVerifiedLevels(), c.levels) ||
			summary.GetTimeVerified().AsTime() != time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC) {
			t.Error(&summary)
		}
		read, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := read.Encode(); err != nil || string(again) != string(text) {
			t.Errorf("%v: written again it is\n%s", err, again)
		}
	}
}

func TestDecode(t *testing.T) {
	good := string(encoded(t, run(here, there)))
	for _, c := range []struct{ old, new, want string }{
		{good, "no", "it is no statement: "},
		{good, "{}", `it is no statement: its _type is "", not`},
		{PredicateType, "https://slsa.dev/provenance/v1", "it states another thing: "},
		{Failed, Passed, "its parts do not say the same"},
		{`"` + Algorithm + `": "` + there, `"` + Algorithm + `": "` + here, "its parts do not say the same"},
		{"sys/linux/amd64/pa", "sys/linux/amd64/px", "its parts do not say the same"},
		{`"rebuilt": true`, `"Rebuilt": true`, "not as lfd verify writes it"},
		{`"subject": [`, `"Subject": [], "subject": [`, "not as lfd verify writes it"},
		{`"name": "pb"`, `"name": "pa"`, `its comparison of "pa" is there twice`},
		{`"key": "` + there, `"key": "`, `its comparison of "pa" is there twice, or has no digests`},
	} {
		if !strings.Contains(good, c.old) {
			t.Errorf("there is no %q", c.old)
			continue
		}
		_, err := Decode([]byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.want, err)
		}
	}
	// A digest that is none, in both places.
	if _, err := Decode(encoded(t, run(strings.ToUpper(here)))); err == nil {
		t.Error("a digest of capital letters is taken")
	}
}

// Signatures are those of the ordinary tools.
func TestRead(t *testing.T) {
	dir, keys := t.TempDir(), t.TempDir()
	tool := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	put := func(name string, text []byte) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var allowed []byte
	for _, who := range []string{"ann", "bob", "eve"} {
		tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(keys, who))
		key, err := os.ReadFile(filepath.Join(keys, who+".pub"))
		if err != nil {
			t.Fatal(err)
		}
		if who != "eve" {
			allowed = append(allowed, who+" "+string(key)...)
			allowed = append(allowed, who+"-again "+string(key)...)
		}
	}
	signers := Signers{SSH: filepath.Join(keys, "allowed"), Minisign: filepath.Join(keys, "minisign")}
	if err := os.WriteFile(signers.SSH, allowed, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(signers.Minisign, 0o755); err != nil {
		t.Fatal(err)
	}
	for who, folder := range map[string]string{"dan": signers.Minisign, "mallory": keys} {
		tool("minisign", "-G", "-W", "-p", filepath.Join(folder, who+".pub"), "-s", filepath.Join(keys, who+".key"))
	}
	sign := func(who, file string, namespace string) {
		tool("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", filepath.Join(keys, who), file)
	}
	good, bad := encoded(t, run(here, here)), encoded(t, run(here, there))
	for name, who := range map[string]string{"1-ann": "ann", "2-ann-later": "ann", "3-eve": "eve"} {
		sign(who, put(name+".json", good), Namespace)
	}
	sign("bob", put("4-bob.json", bad), Namespace)
	sign("bob", put("5-other-namespace.json", good), "git")
	sign("bob", put("6-changed.json", good), Namespace)
	put("6-changed.json", bad)
	put("7-unsigned.json", good)
	sign("bob", put("8-no-statement.json", []byte("{}")), Namespace)
	for name, who := range map[string]string{"9-dan": "dan", "A-mallory": "mallory"} {
		tool("minisign", "-S", "-W", "-s", filepath.Join(keys, who+".key"), "-m", put(name+".json", good))
	}
	all, problems, err := Read(t.Context(), dir, signers)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range all {
		names = append(names, strings.TrimSuffix(filepath.Base(s.File), ".json")+" "+s.By)
	}
	if want := []string{"1-ann ann", "2-ann-later ann", "4-bob bob", "9-dan dan"}; !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	reasons := map[string]string{
		"3-eve": "is of none of the signers", "5-other-namespace": "does not fit the text", "6-changed": "does not fit the text",
		"7-unsigned": "it is not signed", "8-no-statement": "it is no statement", "A-mallory": "fits none of the keys",
	}
	for _, p := range problems {
		name := strings.TrimSuffix(filepath.Base(p.File), ".json")
		if want := reasons[name]; want == "" || !strings.Contains(p.Text, want) {
			t.Errorf("%s: %s", name, p.Text)
		}
		delete(reasons, name)
	}
	if len(reasons) > 0 {
		t.Errorf("taken: %q", slices.Sorted(maps.Keys(reasons)))
	}
	if said := Said(all, "sys/linux/amd64/pb"); len(said) != 2 || !slices.Equal(said[here], []Witness{{"ann", true}, {"dan", true}}) || !slices.Equal(said[there], []Witness{{"bob", true}}) {
		t.Errorf("got %v", said)
	}
	// Who has said two things means the later one.
	later := New(run(here, here), "sys/lfd.lock", here, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	if said := Said(append(all, Signed{"later", "bob", later}), "sys/linux/amd64/pb"); len(said) != 1 || len(said[here]) != 3 {
		t.Errorf("got %v", said)
	}
	// Signed in both ways it is one statement of one signer.
	both := t.TempDir()
	for _, name := range []string{"9-dan.json", "9-dan.json.minisig"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(both, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sign("ann", filepath.Join(both, "9-dan.json"), Namespace)
	if all, _, err := Read(t.Context(), both, signers); err != nil || len(all) != 1 || len(Said(all, "sys/linux/amd64/pb")[here]) != 1 {
		t.Error(all, err)
	}
	// Without keys nothing counts, whoever has signed it.
	if all, _, err := Read(t.Context(), dir, Signers{}); err != nil || len(all) > 0 {
		t.Error(all, err)
	}
	if _, _, err := Read(t.Context(), filepath.Join(dir, "none"), signers); err == nil {
		t.Error("a folder that is not there is read")
	}
	if _, _, err := Read(t.Context(), dir, Signers{SSH: "none"}); err == nil {
		t.Error("keys that are not there are taken")
	}
}
