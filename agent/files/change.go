package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const newFolderMode = 0o755

// MakeFolder creates a folder.
func MakeFolder(path string, mode *uint32, user string, parents bool) (*guestv1.Entry, error) {
	uid, gid, err := owner(user)
	if err != nil {
		return nil, err
	}
	if parents {
		if err := makeParents(path, uid, gid); err != nil {
			return nil, err
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return names{}.entry(path, info), nil
		}
	}
	wanted := uint32(newFolderMode)
	if mode != nil {
		wanted = *mode
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chown(path, uid, gid), unix.Chmod(path, wanted&0o7777)); err != nil {
		return nil, err
	}
	return Stat(path, false)
}

// Move renames; to another file system, it copies and removes.
func Move(from, to string, replace bool) (*guestv1.Entry, error) {
	if err := checkPair(from, to); err != nil {
		return nil, err
	}
	err := rename("move", from, to, replace)
	if errors.Is(err, unix.EXDEV) {
		if _, err := Copy(from, to, replace); err != nil {
			return nil, err
		}
		if err := os.RemoveAll(from); err != nil {
			return nil, err
		}
		return Stat(to, false)
	}
	if err != nil {
		return nil, err
	}
	return Stat(to, false)
}

// rename moves something into place: replacing what exists, or only if nothing does.
func rename(operation, from, to string, replace bool) error {
	flags := uint(unix.RENAME_NOREPLACE)
	if replace {
		flags = 0
	}
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, flags); err != nil {
		return &os.LinkError{Op: operation, Old: from, New: to, Err: err}
	}
	return nil
}

func checkPair(from, to string) error {
	if from == "/" || to == "/" {
		return invalid("the root folder cannot be moved, copied or replaced")
	}
	if to == from || strings.HasPrefix(to, from+"/") {
		return invalid("'%s' is '%s' itself, or in it", to, from)
	}
	return nil
}

// Copy copies a file, or a folder with its contents; links as links, sockets not at all. If it
// fails, nothing of the copy is left.
func Copy(from, to string, replace bool) (*guestv1.Entry, error) {
	if err := checkPair(from, to); err != nil {
		return nil, err
	}
	if info, err := os.Lstat(to); err == nil {
		if !replace || info.IsDir() {
			return nil, &os.PathError{Op: "copy", Path: to, Err: os.ErrExist}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	aside, err := os.MkdirTemp(filepath.Dir(to), asidePrefix)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(aside)
	copied := filepath.Join(aside, "copy")
	if err := copyTree(from, copied); err != nil {
		return nil, err
	}
	if err := rename("copy", copied, to, replace); err != nil {
		return nil, err
	}
	return Stat(to, false)
}

func copyTree(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	status := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode(); {
	case mode.IsRegular():
		err = copyFile(from, to)
	case mode.IsDir():
		err = copyFolder(from, to)
	case mode&fs.ModeSymlink != 0:
		var target string
		if target, err = os.Readlink(from); err == nil {
			err = os.Symlink(target, to)
		}
		if err != nil {
			return err
		}
		return errors.Join(os.Lchown(to, int(status.Uid), int(status.Gid)), linkTime(unix.AT_FDCWD, to, info.ModTime()))
	case mode&fs.ModeSocket != 0:
		return nil
	default:
		err = unix.Mknod(to, status.Mode, int(status.Rdev))
	}
	if err != nil {
		return err
	}
	return errors.Join(os.Chown(to, int(status.Uid), int(status.Gid)), unix.Chmod(to, status.Mode&0o7777),
		os.Chtimes(to, info.ModTime(), info.ModTime()))
}

func copyFolder(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	children, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := copyTree(filepath.Join(from, child.Name()), filepath.Join(to, child.Name())); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	source, _, err := openRegular(from)
	if err != nil {
		return err
	}
	defer source.Close()
	copied, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, source)
	return errors.Join(err, copied.Close())
}

// ChangeMode changes permissions and owner; one that is not given stays.
func ChangeMode(path string, mode *uint32, user string, recursive bool) (*guestv1.Entry, error) {
	uid, gid, err := owner(user)
	if err != nil {
		return nil, err
	}
	change := func(path string, isLink bool) error {
		err := os.Lchown(path, uid, gid)
		if err == nil && mode != nil && !isLink {
			err = unix.Chmod(path, *mode&0o7777)
		}
		return err
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if err := change(real, false); err != nil {
		return nil, &os.PathError{Op: "change mode of", Path: path, Err: err}
	}
	if recursive {
		err := filepath.WalkDir(real, func(path string, child fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return change(path, child.Type()&fs.ModeSymlink != 0)
		})
		if err != nil {
			return nil, err
		}
	}
	return Stat(real, false)
}

// Remove removes a file, a link, an empty folder, or with recursive a folder and its contents.
func Remove(path string, recursive bool, wanted string) error {
	if path == "/" {
		return invalid("the root folder cannot be removed")
	}
	replacing.Lock()
	defer replacing.Unlock()
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if wanted != "" && wanted != anyVersion && version(info) != wanted {
		return &ChangedError{path}
	}
	if recursive {
		return os.RemoveAll(path)
	}
	return os.Remove(path)
}
