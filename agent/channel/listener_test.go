package channel

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

const patience = 10 * time.Second // for a machine under load; nothing here takes that long

// fakePort is a port in memory. The test is the control plane at its other end.
type fakePort struct {
	fromHost chan []byte   // what the host sends, piece by piece; nil: it disconnects
	broken   chan struct{} // closed: reading fails
	room     chan struct{} // closed: the host reads
	blocked  chan struct{} // a token each time that a writer finds no space

	mutex  sync.Mutex
	toHost bytes.Buffer
}

var errBroken = errors.New("the port is broken")

func newFakePort() *fakePort {
	p := &fakePort{
		fromHost: make(chan []byte, 100), broken: make(chan struct{}),
		room: make(chan struct{}), blocked: make(chan struct{}, 100),
	}
	close(p.room)
	return p
}

func (p *fakePort) read(buffer []byte, connected bool) (int, error) {
	for {
		select {
		case <-p.broken:
			return 0, errBroken
		case piece := <-p.fromHost:
			if piece == nil && !connected {
				continue // as the real one: it waits for the next connection
			}
			if piece == nil {
				return 0, io.EOF
			}
			return copy(buffer, piece), nil
		}
	}
}

func (p *fakePort) write(data []byte, done <-chan struct{}) (int, error) {
	p.mutex.Lock()
	room := p.room
	p.mutex.Unlock()
	select {
	case <-room:
	default:
		p.blocked <- struct{}{}
		select {
		case <-room:
		case <-done:
			return 0, io.ErrClosedPipe
		}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.toHost.Write(data)
}

// stopReading makes writers wait, from now on.
func (p *fakePort) stopReading() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.room = make(chan struct{})
}

func (p *fakePort) readAgain() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	close(p.room)
}

// taken returns what the host has received since the last call.
func (p *fakePort) taken() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	defer p.toHost.Reset()
	return p.toHost.String()
}

type fixture struct {
	*testing.T
	port     *fakePort
	listener *listener
}

func listen(t *testing.T) fixture {
	p := newFakePort()
	l := newListener(p)
	t.Cleanup(func() {
		close(p.broken) // its goroutine ends
		within(t, "the end of the listener", func() {
			for err := error(nil); err == nil; {
				_, err = l.Accept()
			}
		})
	})
	return fixture{t, p, l}
}

// within fails the test when the function does not return.
func within(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s did not happen within %v", what, patience)
	}
}

func (f fixture) send(pieces ...string) {
	f.Helper()
	for _, piece := range pieces {
		within(f.T, "the listener's reading", func() { f.port.fromHost <- []byte(piece) })
	}
}

func (f fixture) hangUp() {
	f.Helper()
	within(f.T, "the listener's reading", func() { f.port.fromHost <- nil })
}

func (f fixture) accept() net.Conn {
	f.Helper()
	var connection net.Conn
	within(f.T, "a session", func() {
		var err error
		if connection, err = f.listener.Accept(); err != nil {
			f.Errorf("accept: %v", err)
		}
	})
	if connection == nil {
		f.FailNow()
	}
	return connection
}

// expect reads exactly these bytes.
func (f fixture) expect(connection net.Conn, want string) {
	f.Helper()
	got := make([]byte, len(want))
	within(f.T, "what was sent", func() {
		if _, err := io.ReadFull(connection, got); err != nil {
			f.Errorf("read: %v", err)
		}
	})
	if string(got) != want {
		f.Errorf("read %q, want %q", got, want)
	}
}

func (f fixture) expectEnd(connection net.Conn) {
	f.Helper()
	within(f.T, "the session's end", func() {
		if rest, err := io.ReadAll(connection); len(rest) > 0 || (err != nil && !errors.Is(err, io.ErrClosedPipe)) {
			f.Errorf("at its end the session has %q (%v)", rest, err)
		}
	})
	if _, err := connection.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		f.Errorf("write after the end: %v", err)
	}
}

