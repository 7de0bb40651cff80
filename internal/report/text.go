package report

import (
	"fmt"
	"math"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

// noRecord stands where a time is not known.
const noRecord = "no record"

// took says how many seconds something took.
func took(o inventory.Outcome) string {
	switch {
	case o.State == inventory.NotBuilt:
		return "not built"
	case o.State == inventory.Failed:
		return "**failed**"
	case o.Seconds == nil:
		return noRecord
	default:
		return seconds(*o.Seconds)
	}
}

// size says how large a result is.
func size(o inventory.Outcome) string {
	if o.Result == nil {
		return ""
	}
	return Bytes(o.Result.Size)
}

// files says how many files a result has.
func files(o inventory.Outcome) string {
	if o.Result == nil {
		return ""
	}
	return thousands(o.Result.Files)
}

// digest returns the shortened digest of a result.
func digest(o inventory.Outcome) string {
	switch {
	case o.Result != nil:
		return short(o.Result.Digest)
	case o.Stale:
		return "changed since"
	default:
		return ""
	}
}

// outcome says what came of tests.
func outcome(o inventory.TestOutcome) string {
	if o == inventory.TestFailed {
		return "**failed**"
	}
	return string(o)
}

// checked returns the cells of the table of packages' own tests: outcome, seconds, date.
func checked(p inventory.Package) []string {
	t := p.Tests
	cells := []string{outcome(t.Outcome), "", ""}
	if t.Outcome != inventory.NotRun && !p.Current() {
		cells[0] += ", on an earlier result"
	}
	if t.Outcome != inventory.Passed {
		return cells
	}
	cells[1], cells[2] = noRecord, t.Date
	if t.Seconds != nil {
		cells[1] = seconds(*t.Seconds)
	}
	return cells
}

// Machine describes a machine.
func Machine(m inventory.Machine) string {
	model, memory := m.Model, ""
	if model == "" {
		model = "processor"
	}
	if m.Memory > 0 {
		memory = fmt.Sprintf(", %.0f GiB of memory", math.Round(float64(m.Memory)/(1<<30)))
	}
	return fmt.Sprintf("%d × %s%s, %s/%s", m.Processors, model, memory, m.OS, m.Arch)
}

// short returns the beginning of a checksum, enough to find it by.
func short(sum string) string {
	if sum == "" {
		return ""
	}
	return "`" + sum[:min(12, len(sum))] + "`"
}

func seconds(s inventory.Seconds) string {
	if s < 10 {
		return fmt.Sprintf("%.1f", float64(s))
	}
	return thousands(int(s + 0.5))
}

// Bytes writes a size for people.
func Bytes(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
	case bytes < 100_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	default:
		return thousands(int((bytes+500_000)/1_000_000)) + " MB"
	}
}

// thousands writes a number with a comma after every three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// clock writes a time on an axis as minutes:seconds, or as hours:minutes where it is hours
// long.
func clock(t, of time.Duration) string {
	if of > time.Hour {
		return fmt.Sprintf("%d:%02d h", int(t.Hours()), int(t.Minutes())%60)
	}
	return fmt.Sprintf("%d:%02d", int(t.Minutes()), int(t.Seconds())%60)
}

// Length writes a length of time for people.
func Length(s inventory.Seconds) string { return length(s.Duration()) }

func length(t time.Duration) string {
	switch {
	case t < 10*time.Second:
		return fmt.Sprintf("%.1f s", t.Seconds())
	case t < 2*time.Minute:
		return fmt.Sprintf("%.0f s", t.Seconds())
	case t < 20*time.Minute:
		t = t.Round(time.Second)
		return fmt.Sprintf("%d min %d s", int(t.Minutes()), int(t.Seconds())%60)
	case t < 2*time.Hour:
		return fmt.Sprintf("%.0f min", t.Minutes())
	default:
		return fmt.Sprintf("%.1f h", t.Hours())
	}
}
