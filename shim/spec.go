package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// confinement is what keeps the VMM from the host. It is said in so many words, so that a launch file that lacks
// something does not start a VMM without walls.
type confinement string

const (
	inJail       confinement = "jail"       // a root and a user of its own; the launch file's jail describes them
	inNamespaces confinement = "namespaces" // a user and a network namespace of its own
	unconfined   confinement = "none"       // for tests of this program
)

// spec is DIRECTORY/launch.json, written by the control plane.
type spec struct {
	// Counts the machine's starts, from 1 on. What a shim removes and records is of its own run.
	Run int64 `json:"run"`
	// What keeps the VMM from the host.
	Confinement confinement `json:"confinement"`
	// The VMM and its arguments. Its standard output is the machine's console.
	Command []string `json:"command"`
	// Unix sockets that the shim listens on for the VMM, which inherits them as file descriptors 3, 4, …
	Sockets []string `json:"sockets"`
	// Unix socket on which the shim itself tells of the VMM's end and takes the order to kill it.
	Control string `json:"control"`
	// Console output and the VMM's own messages. Each, with its one predecessor (….1), stays under LogLimit bytes.
	ConsoleLog string `json:"console_log"`
	VMMLog     string `json:"vmm_log"`
	LogLimit   int64  `json:"log_limit"`
	// Where the end of the VMM is recorded.
	ExitRecord string `json:"exit_record"`
	// Program that connects the network namespace to the outside (slirp4netns); empty for no way out.
	Uplink string `json:"uplink"`
	// CIDR blocks that nothing in the network namespace can reach.
	Unreachable []string `json:"unreachable"`
	Limits      limits   `json:"limits"`
	// A network namespace with a TAP; absent for the one that its confinement makes, or none.
	Network *network `json:"network"`
	// The root of all that the VMM sees; absent for the host's own. Needs root, as do Network and Cgroup.
	Jail *jail `json:"jail"`
	// What the VMM may use of the host.
	Cgroup *cgroup `json:"cgroup"`
	// For a VMM that opens its sockets itself.
	Relays *relays `json:"relays"`
	// What the console says when the guest has powered itself off, for a VMM that does not end then.
	HaltWords []string `json:"halt_words"`
}

// inherited is how many file descriptors the VMM inherits, from 3 on.
func (s spec) inherited() int {
	count := len(s.Sockets)
	if s.Network != nil && s.Network.Inherit {
		count++
	}
	return count
}

// limits are the VMM's resource limits, soft and hard; 0 leaves one as it is.
type limits struct {
	AddressSpace uint64 `json:"address_space"` // bytes
	FileSize     uint64 `json:"file_size"`     // bytes
	OpenFiles    uint64 `json:"open_files"`
}

func readSpec(directory string) (spec, error) {
	var s spec
	path := filepath.Join(directory, "launch.json")
	content, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("read the launch file: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("read the launch file %s: %w", path, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("read the launch file %s: something follows its end", path)
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("launch file %s: %w", path, err)
	}
	return s, nil
}

func (s spec) check() error {
	if len(s.Command) == 0 {
		return errors.New("command is empty")
	}
	switch s.Confinement {
	case inJail, inNamespaces, unconfined:
	default:
		return fmt.Errorf("confinement is %q: it must be %q or %q", s.Confinement, inJail, inNamespaces)
	}
	if (s.Confinement == inJail) != (s.Jail != nil) {
		return fmt.Errorf("confinement is %q, which does not agree with whether there is a jail", s.Confinement)
	}
	return nil
}

// readAnySpec reads the launch file of whatever version has written it, as far as it says what is to be removed.
func readAnySpec(directory string) (spec, error) {
	var s spec
	content, err := os.ReadFile(filepath.Join(directory, "launch.json"))
	if err != nil {
		return s, fmt.Errorf("read the launch file: %w", err)
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return s, fmt.Errorf("read the launch file: %w", err)
	}
	return s, nil
}
