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
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLaunchNamesTheVMMAndTheControlSocketTellsHowItEnded(t *testing.T) {
	eachWay(t, func(t *testing.T, walls confinement) {
		f := shell(t, "read x < go; exit 7")
		f.spec.Confinement = walls
		f.launch().hold()
		now, err := identify(f.identity.PID)
		if err != nil || now != f.identity {
			t.Errorf("launch said %v; it is %v (%v)", f.identity, now, err)
		}
		_, one := f.connect()
		_, two := f.connect()
		f.unblock()
		for _, lines := range []*bufio.Reader{one, two} {
			if record := f.awaitRecord(lines); record != (exitRecord{Run: 1, ExitCode: 7}) {
				t.Errorf("record %+v, want exit code 7 alone", record)
			}
		}
		f.awaitEnd(f.shim)
		f.nothingIsLeftButFiles()
	})
}

func TestASignalThatEndsTheVMMIsRecordedByItsName(t *testing.T) {
	f := shell(t, "read x < go; kill -SEGV $$")
	f.launch().hold()
	_, lines := f.connect()
	f.unblock()
	if record := f.awaitRecord(lines); record != (exitRecord{Run: 1, Signal: "SIGSEGV"}) {
		t.Errorf("record %+v, want SIGSEGV alone", record)
	}
}

func TestAKillThatWasOrderedIsRecordedWithoutAReason(t *testing.T) {
	eachWay(t, func(t *testing.T, walls confinement) {
		f := newFixture(t, "sleep", never)
		f.spec.Confinement = walls
		f.launch().hold()
		connection, lines := f.connect()
		if _, err := fmt.Fprint(connection, "what is this\nkill\n"); err != nil {
			t.Fatal(err)
		}
		if record := f.awaitRecord(lines); record != (exitRecord{Run: 1, Signal: "SIGKILL", Killed: true}) {
			t.Errorf("record %+v, want an ordered SIGKILL", record)
		}
		f.awaitEnd(f.shim)
		f.nothingIsLeftButFiles()
	})
}

func TestTheVMMRunsOnWhenTheControlPlaneGoes(t *testing.T) {
	f := newFixture(t, "sleep", never)
	f.launch().hold()
	connection, _ := f.connect()
	connection.Close()
	connection, lines := f.connect() // the successor finds the same VMM
	fmt.Fprint(connection, "kill\n")
	f.awaitRecord(lines)
}

func TestAStrayProcessThatHoldsTheConsoleDoesNotHideTheEndOfTheVMM(t *testing.T) {
	f := shell(t, "sleep "+never+" & echo $! > stray; read x < go; exit 3")
	f.launch().hold()
	_, lines := f.connect()
	f.unblock()
	t.Cleanup(func() {
		content, _ := os.ReadFile(filepath.Join(f.folder, "stray"))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(content))); err == nil {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	})
	if record := f.awaitRecord(lines); record != (exitRecord{Run: 1, ExitCode: 3}) {
		t.Errorf("record %+v, want exit code 3 alone", record)
	}
}

func TestTheVMMDiesWithItsShim(t *testing.T) {
	eachWay(t, func(t *testing.T, walls confinement) {
		f := newFixture(t, "sleep", never)
		f.spec.Confinement = walls
		f.launch().hold()
		if err := unix.PidfdSendSignal(f.shim, unix.SIGKILL, nil, 0); err != nil {
			t.Fatal(err)
		}
		f.awaitEnd(f.shim)
		f.awaitEnd(f.vmm)
	})
}

