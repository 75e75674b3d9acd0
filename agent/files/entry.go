// Package files operates on the guest's files for the control plane. Its errors are InvalidError,
// ChangedError, and those of the os package, which hold the reason.
package files

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"hyperfleet.dev/agent/account"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

// InvalidError says what is wrong with a request.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return e.Reason }

func invalid(format string, arguments ...any) error {
	return &InvalidError{fmt.Sprintf(format, arguments...)}
}

// ChangedError says that a file does not have the required version.
type ChangedError struct{ Path string }

func (e *ChangedError) Error() string { return fmt.Sprintf("'%s' does not have that version", e.Path) }

// Path checks a path from the control plane.
func Path(raw []byte) (string, error) {
	path := string(raw)
	if !strings.HasPrefix(path, "/") {
		return "", invalid("path must be absolute")
	}
	if strings.IndexByte(path, 0) >= 0 || len(path) >= unix.PathMax {
		return "", invalid("path must be shorter than %d bytes, without NUL", unix.PathMax)
	}
	return filepath.Clean(path), nil
}

// Stat returns a path's entry; with follow, that of a link's target.
func Stat(path string, follow bool) (*guestv1.Entry, error) {
	stat := os.Lstat
	if follow {
		stat = os.Stat
	}
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	return names{}.entry(path, info), nil
}

// names are those of users ("u0") and groups ("g0") that were looked up already: each look-up reads
// a file.
type names map[string]string

// of returns the name of a number; empty if the guest has none.
func (n names) of(kind string, number uint32, look func(number string) (string, error)) string {
	text := strconv.FormatUint(uint64(number), 10)
	name, known := n[kind+text]
	if !known {
		found, err := look(text)
		if err == nil {
			name = strings.ToValidUTF8(found, "?")
		}
		n[kind+text] = name
	}
	return name
}

func userName(number string) (string, error) {
	found, err := user.LookupId(number)
	if err != nil {
		return "", err
	}
	return found.Username, nil
}

func groupName(number string) (string, error) {
	found, err := user.LookupGroupId(number)
	if err != nil {
		return "", err
	}
	return found.Name, nil
}

func (n names) entry(path string, info fs.FileInfo) *guestv1.Entry {
	status := info.Sys().(*syscall.Stat_t)
	e := &guestv1.Entry{
		Path:         []byte(path),
		Type:         typeOf(info.Mode()),
		Size:         uint64(info.Size()),
		Mode:         status.Mode & 0o7777,
		Uid:          status.Uid,
		Gid:          status.Gid,
		User:         n.of("u", status.Uid, userName),
		Group:        n.of("g", status.Gid, groupName),
		ModifiedAtUs: info.ModTime().UnixMicro(),
		Version:      version(info),
	}
	if e.Type == guestv1.FileType_LINK {
		if target, err := os.Readlink(path); err == nil {
			e.LinkTarget = []byte(target)
		}
	}
	return e
}

// version changes whenever the file does: its identity, and when it was last written or changed.
func version(info fs.FileInfo) string {
	status := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%x-%x-%x-%x", status.Ino, status.Size, status.Mtim.Nano(), status.Ctim.Nano())
}

func typeOf(mode fs.FileMode) guestv1.FileType {
	switch {
	case mode.IsRegular():
		return guestv1.FileType_FILE
	case mode.IsDir():
		return guestv1.FileType_FOLDER
	case mode&fs.ModeSymlink != 0:
		return guestv1.FileType_LINK
	case mode&fs.ModeDevice != 0:
		return guestv1.FileType_DEVICE
	case mode&fs.ModeNamedPipe != 0:
		return guestv1.FileType_PIPE
	default:
		return guestv1.FileType_FILE_TYPE_OTHER
	}
}

// owner finds the numbers of a user; -1, which changes nothing, if the name is empty.
func owner(name string) (uid, gid int, err error) {
	if name == "" {
		return -1, -1, nil
	}
	found, err := account.Lookup(name)
	if err != nil {
		return 0, 0, invalid("%v", err)
	}
	return int(found.Credential.Uid), int(found.Credential.Gid), nil
}

// makeParents creates a path's missing parents, and gives the new ones to their owner.
func makeParents(path string, uid, gid int) error {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err == nil {
		if !info.IsDir() {
			return invalid("'%s' is not a folder", folder)
		}
		return nil
	}
	if err := makeParents(folder, uid, gid); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil && !os.IsExist(err) {
		return err
	}
	return os.Chown(folder, uid, gid)
}
