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

// measureTSC prints how many thousand ticks the time stamp counter makes in a second.
//
// A guest whose CPU is emulated reads the host's counter, and works out its rate by itself only if it
// is alone on its core: else it hangs for ever in the kernel's first milliseconds, or its clock is
// wrong. So it is told. Two readings a tenth of a second apart are good to some 10 parts in a million.
func measureTSC(string) error {
	firstTime, firstTicks := sample()
	time.Sleep(measureFor)
	lastTime, lastTicks := sample()
	ticks := float64(lastTicks - firstTicks)
	fmt.Printf("%.0f\n", ticks/(lastTime-firstTime).Seconds()/1000)
	return nil
}

var epoch = time.Now()

// sample reads clock and counter at the same moment: of several attempts, it takes the one that was
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
