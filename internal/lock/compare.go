package lock

import (
	"maps"
	"slices"
)

// Comparison is what is known of a result that was built, beside its line in the lock.
type Comparison struct {
	Result
	Locked  string   // its digest in the lock; empty where it has no line there
	Built   string   // the digest of what was built; empty where that was not measured
	Key     string   // of the configuration, with the digests of the lock; empty where that has not all of them
	Changed bool     // its key is not the one in the lock: it is made of something else now
	Causes  []string // the first results that differ and that it is made of, by their names
}

// Differs reports whether what was built is not what the lock says.
func (c Comparison) Differs() bool { return c.Locked != "" && c.Built != "" && c.Locked != c.Built }

// Equal reports whether what was built is what the lock says.
func (c Comparison) Equal() bool { return c.Locked != "" && c.Locked == c.Built }

// Compare compares what was built with the lock, by the digests of results by their names. It
// returns all results of the system, each after those that it is made of.
func (r *Recipes) Compare(l *Lock, built map[string]string) ([]Comparison, error) {
	locked, entries := l.Digests(r.platform), l.Of(r.platform)
	causes := map[string][]string{} // of those that differ
	var all []Comparison
	for _, result := range r.Results {
		c := Comparison{Result: result, Locked: locked[result.Target], Built: built[result.Target]}
		var err error
		if c.Key, err = r.lockedKey(result, locked); err != nil {
			return nil, err
		}
		if e, ok := entries[result.Target]; ok {
			c.Changed = c.Key != e.Key
		}
		if c.Differs() {
			needs, err := r.Needs(result)
			if err != nil {
				return nil, err
			}
			for _, need := range needs {
				c.Causes = add(c.Causes, causes[need]...)
			}
			causes[result.Target] = c.Causes
			if len(c.Causes) == 0 {
				causes[result.Target] = []string{result.Target}
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// add adds what is not there yet.
func add(list []string, more ...string) []string {
	for _, name := range more {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// lockedKey returns the key of a result, whose parts count as the lock has them: a change is
// reported once, where it was made. It is empty where the lock has not all of them.
func (r *Recipes) lockedKey(result Result, locked map[string]string) (string, error) {
	needs, err := r.Needs(result)
	if err != nil || slices.ContainsFunc(needs, func(need string) bool { return locked[need] == "" }) {
		return "", err
	}
	return r.Key(result, locked)
}

// Gone returns the names of lines of a lock, for the platform, that are of no result.
func (r *Recipes) Gone(l *Lock) []string {
	there := map[string]bool{}
	for _, one := range r.Results {
		there[one.Target] = true
	}
	var gone []string
	for _, e := range l.Entries {
		if e.Platform == r.platform && !there[e.Name] {
			gone = append(gone, e.Name)
		}
	}
	return gone
}

// Stale is what a lock and the configuration do not agree on.
type Stale struct {
	Line int // of the lock
	Text string
}

// Stale compares a lock with the configuration, without anything that was built.
func (r *Recipes) Stale(l *Lock) ([]Stale, error) {
	all, err := r.Compare(l, nil)
	if err != nil {
		return nil, err
	}
	entries := l.Of(r.platform)
	var stale []Stale
	for _, c := range all {
		switch e := entries[c.Target]; {
		case c.Locked == "":
			if len(entries) > 0 {
				stale = append(stale, Stale{1, c.Target + " has no line"})
			}
		case c.Changed:
			stale = append(stale, Stale{e.Line, c.Target + " is made of something else than when the lock was written"})
		}
	}
	for _, name := range r.Gone(l) {
		stale = append(stale, Stale{entries[name].Line, "no result has the name " + name + " any more"})
	}
	return stale, nil
}

// Entries returns the lines of a lock for what was built, by the digests of results by their
// names. What was not built keeps its line of the lock before, which may be nil, where it is
// made of the same still. The others are missing.
func (r *Recipes) Entries(built map[string]string, before *Lock) (entries []Entry, missing []string, err error) {
	if before == nil {
		before = &Lock{}
	}
	digests, lines := maps.Clone(built), before.Of(r.platform)
	for _, result := range r.Results {
		needs, err := r.Needs(result)
		if err != nil {
			return nil, nil, err
		}
		if slices.ContainsFunc(needs, func(need string) bool { return digests[need] == "" }) {
			delete(digests, result.Target)
			missing = append(missing, result.Target)
			continue
		}
		key, err := r.Key(result, digests)
		if err != nil {
			return nil, nil, err
		}
		if e, ok := lines[result.Target]; ok && digests[result.Target] == "" && e.Key == key {
			digests[result.Target] = e.Digest
		}
		if digests[result.Target] == "" {
			missing = append(missing, result.Target)
			continue
		}
		entries = append(entries, Entry{Name: result.Target, Platform: r.platform, Key: key, Digest: digests[result.Target]})
	}
	return entries, missing, nil
}
