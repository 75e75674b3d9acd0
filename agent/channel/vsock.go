package channel

import (
	"fmt"
	"io"
	"net"
	"time"

	"github.com/mdlayher/vsock"
	"golang.org/x/sys/unix"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	vsockPort        = guestv1.VsockPort
	greetingPatience = 10 * time.Second
)

// listenVsock listens on the guest's vsock device, and notifies the host, which therefore need not
// retry. Each connection is a separate session; it begins with a greeting nevertheless, so that the
// control plane need not know which device it uses.
func listenVsock() (net.Listener, error) {
	inner, err := vsock.ListenContextID(unix.VMADDR_CID_ANY, vsockPort, nil)
	if err != nil {
		return nil, fmt.Errorf("listen on vsock port %d: %w", vsockPort, err)
	}
	notice, err := vsock.Dial(vsock.Host, vsockPort, nil)
	if err != nil {
		return nil, fmt.Errorf("tell the host that the agent listens: %w", err)
	}
	notice.Close()
	return newGreetedListener(inner), nil
}

// greetedListener returns connections that begin with a greeting, and drops others.
type greetedListener struct {
	net.Listener
	greeted chan net.Conn
	failure error // why greeted was closed
}

func newGreetedListener(inner net.Listener) *greetedListener {
	l := &greetedListener{Listener: inner, greeted: make(chan net.Conn)}
	go l.receive()
	return l
}

func (l *greetedListener) Accept() (net.Conn, error) {
	connection, open := <-l.greeted
	if !open {
		return nil, l.failure
	}
	return connection, nil
}

func (l *greetedListener) receive() {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			l.failure = err
			close(l.greeted)
			return
		}
		go l.greet(connection)
	}
}

// greet repeats the greeting. A peer that sends anything else is not a control plane.
func (l *greetedListener) greet(connection net.Conn) {
	line := make([]byte, greetingLength)
	deadline := time.Now().Add(greetingPatience)
	if err := connection.SetDeadline(deadline); err != nil {
		connection.Close()
		return
	}
	_, err := io.ReadFull(connection, line)
	if err == nil && string(line[:len(greeting)]) == greeting && isGreeting(line) {
		_, err = connection.Write(line)
		if err == nil && connection.SetDeadline(time.Time{}) == nil {
			l.greeted <- connection
			return
		}
	}
	connection.Close()
}
