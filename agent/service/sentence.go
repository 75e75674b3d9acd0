package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	filesystem "hyperfleet.dev/agent/files"
)

// sentences are messages for the kernel's errors about a path.
var sentences = map[syscall.Errno]string{
	unix.ENOENT:       "There is no '%s' in the machine",
	unix.EEXIST:       "There is a '%s' in the machine already",
	unix.ENOTEMPTY:    "'%s' is not empty",
	unix.ENOTDIR:      "'%s' is not a folder, or one of its parents is not",
	unix.EISDIR:       "'%s' is a folder",
	unix.ELOOP:        "'%s' leads to a loop of links",
	unix.ENAMETOOLONG: "'%s' has a part with more than 255 bytes, or is too long",
	unix.EROFS:        "'%s' is in a file system that is read-only",
	unix.EACCES:       "'%s' may not be used in this way: the guest's kernel does not permit it",
	unix.EPERM:        "'%s' may not be used in this way: the guest's kernel does not permit it",
	unix.EBUSY:        "'%s' is in use",
	unix.ETXTBSY:      "'%s' is a running program",
	unix.ENXIO:        "'%s' is a device or a socket without a server",
}

// sentence is the message for an error with a file, without Go's own text.
func sentence(err error) string {
	var changed *filesystem.ChangedError
	var errno syscall.Errno
	if errors.As(err, &changed) || !errors.As(err, &errno) {
		return err.Error() // it is the agent's own
	}
	path := pathOf(err)
	switch text, known := sentences[errno]; {
	case errno == unix.ENOSPC, errno == unix.EDQUOT:
		return "The machine's disk is full"
	case path == "":
		return fmt.Sprintf("The guest's kernel refuses it: %s", errno.Error())
	case known:
		return fmt.Sprintf(text, path)
	default:
		return fmt.Sprintf("'%s' cannot be used in this way: %s", path, errno.Error())
	}
}

// pathOf returns the path that an error is about. Of two it is the new one, unless the old one is
// missing.
func pathOf(err error) string {
	var one *fs.PathError
	var two *os.LinkError
	switch {
	case errors.As(err, &one):
		return one.Path
	case errors.As(err, &two) && errors.Is(err, fs.ErrNotExist):
		return two.Old
	case two != nil:
		return two.New
	default:
		return ""
	}
}
