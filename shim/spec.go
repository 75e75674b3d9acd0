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

// confinement is how the VMM is isolated from the host. It is stated explicitly, so that an
// incomplete launch file does not start an unconfined VMM.
type confinement string

const (
	inJail       confinement = "jail"       // its own root and user; the launch file's jail describes them
	inNamespaces confinement = "namespaces" // its own user and network namespace
	unconfined   confinement = "none"       // for tests of this program
)

// formatVersion is the version of the launch file, the exit record and the control connection in
// protocol/shim/v1. protocol/README.md says which changes require another one.
const formatVersion = 1

// spec is DIRECTORY/launch.json, written by the control plane.
type spec struct {
	// Always formatVersion.
	Version int64 `json:"version"`
	// Counts the machine's starts, from 1 on. A shim removes and records only what belongs to its
	// own run.
	Run int64 `json:"run"`
	// How the VMM is isolated from the host.
	Confinement confinement `json:"confinement"`
	// The VMM and its arguments. Its standard output is the machine's console.
	Command []string `json:"command"`
	// Unix sockets that the shim listens on for the VMM, which inherits them as file descriptors 3,
	// 4, …
	Sockets []string `json:"sockets"`
	// Unix socket on which the shim itself reports the VMM's exit and accepts the order to kill it.
	Control string `json:"control"`
	// Console output and the VMM's own messages. Each, with its one predecessor (….1), stays under
	// LogLimit bytes.
	ConsoleLog string `json:"console_log"`
	VMMLog     string `json:"vmm_log"`
	LogLimit   int64  `json:"log_limit"`
	// File for the record of the VMM's exit.
	ExitRecord string `json:"exit_record"`
	// Program that connects the network namespace to the internet (slirp4netns); empty for no
	// uplink.
	Uplink string `json:"uplink"`
	// CIDR blocks that nothing in the network namespace can reach.
	Unreachable []string `json:"unreachable"`
	Limits      limits   `json:"limits"`
	// A network namespace with a TAP; absent for the one that its confinement creates, or for none.
	Network *network `json:"network"`
	// The VMM's root directory; absent for the host's own. Requires root, as do Network and Cgroup.
	Jail *jail `json:"jail"`
	// Limits of the VMM on the host.
	Cgroup *cgroup `json:"cgroup"`
	// For a VMM that opens its sockets itself.
	Relays *relays `json:"relays"`
	// Texts on the console that show that the guest has powered itself off, for a VMM that does not
	// exit then.
	HaltWords []string `json:"halt_words"`
}

// inherited is the number of file descriptors that the VMM inherits, from 3 on.
func (s spec) inherited() int {
	count := len(s.Sockets)
	if s.Network != nil && s.Network.Inherit {
		count++
	}
	return count
}

// limits are the VMM's resource limits, soft and hard; 0 leaves one unchanged.
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
	if err := checkVersion(content); err != nil {
		return s, fmt.Errorf("launch file %s: %w", path, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("read the launch file %s: %w", path, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("read the launch file %s: data follows its end", path)
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("launch file %s: %w", path, err)
	}
	return s, nil
}

// checkVersion reads nothing else: the rest of another version may have another meaning.
func checkVersion(content []byte) error {
	var file struct {
		Version *int64 `json:"version"`
	}
	if err := json.NewDecoder(bytes.NewReader(content)).Decode(&file); err != nil {
		return err
	}
	if file.Version == nil {
		return fmt.Errorf("it has no version, so the server that wrote it is from an older release than this shim, "+
			"which reads version %d: restart the server", formatVersion)
	}
	if *file.Version != formatVersion {
		return fmt.Errorf("its version is %d, and this shim reads version %d: server and shim are from different "+
			"releases. Install both from the same release, and restart the server", *file.Version, formatVersion)
	}
	return nil
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
		return fmt.Errorf("confinement is %q, which is inconsistent with the presence of a jail", s.Confinement)
	}
	return nil
}

// readAnySpec reads a launch file of any version, as far as needed to remove the machine's
// resources.
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
