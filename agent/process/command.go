package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pipeCapacity = 64 * 1024
	defaultPath  = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// Command is what to run, and its bounds.
type Command struct {
	Arguments   []string          // at least one; the first is looked up in PATH if it has no slash
	Environment map[string]string // over the default environment
	Directory   string            // the user's home where empty
	User        string            // name or number; root where empty
	Input       []byte            // standard input, followed by end of file
	Timeout     time.Duration     // then the whole process group is killed
	OutputLimit int               // bytes kept of each stream
}

// Result is how a command ended.
type Result struct {
	ExitCode       int // 128 + n for signal n
	Stdout, Stderr []byte
	TimedOut       bool
	Truncated      bool
	Duration       time.Duration
}

// InvalidError says what is wrong with a Command, before anything was started.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return e.Reason }

// Run runs the command to its end or its timeout. Its errors are InvalidError, those of
// exec.LookPath and of starting a process (os.ErrNotExist, os.ErrPermission), and no others.
func (c Command) Run(reaper *Reaper) (Result, error) {
	prepared, err := c.prepare()
	if err != nil {
		return Result{}, err
	}
	stdout, stdoutWriter, err := openOutput(c.OutputLimit)
	if err != nil {
		return Result{}, err
	}
	stderr, stderrWriter, err := openOutput(c.OutputLimit)
	if err != nil {
		return Result{}, errors.Join(err, stdout.reader.Close(), stdoutWriter.Close())
	}
	input, inputWriter, err := c.openInput()
	if err != nil {
		return Result{}, errors.Join(err, stdout.reader.Close(), stdoutWriter.Close(), stderr.reader.Close(), stderrWriter.Close())
	}
	prepared.attributes.Files = []uintptr{input.Fd(), stdoutWriter.Fd(), stderrWriter.Fd()}
	began := time.Now()
	pid, status, err := reaper.start(func() (int, error) {
		return syscall.ForkExec(prepared.path, c.Arguments, &prepared.attributes)
	})
	for _, file := range []*os.File{input, stdoutWriter, stderrWriter} {
		_ = file.Close()
	}
	if err != nil {
		_ = errors.Join(stdout.reader.Close(), stderr.reader.Close(), closeIfOpen(inputWriter))
		return Result{}, &os.PathError{Op: "execute", Path: prepared.path, Err: err}
	}
	go stdout.collect()
	go stderr.collect()
	go feed(inputWriter, c.Input)
	ended, timedOut := awaitEnd(pid, status, c.Timeout)
	duration := time.Since(began)
	stdout.finish()
	stderr.finish()
	_ = closeIfOpen(inputWriter)
	return Result{exitCode(ended), stdout.kept, stderr.kept, timedOut, stdout.truncated || stderr.truncated, duration}, nil
}

func awaitEnd(pid int, status <-chan unix.WaitStatus, timeout time.Duration) (unix.WaitStatus, bool) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case ended := <-status:
		return ended, false
	case <-timer.C:
		// The leader is not reaped before this has been sent, or at worst has just been: its group's
		// number cannot belong to another process as long as a member of it lives.
		_ = unix.Kill(-pid, unix.SIGKILL)
		return <-status, true
	}
}

func exitCode(status unix.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

type prepared struct {
	path       string
	attributes syscall.ProcAttr
}

func (c Command) prepare() (prepared, error) {
	if len(c.Arguments) == 0 || c.Arguments[0] == "" {
		return prepared{}, &InvalidError{"command must name a program"}
	}
	account, err := lookupAccount(c.User)
	if err != nil {
		return prepared{}, err
	}
	directory := c.Directory
	if directory == "" {
		directory = account.home
	}
	if state, err := os.Stat(directory); err != nil || !state.IsDir() {
		if c.Directory != "" {
			return prepared{}, &InvalidError{fmt.Sprintf("cwd '%s' is not a directory in the machine", c.Directory)}
		}
		directory = "/"
	}
	environment := map[string]string{
		"PATH": defaultPath, "HOME": account.home, "USER": account.name, "LOGNAME": account.name,
		"SHELL": "/bin/sh", "LANG": "C.UTF-8",
	}
	for name, value := range c.Environment {
		environment[name] = value
	}
	path, err := find(c.Arguments[0], environment["PATH"], directory)
	if err != nil {
		return prepared{}, err
	}
	pairs := make([]string, 0, len(environment))
	for name, value := range environment {
		pairs = append(pairs, name+"="+value)
	}
	return prepared{path, syscall.ProcAttr{
		Dir: directory, Env: pairs, Sys: &syscall.SysProcAttr{Setsid: true, Credential: account.credential},
	}}, nil
}

// find does what exec.LookPath does, for the command's PATH and directory instead of the agent's.
func find(program, path, directory string) (string, error) {
	candidates := []string{program}
	if !strings.Contains(program, "/") {
		candidates = nil
		for _, entry := range filepath.SplitList(path) {
			candidates = append(candidates, filepath.Join("/", entry, program))
		}
	}
	missing := error(os.ErrNotExist)
	for _, candidate := range candidates {
		absolute := candidate
		if !filepath.IsAbs(absolute) {
			absolute = filepath.Join(directory, candidate)
		}
		switch _, err := exec.LookPath(absolute); {
		case err == nil:
			return absolute, nil
		case errors.Is(err, os.ErrPermission):
			missing = os.ErrPermission
		}
	}
	return "", &os.PathError{Op: "find", Path: program, Err: missing}
}
