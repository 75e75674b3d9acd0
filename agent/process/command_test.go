package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	patiently = 20 * time.Second // for a machine under load; nothing here takes that long
	never     = "300"            // seconds that a command would take if it were not killed
	limit     = 100_000
)

// reaper collects every child of this process, so these tests start everything through it.
var (
	reaper *Reaper
	table  *Table
)

func TestMain(m *testing.M) {
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP) // under nohup all processes would ignore it
	reaper = StartReaper()
	table = NewTable(reaper, "")
	os.Exit(m.Run())
}

// result is how a command ended, and the beginning of its output.
type result struct {
	*Ending
	Stdout, Stderr []byte
	Truncated      bool
}

// run runs the command to its end, with default limits.
func run(t *testing.T, command Command) (result, error) { return runWithin(t, command, limit) }

// runWithin keeps the first bytes of each stream, as an exec does.
func runWithin(t *testing.T, command Command, limit int) (result, error) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("the agent is root in its machine; without root the user cannot be changed")
	}
	if command.Timeout == 0 {
		command.Timeout = patiently
	}
	if command.Data != nil {
		command.Input = Data
	}
	p, err := table.Start(command)
	if err != nil {
		return result{}, err
	}
	reader, err := p.Read(0, false, true)
	if err != nil {
		return result{}, err
	}
	defer p.Leave(reader)
	var r result
	for {
		piece, err := reader.Next(t.Context(), true)
		if err == io.EOF {
			r.Ending = p.State().Ending
			return r, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		kept := &r.Stdout
		if piece.Stream == Stderr {
			kept = &r.Stderr
		}
		if room := limit - len(*kept); len(piece.Data) > room {
			piece.Data = piece.Data[:room]
			r.Truncated = true
		}
		*kept = append(*kept, piece.Data...)
	}
}

func mustRun(t *testing.T, command Command) result {
	t.Helper()
	result, err := run(t, command)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func shell(script string) Command { return Command{Arguments: []string{"sh", "-c", script}} }

func expect(t *testing.T, result result, exitCode int, stdout, stderr string) {
	t.Helper()
	if result.ExitCode != exitCode || string(result.Stdout) != stdout || string(result.Stderr) != stderr {
		t.Errorf("exit code %d, stdout %q, stderr %q; want %d, %q, %q",
			result.ExitCode, result.Stdout, result.Stderr, exitCode, stdout, stderr)
	}
	if result.TimedOut || result.Truncated {
		t.Errorf("timed out: %v, truncated: %v", result.TimedOut, result.Truncated)
	}
}

func TestACommandsOutputAndExitCodeComeBack(t *testing.T) {
	expect(t, mustRun(t, shell("echo out; echo err >&2; exit 3")), 3, "out\n", "err\n")
	expect(t, mustRun(t, Command{Arguments: []string{"true"}}), 0, "", "")
}

func TestArgumentsGoToTheProgramAsTheyAre(t *testing.T) {
	expect(t, mustRun(t, Command{Arguments: []string{"printf", "%s|", "a b", "", "$HOME", "*", "\"'\n"}}), 0, "a b||$HOME|*|\"'\n|", "")
}

func TestASignalThatEndsACommandIs128AndItsNumber(t *testing.T) {
	for _, signal := range []unix.Signal{unix.SIGKILL, unix.SIGTERM, unix.SIGSEGV} {
		expect(t, mustRun(t, shell(fmt.Sprintf("kill -%d $$", signal))), 128+int(signal), "", "")
	}
}

func TestATimeoutKillsTheCommandAndWhatItHasStarted(t *testing.T) {
	// Each process of the group writes to the pipe, and so holds it open while it lives.
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|unix.O_NONBLOCK, 0) // so that opening does not block
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	command := shell("exec > " + pipe + "; (trap '' TERM; echo child; sleep " + never + ") & echo leader; sleep " + never)
	command.Timeout = time.Second
	began := time.Now()
	result := mustRun(t, command)
	if took := time.Since(began); took < command.Timeout || took > patiently {
		t.Errorf("it took %v", took)
	}
	if !result.TimedOut || result.ExitCode != 128+int(unix.SIGKILL) || result.Duration < command.Timeout {
		t.Errorf("%+v, want a kill after %v", result, command.Timeout)
	}
	if err := reader.SetReadDeadline(time.Now().Add(patiently)); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(reader)
	if err != nil {
		t.Errorf("a process of the group lives on: %v", err)
	}
	if !strings.Contains(string(said), "child") || !strings.Contains(string(said), "leader") {
		t.Errorf("the test shows nothing: only %q had begun", said)
	}
}

