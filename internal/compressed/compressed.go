// Package compressed recognizes and reads compressed data.
package compressed

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Format is a format of compressed data.
type Format string

// The formats, by the names of their programs.
const (
	None  Format = ""
	Bzip2 Format = "bzip2"
	Gzip  Format = "gzip"
	XZ    Format = "xz"
	Zstd  Format = "zstd"
)

// magic is what the data of a format begins with.
var magic = map[Format]string{
	Bzip2: "BZh",
	Gzip:  "\x1f\x8b\x08",
	XZ:    "\xfd7zXZ\x00",
	Zstd:  "\x28\xb5\x2f\xfd",
}

// Head is how much of the data [Detect] wants to see.
const Head = 6

// Detect returns the format of data that begins with head.
func Detect(head []byte) Format {
	for format, start := range magic {
		if bytes.HasPrefix(head, []byte(start)) {
			return format
		}
	}
	return None
}

// window is how far back data may refer at most: what zstd and xz use at their highest
// level. More would be a bomb.
const window = 128 << 20

// NewReader returns a reader of what is compressed in r.
func NewReader(format Format, r io.Reader) (io.ReadCloser, error) {
	switch format {
	case Bzip2:
		return io.NopCloser(bzip2.NewReader(r)), nil
	case Gzip:
		return gzip.NewReader(r)
	case XZ:
		d, err := xz.NewReader(r)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(d), nil
	case Zstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	default:
		return nil, errors.New("not compressed in a known format")
	}
}
