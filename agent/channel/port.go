package channel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

// port is a virtio-serial port. While the other end is closed, its read returns 0 bytes at once,
// every time, and only an edge signals a change; so it has its own edge-triggered epoll instead of
// the runtime's. One goroutine may read while others write.
type port struct {
	fd, epoll          int
	readable, writable chan struct{} // each holds one token: try again
}

// findPort finds the port by its name: its device number depends on the order of the devices.
// Empty: the guest has no such port.
func findPort() (string, error) {
	names, err := filepath.Glob("/sys/class/virtio-ports/*/name")
	if err != nil {
		return "", fmt.Errorf("list virtio ports: %w", err)
	}
	for _, file := range names {
		if name, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(name)) == guestv1.SerialPort {
			return "/dev/" + filepath.Base(filepath.Dir(file)), nil
		}
	}
	return "", nil
}

func newPort(path string) (*port, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create an epoll for %s: %w", path, err)
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLET, Fd: int32(fd)}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	p := &port{fd, epoll, make(chan struct{}, 1), make(chan struct{}, 1)}
	go p.watch()
	return p, nil
}

func (p *port) watch() {
	events := make([]unix.EpollEvent, 1)
	for {
		if _, err := unix.EpollWait(p.epoll, events, -1); err != nil && !errors.Is(err, unix.EINTR) {
			panic(fmt.Sprintf("wait for the agent's port: %v", err))
		}
		for _, c := range []chan struct{}{p.readable, p.writable} {
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}
}

// read waits for bytes. io.EOF: the other end has closed; the next read waits for the next
// connection.
func (p *port) read(buffer []byte, connected bool) (int, error) {
	for {
		n, err := unix.Read(p.fd, buffer)
		switch {
		case n > 0:
			return n, nil
		case err == nil && connected:
			return 0, io.EOF
		case err == nil || errors.Is(err, unix.EAGAIN):
			<-p.readable
		case !errors.Is(err, unix.EINTR):
			return 0, fmt.Errorf("read the agent's port: %w", err)
		}
	}
}

// write writes all of data, or stops when done is closed.
func (p *port) write(data []byte, done <-chan struct{}) (int, error) {
	written := 0
	for written < len(data) {
		n, err := unix.Write(p.fd, data[written:])
		switch {
		case err == nil:
			written += n
		case errors.Is(err, unix.EAGAIN):
			select {
			case <-p.writable:
			case <-done:
				return written, io.ErrClosedPipe
			}
		case !errors.Is(err, unix.EINTR):
			return written, fmt.Errorf("write the agent's port: %w", err)
		}
	}
	return written, nil
}