func TestWhatWasPrintedBeforeATimeoutIsKept(t *testing.T) {
	command := shell("echo early; echo warning >&2; sleep " + never)
	command.Timeout = time.Second
	result := mustRun(t, command)
	if string(result.Stdout) != "early\n" || string(result.Stderr) != "warning\n" || !result.TimedOut {
		t.Errorf("%+v", result)
	}
}

func TestOutputPastTheLimitIsDroppedAndTheCommandGoesOn(t *testing.T) {
	for _, stream := range []string{"", " >&2"} {
		result, err := runWithin(t, shell("head -c 1000000 /dev/zero"+stream+"; exit 5"), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Stdout)+len(result.Stderr) != 1000 || !result.Truncated || result.ExitCode != 5 {
			t.Errorf("%d + %d bytes, truncated: %v, exit code %d", len(result.Stdout), len(result.Stderr), result.Truncated, result.ExitCode)
		}
	}
}

func TestAllThatACommandPrintedIsThereHoweverSoonItEnds(t *testing.T) {
	for range 50 {
		result := mustRun(t, shell("head -c 60000 /dev/zero; head -c 60000 /dev/zero >&2"))
		if len(result.Stdout) != 60000 || len(result.Stderr) != 60000 {
			t.Fatalf("%d and %d bytes of 60000", len(result.Stdout), len(result.Stderr))
		}
	}
}

func TestWithoutInputACommandReadsTheEndOfTheFile(t *testing.T) {
	expect(t, mustRun(t, Command{Arguments: []string{"cat"}}), 0, "", "")
}

func TestInputIsFollowedByTheEndOfTheFile(t *testing.T) {
	input := bytes.Repeat([]byte("more than a pipe holds\n"), 4000)
	expect(t, mustRun(t, Command{Arguments: []string{"cat"}, Data: input}), 0, string(input), "")
}

func TestACommandNeedNotReadItsInput(t *testing.T) {
	command := Command{Arguments: []string{"true"}, Data: make([]byte, 1_000_000)}
	expect(t, mustRun(t, command), 0, "", "")
}

func TestAProcessInTheBackgroundThatHoldsTheOutputDoesNotDelayTheEnd(t *testing.T) {
	began := time.Now()
	result := mustRun(t, shell("sleep "+never+" & echo $!; exit 2"))
	pid, err := strconv.Atoi(strings.TrimSpace(string(result.Stdout)))
	if err != nil {
		t.Fatalf("stdout %q: %v", result.Stdout, err)
	}
	defer func() { _ = unix.Kill(pid, unix.SIGKILL) }()
	if took := time.Since(began); took > patiently || result.ExitCode != 2 || result.TimedOut {
		t.Errorf("after %v: %+v", took, result)
	}
	if err := unix.Kill(pid, 0); err != nil {
		t.Errorf("the process in the background has not been left alone: %v", err)
	}
}

func TestAProcessInTheBackgroundThatNeverStopsPrintingDoesNotDelayTheEnd(t *testing.T) {
	result := mustRun(t, shell("yes & echo $! >&2"))
	pid, err := strconv.Atoi(strings.TrimSpace(string(result.Stderr)))
	if err != nil {
		t.Fatalf("stderr %q: %v", result.Stderr, err)
	}
	defer func() { _ = unix.Kill(pid, unix.SIGKILL) }()
	if result.ExitCode != 0 || len(result.Stdout) > limit {
		t.Errorf("exit code %d, %d bytes", result.ExitCode, len(result.Stdout))
	}
}

