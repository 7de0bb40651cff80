package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/share"
	"github.com/linux-from-docker/lfd/internal/statement"
)

// signedBy are the ends of the names of a statement's signatures.
var signedBy = []string{".sig", ".minisig"}

// attach puts signed statements beside the results that they name, where the store has these.
func attach(ctx context.Context, store share.Writable, names []string, say func(format string, args ...any)) error {
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := statement.Decode(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files := []share.File{{Name: filepath.Base(name), Data: text}}
		for _, suffix := range signedBy {
			signature, err := os.ReadFile(name + suffix)
			switch {
			case err == nil:
				files = append(files, share.File{Name: filepath.Base(name) + suffix, Data: signature})
			case !errors.Is(err, fs.ErrNotExist):
				return err
			}
		}
		if len(files) == 1 {
			return fmt.Errorf("%s is not signed, so it would count for nobody: ssh-keygen -Y sign -n %s -f KEY %s", name, statement.Namespace, name)
		}
		beside := 0
		for _, c := range s.Predicate.Run.Comparisons {
			i, err := store.Find(ctx, c.Key)
			switch {
			case errors.Is(err, share.ErrNone), errors.Is(err, fs.ErrNotExist), share.Refused(err):
				continue
			case err != nil:
				return err
			}
			if err := store.Attach(ctx, i, files); err != nil {
				return err
			}
			beside++
		}
		if beside == 0 {
			return fmt.Errorf("%s has none of the results that %s names: push these first", store, name)
		}
		say("%s lies beside %d of its %d results in %s", name, beside, len(s.Subject), store)
	}
	return nil
}

// gather fetches what lies beside results in a store, and returns the folder with it. Whose
// statements these are is known by their signatures alone.
func gather(ctx context.Context, store share.Store, l *lock.Lock, wanted []lock.Result) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "lfd-statements-"); err != nil {
		return "", err
	}
	for _, r := range wanted {
		e, ok := l.Find(r.Target, platform())
		if !ok {
			continue
		}
		i, err := store.Find(ctx, e.Key)
		switch {
		case errors.Is(err, share.ErrNone), share.Refused(err):
			continue
		case err != nil:
			return folder, err
		}
		all, err := store.Attached(ctx, i)
		if err != nil {
			return folder, err
		}
		for _, files := range all {
			// Under a name for each set of files: the same set lies beside many results, and
			// other sets may have the same names.
			sum := sha256.New()
			for _, f := range files {
				fmt.Fprintf(sum, "%s %d\n%s", f.Name, len(f.Data), f.Data)
			}
			for _, f := range files {
				if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%x-%s", sum.Sum(nil)[:6], f.Name)), f.Data, 0o644); err != nil {
					return folder, err
				}
			}
		}
	}
	return folder, nil
}

// collected returns the folder of the statements that are to be counted, which done deletes if
// it was made for them: that of a name, or what a store of that name has beside the results.
func collected(ctx context.Context, name string, l *lock.Lock, wanted []lock.Result) (folder string, done func(), err error) {
	done = func() {}
	if info, err := os.Stat(name); err == nil && info.IsDir() && !share.IsFolder(name) {
		return name, done, nil
	}
	store, err := share.Open(name)
	if err != nil {
		return "", done, err
	}
	folder, err = gather(ctx, store, l, wanted)
	if folder != "" {
		done = func() { _ = os.RemoveAll(folder) }
	}
	if err != nil {
		err = fmt.Errorf("%w\n(of the statements in %s)", err, fetch.Printable(store.String()))
	}
	return folder, done, err
}
