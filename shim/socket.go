package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// listen opens a listening Unix socket that only this user can connect to. The folder is the
// control plane's own, so an existing file at the path is left over from an earlier run.
func listen(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("create a socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), path)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return nil, errors.Join(fmt.Errorf("bind %s: %w", path, err), file.Close())
	}
	if err := errors.Join(unix.Chmod(path, 0o600), unix.Listen(fd, 16)); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", path, err), file.Close())
	}
	return file, nil
}
