package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// jail is the folder that the VMM sees as its whole file system. A hostile guest may control the
// processes in it: nothing in the folder is trusted after the VMM's start.
type jail struct {
	// The machine's own folder for the jail. It is created at each start, and removed at the end.
	Folder string `json:"folder"`
	// The path of the VMM's root in it.
	Root string `json:"root"`
	// The machine's own user, and the group of the same number.
	UID int `json:"uid"`
	// Files of the host to bind-mount into the root.
	Files []jailedFile `json:"files"`
}

// jailedFile is a file that is bind-mounted into the jail, not copied. A writable one belongs to
// the machine's user.
type jailedFile struct {
	Source   string `json:"source"`
	Name     string `json:"name"`
	Writable bool   `json:"writable"`
}

// prepare creates the root, with an empty file for each bind mount.
func (j jail) prepare() error {
	if err := j.remove(); err != nil {
		return err
	}
	if err := os.MkdirAll(j.Root, 0o700); err != nil {
		return fmt.Errorf("create the jail: %w", err)
	}
	for _, file := range j.Files {
		if file.Writable {
			if err := errors.Join(os.Lchown(file.Source, j.UID, j.UID), os.Chmod(file.Source, 0o600)); err != nil {
				return fmt.Errorf("give the machine ownership of its file: %w", err)
			}
		}
		if err := os.WriteFile(filepath.Join(j.Root, file.Name), nil, 0o444); err != nil {
			return fmt.Errorf("create the jail: %w", err)
		}
	}
	return nil
}

// bind bind-mounts the files, in this process's own mount namespace: nothing of it is left after
// the VMM's exit.
func (j jail) bind() error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("isolate the jail's mounts from the host: %w", err)
	}
	for _, file := range j.Files {
		target := filepath.Join(j.Root, file.Name)
		if err := unix.Mount(file.Source, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s into the jail: %w", file.Source, err)
		}
		flags := uintptr(unix.MS_BIND | unix.MS_REMOUNT | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
		if !file.Writable {
			flags |= unix.MS_RDONLY
		}
		if err := unix.Mount("", target, "", flags, ""); err != nil {
			return fmt.Errorf("protect %s in the jail: %w", file.Source, err)
		}
	}
	return nil
}

// remove removes the jail. It follows no link.
func (j jail) remove() error {
	if err := os.RemoveAll(j.Folder); err != nil {
		return fmt.Errorf("remove the jail: %w", err)
	}
	return nil
}

// namespaces are the VMM's own, in addition to those of its supervisor: mounts, System V IPC, and
// host name.
func (j *jail) namespaces(attributes *syscall.SysProcAttr) {
	attributes.Cloneflags |= unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
}
