package plan

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"slices"
)

// set is a set of packages, a bit each: closures of thousands of packages are
// merged often.
type set []uint64

func (x *index) newSet() set { return make(set, (len(x.cfg.Packages)+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) remove(i int)   { s[i/64] &^= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s set) merge(t set) {
	for i := range t {
		s[i] |= t[i]
	}
}

func (s set) subtract(t set) {
	for i := range t {
		s[i] &^= t[i]
	}
}

// minus returns the packages of s that are not in t.
func (s set) minus(t set) set {
	left := slices.Clone(s)
	left.subtract(t)
	return left
}

// contains reports whether all packages of t are in s.
func (s set) contains(t set) bool {
	for i := range t {
		if t[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// size returns the number of packages in the set.
func (s set) size() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// key returns a text that equal sets have in common, and others not.
func (s set) key() string {
	key := make([]byte, 0, 8*len(s))
	for _, word := range s {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	return string(key)
}

// meets reports whether a package is in both.
func (s set) meets(t set) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

func (s set) empty() bool { return !s.meets(s) }

// all yields the packages in the set, by their index.
func (s set) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
