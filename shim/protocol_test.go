package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	protocol "hyperfleet.dev/protocol/shim"
)

var launchFiles = []string{"v1/launch-user-network.json", "v1/launch-tap.json", "v1/launch-jail.json"}

func example(t *testing.T, name string) []byte {
	t.Helper()
	content, err := protocol.Examples.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// machineFolder is a machine's folder with the example as its launch file.
func machineFolder(t *testing.T, name string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "launch.json"), example(t, name), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestTheLaunchFilesOfTheProtocolAreReadWithEachOfTheirFields(t *testing.T) {
	set := map[string]bool{}
	for _, name := range launchFiles {
		s, err := readSpec(machineFolder(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		noteSet(set, "", reflect.ValueOf(s))
	}
	for path, isSet := range set {
		if !isSet {
			t.Errorf("no launch file sets %s: the other side of the protocol may call it something else", path)
		}
	}
}

// noteSet notes, by name, each field of a value that is not a struct itself: true once any value
// sets it.
func noteSet(set map[string]bool, path string, value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			noteSet(set, path, value.Elem())
		} else if _, known := set[path]; !known {
			set[path] = false
		}
	case reflect.Struct:
		set[path] = true
		for i := range value.NumField() {
			noteSet(set, path+"/"+value.Type().Field(i).Tag.Get("json"), value.Field(i))
		}
	case reflect.Slice:
		set[path] = set[path] || value.Len() > 0
		for i := range value.Len() {
			if value.Index(i).Kind() == reflect.Struct {
				noteSet(set, path, value.Index(i))
			}
		}
	default:
		set[path] = set[path] || !value.IsZero()
	}
}

func TestAnExitRecordIsWrittenAsInTheProtocol(t *testing.T) {
	ended := time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)
	for name, record := range map[string]exitRecord{
		"v1/exit-status.json": {Run: 1, ExitCode: 7},
		"v1/exit-signal.json": {Run: 2, Signal: "SIGSEGV"},
		"v1/exit-killed.json": {Run: 3, Signal: "SIGKILL", Killed: true, Reason: "the network's uplink has ended"},
	} {
		record.Version, record.EndedAt = newExitRecord(record.Run).Version, ended
		path := filepath.Join(t.TempDir(), "exit.json")
		if err := record.write(path); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := compact(t, name); string(written) != want {
			t.Errorf("%s: wrote %s, want %s", name, written, want)
		}
	}
}

func TestAControlConnectionIsAsInTheProtocol(t *testing.T) {
	killed := make(chan string, 1)
	path := filepath.Join(t.TempDir(), "s")
	c, err := openControl(path, func(reason string) { killed <- reason })
	if err != nil {
		t.Fatal(err)
	}
	c.serve(identity{4242, 123456, "3c2a1b0e-5d4f-4e6a-8b7c-9d0e1f2a3b4c"})
	connection, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	expectLine(t, connection, compact(t, "v1/greeting.json"))
	if _, err := connection.Write(example(t, "v1/order-kill.txt")); err != nil {
		t.Fatal(err)
	}
	if reason := <-killed; reason != "" {
		t.Errorf("killed because of %q", reason)
	}
	c.end(exitRecord{formatVersion, 1, 7, "", false, "", time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)})
	expectLine(t, connection, compact(t, "v1/exit-status.json"))
}

func expectLine(t *testing.T, connection net.Conn, want string) {
	t.Helper()
	line := make([]byte, len(want)+1)
	if n, err := io.ReadFull(connection, line); err != nil || string(line[:n]) != want+"\n" {
		t.Errorf("said %q (%v), want %q and the end of the line", line[:n], err, want)
	}
}

// compact is an example as the shim writes it: in one line.
func compact(t *testing.T, name string) string {
	t.Helper()
	var line bytes.Buffer
	if err := json.Compact(&line, example(t, name)); err != nil {
		t.Fatal(err)
	}
	return line.String()
}

func TestALaunchFileOfAnOlderServerIsRefusedWithWhatToDo(t *testing.T) {
	_, err := readSpec(machineFolder(t, "v0/launch.json"))
	if err == nil || !strings.Contains(err.Error(), "has no version") || !strings.HasSuffix(err.Error(), "restart the server") {
		t.Errorf("refused with %v", err)
	}
}

func TestWhatAnOlderShimHasLeftIsReaped(t *testing.T) {
	folder := t.TempDir()
	old := strings.NewReplacer("/var/lib/hyperfleet/machines/abcdefghijkl", folder, "/run/hyperfleet/abcdefghijkl", folder).
		Replace(string(example(t, "v0/launch.json")))
	left := []string{"vmm.sock", "agent.sock", "shim.sock"}
	for name, content := range map[string]string{"launch.json": old, left[0]: "", left[1]: "", left[2]: ""} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := reap(folder); err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if _, err := os.Lstat(filepath.Join(folder, name)); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
	record, err := os.ReadFile(filepath.Join(folder, "exit.json"))
	if want := fmt.Sprintf(`{"version":%d,"run":0,`, formatVersion); err != nil || !strings.HasPrefix(string(record), want) {
		t.Errorf("recorded %s (%v), want it to begin with %s", record, err, want)
	}
}
