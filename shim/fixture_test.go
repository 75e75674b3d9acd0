package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	patience = 20 * time.Second // for a machine under load; nothing here takes that long
	never    = "300"            // seconds that a VMM would run if it were not killed
)

// shim is the program under test, built once.
var shim string

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "act-as-vmm" {
		actAsVMM(os.Args[2])
		return
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	if shim = os.Getenv("SHIM_TEST_PROGRAM"); shim != "" {
		return m.Run()
	}
	folder, err := os.MkdirTemp("", "shim-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	shim = filepath.Join(folder, "shim")
	build := exec.Command("go", "build", "-o", shim, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the shim:", err)
		return 1
	}
	return m.Run()
}

// actAsVMM is the VMM of some tests: this test program itself, in place of QEMU.
func actAsVMM(role string) {
	switch role {
	case "open-api":
		openAPI(os.Args[3])
	case "serve":
		// Each client of an inherited socket gets its number, and the VMM exits after both were
		// used.
		for fd := 3; fd <= 4; fd++ {
			listener, err := net.FileListener(os.NewFile(uintptr(fd), "inherited"))
			if err != nil {
				fmt.Println("socket", fd, err)
				return
			}
			connection, err := listener.Accept()
			if err != nil {
				fmt.Println("socket", fd, err)
				return
			}
			fmt.Fprintln(connection, "socket", fd)
			connection.Close()
		}
	case "look":
		status, _ := os.ReadFile("/proc/self/status")
		fmt.Print(string(status))
		for _, resource := range []int{unix.RLIMIT_FSIZE, unix.RLIMIT_NOFILE, unix.RLIMIT_CORE} {
			var limit unix.Rlimit
			_ = unix.Getrlimit(resource, &limit)
			fmt.Println("limit", resource, limit.Cur, limit.Max)
		}
		fmt.Println("environment", os.Environ())
		for _, host := range []string{"10.1.2.3", "8.8.8.8"} {
			_, err := net.Dial("udp4", net.JoinHostPort(host, "9"))
			switch {
			case errors.Is(err, unix.EHOSTUNREACH):
				fmt.Println("shut off", host)
			case errors.Is(err, unix.ENETUNREACH):
				fmt.Println("no route", host)
			default:
				fmt.Println("open", host, err)
			}
		}
		interfaces, _ := net.Interfaces()
		for _, card := range interfaces {
			fmt.Println("interface", card.Name)
		}
		// A process with a capability could undo the confinement.
		fmt.Println("namespace", unix.Unshare(unix.CLONE_NEWNET))
	}
}

// fixture is the folder of one machine, and its processes.
type fixture struct {
	t        *testing.T
	folder   string
	spec     spec
	identity identity
	vmm      int // pidfds: they cannot be reused, and signal the exit
	shim     int
}

func newFixture(t *testing.T, command ...string) *fixture {
	t.Helper()
	folder, err := os.MkdirTemp("", "shim") // t.TempDir is too long for a socket's address
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	in := func(name string) string { return filepath.Join(folder, name) }
	return &fixture{t: t, folder: folder, vmm: -1, shim: -1, spec: spec{
		Version: formatVersion, Run: 1, Confinement: unconfined, Command: command,
		Sockets: []string{in("vmm.sock"), in("agent.sock")}, Control: in("shim.sock"),
		ConsoleLog: in("console.log"), VMMLog: in("vmm.log"), LogLimit: 64 * 1024,
		ExitRecord: in("exit.json"),
	}}
}

// shell is a machine whose VMM is a shell script. Its folder has a pipe, "go", on which it can
// wait.
func shell(t *testing.T, script string) *fixture {
	t.Helper()
	f := newFixture(t, "/bin/sh", "-c", "", "vmm")
	if err := unix.Mkfifo(filepath.Join(f.folder, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.spec.Command[2] = "cd " + f.folder + "; " + script
	return f
}

// try launches, and returns the shim's output.
func (f *fixture) try() (stdout, stderr string, err error) {
	f.t.Helper()
	content, err := json.Marshal(f.spec)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.folder, "launch.json"), content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	var out, problems strings.Builder
	command := exec.Command(shim, "launch", f.folder)
	command.Stdout, command.Stderr = &out, &problems
	err = command.Run()
	return out.String(), problems.String(), err
}

func (f *fixture) launch() *fixture {
	f.t.Helper()
	stdout, stderr, err := f.try()
	if err != nil {
		f.t.Fatalf("launch: %v: %s", err, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &f.identity); err != nil {
		f.t.Fatalf("launch printed %q: %v", stdout, err)
	}
	return f
}

// hold opens the processes, so that the test can observe their exit and leaves none. For a VMM that
// does not exit by itself.
func (f *fixture) hold() *fixture {
	f.t.Helper()
	var err error
	if f.shim, err = unix.PidfdOpen(parent(f.t, f.identity.PID), 0); err != nil {
		f.t.Fatal(err)
	}
	if f.vmm, err = unix.PidfdOpen(f.identity.PID, 0); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		for _, process := range []int{f.vmm, f.shim} {
			_ = unix.PidfdSendSignal(process, unix.SIGKILL, nil, 0)
			f.awaitEnd(process)
			unix.Close(process)
		}
	})
	return f
}

func (f *fixture) awaitEnd(process int) {
	f.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, int(time.Until(deadline).Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n != 1 {
			f.t.Fatalf("a process has not ended within %v (%v)", patience, err)
		}
		return
	}
}

func parent(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if number, found := strings.CutPrefix(line, "PPid:"); found {
			parent, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil {
				t.Fatal(err)
			}
			return parent
		}
	}
	t.Fatalf("process %d has no parent", pid)
	return 0
}

