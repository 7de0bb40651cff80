package compressed

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"
)

// The samples are what the programs print for `printf 'hello\n' | gzip -nc | base64`.
func TestNewReader(t *testing.T) {
	for format, sample := range map[Format]string{
		Gzip:  "H4sIAAAAAAAAA8tIzcnJ5wIAIDA6NgYAAAA=",
		Bzip2: "QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi",
		XZ:    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAFaGVsbG8KAAAApWCX8ZT2/eAAAR4GwS+kHR+2830BAAAAAARZWg==",
		Zstd:  "KLUv/QRYMQAAaGVsbG8KU4i9kQ==",
	} {
		data, err := base64.StdEncoding.DecodeString(sample)
		if err != nil {
			t.Fatal(err)
		}
		if got := Detect(data[:Head]); got != format {
			t.Errorf("%s is taken for %q", format, got)
		}
		r, err := NewReader(format, bytes.NewReader(data))
		if err != nil {
			t.Fatal(format, err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != "hello\n" {
			t.Errorf("%s: %q, %v", format, text, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		cut, err := NewReader(format, bytes.NewReader(data[:len(data)-2]))
		if err == nil {
			_, err = io.ReadAll(cut)
		}
		if err == nil {
			t.Errorf("%s that is cut off is read", format)
		}
	}
	if _, err := NewReader(None, strings.NewReader("")); err == nil || Detect(nil) != None {
		t.Error("what is not compressed is taken for it")
	}
}