func TestASessionBeginsWithTheGreetingSentBack(t *testing.T) {
	f := listen(t)
	f.send(one + "request")
	session := f.accept()
	if answer := f.port.taken(); answer != one {
		t.Errorf("the answer is %q, want the greeting", answer)
	}
	f.expect(session, "request")
	f.send(" con", "tinues")
	f.expect(session, " continues")
	if n, err := session.Write([]byte("response")); n != 8 || err != nil {
		t.Errorf("wrote %d bytes: %v", n, err)
	}
	if seen := f.port.taken(); seen != "response" {
		t.Errorf("the host sees %q", seen)
	}
}

func TestWhatComesBeforeAGreetingIsDropped(t *testing.T) {
	f := listen(t)
	f.send("left over", "from before"+one[:10], one[10:30], one[30:]+"request")
	f.expect(f.accept(), "request")
	if answer := f.port.taken(); answer != one {
		t.Errorf("the answer is %q, want the greeting alone", answer)
	}
}

func TestANewGreetingEndsTheSessionThatIsOpen(t *testing.T) {
	f := listen(t)
	f.send(one)
	first := f.accept()
	f.send(two + "second")
	second := f.accept()
	f.expectEnd(first)
	f.expect(second, "second")
}

func TestOfTwoGreetingsAtOnceTheLastCounts(t *testing.T) {
	f := listen(t)
	f.send(one + "first" + two + "second")
	f.expect(f.accept(), "second")
	if answer := f.port.taken(); answer != two {
		t.Errorf("the answer is %q, want the second greeting alone", answer)
	}
}

func TestAHostThatHangsUpEndsTheSessionAndTheNextOneIsServed(t *testing.T) {
	f := listen(t)
	f.send(one)
	first := f.accept()
	f.hangUp()
	f.expectEnd(first)
	f.hangUp() // no session: no effect
	f.send("late", two+"second")
	f.expect(f.accept(), "second")
}

func TestAWriterThatWaitsForTheHostIsReleasedWhenItsSessionEnds(t *testing.T) {
	ends := map[string]func(f fixture, session net.Conn){
		"by a new greeting": func(f fixture, _ net.Conn) { f.send(two) },
		"by the host":       func(f fixture, _ net.Conn) { f.hangUp() },
		"by its own side":   func(_ fixture, session net.Conn) { session.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			f := listen(t)
			f.send(one)
			session := f.accept()
			f.port.stopReading()
			written := make(chan error, 1)
			go func() {
				_, err := session.Write([]byte("response"))
				written <- err
			}()
			within(t, "a writer that waits", func() { <-f.port.blocked })
			end(f, session)
			within(t, "the writer's release", func() {
				if err := <-written; !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("write: %v", err)
				}
			})
			f.port.readAgain()
			f.send(one + "next")
			for seen := ""; seen != "next"; { // the session of the new greeting is first, and has ended
				next := f.accept()
				within(t, "what was sent", func() {
					bytes, _ := io.ReadAll(io.LimitReader(next, 4))
					seen = string(bytes)
				})
			}
		})
	}
}

func TestASessionThatItsOwnSideHasClosedDoesNotHoldUpTheNext(t *testing.T) {
	f := listen(t)
	f.send(one)
	session := f.accept()
	if err := errors.Join(session.Close(), session.Close()); err != nil {
		t.Errorf("close: %v", err)
	}
	f.send("for nobody", "still for nobody", two+"second")
	f.expect(f.accept(), "second")
}

func TestAReaderThatWaitsIsReleasedWhenItsSessionEnds(t *testing.T) {
	f := listen(t)
	f.send(one)
	session := f.accept()
	read := make(chan error, 1)
	go func() {
		_, err := session.Read(make([]byte, 1))
		read <- err
	}()
	f.hangUp()
	within(t, "the reader's release", func() {
		if err := <-read; !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("read: %v", err)
		}
	})
}

func TestAPortThatBreaksEndsTheListener(t *testing.T) {
	p := newFakePort()
	l := newListener(p)
	close(p.broken)
	within(t, "the listener's end", func() {
		for range 2 { // for ever, not once
			if _, err := l.Accept(); !errors.Is(err, errBroken) {
				t.Errorf("accept: %v", err)
			}
		}
	})
}
