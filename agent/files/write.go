package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	anyVersion  = "*"
	asidePrefix = ".hyperfleet-"
	newFileMode = 0o644
)

// replacing is held from checking a file's version until replacing it, so that of two callers that
// replace the same version only one succeeds.
var replacing sync.Mutex

// Write writes a temporary file, and moves it into place when the content is complete.
func Write(path string, opening *guestv1.WriteRequest_Opening, content io.Reader) (*guestv1.Entry, error) {
	uid, gid, err := owner(opening.User)
	if err != nil {
		return nil, err
	}
	if path, err = target(path); err != nil {
		return nil, err
	}
	if opening.Parents {
		if err := makeParents(path, uid, gid); err != nil {
			return nil, err
		}
	}
	if _, err := replaceable(path, opening); err != nil {
		return nil, err // before the content is complete
	}
	folder := filepath.Dir(path)
	aside, err := os.CreateTemp(folder, asidePrefix)
	var failure *os.PathError
	if errors.As(err, &failure) {
		return nil, &os.PathError{Op: "write into", Path: folder, Err: failure.Err} // the temporary file is not the user's
	}
	if err != nil {
		return nil, err
	}
	defer os.Remove(aside.Name())
	defer aside.Close()
	if _, err := io.Copy(onlyWriter{aside}, content); err != nil {
		return nil, err
	}
	return putInPlace(aside, path, opening, uid, gid)
}

// onlyWriter hides a file's own ReadFrom, which has separate buffers.
type onlyWriter struct{ io.Writer }

func putInPlace(aside *os.File, path string, opening *guestv1.WriteRequest_Opening, uid, gid int) (*guestv1.Entry, error) {
	replacing.Lock()
	defer replacing.Unlock()
	before, err := replaceable(path, opening)
	if err != nil {
		return nil, err
	}
	mode := uint32(newFileMode)
	if before != nil {
		mode = before.Mode
		if uid < 0 {
			uid, gid = int(before.Uid), int(before.Gid)
		}
	}
	if opening.Mode != nil {
		mode = *opening.Mode
	}
	if err := aside.Chown(uid, gid); err != nil {
		return nil, err
	}
	if err := unix.Fchmod(int(aside.Fd()), mode&0o7777); err != nil {
		return nil, &os.PathError{Op: "change mode", Path: path, Err: err}
	}
	if err := rename("write", aside.Name(), path, before != nil); err != nil {
		return nil, err
	}
	return Stat(path, false)
}

// target follows a link: its target is written, and the link stays.
func target(path string) (string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return path, err
	}
	return filepath.EvalSymlinks(path)
}

// replaceable returns the file at the path, nil for none, if it may be replaced.
func replaceable(path string, opening *guestv1.WriteRequest_Opening) (*guestv1.Entry, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if opening.Version != "" {
			return nil, &ChangedError{path}
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(path, info)
	}
	changed := opening.Version != "" && opening.Version != anyVersion && opening.Version != version(info)
	if opening.Create || changed {
		return nil, &ChangedError{path}
	}
	return names{}.entry(path, info), nil
}
