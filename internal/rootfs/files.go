package rootfs

import (
	"archive/tar"
	"fmt"
	"slices"
	"strings"
)

// Privileged finds programs that run with the rights of their owner or group instead
// of those of who starts them, beyond the allowed ones.
func Privileged(r *Root, allowed ...string) []Finding {
	return r.each(func(name string, f *file) []string {
		if f.Typeflag != tar.TypeReg || f.Mode&0o6000 == 0 || slices.Contains(allowed, "/"+name) {
			return nil
		}
		return []string{fmt.Sprintf("runs with the rights of another: mode %04o, owner %d:%d", f.Mode&0o7777, f.Uid, f.Gid)}
	})
}

// Writable finds what everybody may write to. Folders for everyone's temporary files
// may be, if they are sticky: nobody can remove another's files then.
func Writable(r *Root) []Finding {
	return r.each(func(_ string, f *file) []string {
		if f.Typeflag == tar.TypeSymlink || f.Mode&0o002 == 0 ||
			(f.Typeflag == tar.TypeDir && f.Mode&0o1000 != 0) {
			return nil
		}
		return []string{fmt.Sprintf("everybody may write to it: mode %04o", f.Mode&0o7777)}
	})
}

// Loose finds files in the root folder itself, which holds only folders and links: most
// often the folder that they were meant for had no name.
func Loose(r *Root) []Finding {
	return r.each(func(name string, f *file) []string {
		if strings.Contains(name, "/") || f.Typeflag == tar.TypeDir || f.Typeflag == tar.TypeSymlink {
			return nil
		}
		return []string{"lies in the root folder"}
	})
}

// filledAtBoot are the folders whose content is not in an image.
var filledAtBoot = []string{"dev/", "proc/", "run/", "sys/"}

// Links finds symbolic links to nothing. What they lead to may be there only in the
// running system, or be the administrator's to make (allowed).
func Links(r *Root, allowed ...string) []Finding {
	return r.each(func(name string, f *file) []string {
		if f.Typeflag != tar.TypeSymlink || slices.Contains(allowed, "/"+name) {
			return nil
		}
		target, ok := r.resolve(name)
		if ok || slices.ContainsFunc(filledAtBoot, func(dir string) bool { return strings.HasPrefix(target, dir) }) {
			return nil
		}
		return []string{"a link to " + f.Linkname + ", which is not there"}
	})
}

// Passwords finds accounts and groups that can be entered without a password, or with
// one that is the same in all copies of the image, and passwords that all may read.
func Passwords(r *Root) []Finding {
	var found []Finding
	for _, name := range []string{"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"} {
		f := r.lookup(name)
		if f == nil {
			continue // an image without accounts, or without passwords
		}
		add := func(text string, args ...any) {
			found = append(found, Finding{"/" + name, fmt.Sprintf(text, args...)})
		}
		if strings.HasSuffix(name, "shadow") && f.Mode&0o004 != 0 {
			add("everybody may read it: mode %04o", f.Mode&0o7777)
		}
		data, err := f.content()
		if err != nil {
			add("cannot be read: %v", err)
			continue
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Split(strings.TrimSpace(line), ":")
			if len(fields) < 2 {
				continue
			}
			account, password := fields[0], fields[1]
			// No hash begins like this, so no password fits: `x`, if it is not only
			// the hint that the password is in the other file.
			locked := strings.HasPrefix(password, "!") || strings.HasPrefix(password, "*") || password == "x"
			switch {
			case locked:
			case password != "":
				add("%s has a password, the same in all copies", account)
			case strings.HasSuffix(name, "passwd"), strings.HasSuffix(name, "/shadow"):
				add("%s has an empty password", account)
			}
		}
	}
	return found
}

// ContainerDisk finds what KubeVirt would stumble over in the image of a disk: it wants
// one file in /disk, which the user 107 can read, in a format that it knows.
func ContainerDisk(r *Root) []Finding {
	var disks int
	found := r.each(func(name string, f *file) []string {
		if f.Typeflag == tar.TypeDir {
			if f.Mode&0o005 != 0o005 {
				return []string{fmt.Sprintf("not everybody may look into it: mode %04o", f.Mode&0o7777)}
			}
			return nil
		}
		if !strings.HasPrefix(name, "disk/") || f.Typeflag != tar.TypeReg {
			return []string{"is not the disk"}
		}
		disks++
		var texts []string
		if f.Uid != 107 || f.Gid != 107 || f.Mode&0o400 == 0 {
			texts = append(texts, fmt.Sprintf("the user 107 cannot read it: mode %04o, owner %d:%d", f.Mode&0o7777, f.Uid, f.Gid))
		}
		start := make([]byte, 4)
		if _, err := f.data.ReadAt(start, 0); err != nil || string(start) != "QFI\xfb" {
			texts = append(texts, "is not in the format qcow2")
		}
		return texts
	})
	if disks != 1 {
		found = append(found, Finding{"/disk", fmt.Sprintf("has %d disks, not one", disks)})
	}
	return found
}
