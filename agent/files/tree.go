package files

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// virtual are the kernel's own file systems: what they show is not stored anywhere, and some of it
// cannot be read, or has no end.
var virtual = map[int64]bool{
	unix.PROC_SUPER_MAGIC:    true,
	unix.SYSFS_MAGIC:         true,
	unix.CGROUP_SUPER_MAGIC:  true,
	unix.CGROUP2_SUPER_MAGIC: true,
	unix.DEVPTS_SUPER_MAGIC:  true,
	unix.DEBUGFS_MAGIC:       true,
	unix.TRACEFS_MAGIC:       true,
	unix.SECURITYFS_MAGIC:    true,
	unix.BPF_FS_MAGIC:        true,
}

// WriteTar writes a folder, or a file, as tar. Names are relative to the folder, or to a file's
// parent. Sockets are skipped, and so is what is in virtual file systems below the folder; a file
// that shrinks meanwhile is padded with zeros, as usual.
func WriteTar(folder string, to io.Writer) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(to)
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return notRegular(folder, info)
		}
		if err := addToTar(archive, folder, filepath.Base(folder), info); err != nil {
			return err
		}
		return archive.Close()
	}
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	err = filepath.WalkDir(real, func(file string, child fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(real, file)
		if err != nil {
			return err
		}
		info, err := child.Info()
		if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Mode()&fs.ModeSocket != 0) {
			return nil // gone meanwhile, or of a type that tar does not support
		}
		if err != nil {
			return err
		}
		if err := addToTar(archive, file, name, info); err != nil {
			return err
		}
		if info.IsDir() && file != real && isVirtual(file) {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

func isVirtual(folder string) bool {
	var system unix.Statfs_t
	return unix.Statfs(folder, &system) == nil && virtual[system.Type]
}

func addToTar(archive *tar.Writer, file, name string, info fs.FileInfo) error {
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(file)
		if err != nil {
			return err
		}
		link = target
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return fmt.Errorf("describe '%s': %w", file, err)
	}
	header.Name = name
	if info.IsDir() {
		header.Name += "/"
	}
	header.Format = tar.FormatPAX
	header.AccessTime, header.ChangeTime = time.Time{}, time.Time{}
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	content, _, err := openRegular(file)
	if err != nil {
		return err
	}
	defer content.Close()
	written, err := io.Copy(archive, io.LimitReader(content, header.Size))
	if err != nil {
		return err
	}
	_, err = io.CopyN(archive, zeros{}, header.Size-written)
	return err
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// ReadTar unpacks a tar into a folder, and never writes anywhere else, whatever its names and links
// are. With a user, everything belongs to that user.
func ReadTar(folder string, parents bool, user string, content io.Reader) (entries uint64, err error) {
	uid, gid, err := owner(user)
	if err != nil {
		return 0, err
	}
	if parents {
		if err := makeParents(filepath.Join(folder, "x"), uid, gid); err != nil {
			return 0, err
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	archive := tar.NewReader(content)
	folders := map[string]*tar.Header{} // whose modification time is set last
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return entries, tarError(err)
		}
		if user != "" {
			header.Uid, header.Gid = uid, gid
		}
		header.Name = path.Clean(header.Name)
		if !filepath.IsLocal(header.Name) {
			return entries, invalid("the archive has an entry that leads out of the folder: '%s'", header.Name)
		}
		if err := extract(root, archive, header); err != nil {
			return entries, err
		}
		if header.Typeflag == tar.TypeDir {
			folders[header.Name] = header
		}
		entries++
	}
	for name, header := range folders {
		if err := root.Chtimes(name, header.ModTime, header.ModTime); err != nil {
			return entries, err
		}
	}
	return entries, nil
}

func tarError(err error) error {
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid("the archive is not a tar, or is incomplete: %v", err)
	}
	return err
}

func extract(root *os.Root, archive *tar.Reader, header *tar.Header) error {
	name := header.Name
	if header.Typeflag != tar.TypeDir {
		if err := root.MkdirAll(path.Dir(name), newFolderMode); err != nil {
			return err
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	var err error
	switch header.Typeflag {
	case tar.TypeReg:
		err = extractFile(root, archive, header)
	case tar.TypeDir:
		err = root.MkdirAll(name, newFolderMode)
	case tar.TypeSymlink:
		if err = root.Symlink(header.Linkname, name); err == nil {
			err = errors.Join(root.Lchown(name, header.Uid, header.Gid), setLinkTime(root, name, header.ModTime))
		}
		return err
	case tar.TypeLink:
		return root.Link(path.Clean(header.Linkname), name)
	default:
		return invalid("the archive has '%s', which is not a file, folder or link", name)
	}
	if err != nil {
		return err
	}
	return setAttributes(root, header)
}

// setLinkTime sets the time of a link itself, which os.Root cannot do.
func setLinkTime(root *os.Root, name string, changed time.Time) error {
	folder, err := root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	return linkTime(int(folder.Fd()), path.Base(name), changed)
}

func linkTime(folder int, name string, changed time.Time) error {
	times := []unix.Timespec{unix.NsecToTimespec(changed.UnixNano()), unix.NsecToTimespec(changed.UnixNano())}
	if err := unix.UtimesNanoAt(folder, name, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "set the time of", Path: name, Err: err}
	}
	return nil
}

func extractFile(root *os.Root, archive *tar.Reader, header *tar.Header) error {
	file, err := root.OpenFile(header.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(onlyWriter{file}, archive)
	if err != nil {
		err = tarError(err)
	}
	return errors.Join(err, file.Close())
}

func setAttributes(root *os.Root, header *tar.Header) error {
	if err := root.Lchown(header.Name, header.Uid, header.Gid); err != nil {
		return err
	}
	mode := fs.FileMode(header.Mode & 0o777)
	for bit, flag := range map[int64]fs.FileMode{unix.S_ISUID: fs.ModeSetuid, unix.S_ISGID: fs.ModeSetgid, unix.S_ISVTX: fs.ModeSticky} {
		if header.Mode&bit != 0 {
			mode |= flag
		}
	}
	if err := root.Chmod(header.Name, mode); err != nil {
		return err
	}
	return root.Chtimes(header.Name, header.ModTime, header.ModTime)
}
