package boot

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDevicesOfTheProcessItself(t *testing.T) {
	folder := t.TempDir()
	for range 2 {
		if err := linkDevices(folder); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdout": "/proc/self/fd/1"} {
		if found, err := os.Readlink(filepath.Join(folder, name)); err != nil || found != target {
			t.Errorf("%s leads to %q, %v", name, found, err)
		}
	}
}

func TestSharedFolderIsSticky(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "new"), t.TempDir()} {
		if err := shareFolder(path); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeDir|os.ModeSticky|0o777 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}
