package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func memoryFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "meminfo")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAStartIsRefusedWhenMemoryIsShort(t *testing.T) {
	var busy *BusyError
	err := requireMemory(memoryFile(t, "MemTotal:  262144 kB\nMemFree: 4096 kB\nMemAvailable:  15360 kB\n"))
	if !errors.As(err, &busy) || !strings.HasPrefix(busy.Reason, "the machine is short of memory: 15 of 256 MiB are available") {
		t.Errorf("%v", err)
	}
}

func TestAStartIsNotRefusedWhenThereIsMemoryOrTheGuestDoesNotSay(t *testing.T) {
	for _, content := range []string{"MemTotal:  262144 kB\nMemAvailable:  16384 kB\n", "MemTotal: 262144 kB\n", ""} {
		if err := requireMemory(memoryFile(t, content)); err != nil {
			t.Errorf("%q: %v", content, err)
		}
	}
	if err := requireMemory("/does/not/exist"); err != nil {
		t.Error(err)
	}
}
