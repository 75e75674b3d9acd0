package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	apiPatience       = 10 * time.Second // for the VMM to open its API
	bindPatience      = 100 * time.Millisecond
	handshakePatience = time.Minute // a guest on a busy host is slow, and a new attempt would take even longer
	splicePatience    = 5 * time.Second
	acceptPause       = 100 * time.Millisecond
)

// relays connect the control plane with the sockets that the VMM opens itself. Those are in a
// folder that the VMM can change at will, so a path in it may lead anywhere; a relay makes sure
// that it connects to a socket in exactly that folder. The control plane uses sockets of its own
// user in its own folder, with short paths, which exist before the VMM's start. A pipe in the
// folder receives the VMM's log, which is thus bounded.
type relays struct {
	// The VMM's folder: a jail's root, or its working directory.
	Folder string `json:"folder"`
	// Socket of the VMM's API, in the folder, and the one that the control plane connects to.
	API       string `json:"api"`
	APIListen string `json:"api_listen"`
	// Socket of the guest's vsock device, in the folder, and the one for connections to the agent.
	// The agent listens on the port, and then connects to the same port of the host.
	Vsock       string `json:"vsock"`
	Port        int    `json:"port"`
	AgentListen string `json:"agent_listen"`
	// Whether the guest continues from a saved memory, in which the agent listens already: then it
	// does not say so again.
	Listening bool `json:"listening"`
	// Pipe for the VMM's log, in the folder.
	Log string `json:"log"`
}

// removeSockets removes the control plane's sockets.
func (s relays) removeSockets() {
	for _, path := range []string{s.APIListen, s.AgentListen} {
		_ = os.Remove(path) // leftovers are removed with the folder
	}
}

// relay serves the relays of one VMM.
type relay struct {
	spec      relays
	folder    string // the folder, by a descriptor that stays open as long as this process runs
	log       *os.File
	owner     int
	listeners []net.Listener
	ready     chan struct{} // closed when the agent listens
	ended     chan struct{}
	ending    sync.Once
}

// openRelay creates everything that the VMM's folder needs before the VMM starts.
func openRelay(spec relays, owner int) (*relay, error) {
	descriptor, err := unix.Open(spec.Folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the VMM's folder: %w", err)
	}
	folder := filepath.Join("/proc/self/fd", strconv.Itoa(descriptor))
	r := &relay{spec: spec, folder: folder, owner: owner, ready: make(chan struct{}), ended: make(chan struct{})}
	notice := r.path(spec.Vsock + "_" + strconv.Itoa(spec.Port))
	for _, path := range []string{spec.APIListen, spec.AgentListen, notice} {
		socket, err := listen(path)
		if err != nil {
			r.close()
			return nil, err
		}
		listener, err := net.FileListener(socket)
		socket.Close()
		if err != nil {
			r.close()
			return nil, fmt.Errorf("listen on %s: %w", path, err)
		}
		r.listeners = append(r.listeners, listener)
	}
	if r.log, err = makePipe(r.path(spec.Log)); err != nil {
		r.close()
		return nil, err
	}
	for _, path := range []string{notice, r.path(spec.Log)} {
		if err := os.Lchown(path, owner, owner); err != nil {
			r.close()
			return nil, fmt.Errorf("give ownership of %s to the VMM: %w", path, err)
		}
	}
	return r, nil
}

// makePipe creates a named pipe and opens it for reading and writing, so that it does not end with
// its writers.
func makePipe(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old pipe: %w", err)
	}
	if err := unix.Mkfifo(path, 0o600); err != nil {
		return nil, fmt.Errorf("create the pipe %s: %w", path, err)
	}
	pipe, err := os.OpenFile(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("open the pipe: %w", err)
	}
	return pipe, nil
}

// copyLog copies the VMM's log, until its end.
func (r *relay) copyLog(to io.Writer) { _, _ = io.Copy(to, r.log) }

// path is the path of a file in the VMM's folder, however long the folder's path is.
func (r *relay) path(name string) string {
	return filepath.Join(r.folder, name)
}

// awaitAPI returns when the VMM has opened its API, or has exited.
func (r *relay) awaitAPI(vmmEnded <-chan struct{}) error {
	opened := make(chan error, 1)
	go func() { opened <- r.awaitFile(r.spec.API) }()
	select {
	case err := <-opened:
		return err
	case <-vmmEnded:
		return errors.New("the VMM exited before it opened its API")
	case <-time.After(apiPatience):
		return fmt.Errorf("the VMM has not opened its API within %v", apiPatience)
	}
}

