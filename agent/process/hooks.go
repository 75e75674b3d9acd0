package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// HookPatience is the time that the hooks of a folder have together.
	HookPatience = 10 * time.Second

	mostHooks = 32
)

// RunHooks runs the executable files of a folder as root, one after the other, in the order of
// their names. Each is a process like any other: listed, tagged, its output kept. The first that
// fails, or does not end in time, is the error, and the rest is not run. No effect without the
// folder.
func (t *Table) RunHooks(ctx context.Context, folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the hooks: %w", err)
	}
	if len(entries) > mostHooks {
		return fmt.Errorf("%s has more than %d files", folder, mostHooks)
	}
	deadline := time.Now().Add(HookPatience)
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if !IsProgram(path) {
			continue
		}
		if err := t.runHook(ctx, path, time.Until(deadline)); err != nil {
			return err
		}
	}
	return nil
}

// IsProgram returns whether the path is of a file that can be executed.
func IsProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

func (t *Table) runHook(ctx context.Context, path string, patience time.Duration) error {
	if patience <= 0 {
		return fmt.Errorf("there was no time left for the hook %s: all have %s together", path, HookPatience)
	}
	hook, err := t.Start(Command{Arguments: []string{path}, Tag: "hook", Timeout: patience, Background: true})
	if err != nil {
		return fmt.Errorf("run the hook %s: %w", path, err)
	}
	select {
	case <-hook.done:
	case <-ctx.Done():
		return fmt.Errorf("wait for the hook %s: %w", path, ctx.Err())
	}
	switch ending := hook.State().Ending; {
	case ending.TimedOut:
		return fmt.Errorf("the hook %s was killed: all have %s together", path, HookPatience)
	case ending.ExitCode != 0:
		return fmt.Errorf("the hook %s failed with exit code %d", path, ending.ExitCode)
	}
	return nil
}