func TestAProgramThatCannotBeStartedIsToldApart(t *testing.T) {
	folder := t.TempDir()
	files := map[string]os.FileMode{"plain": 0o600, "binary": 0o700, "script": 0o700}
	for name, mode := range files {
		content := map[string]string{"plain": "text", "binary": "\x00\x01\x02", "script": "#!/no/such/interpreter\n"}[name]
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	for program, want := range map[string]error{
		"no-such-program":                 os.ErrNotExist,
		"/no/such/program":                os.ErrNotExist,
		"/etc/passwd/program":             os.ErrNotExist,
		filepath.Join(folder, "plain"):    os.ErrPermission,
		folder:                            os.ErrNotExist, // no program
		filepath.Join(folder, "script"):   os.ErrNotExist,
		filepath.Join(folder, "binary"):   unix.ENOEXEC,
		filepath.Join(folder, "nul\x00b"): os.ErrNotExist,
	} {
		if result, err := run(t, Command{Arguments: []string{program}}); !errors.Is(err, want) {
			t.Errorf("%q: %+v, %v; want %v", program, result, err, want)
		}
	}
}

func TestAProgramIsLookedForInTheCommandsOwnPATHAndFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "program"), []byte("#!/bin/sh\necho found\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, command := range map[string]Command{
		"PATH":                 {Arguments: []string{"program"}, Environment: map[string]string{"PATH": "/no/such/folder:" + folder}},
		"relative, with a cwd": {Arguments: []string{"./program"}, Directory: folder},
	} {
		t.Run(name, func(t *testing.T) { expect(t, mustRun(t, command), 0, "found\n", "") })
	}
	if _, err := run(t, Command{Arguments: []string{"program"}, Directory: folder}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program in the working directory is not in PATH: %v", err)
	}
	if _, err := run(t, Command{Arguments: []string{"sh"}, Environment: map[string]string{"PATH": ""}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty PATH has no programs: %v", err)
	}
}

func TestTheEnvironmentIsTheDefaultAndTheCommandsOwn(t *testing.T) {
	t.Setenv("AGENTS_OWN", "must not be seen")
	result := mustRun(t, Command{
		Arguments:   []string{"/usr/bin/env"},
		Environment: map[string]string{"NAME": "a value", "LANG": "de_DE.UTF-8"},
	})
	seen := map[string]string{}
	for line := range strings.Lines(string(result.Stdout)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		seen[name] = value
	}
	want := map[string]string{
		"PATH": defaultPath, "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/sh",
		"LANG": "de_DE.UTF-8", "NAME": "a value",
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("environment %v, want %v", seen, want)
	}
}

func TestACommandRunsInItsFolderOrAtHome(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, mustRun(t, Command{Arguments: []string{"pwd"}, Directory: folder}), 0, folder+"\n", "")
	expect(t, mustRun(t, Command{Arguments: []string{"pwd"}}), 0, "/root\n", "")
	expect(t, mustRun(t, Command{Arguments: []string{"pwd"}, User: "54321"}), 0, "/\n", "") // has no home
}

func TestACommandRunsAsItsUser(t *testing.T) {
	expect(t, mustRun(t, Command{Arguments: []string{"id", "-un"}}), 0, "root\n", "")
	for user, want := range map[string]string{
		"nobody": "65534 65534 65534\n", "65534": "65534 65534 65534\n",
		"54321": "54321 54321 54321\n", // a number needs no entry in /etc/passwd
		"0":     "0 0 0\n",
	} {
		expect(t, mustRun(t, Command{Arguments: []string{"sh", "-c", "echo $(id -u) $(id -g) $(id -G)"}, User: user, Directory: "/"}), 0, want, "")
	}
}

