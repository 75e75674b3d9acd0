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

	"hyperfleet.dev/agent/account"
)

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Input says what a command reads on its standard input.
type Input int

// None is end of file at once, so that a command which reads can never hang. Data is Command.Data.
// Open is what is written to the process, until its input is ended.
const (
	None Input = iota
	Data
	Open
)

// Size of a terminal, in characters.
type Size struct{ Rows, Columns uint16 }

// Command is what to run, with its limits.
type Command struct {
	Arguments   []string          // at least one; the first is looked up in PATH if it has no slash
	Environment map[string]string // added to the default environment
	Directory   string            // the user's home if empty
	User        string            // name or number; root if empty
	Input       Input
	Data        []byte        // standard input, followed by end of file
	Terminal    *Size         // in place of pipes
	Timeout     time.Duration // after which it is killed with all its descendants; 0: never
	Tag         string        // the user's label
	Attached    bool          // it gets SIGHUP after a time without attached clients
	Background  bool          // the machine may fall asleep while it runs
}

// InvalidError says what is wrong with a request, before anything was done.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return e.Reason }

type prepared struct {
	path       string
	attributes syscall.ProcAttr
}

func (c Command) prepare() (prepared, error) {
	if len(c.Arguments) == 0 || c.Arguments[0] == "" {
		return prepared{}, &InvalidError{"command must name a program"}
	}
	account, err := account.Lookup(c.User)
	if err != nil {
		return prepared{}, &InvalidError{err.Error()}
	}
	directory := c.Directory
	if directory == "" {
		directory = account.Home
	}
	if state, err := os.Stat(directory); err != nil || !state.IsDir() {
		if c.Directory != "" {
			return prepared{}, &InvalidError{fmt.Sprintf("cwd '%s' is not a directory in the machine", c.Directory)}
		}
		directory = "/"
	}
	environment := map[string]string{
		"PATH": defaultPath, "HOME": account.Home, "USER": account.Name, "LOGNAME": account.Name,
		"SHELL": "/bin/sh", "LANG": "C.UTF-8",
	}
	if c.Terminal != nil {
		environment["TERM"] = "xterm-256color"
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
		Dir: directory, Env: pairs, Sys: &syscall.SysProcAttr{Setsid: true, Credential: account.Credential},
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
