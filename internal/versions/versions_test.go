package versions

import (
	"cmp"
	"testing"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	// Each list is in order; what stands in one place is the same.
	for _, order := range [][][]string{
		{{"1.0.2"}, {"1.0.2a"}, {"1.0.2z"}, {"1.0.2za"}, {"1.1.0"}, {"1.1.1-pre1", "1.1.1~pre1"}, {"1.1.1"}, {"1.1.1v"}, {"1.1.1w", "1.1.1W"}, {"3.0.0-alpha1"}, {"3.0.0-beta2"}, {"3.0.0", "3", "3.0"}, {"3.0.1"}},
		{{"9.8"}, {"9.8p1", "9.8.p1", "9.8-p1", "9_8_P1"}, {"9.9"}, {"9.9p1"}, {"9.9p2"}, {"9.10p1"}, {"10.0"}},
		{{"2025z"}, {"2026"}, {"2026a"}, {"2026b"}},
		{{"6.12-rc3", "6.12rc3", "v6.12-rc3"}, {"6.12-rc10"}, {"6.12", "6.12.0"}, {"6.12.1-rc3"}, {"6.12.1"}, {"6.12.10"}, {"7.0"}},
		{{"3.14.0a1"}, {"3.14.0b2"}, {"3.14.0rc1"}, {"3.14.0", "3.14"}, {"3.14.1"}},
		{{"9.0"}, {"10", "0:10"}, {"1:0.1"}, {"2:0.0.1"}},
		{{"", "0", "0.0"}, {"0.0.1"}},
		{{"6.5-20250809"}, {"6.5-20260101"}, {"6.6"}},
		{{"5.3.28"}, {"5.3.28+dfsg"}, {"5.3.29"}},
		{{"3490000"}, {"3530400"}},
	} {
		for i, same := range order {
			for _, a := range same {
				for j, others := range order {
					for _, b := range others {
						got := Compare(a, b)
						if i < j && got >= 0 || i == j && got != 0 || i > j && got <= 0 {
							t.Errorf("%q and %q: %d", a, b, got)
						}
					}
				}
			}
		}
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"9.9p1": "9.9", "6.12-rc3": "6.12", "1.1.1w": "1.1.1w", "1.9.5p2": "1.9.5", "2026a": "2026a", "": "", "rc1": "rc1", "3.0.0-beta": "3.0.0",
	} {
		if got := Release(version); got != want {
			t.Errorf("%q: %q", version, got)
		}
	}
}

// Whatever a list says is a version: there is an order of it, the same from both sides.
func FuzzCompare(f *testing.F) {
	for _, v := range []string{"1.1.1w", "9.9p1", "2026a", "6.12.1-rc3", "1:2.0", ":", "-", "a:b", "1..0", "\xff~", "1.0.~0"} {
		f.Add(v, "1.0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if Compare(a, b) != -Compare(b, a) {
			t.Errorf("%q and %q: %d, %d", a, b, Compare(a, b), Compare(b, a))
		}
		if Compare(a, a) != 0 {
			t.Errorf("%q is not itself", a)
		}
		Release(a)
	})
}

func TestPreRelease(t *testing.T) {
	for version, want := range map[string]bool{
		"2.0-rc1": true, "2.0rc1": true, "3.14.0b2": true, "3.14.0a1": true, "1.0-alpha": true, "5.0_beta2": true, "1.0~x": true, "7.2-rc3": true, "1.0.dev4": true, "4.20.0-rc1": true, "2.47.50.20261021": true,
		"2.0": false, "2026b": false, "1.1.1a": false, "9.9p1": false, "2.14": false, "20260805": false, "6.6+20251231": false, "1.0-march": false, "3.0-gitlab": false,
	} {
		if PreRelease(version) != want {
			t.Errorf("%s: %v", version, !want)
		}
	}
}

// What the authors of our sources have called theirs, each before the next one.
func TestOrder(t *testing.T) {
	for _, row := range [][]string{
		{"1.2", "1.9", "1.10", "1.10.1", "2"},
		{"3.14.0a1", "3.14.0b2", "3.14.0rc1", "3.14.0", "3.14.0.1"},
		{"2.0~beta1", "2.0-rc1", "2.0-rc2", "2.0", "2.0.1"},
		{"2025b", "2026a", "2026b", "2026c"},
		{"1.1.1", "1.1.1a", "1.1.1w", "1.1.2"},
		{"9.9", "9.9p1", "9.9p2", "10.0"},
		{"668", "704", "1000"},
		{"20240101", "20260805"},
		{"5.45", "5.45.4"},
		{"9.1.0984", "9.2.0078", "9.2.1025"},
		{"99999999999999999999998", "99999999999999999999999"},
		{"6.6", "6.6+20251231"},
	} {
		for i := range row {
			for j := range row {
				want := 0
				if i < j {
					want = -1
				} else if i > j {
					want = 1
				}
				if got := cmp.Compare(Compare(row[i], row[j]), 0); got != want {
					t.Errorf("%s and %s: %d, not %d", row[i], row[j], got, want)
				}
			}
		}
	}
	for _, pair := range [][2]string{{"2_8_3", "2.8.3"}, {"1.0RC1", "1.0-rc1"}} {
		if got := Compare(pair[0], pair[1]); got != 0 {
			t.Errorf("%q: %d", pair, got)
		}
	}
}
