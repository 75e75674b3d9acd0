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
	// looks are how often the timer is looked at after the patience has passed. A virtual CPU that was taken away
	// until then has handled its pending interrupts long before the last of them.
	looks = 1000
)

// errNoTimer is what the control plane finds in the console of a boot that is worth repeating; see VmmExit.java.
var errNoTimer = errors.New("no timer fires: the kernel was interrupted while it measured its timer")

// CheckTimer finds out whether timers fire, without waiting for one.
//
// A kernel measures the rate of its local APIC's timer while it boots, for a tenth of a second (calibrate_APIC_clock in
// arch/x86/kernel/apic/apic.c). If an emulated CPU is taken away for that long in the meantime, as happens on a busy
// host, the kernel takes the timer for too slow and does without. QEMU's microvm has no other that it could use: from
// then on nothing that waits for a while ever goes on.
func CheckTimer() error {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("make a timer: %w", err)
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
