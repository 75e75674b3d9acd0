package files

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"hyperfleet.dev/agent/frame"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

// Read sends a regular file's bytes: first its entry, then pieces of at most frame.MaxData bytes. A
// length of 0 means to the end; an empty version matches any.
func Read(path string, offset, length uint64, wanted string, send func(*guestv1.ReadResponse) error) error {
	file, info, err := openRegular(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if wanted != "" && version(info) != wanted {
		return &ChangedError{path}
	}
	if err := send(&guestv1.ReadResponse{Entry: names{}.entry(path, info)}); err != nil {
		return err
	}
	if _, err := file.Seek(int64(offset), io.SeekStart); err != nil {
		return err
	}
	var reader io.Reader = file
	if length > 0 {
		reader = io.LimitReader(file, int64(length))
	}
	return sendAll(reader, send)
}

// openRegular opens a regular file only: opening a device may have effects, opening a pipe may
// block for ever.
func openRegular(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, notRegular(path, info)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err == nil && !info.Mode().IsRegular() {
		err = notRegular(path, info)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func notRegular(path string, info os.FileInfo) error {
	if info.IsDir() {
		return invalid("'%s' is a folder", path)
	}
	return invalid("'%s' is not a regular file: devices, pipes and sockets are neither read nor written", path)
}

func sendAll(reader io.Reader, send func(*guestv1.ReadResponse) error) error {
	buffer := make([]byte, frame.MaxData)
	for {
		n, err := reader.Read(buffer)
		if n > 0 {
			if err := send(&guestv1.ReadResponse{Data: buffer[:n]}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