func TestACommandThatMakesNoSenseIsRefusedBeforeAnythingStarts(t *testing.T) {
	for reason, command := range map[string]Command{
		"command must name a program":                                  {},
		"command must name a program ":                                 {Arguments: []string{"", "argument"}},
		"user 'no-such-user' does not exist in the machine":            {Arguments: []string{"true"}, User: "no-such-user"},
		"user '-1' does not exist in the machine":                      {Arguments: []string{"true"}, User: "-1"},
		"user '4294967295' does not exist in the machine":              {Arguments: []string{"true"}, User: "4294967295"},
		"cwd '/no/such/folder' is not a directory in the machine":      {Arguments: []string{"true"}, Directory: "/no/such/folder"},
		"cwd '/etc/passwd' is not a directory in the machine":          {Arguments: []string{"true"}, Directory: "/etc/passwd"},
		"cwd 'relative/and/missing' is not a directory in the machine": {Arguments: []string{"true"}, Directory: "relative/and/missing"},
	} {
		var invalid *InvalidError
		if _, err := run(t, command); !errors.As(err, &invalid) || invalid.Error() != strings.TrimSpace(reason) {
			t.Errorf("%+v: %v, want %q", command, err, reason)
		}
	}
}

func TestCommandsRunAtTheSameTimeAndEachHasItsOwnEnd(t *testing.T) {
	var all sync.WaitGroup
	for n := range 40 {
		all.Add(1)
		go func() {
			defer all.Done()
			result, err := run(t, shell(fmt.Sprintf("echo %d; exit %d", n, n)))
			if err != nil || result.ExitCode != n || string(result.Stdout) != fmt.Sprintln(n) {
				t.Errorf("command %d: %+v, %v", n, result, err)
			}
		}()
	}
	all.Wait()
}

func TestThoseInTheBackgroundAreForgottenFirst(t *testing.T) {
	mustRun(t, shell("echo kept"))
	kept := table.List()[0].ID
	for range maxEnded {
		mustRun(t, Command{Arguments: []string{"true"}, Background: true})
	}
	if _, err := table.Get(kept); err != nil {
		t.Error("a hundred checks made the table forget a process that may be queried")
	}
	for range maxEnded {
		mustRun(t, Command{Arguments: []string{"true"}})
	}
	if _, err := table.Get(kept); err == nil {
		t.Error("more ended processes are kept than promised")
	}
}

func TestCommandsLeaveNoFilesOpenAndNoGoroutines(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	some := func() {
		mustRun(t, Command{Arguments: []string{"cat"}, Data: make([]byte, 10)})
		mustRun(t, Command{Arguments: []string{"true"}, Data: make([]byte, 1_000_000)})
		_, _ = run(t, Command{Arguments: []string{"true"}, Environment: map[string]string{"NUL": "\x00"}})
		_, _ = run(t, Command{Arguments: []string{"no-such-program"}})
	}
	some()
	files, goroutines := count(), runtime.NumGoroutine()
	for range 50 {
		some()
	}
	if now := count(); now > files {
		t.Errorf("%d files were open, now %d", files, now)
	}
	if now := runtime.NumGoroutine(); now > goroutines+10 { // some may be about to end
		t.Errorf("%d goroutines ran, now %d", goroutines, now)
	}
}

func TestAProcessThatIsLeftAloneIsHungUpAndThenKilled(t *testing.T) {
	impatient := NewTable(reaper, "")
	impatient.patience = patience{attach: 300 * time.Millisecond, hangUp: 300 * time.Millisecond}
	for script, want := range map[string]unix.Signal{"sleep " + never: unix.SIGHUP, "trap '' HUP; sleep " + never + "; sleep " + never: unix.SIGKILL} {
		command := shell(script)
		command.Attached = true
		p, err := impatient.Start(command)
		if err != nil {
			t.Skip("the agent is root in its machine: ", err)
		}
		reader, err := p.Read(0, false, true)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.done:
			t.Fatal("it got SIGHUP although a client is attached")
		case <-time.After(time.Second): // the test is that nothing happens
		}
		p.Leave(reader)
		select {
		case <-p.done:
			if got := p.State().Ending.Signal; got != want {
				t.Errorf("%s: ended by %v, want %v", script, got, want)
			}
		case <-time.After(patiently):
			t.Errorf("%s: it lives on", script)
		}
	}
}

func TestTheReaperTellsWhenNoChildIsLeft(t *testing.T) {
	mustRun(t, shell("true"))
	select {
	case <-reaper.whenNoneIsLeft():
	case <-time.After(patiently):
		t.Error("it did not report it")
	}
}
