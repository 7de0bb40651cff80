package rootfs

import (
	"archive/tar"
	"maps"
	"path"
	"strings"
)

// ReadLayers reads the archives of an image's layers, the lowest first: each adds files to
// those below it, and whiteouts take files away (OCI Image Format, "Image Layer Filesystem
// Changeset"). The library that reads images has a function for it, which does not empty
// folders, and leaves out links that lead out of the root.
func ReadLayers(archives ...Archive) (*Root, error) {
	root := &Root{files: map[string]*file{}}
	for i, archive := range archives {
		layer := &Root{files: map[string]*file{}}
		if err := layer.read(archive, root); err != nil {
			return nil, err
		}
		if i > 0 {
			root.remove(layer)
		}
		maps.Copy(root.files, layer.files)
	}
	root.addFolders()
	return root, nil
}

// Names of files in layers that are none. They are about lower layers alone, wherever they
// come in their own.
const (
	whiteout = ".wh."         // before the name of a file or folder that is removed
	opaque   = ".wh..wh..opq" // in a folder of which all is removed that was in it
)

// remove removes what a layer takes away, and the whiteouts from the layer.
func (r *Root) remove(layer *Root) {
	gone, emptied := map[string]bool{}, map[string]bool{}
	for name, f := range layer.files {
		base := path.Base(name)
		switch {
		case base == opaque:
			emptied[path.Dir(name)] = true
			delete(layer.files, name)
		case strings.HasPrefix(base, whiteout):
			gone[path.Join(path.Dir(name), strings.TrimPrefix(base, whiteout))] = true
			delete(layer.files, name)
		case f.Typeflag != tar.TypeDir:
			gone[name] = true // a folder there is replaced, with all in it
		}
	}
	for name := range r.files {
		for at, below := name, false; at != "." || below && emptied[at]; at, below = path.Dir(at), true {
			if gone[at] || below && emptied[at] {
				delete(r.files, name)
				break
			}
		}
	}
}
