package main

import (
	"fmt"
	"time"
)

// readTSC reads the CPU's time stamp counter.
func readTSC() uint64

const (
	measureFor = 100 * time.Millisecond
	attempts   = 20
)

// measureTSC prints the rate of the time stamp counter in kHz.
//
// A guest with an emulated CPU reads the host's counter, and can measure its rate itself only if it
// is alone on its core: otherwise it hangs in the kernel's first milliseconds, or its clock is
// wrong. So the rate is passed to it. Two readings a tenth of a second apart are accurate to about
// 10 parts in a million.
func measureTSC() error {
	firstTime, firstTicks := sample()
	time.Sleep(measureFor)
	lastTime, lastTicks := sample()
	ticks := float64(lastTicks - firstTicks)
	fmt.Printf("%.0f\n", ticks/(lastTime-firstTime).Seconds()/1000)
	return nil
}

var epoch = time.Now()

// sample reads clock and counter at the same moment: of several attempts, it uses the one that was
// least interrupted.
func sample() (nanoseconds time.Duration, ticks uint64) {
	narrowest := ^uint64(0)
	for range attempts {
		before := readTSC()
		now := time.Since(epoch)
		after := readTSC()
		if after-before < narrowest {
			narrowest, nanoseconds, ticks = after-before, now, before+(after-before)/2
		}
	}
	return nanoseconds, ticks
}
