package inventory

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// File is a file that a package installs.
type File struct {
	Path string `json:"path"`
	Type string `json:"type,omitempty"` // link, hard link, folder or special; without it: a regular file
	Mode string `json:"mode"`           // octal
	UID  int    `json:"uid,omitempty"`
	GID  int    `json:"gid,omitempty"`
	Size int64  `json:"size,omitempty"`
	Link string `json:"link,omitempty"`
}

// FilesOf lists the files of a root.
func FilesOf(root *rootfs.Root) []File {
	var files []File
	for _, e := range root.Entries() {
		f := File{Path: e.Path, Mode: fmt.Sprintf("%04o", e.Mode), UID: e.UID, GID: e.GID, Size: e.Size, Link: e.Link}
		switch e.Type {
		case tar.TypeReg:
		case tar.TypeSymlink:
			f.Type = "link"
		case tar.TypeLink:
			f.Type, f.Link = "hard link", "/"+e.Link
		case tar.TypeDir:
			f.Type = "folder"
		default:
			f.Type = "special"
		}
		files = append(files, f)
	}
	return files
}

// ListName returns the name of the file beside an inventory that lists the files of its
// packages.
func ListName(name string) string { return strings.TrimSuffix(name, ".json") + ".files.json.gz" }

// EncodeFiles writes lists of files, by package: JSON, a file on a line, compressed.
func EncodeFiles(lists map[string][]File) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(lists); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(leavesOnLines(text.Bytes())); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// ReadFiles reads a file with lists of files, by package.
func ReadFiles(name string) (map[string][]File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var lists map[string][]File
	if err := json.NewDecoder(r).Decode(&lists); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return lists, nil
}
