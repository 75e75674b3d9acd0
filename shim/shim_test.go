package main

import (
	"bytes"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestALogStaysUnderItsLimitAndKeepsTheNewestBytes(t *testing.T) {
	const limit = 1000
	path := filepath.Join(t.TempDir(), "log")
	log, err := openRotatedLog(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { log.file.Close() }()
	random := rand.New(rand.NewSource(1))
	var written []byte
	for range 500 {
		piece := make([]byte, random.Intn(3*limit)) // also more than fits at once
		random.Read(piece)
		n, err := log.Write(piece)
		if n != len(piece) || err != nil {
			t.Fatalf("wrote %d of %d bytes: %v", n, len(piece), err)
		}
		written = append(written, piece...)
		kept := readBoth(t, path)
		if len(kept) > limit {
			t.Fatalf("the log has %d bytes, its limit is %d", len(kept), limit)
		}
		if !bytes.HasSuffix(written, kept) {
			t.Fatal("the log does not end with what was written last")
		}
		if least := min(limit/2-maxStamp, len(written)); len(kept) < least {
			t.Fatalf("the log has only %d of its last %d bytes", len(kept), least)
		}
	}
}

// A guest that prints a byte now and then gets a line of times for each.
func TestTheTimesOfALogCountToItsLimit(t *testing.T) {
	const limit = 1000
	path := filepath.Join(t.TempDir(), "log")
	log, err := openRotatedLog(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { log.file.Close() }()
	clock := time.UnixMilli(1_800_000_000_000)
	log.now = func() time.Time { clock = clock.Add(stampInterval); return clock }
	for range 2000 {
		if _, err := log.Write([]byte{'x'}); err != nil {
			t.Fatal(err)
		}
		var size int64
		for _, suffix := range []string{"", ".1", timesSuffix, ".1" + timesSuffix} {
			if state, err := os.Stat(path + suffix); err == nil {
				size += state.Size()
			}
		}
		if size > limit {
			t.Fatalf("log and times have %d bytes, the limit is %d", size, limit)
		}
	}
	if len(readBoth(t, path)) == 0 {
		t.Error("nothing is kept")
	}
}

func readBoth(t *testing.T, path string) []byte {
	t.Helper()
	before, err := os.ReadFile(path + ".1")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	current, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return append(before, current...)
}

// For example the folder is gone: the VMM must not notice.
func TestALogThatCannotBeRotatedDoesNotGrowEither(t *testing.T) {
	const limit = 1000
	folder := t.TempDir()
	path := filepath.Join(folder, "log")
	log, err := openRotatedLog(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { log.file.Close() }()
	if err := os.Mkdir(path+".1", 0o700); err != nil { // a file cannot replace a folder
		t.Fatal(err)
	}
	for range 100 {
		if n, err := log.Write(make([]byte, 100)); n != 100 || err != nil {
			t.Fatalf("wrote %d bytes: %v", n, err)
		}
	}
	if state, err := os.Stat(path); err != nil || state.Size() > limit {
		t.Errorf("the log has grown to %d bytes (%v), its limit is %d", state.Size(), err, limit)
	}
}

func TestALogIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := openRotatedLog(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer log.file.Close()
	if state, err := os.Stat(path); err != nil || state.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", state.Mode(), err)
	}
}

func TestAProcessIsAlwaysTheSameAndNoOther(t *testing.T) {
	one, err := identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	two, err := identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if one != two {
		t.Errorf("%v, then %v", one, two)
	}
	parent, err := identify(os.Getppid())
	if err != nil {
		t.Fatal(err)
	}
	if one.PID != os.Getpid() || one.StartTime < parent.StartTime || len(one.BootID) != 36 || one.BootID != parent.BootID {
		t.Errorf("%v, child of %v", one, parent)
	}
}

func TestAProcessThatDoesNotExistHasNoIdentity(t *testing.T) {
	if found, err := identify(1 << 30); err == nil {
		t.Errorf("found %v", found)
	}
}

func TestALaunchFileThatCannotBeUsedIsRefusedWithAReason(t *testing.T) {
	for content, reason := range map[string]string{
		"":                                    "launch file",
		"no JSON":                             "launch file",
		`{"version": 1, "command": "a text"}`: "command",
		`{"command": ["x"], "confinement": "none"}`: "it has no version, so the server",
		`{"version": 2, "new": true}`:               "its version is 2, and this shim reads version 1",
		`{"version": 0}`:                            "its version is 0, and this shim reads version 1",
		`{"version": "one"}`:                        "version",
		`{"version": 1}`:                            "command is empty",
		`{"version": 1, "command": []}`:             "command is empty",
		`{"version": 1, "command": ["x"], "confinement": "none", "jial": {}}`: "jial",
		`{"version": 1, "command": ["x"], "confinement": "none"}{}`:           "data follows",
		`{"version": 1, "command": ["x"]}`:                                    "confinement",
		`{"version": 1, "command": ["x"], "confinement": "none", "jail": {}}`: "confinement",
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "launch.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readSpec(folder); err == nil || !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), folder) {
			t.Errorf("launch file %q: %v, want an error with %q and the folder", content, err, reason)
		}
	}
	if _, err := readSpec(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "read the launch file") {
		t.Errorf("no folder: %v", err)
	}
}
