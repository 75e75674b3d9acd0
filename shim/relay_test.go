package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// vmmFolder is the folder of a VMM that the test simulates, with a relay in front of it.
type vmmFolder struct {
	*testing.T
	*relay
	outside string // the folder of the control plane's sockets
}

func relayed(t *testing.T) vmmFolder {
	t.Helper()
	// A path that is too long for a Unix socket's address.
	folder := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	outside, err := os.MkdirTemp("", "relay")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(outside) })
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := openRelay(relays{
		Folder: folder, API: "vmm.sock", APIListen: filepath.Join(outside, "vmm.sock"),
		Vsock: "agent.sock", Port: 1024, AgentListen: filepath.Join(outside, "agent.sock"), Log: "vmm.log",
	}, os.Getuid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return vmmFolder{t, r, outside}
}

// listens makes the VMM listen on a socket in its folder, and answer each connection like this.
func (f vmmFolder) listens(name string, answer func(net.Conn)) {
	f.Helper()
	socket, err := listen(f.path(name))
	if err != nil {
		f.Fatal(err)
	}
	listener, err := net.FileListener(socket)
	socket.Close()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				answer(connection)
			}()
		}
	}()
}

func (f vmmFolder) dial(name string) net.Conn {
	f.Helper()
	connection, err := net.Dial("unix", filepath.Join(f.outside, name))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		f.Fatal(err)
	}
	return connection
}

func echo(connection net.Conn) { _, _ = io.Copy(connection, connection) }

func (f vmmFolder) says(connection net.Conn, what, want string) {
	f.Helper()
	if _, err := io.WriteString(connection, what); err != nil {
		f.Fatal(err)
	}
	answer := make([]byte, len(want))
	if _, err := io.ReadFull(connection, answer); err != nil || string(answer) != want {
		f.Fatalf("the answer is %q (%v), want %q", answer, err, want)
	}
}

func TestTheAPIIsReachedThroughAShortPathWhateverTheFoldersOwn(t *testing.T) {
	f := relayed(t)
	waited := make(chan error, 1)
	go func() { waited <- f.awaitAPI(make(chan struct{})) }()
	f.listens("vmm.sock", echo)
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	f.serve()
	f.says(f.dial("vmm.sock"), "hello", "hello")
}

func TestAVMMThatEndsBeforeItsAPIIsThereIsNotWaitedFor(t *testing.T) {
	f := relayed(t)
	ended := make(chan struct{})
	close(ended)
	if err := f.awaitAPI(ended); err == nil || !strings.Contains(err.Error(), "exited before it opened its API") {
		t.Errorf("%v, want that it has ended", err)
	}
}

func TestALinkInTheVMMsFolderLeadsNowhere(t *testing.T) {
	f := relayed(t)
	victim := filepath.Join(f.outside, "victim.sock")
	socket, err := listen(victim)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := os.Symlink(victim, f.path("vmm.sock")); err != nil {
		t.Fatal(err)
	}
	f.serve()
	if _, err := f.dial("vmm.sock").Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want the end of the connection", err)
	}
	if n, _ := unix.Poll([]unix.PollFd{{Fd: int32(socket.Fd()), Events: unix.POLLIN}}, 0); n != 0 {
		t.Error("something has connected to the link's target")
	}
}

func TestTheAgentIsReachedOnceItHasSaidThatItListens(t *testing.T) {
	f := relayed(t)
	f.serve()
	early := f.dial("agent.sock") // before anything exists
	f.listens("agent.sock", func(connection net.Conn) {
		line, err := bufio.NewReaderSize(oneByte{connection}, 32).ReadString('\n')
		if err != nil || line != "CONNECT 1024\n" {
			fmt.Fprintf(connection, "unexpected %q %v\n", line, err)
			return
		}
		// Bytes right after the answer belong to the agent.
		fmt.Fprint(connection, "OK 1073741824\nagent says ")
		echo(connection)
	})
	notice, err := net.Dial("unix", f.path("agent.sock_1024"))
	if err != nil {
		t.Fatal(err)
	}
	notice.Close()
	f.says(early, "early", "agent says early")
	f.says(f.dial("agent.sock"), "later", "agent says later")
}

func TestAnAgentThatListensInASavedMemoryIsReachedOnceThatIsLoaded(t *testing.T) {
	f := relayed(t)
	f.spec.Listening = true
	f.serve()
	early := f.dial("agent.sock") // before the VMM has loaded the guest
	f.listens("agent.sock", func(connection net.Conn) {
		if _, err := bufio.NewReaderSize(oneByte{connection}, 32).ReadString('\n'); err == nil {
			fmt.Fprint(connection, "OK 1073741824\n")
			echo(connection)
		}
	})
	f.says(early, "early", "early")
}

func TestAnAgentThatRefusesEndsTheConnection(t *testing.T) {
	f := relayed(t)
	f.serve()
	f.listens("agent.sock", func(connection net.Conn) { fmt.Fprint(connection, strings.Repeat("no", 100)) })
	notice, err := net.Dial("unix", f.path("agent.sock_1024"))
	if err != nil {
		t.Fatal(err)
	}
	notice.Close()
	if _, err := f.dial("agent.sock").Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("%v, want the end of the connection", err)
	}
}

func TestWhatTheVMMLogsIsTakenFromItsPipe(t *testing.T) {
	f := relayed(t)
	reader, writer := io.Pipe()
	go f.copyLog(writer)
	log, err := os.OpenFile(f.path("vmm.log"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if _, err := fmt.Fprintln(log, "a line"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(reader).ReadString('\n'); err != nil || line != "a line\n" {
		t.Errorf("%q (%v), want the line", line, err)
	}
}

func TestAfterTheEndTheControlPlanesSocketsAreGone(t *testing.T) {
	f := relayed(t)
	f.serve()
	waiting := f.dial("agent.sock") // for an agent that never listens
	f.close()
	if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("%v, want the end of the connection", err)
	}
	left, err := os.ReadDir(f.outside)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

func TestTheKernelsLastWordsAreHeardHoweverTheyCome(t *testing.T) {
	words := []string{"reboot: System halted", "reboot: Power down"}
	for _, text := range []string{"[ 1.0] reboot: System halted\n", "x\nreboot: Power down"} {
		for size := 1; size <= len(text); size++ {
			heard := 0
			var console strings.Builder
			w := &haltWatch{Writer: &console, words: words, halted: func() { heard++ }}
			for at := 0; at < len(text); at += size {
				if _, err := io.WriteString(w, text[at:min(at+size, len(text))]); err != nil {
					t.Fatal(err)
				}
			}
			if heard == 0 || console.String() != text {
				t.Errorf("in pieces of %d: heard %d times, console %q", size, heard, console.String())
			}
		}
	}
	quiet := &haltWatch{Writer: io.Discard, words: words, halted: func() { t.Error("heard what was not said") }}
	for _, text := range []string{"reboot: ", "System halte", "reboot: Restarting system", "Power down"} {
		_, _ = io.WriteString(quiet, text+"\n")
	}
}
