package power

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

func TestProgramsAskForWhatTheirNamesSay(t *testing.T) {
	for _, call := range []struct {
		line   []string
		action Action
		valid  bool
	}{
		{[]string{"poweroff"}, Off, true},
		{[]string{"halt", "-p"}, Off, true},
		{[]string{"reboot", "-f"}, Reboot, true},
		{[]string{"shutdown", "now"}, Off, true},
		{[]string{"shutdown", "-h", "now"}, Off, true},
		{[]string{"shutdown", "-r", "now", "for an upgrade"}, Reboot, true},
		{[]string{"shutdown", "-r", "+0"}, Reboot, true},
		{[]string{"shutdown"}, Off, false},
		{[]string{"shutdown", "-r", "+5"}, Off, false},
		{[]string{"shutdown", "-k", "now"}, Off, false},
		{[]string{"reboot", "-w"}, Reboot, false},
		{[]string{"agent"}, Off, false},
	} {
		action, err := requested(call.line[0], call.line[1:])
		if valid := err == nil; valid != call.valid || (valid && action != call.action) {
			t.Errorf("%v: %v, %v", call.line, action, err)
		}
	}
}

func TestProgramsAreLinkedWhereTheRootHasNone(t *testing.T) {
	root := t.TempDir()
	for _, folder := range []string{"usr/sbin", "bin"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(root, "bin/reboot")
	if err := os.WriteFile(own, []byte("the root's own"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // at the next start they are there
		if err := Install(root); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"poweroff", "halt", "shutdown"} {
		if target, err := os.Readlink(filepath.Join(root, "usr/sbin", program)); err != nil || target != self {
			t.Errorf("%s leads to %q, %v", program, target, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(root, "usr/sbin/reboot")); err == nil {
		t.Error("the root has a reboot of its own, and got another")
	}
}

func TestProgramsAreLinkedInARootWithoutFolders(t *testing.T) {
	root := t.TempDir()
	if err := Install(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(root, "usr/sbin/poweroff")); err != nil {
		t.Error(err)
	}
}

func TestThePipeTakesChangesOfTheRunLevel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "initctl")
	requests := make(chan Action)
	go func() { _ = listen(path, requests) }()
	var pipe *os.File
	for pipe == nil {
		pipe, _ = os.OpenFile(path, os.O_WRONLY, 0)
	}
	defer pipe.Close()
	for _, request := range [][]byte{runLevel(1, '3'), runLevel(2, '6'), runLevel(1, '6'), runLevel(1, '0')} {
		if _, err := pipe.Write(request); err != nil {
			t.Fatal(err)
		}
	}
	if first, second := <-requests, <-requests; first != Reboot || second != Off {
		t.Errorf("run levels 6 and 0 became %v and %v", first, second)
	}
}

func runLevel(command, level uint32) []byte {
	request := make([]byte, 384)
	for position, value := range []uint32{0x03091969, command, level} {
		binary.NativeEndian.PutUint32(request[4*position:], value)
	}
	return request
}