// It was stopped by a signal, or hangs in a write to a hanging disk. When it continues it would
// remove files of the next run.
func TestASupervisorThatStandsStillIsEndedByTheNextStartAndByAReap(t *testing.T) {
	f := shell(t, "exec sleep "+never)
	f.launch().hold()
	former := *f
	stop := func(process int) {
		t.Helper()
		if err := unix.PidfdSendSignal(process, unix.SIGSTOP, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	stop(f.shim)
	f.spec.Run = 2
	f.launch().hold()
	former.awaitEnd(former.shim)
	former.awaitEnd(former.vmm)
	if f.identity == former.identity {
		t.Error("the second run has the VMM of the first")
	}
	f.connect()
	for _, path := range append([]string{f.spec.Control}, f.spec.Sockets...) {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("the second run has lost a socket: %v", err)
		}
	}

	stop(f.shim)
	if said, err := exec.Command(shim, "reap", f.folder).CombinedOutput(); err != nil {
		t.Fatalf("reap: %v: %s", err, said)
	}
	f.awaitEnd(f.shim)
	f.awaitEnd(f.vmm)
	f.nothingIsLeftButFiles()
	content, err := os.ReadFile(f.spec.ExitRecord)
	var record exitRecord
	if err == nil {
		err = json.Unmarshal(content, &record)
	}
	if err != nil || record.Run != 2 || !record.Killed {
		t.Errorf("the exit record is %q (%v)", content, err)
	}
}

func TestOnlyThePresentRunsEndIsRecordedAndRemovesAnything(t *testing.T) {
	f := shell(t, "read x < go")
	f.launch().hold()
	present := f.spec
	present.Run = 2
	content, err := json.Marshal(present)
	if err == nil {
		err = os.WriteFile(filepath.Join(f.folder, "launch.json"), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.unblock()
	f.awaitEnd(f.shim)
	if _, err := os.Stat(f.spec.ExitRecord); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an earlier run has recorded its end as the present one's: %v", err)
	}
	for _, path := range f.spec.Sockets {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("an earlier run has removed what is the present one's: %v", err)
		}
	}
}

func TestTheShimEndsAtNoSignalThatATerminalOrAServiceManagerSends(t *testing.T) {
	f := newFixture(t, "sleep", never)
	f.launch().hold()
	for _, signal := range []syscall.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE} {
		if err := unix.PidfdSendSignal(f.shim, signal, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	connection, lines := f.connect() // it answers after them
	fmt.Fprint(connection, "kill\n")
	f.awaitRecord(lines)
}

func TestAStartThatFailsSaysWhyAndLeavesNothing(t *testing.T) {
	missing := func(f *fixture) { f.spec.Command = []string{"/no/such/vmm"} }
	cases := []struct {
		name, reason string
		walls        confinement
		spoil        func(f *fixture)
	}{
		{"program missing", "find the VMM: ", unconfined, missing},
		{"program missing, isolated", "find the VMM: ", inNamespaces, missing},
		{"program not in PATH", "find the VMM: ", unconfined, func(f *fixture) { f.spec.Command = []string{"no-such-vmm"} }},
		{"program is not executable", "execute ", unconfined, func(f *fixture) {
			path := filepath.Join(f.folder, "vmm")
			if err := os.WriteFile(path, []byte{0, 1, 2, 3}, 0o700); err != nil {
				f.t.Fatal(err)
			}
			f.spec.Command = []string{path}
		}},
		{"block is invalid", "unreachable block nonsense: ", inNamespaces, func(f *fixture) { f.spec.Unreachable = []string{"nonsense"} }},
		{"socket's folder missing", "bind ", unconfined, func(f *fixture) { f.spec.Sockets[1] = filepath.Join(f.folder, "none", "a.sock") }},
		{"console's folder missing", "open log: ", unconfined, func(f *fixture) { f.spec.ConsoleLog = filepath.Join(f.folder, "none", "console.log") }},
		{"uplink missing", "start the network's uplink: ", inNamespaces, func(f *fixture) { f.spec.Uplink = "/no/such/uplink" }},
		{"confinement missing", "confinement is \"\"", "", func(f *fixture) {}},
		{"confinement unknown", "confinement is \"jial\"", "jial", func(f *fixture) {}},
		{"jail missing", "confinement is \"jail\"", inJail, func(f *fixture) {}},
		{"no command", "command is empty", unconfined, func(f *fixture) { f.spec.Command = nil }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.walls == inNamespaces {
				needsUserNamespaces(t)
			}
			f := newFixture(t, "sleep", never)
			f.spec.Confinement = c.walls
			c.spoil(f)
			stdout, stderr, err := f.try()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("launch: %v, want exit status 1", err)
			}
			if stdout != "" || !strings.Contains(stderr, c.reason) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stdout %q, stderr %q: want one line with %q", stdout, stderr, c.reason)
			}
			f.nothingIsLeftButFiles()
		})
	}
}

