package book

import (
	"os"
	"strings"
	"testing"
)

// A package knows its section, with its number and what differs there.
func TestPlaces(t *testing.T) {
	text, err := os.ReadFile("../../" + File)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	places := b.Places("glibc")
	if len(places) != 1 {
		t.Fatalf("glibc: %d places", len(places))
	}
	p := places[0]
	if p.Number != "8.5" || p.Title != "Glibc" || p.URL != b.Link+"chapter08/glibc.html" || !strings.Contains(p.Note, "Ten locales") {
		t.Errorf("glibc: %+v", p)
	}
	if places := b.Places("busybox"); places != nil {
		t.Errorf("busybox: %+v", places)
	}
}

func TestUnknownField(t *testing.T) {
	if _, err := Decode([]byte("edition: x\npages: 3\n")); err == nil || !strings.Contains(err.Error(), "field pages not found") {
		t.Errorf("got %v", err)
	}
}
