package channel

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

// Listen opens the machine's channel. From then on the control plane can reach the agent.
func Listen() (net.Listener, error) {
	path, err := findPort()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return listenVsock()
	}
	p, err := newPort(path)
	if err != nil {
		return nil, err
	}
	return newListener(p), nil
}

func newListener(p stream) *listener {
	l := &listener{port: p, accepted: make(chan *session)}
	go l.receive()
	return l
}

// stream is the part of a port that the listener needs.
type stream interface {
	// read waits for bytes. io.EOF: the other end has closed.
	read(buffer []byte, connected bool) (int, error)
	// write writes all of data, or stops when done is closed.
	write(data []byte, done <-chan struct{}) (int, error)
}

// listener returns one session after the other; a new one ends the previous one.
type listener struct {
	port     stream
	accepted chan *session
	writing  sync.Mutex // held while a session writes, so that a greeting's reply never interrupts it
	failure  error      // why accepted was closed
}

func (l *listener) Accept() (net.Conn, error) {
	s, open := <-l.accepted
	if !open {
		return nil, l.failure
	}
	return s, nil
}

func (l *listener) Close() error   { return nil }
func (l *listener) Addr() net.Addr { return address{} }

// receive is the only reader of the port. It passes the bytes to the open session.
func (l *listener) receive() {
	var current *session
	var scanner greetingScanner
	buffer := make([]byte, 32*1024)
	for {
		n, err := l.port.read(buffer, current != nil)
		if err != nil && !errors.Is(err, io.EOF) {
			l.failure = err
			close(l.accepted)
			return
		}
		piece := buffer[:n]
		found, rest := scanner.scan(piece)
		if current != nil && (err != nil || found != nil) {
			current.Close()
			current = nil
		}
		if found != nil {
			current = l.open(found)
			piece = rest
		}
		if current != nil && len(piece) > 0 {
			// Unbuffered: a reader that has stopped makes the control plane wait, instead of
			// filling memory.
			if _, err := current.incoming.Write(piece); err != nil {
				current = nil
			}
		}
	}
}

func (l *listener) open(greeting []byte) *session {
	reader, writer := io.Pipe()
	s := &session{listener: l, outgoing: reader, incoming: writer, done: make(chan struct{})}
	l.writing.Lock()
	_, err := l.port.write(greeting, s.done)
	l.writing.Unlock()
	if err != nil {
		return nil
	}
	l.accepted <- s
	return s
}

// session is one control plane's connection. Deadlines are ignored: gRPC sets them only at the
// beginning of a connection.
type session struct {
	listener *listener
	outgoing *io.PipeReader // what the control plane sent
	incoming *io.PipeWriter
	done     chan struct{}
	closing  sync.Once
}

func (s *session) Read(b []byte) (int, error) { return s.outgoing.Read(b) }

func (s *session) Write(b []byte) (int, error) {
	s.listener.writing.Lock()
	defer s.listener.writing.Unlock()
	select {
	case <-s.done:
		return 0, io.ErrClosedPipe
	default:
		return s.listener.port.write(b, s.done)
	}
}

func (s *session) Close() error {
	s.closing.Do(func() {
		close(s.done)
		s.incoming.Close()
		s.outgoing.Close()
	})
	return nil
}

func (s *session) LocalAddr() net.Addr              { return address{} }
func (s *session) RemoteAddr() net.Addr             { return address{} }
func (s *session) SetDeadline(time.Time) error      { return nil }
func (s *session) SetReadDeadline(time.Time) error  { return nil }
func (s *session) SetWriteDeadline(time.Time) error { return nil }

type address struct{}

func (address) Network() string { return "virtio-serial" }
func (address) String() string  { return guestv1.SerialPort }