func TestAnUplinkThatEndsTakesTheMachineWithIt(t *testing.T) {
	needsUserNamespaces(t)
	f := newFixture(t, "sleep", never)
	f.spec.Confinement, f.spec.Uplink = inNamespaces, filepath.Join(f.folder, "uplink")
	// It exits when the test has connected, not before.
	if err := unix.Mkfifo(filepath.Join(f.folder, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nread x < " + filepath.Join(f.folder, "go") + "\necho no network >&2\nexit 4\n"
	if err := os.WriteFile(f.spec.Uplink, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	f.launch().hold()
	_, lines := f.connect()
	f.unblock()
	record := f.awaitRecord(lines)
	if record.Signal != "SIGKILL" || !record.Killed || !strings.Contains(record.Reason, "exit status 4") {
		t.Errorf("record %+v, want a kill because of the uplink", record)
	}
	if said := f.logged("vmm.log"); said != "no network\n" {
		t.Errorf("the VMM's log has %q, want what the uplink said", said)
	}
	f.awaitEnd(f.shim)
	f.nothingIsLeftButFiles()
}

func TestTheVMMInheritsItsSocketsListening(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, self, "act-as-vmm", "serve")
	f.launch().hold()
	_, lines := f.connect()
	for i, path := range f.spec.Sockets {
		state, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if state.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v: others can connect", path, state.Mode())
		}
		connection, err := net.Dial("unix", path) // at once: it has been listening since before the VMM's start
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(connection)
		if want := fmt.Sprintln("socket", 3+i); err != nil || string(answer) != want {
			t.Errorf("%s answers %q (%v), want %q", path, answer, err, want)
		}
	}
	if record := f.awaitRecord(lines); record != (exitRecord{Run: 1}) {
		t.Errorf("record %+v, want exit code 0", record)
	}
}

func TestAnIsolatedVMMCanDoNothingToItsNamespacesNorReachWhatIsShutOff(t *testing.T) {
	needsUserNamespaces(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, "/bin/sh", "-c", "read x < $0; exec "+self+" act-as-vmm look", "")
	f.spec.Command[3] = filepath.Join(f.folder, "go")
	if err := unix.Mkfifo(f.spec.Command[3], 0o600); err != nil {
		t.Fatal(err)
	}
	f.spec.Confinement, f.spec.Unreachable = inNamespaces, []string{"10.0.0.0/8", "10.0.0.0/8"}
	f.spec.Limits = limits{FileSize: 1 << 20, OpenFiles: 64}
	f.launch().hold()
	_, lines := f.connect()
	f.unblock()
	if record := f.awaitRecord(lines); record != (exitRecord{Run: 1}) {
		t.Errorf("record %+v, want exit code 0", record)
	}
	seen := f.logged("console.log")
	for _, want := range []string{
		"CapInh:\t0000000000000000\n", "CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n",
		"CapBnd:\t0000000000000000\n", "CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n",
		fmt.Sprintln("limit", unix.RLIMIT_FSIZE, 1<<20, 1<<20), fmt.Sprintln("limit", unix.RLIMIT_NOFILE, 64, 64),
		fmt.Sprintln("limit", unix.RLIMIT_CORE, 0, 0),
		"shut off 10.1.2.3\n", "no route 8.8.8.8\n", "interface lo\n", "namespace operation not permitted\n",
	} {
		if !strings.Contains(seen, want) {
			t.Errorf("the VMM does not see %q in:\n%s", want, seen)
		}
	}
	if strings.Count(seen, "interface ") != 1 {
		t.Errorf("the VMM sees more than its own loopback:\n%s", seen)
	}
}

func TestOfTheEnvironmentTheVMMHasPATHAlone(t *testing.T) {
	t.Setenv("HYPERFLEET_SECRET", "must not leak")
	f := shell(t, "read x < go; cat /proc/self/environ")
	f.launch().hold()
	_, lines := f.connect()
	f.unblock()
	f.awaitRecord(lines)
	if seen := f.logged("console.log"); strings.Contains(seen, "SECRET") || !strings.Contains(seen, "PATH=") {
		t.Errorf("the VMM's environment is %q", seen)
	}
}

func TestTheConsolesLogIsBoundedAndKeepsTheNewest(t *testing.T) {
	f := shell(t, "read x < go; seq 1 100000; echo a message >&2")
	f.launch().hold()
	_, lines := f.connect()
	f.unblock()
	f.awaitRecord(lines)
	kept := f.logged("console.log")
	if int64(len(kept)) > f.spec.LogLimit || !strings.HasSuffix(kept, "\n99999\n100000\n") {
		t.Errorf("%d bytes of the console are kept (limit %d), to the end of …%q", len(kept), f.spec.LogLimit, kept[max(0, len(kept)-20):])
	}
	if said := f.logged("vmm.log"); said != "a message\n" {
		t.Errorf("the VMM's own log has %q", said)
	}
}

func TestWhatIsLeftOfAnEarlierRunIsReplaced(t *testing.T) {
	f := shell(t, "read x < go")
	for _, path := range append([]string{f.spec.Control, f.spec.ExitRecord, f.spec.ConsoleLog}, f.spec.Sockets...) {
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.launch().hold()
	if _, err := os.Stat(f.spec.ExitRecord); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the exit record of the run before is still there: %v", err)
	}
	if log := f.logged("console.log"); log != "" {
		t.Errorf("the console's log begins with %q", log)
	}
	_, lines := f.connect()
	f.unblock()
	f.awaitRecord(lines)
}
