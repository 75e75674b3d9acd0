package process

import (
	"time"

	"golang.org/x/sys/unix"
)

// EndAll terminates all other processes, kills the remaining ones after the grace period, and
// returns when none is left. Bounded: it does not wait for a process that the kernel cannot kill.
func (r *Reaper) EndAll(grace time.Duration) {
	const afterKill = time.Second
	if grace > 0 && r.signalAll(unix.SIGTERM, grace) {
		return
	}
	r.signalAll(unix.SIGKILL, afterKill)
}

func (r *Reaper) signalAll(signal unix.Signal, patience time.Duration) (allGone bool) {
	_ = unix.Kill(-1, signal)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.whenNoneIsLeft():
		return true
	case <-timer.C:
		return false
	}
}
