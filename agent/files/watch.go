package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	watchMask = unix.IN_CREATE | unix.IN_MODIFY | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO |
		unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_EXCL_UNLINK
	eventsAtOnce = 64 << 10
	secondHalf   = 20 * time.Millisecond
)

// Watch reports every change in a folder, with recursive also in all folders below it, or of a
// file. The first message is not a change: it says that from now on none is missed. It returns when
// ctx ends, or the watched path is gone.
func Watch(ctx context.Context, path string, recursive bool, send func(*guestv1.Change) error) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return os.NewSyscallError("watch", err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	defer events.Close()
	// Closing ends the waiting read.
	defer context.AfterFunc(ctx, func() { events.Close() })()
	w := &watch{fd: fd, root: path, recursive: recursive, send: send, paths: map[int]string{}}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := w.add(path, info.IsDir()); err != nil {
		return err
	}
	if err := send(&guestv1.Change{}); err != nil {
		return err
	}
	buffer := make([]byte, eventsAtOnce)
	for !w.gone {
		// The second half of a rename, if any, has arrived already, or is about to.
		deadline := time.Time{}
		if w.moved != nil {
			deadline = time.Now().Add(secondHalf)
		}
		if err := events.SetReadDeadline(deadline); err != nil {
			return err
		}
		n, err := events.Read(buffer)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = w.movedAway()
		case err == nil:
			err = w.take(buffer[:n])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// watch is one Watch in progress.
type watch struct {
	fd        int
	root      string
	recursive bool
	send      func(*guestv1.Change) error
	paths     map[int]string // the path of each of the kernel's watches
	moved     *event         // the first half of a rename; the second half, if any, follows at once
	gone      bool
}

type event struct {
	mask, cookie uint32
	path         string
}

// add watches a folder, with recursive also everything below it, or a file.
func (w *watch) add(path string, isFolder bool) error {
	id, err := unix.InotifyAddWatch(w.fd, path, watchMask)
	if errors.Is(err, unix.ENOSPC) {
		return invalid("there are more folders to watch than fs.inotify.max_user_watches allows in the machine")
	}
	if err != nil {
		return &os.PathError{Op: "watch", Path: path, Err: err}
	}
	w.paths[id] = path
	if !isFolder || !w.recursive {
		return nil
	}
	children, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, child := range children {
		if child.IsDir() {
			if err := w.addIfThere(filepath.Join(path, child.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// addIfThere tolerates that a folder is gone again.
func (w *watch) addIfThere(path string) error {
	err := w.add(path, true)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	return err
}

// take handles the kernel's events.
func (w *watch) take(raw []byte) error {
	for len(raw) >= unix.SizeofInotifyEvent {
		id := int(int32(binary.NativeEndian.Uint32(raw)))
		e := event{mask: binary.NativeEndian.Uint32(raw[4:]), cookie: binary.NativeEndian.Uint32(raw[8:])}
		length := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(raw[12:]))
		name, _, _ := bytes.Cut(raw[unix.SizeofInotifyEvent:length], []byte{0})
		raw = raw[length:]
		folder, known := w.paths[id]
		e.path = filepath.Join(folder, string(name))
		switch {
		case e.mask&unix.IN_Q_OVERFLOW != 0:
			if err := w.send(&guestv1.Change{Kind: guestv1.ChangeKind_OVERFLOW, Path: []byte(w.root)}); err != nil {
				return err
			}
		case e.mask&unix.IN_IGNORED != 0:
			delete(w.paths, id)
		case known:
			if err := w.see(e, len(name) == 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// see reports one event. An event of a folder itself is also sent by its parent: it is reported
// only for the root.
func (w *watch) see(e event, itself bool) error {
	if e.mask&unix.IN_MOVED_TO == 0 || w.moved == nil || w.moved.cookie != e.cookie {
		if err := w.movedAway(); err != nil {
			return err
		}
	}
	if itself && e.path != w.root {
		return nil
	}
	change := &guestv1.Change{Path: []byte(e.path), Folder: e.mask&unix.IN_ISDIR != 0}
	switch {
	case e.mask&(unix.IN_DELETE_SELF|unix.IN_MOVE_SELF) != 0:
		w.gone = true
		change.Kind = guestv1.ChangeKind_REMOVE
	case e.mask&unix.IN_MOVED_FROM != 0:
		w.moved = &e
		return nil
	case e.mask&unix.IN_MOVED_TO != 0:
		return w.movedHere(e, change)
	case e.mask&unix.IN_CREATE != 0:
		return w.created(change)
	case e.mask&unix.IN_DELETE != 0:
		change.Kind = guestv1.ChangeKind_REMOVE
	case e.mask&unix.IN_MODIFY != 0:
		change.Kind = guestv1.ChangeKind_WRITE
	default:
		change.Kind = guestv1.ChangeKind_ATTRIBUTES
	}
	return w.send(change)
}

// movedAway reports a path that was moved out of the watched folder: no second half has arrived.
func (w *watch) movedAway() error {
	if w.moved == nil {
		return nil
	}
	e := *w.moved
	w.moved = nil
	w.forget(e.path)
	return w.send(&guestv1.Change{Kind: guestv1.ChangeKind_REMOVE, Path: []byte(e.path), Folder: e.mask&unix.IN_ISDIR != 0})
}

func (w *watch) movedHere(e event, change *guestv1.Change) error {
	change.Kind = guestv1.ChangeKind_RENAME
	if from := w.moved; from != nil {
		w.moved = nil
		change.From = []byte(from.path)
		w.rename(from.path, e.path)
		return w.send(change)
	}
	if err := w.send(change); err != nil || !change.Folder || !w.recursive {
		return err
	}
	return w.addIfThere(e.path) // it was moved in from outside
}

// created reports a new path. A new folder may have entries before it is watched, which are
// reported here; if the kernel reports them as well, they are sent twice.
func (w *watch) created(change *guestv1.Change) error {
	change.Kind = guestv1.ChangeKind_CREATE
	path := string(change.Path)
	if err := w.send(change); err != nil || !change.Folder || !w.recursive {
		return err
	}
	id, err := unix.InotifyAddWatch(w.fd, path, watchMask)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return nil // gone again
	}
	if err != nil {
		return &os.PathError{Op: "watch", Path: path, Err: err}
	}
	w.paths[id] = path
	children, err := os.ReadDir(path)
	if err != nil {
		return nil // likewise
	}
	for _, child := range children {
		found := &guestv1.Change{Path: []byte(filepath.Join(path, child.Name())), Folder: child.IsDir()}
		if err := w.created(found); err != nil {
			return err
		}
	}
	return nil
}

// rename follows a folder to its new path.
func (w *watch) rename(from, to string) {
	for id, path := range w.paths {
		if path == from || strings.HasPrefix(path, from+"/") {
			w.paths[id] = to + strings.TrimPrefix(path, from)
		}
	}
}

// forget stops watching what is no longer below the root.
func (w *watch) forget(moved string) {
	for id, path := range w.paths {
		if path == moved || strings.HasPrefix(path, moved+"/") {
			_, _ = unix.InotifyRmWatch(w.fd, uint32(id))
			delete(w.paths, id)
		}
	}
}
