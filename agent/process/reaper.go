// Package process runs commands in the guest and reaps what they leave behind.
package process

import (
	"errors"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
)

// Reaper collects every process that ends: PID 1 inherits all orphans. It reports a process's end
// to the code that started it. Safe for concurrent use.
type Reaper struct {
	mutex   sync.Mutex // held from a process's start to its registration, so that no end is missed
	waiting map[int]chan end
	none    chan struct{} // closed and replaced each time that no child is left
}

// end is how a process ended, and its resource usage, including children that it waited for.
type end struct {
	status unix.WaitStatus
	usage  unix.Rusage
}

// StartReaper starts the one reaper of this process.
func StartReaper() *Reaper {
	r := &Reaper{waiting: map[int]chan end{}, none: make(chan struct{})}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	go func() {
		for range ended {
			r.reap()
		}
	}()
	return r
}

// start runs spawn and returns a channel that delivers the end of the process that it started.
func (r *Reaper) start(spawn func() (pid int, err error)) (int, <-chan end, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	pid, err := spawn()
	if err != nil {
		return 0, nil, err
	}
	status := make(chan end, 1)
	r.waiting[pid] = status
	return pid, status, nil
}

// whenNoneIsLeft returns a channel that is closed the next time that this process has no children.
func (r *Reaper) whenNoneIsLeft() <-chan struct{} {
	r.mutex.Lock()
	none := r.none
	r.mutex.Unlock()
	r.reap() // they may all be gone already
	return none
}

func (r *Reaper) reap() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for {
		var ended end
		pid, err := unix.Wait4(-1, &ended.status, unix.WNOHANG, &ended.usage)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ECHILD):
			close(r.none)
			r.none = make(chan struct{})
			return
		case err != nil || pid <= 0:
			return
		default:
			if waiter, ours := r.waiting[pid]; ours {
				delete(r.waiting, pid)
				waiter <- ended
			}
		}
	}
}