// awaitFile returns when there is a file of this name in the VMM's folder. It starts the watch
// before it checks, so that it misses nothing.
func (r *relay) awaitFile(name string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("watch the VMM's folder: %w", err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	defer events.Close()
	go func() { // so that it does not wait for ever
		<-r.ended
		events.Close()
	}()
	if _, err := unix.InotifyAddWatch(fd, r.path("."), unix.IN_CREATE|unix.IN_MOVED_TO); err != nil {
		return fmt.Errorf("watch the VMM's folder: %w", err)
	}
	buffer := make([]byte, 4096)
	for {
		var state unix.Stat_t
		if err := unix.Lstat(r.path(name), &state); err == nil {
			return nil
		}
		if _, err := events.Read(buffer); err != nil {
			return fmt.Errorf("watch the VMM's folder: %w", err)
		}
	}
}

// serve relays connections from now on.
func (r *relay) serve() {
	api, agent, notice := r.listeners[0], r.listeners[1], r.listeners[2]
	go r.accept(api, func(client net.Conn) (net.Conn, error) { return r.connect(r.spec.API) })
	go r.accept(agent, r.connectAgent)
	go func() {
		defer notice.Close()
		if r.spec.Listening {
			if r.awaitFile(r.spec.Vsock) == nil {
				close(r.ready)
			}
		} else if connection, err := notice.Accept(); err == nil {
			connection.Close()
			close(r.ready)
		}
	}()
}

func (r *relay) accept(listener net.Listener, connect func(client net.Conn) (net.Conn, error)) {
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // for example too many open files
			time.Sleep(acceptPause)
			continue
		}
		go func() {
			defer client.Close()
			server, err := connect(client)
			if err != nil {
				return // the client sees the end of its connection
			}
			defer server.Close()
			splice(client, server)
		}()
	}
}

// splice copies in both directions until both sides have ended.
func splice(a, b net.Conn) {
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(way[1], way[0]) // a failure of one side ends the other
			if writer, ok := way[1].(interface{ CloseWrite() error }); ok {
				_ = writer.CloseWrite()
			}
			done <- struct{}{}
		}()
	}
	<-done
	// When one side has ended, the other has a moment to do so: it may never do so by itself.
	deadline := time.Now().Add(splicePatience)
	_ = errors.Join(a.SetDeadline(deadline), b.SetDeadline(deadline)) // they fail on closed connections
	<-done
}

// connect connects to a socket in the VMM's folder: it does not follow a link to another one.
func (r *relay) connect(name string) (net.Conn, error) {
	file, err := os.OpenFile(r.path(name), unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the VMM's socket: %w", err)
	}
	defer file.Close()
	var state unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &state); err != nil {
		return nil, fmt.Errorf("examine the VMM's socket: %w", err)
	}
	if state.Mode&unix.S_IFMT != unix.S_IFSOCK || int(state.Uid) != r.owner {
		return nil, fmt.Errorf("%s is not a socket of the VMM's own", name)
	}
	path := filepath.Join("/proc/self/fd", strconv.Itoa(int(file.Fd())))
	for deadline := time.Now().Add(bindPatience); ; {
		connection, err := net.Dial("unix", path)
		// A socket exists a moment before it listens, and there is no event for that.
		if !errors.Is(err, unix.ECONNREFUSED) || time.Now().After(deadline) {
			return connection, err
		}
		time.Sleep(time.Millisecond)
	}
}

// connectAgent waits until the agent listens, or the VMM has loaded a guest whose agent does, and
// connects to it through the VMM's vsock device, which expects a line first and answers it. See
// Firecracker's docs/vsock.md.
func (r *relay) connectAgent(client net.Conn) (net.Conn, error) {
	select {
	case <-r.ready:
	case <-r.ended:
		return nil, net.ErrClosed
	}
	server, err := r.connect(r.spec.Vsock)
	if err != nil {
		return nil, err
	}
	if err := handshake(server, r.spec.Port); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return server, nil
}

func handshake(server net.Conn, port int) error {
	if err := server.SetDeadline(time.Now().Add(handshakePatience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(server, "CONNECT %d\n", port); err != nil {
		return err
	}
	// Byte by byte: the bytes after the line belong to the client.
	answer, err := bufio.NewReaderSize(oneByte{server}, 64).ReadSlice('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(answer), "OK ") {
		return fmt.Errorf("the vsock device answered %q", answer)
	}
	return server.SetDeadline(time.Time{})
}

// oneByte reads no more than requested.
type oneByte struct{ io.Reader }

func (o oneByte) Read(b []byte) (int, error) { return o.Reader.Read(b[:1]) }

func (r *relay) close() {
	if r == nil {
		return
	}
	r.ending.Do(func() { close(r.ended) })
	for _, listener := range r.listeners {
		listener.Close()
	}
	r.spec.removeSockets()
	if r.log != nil {
		r.log.Close()
	}
}
