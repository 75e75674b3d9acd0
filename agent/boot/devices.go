package boot

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// The kernel makes the devices; these links belong to every /dev too.
var deviceLinks = map[string]string{
	"fd":     "/proc/self/fd",
	"stdin":  "/proc/self/fd/0",
	"stdout": "/proc/self/fd/1",
	"stderr": "/proc/self/fd/2",
}

func linkDevices(folder string) error {
	for name, target := range deviceLinks {
		if err := os.Symlink(target, folder+"/"+name); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("create a link in /dev: %w", err)
		}
	}
	return nil
}

// shareFolder makes a folder in which every user may create files, and remove only their own.
func shareFolder(path string) error {
	const shared = 0o777 | os.ModeSticky
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if info.Mode()&(os.ModePerm|os.ModeSticky) == shared {
		return nil // a change would copy it to the machine's disk
	}
	if err := os.Chmod(path, shared); err != nil {
		return fmt.Errorf("share %s: %w", path, err)
	}
	return nil
}

// perhaps mounts what not all kernels have.
func perhaps(m mount) error {
	if err := m.perform(); err != nil && !errors.Is(err, unix.ENODEV) {
		return err
	}
	return nil
}