// connect returns a control plane's connection after the first line.
func (f *fixture) connect() (net.Conn, *bufio.Reader) {
	f.t.Helper()
	connection, err := net.Dial("unix", f.spec.Control)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		f.t.Fatal(err)
	}
	lines := bufio.NewReader(connection)
	var seen greeting
	f.read(lines, &seen)
	if seen != (greeting{formatVersion, f.identity}) {
		f.t.Errorf("the control socket says %v, launch said %v", seen, f.identity)
	}
	return connection, lines
}

func (f *fixture) read(lines *bufio.Reader, value any) {
	f.t.Helper()
	line, err := lines.ReadBytes('\n')
	if err != nil {
		f.t.Fatalf("read the control socket: %v", err)
	}
	if err := json.Unmarshal(line, value); err != nil {
		f.t.Fatalf("the control socket says %q: %v", line, err)
	}
}

// awaitRecord reads how the VMM ended from the control socket, and checks that the file has the
// same content and that nothing follows.
func (f *fixture) awaitRecord(lines *bufio.Reader) exitRecord {
	f.t.Helper()
	var said, recorded exitRecord
	f.read(lines, &said)
	if _, err := lines.ReadByte(); err != io.EOF {
		f.t.Errorf("after the exit record: %v, want the end", err)
	}
	content, err := os.ReadFile(f.spec.ExitRecord)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := json.Unmarshal(content, &recorded); err != nil {
		f.t.Fatalf("the exit record is %q: %v", content, err)
	}
	if !said.EndedAt.Equal(recorded.EndedAt) {
		f.t.Errorf("said %v, recorded %v", said, recorded)
	}
	if ago := time.Since(said.EndedAt); ago < 0 || ago > patience {
		f.t.Errorf("the VMM ended %v ago", ago)
	}
	said.EndedAt, recorded.EndedAt = time.Time{}, time.Time{}
	if said != recorded || said.Version != formatVersion {
		f.t.Errorf("said %v, recorded %v, want them alike and of version %d", said, recorded, formatVersion)
	}
	said.Version = 0 // so that tests name what differs
	return said
}

// unblock lets a script continue that waits for its pipe.
func (f *fixture) unblock() {
	f.t.Helper()
	pipe, err := os.OpenFile(filepath.Join(f.folder, "go"), os.O_RDWR, 0) // so that opening does not block
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { pipe.Close() })
	if _, err := pipe.WriteString("go\n"); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) logged(name string) string {
	f.t.Helper()
	var all string
	for _, suffix := range []string{".1", ""} {
		content, err := os.ReadFile(filepath.Join(f.folder, name) + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			f.t.Fatal(err)
		}
		all += string(content)
	}
	return all
}

func (f *fixture) nothingIsLeftButFiles() {
	f.t.Helper()
	for _, path := range append([]string{f.spec.Control}, f.spec.Sockets...) {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			f.t.Errorf("%s is left: %v", path, err)
		}
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		f.t.Fatal(err)
	}
	for _, file := range files {
		// A process may exit between the listing and the check.
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), f.folder) {
			f.t.Errorf("%s is left: %q", filepath.Dir(file), line)
		}
	}
}

func needsUserNamespaces(t *testing.T) {
	t.Helper()
	probe := exec.Command("/bin/true")
	probe.SysProcAttr = isolation(true, true)
	probe.SysProcAttr.Pdeathsig = 0
	if err := probe.Run(); err != nil {
		t.Skipf("this host permits no user namespaces: %v", err)
	}
}

// eachWay runs the test without namespaces, and with them if the host permits them.
func eachWay(t *testing.T, test func(t *testing.T, walls confinement)) {
	t.Run("plain", func(t *testing.T) { test(t, unconfined) })
	t.Run("isolated", func(t *testing.T) {
		needsUserNamespaces(t)
		test(t, inNamespaces)
	})
}
