package boot

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	timerTest     = time.Millisecond
	timerPatience = time.Second
	// looks is how often the timer is checked after the patience has passed. A virtual CPU that was
	// descheduled until then has handled its pending interrupts long before the last check.
	looks = 1000
)

// errNoTimer is the message by which the control plane recognises a boot that is worth repeating;
// see VmmExit.java.
var errNoTimer = errors.New("no timer fires: the kernel was interrupted while it measured its timer")

// CheckTimer finds out whether timers fire, without waiting for one.
//
// A kernel measures the rate of its local APIC's timer while it boots, for a tenth of a second
// (calibrate_APIC_clock in arch/x86/kernel/apic/apic.c). If an emulated CPU is descheduled for that
// long in the meantime, as happens on a busy host, the kernel considers the timer too slow and runs
// without it. QEMU's microvm has no other timer that it could use: from then on no timed wait ever
// ends.
func CheckTimer() error {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("create a timer: %w", err)
	}
	defer unix.Close(timer)
	setting := unix.ItimerSpec{Value: unix.NsecToTimespec(timerTest.Nanoseconds())}
	if err := unix.TimerfdSettime(timer, 0, &setting, nil); err != nil {
		return fmt.Errorf("set a timer: %w", err)
	}
	expirations := make([]byte, 8)
	for began, late := time.Now(), 0; late < looks; {
		if _, err := unix.Read(timer, expirations); err == nil {
			return nil
		} else if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("read a timer: %w", err)
		}
		if time.Since(began) > timerPatience {
			late++
		}
	}
	return errNoTimer
}
