package boot

import (
	"os"
	"path"
	"strings"
	"testing"
)

func TestOnlyTheFirstThreadOfTheRuntimeGetsSlack(t *testing.T) {
	proc := t.TempDir()
	for _, thread := range []string{"1", "79", "100", "9"} {
		for _, folder := range []string{path.Join(proc, "1", "task", thread), path.Join(proc, thread)} {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path.Join(proc, thread, "timerslack_ns"), []byte("50000"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := relaxMonitor(proc, 1); err != nil {
		t.Fatal(err)
	}
	for thread, want := range map[string]string{"1": "50000", "9": monitorSlack, "79": "50000", "100": "50000"} {
		slack, err := os.ReadFile(path.Join(proc, thread, "timerslack_ns"))
		if err != nil || string(slack) != want {
			t.Errorf("thread %s has a slack of %q, want %s (%v)", thread, slack, want, err)
		}
	}
}

func TestTheSlackOfThisProcessesMonitorChanges(t *testing.T) {
	if err := RelaxMonitor(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	relaxed := 0
	for _, entry := range entries {
		slack, _ := os.ReadFile(path.Join("/proc", entry.Name(), "timerslack_ns"))
		if strings.TrimSpace(string(slack)) == monitorSlack {
			relaxed++
		}
	}
	if relaxed != 1 {
		t.Errorf("%d threads have the slack, want 1", relaxed)
	}
}
