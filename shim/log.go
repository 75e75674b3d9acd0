package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// stampInterval is how often the time of output is recorded.
const (
	stampInterval = time.Second
	timesSuffix   = ".times"
	maxStamp      = 64 // bytes of a line; at most two numbers of 20 digits
)

// rotatedLog is a file that a hostile guest cannot grow: at half of the limit it becomes, with its
// times, the one predecessor (….1), and a new one begins. Data that cannot be written (a full disk)
// is dropped, so that a full pipe does not block the VMM. Safe for concurrent use.
type rotatedLog struct {
	mutex sync.Mutex
	path  string
	limit int64
	file  *os.File
	size  int64
	// The file beside it has lines "offset milliseconds" for output from then on; it is rotated
	// along, and counts towards the limit.
	times     *os.File
	timesSize int64
	stamped   time.Time
	now       func() time.Time
}

func openRotatedLog(path string, limit int64) (*rotatedLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &rotatedLog{path: path, limit: limit, file: file, now: time.Now}
	l.openTimes()
	return l, nil
}

// Write never fails: see above.
func (l *rotatedLog) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for rest, half := b, l.limit/2; len(rest) > 0 && half > maxStamp; {
		piece := rest[:min(int64(len(rest)), half-maxStamp)]
		now := l.now()
		stamp := l.stampFor(now)
		if l.size+int64(len(piece))+l.timesSize+int64(len(stamp)) > half && l.size > 0 {
			if !l.rotate() {
				break // otherwise it would grow
			}
			stamp = l.stampFor(now)
		}
		l.stamp(stamp, now)
		n, _ := l.file.Write(piece)
		l.size += int64(n)
		rest = rest[len(piece):]
	}
	return len(b), nil
}

// rotate begins a new file, if it can.
func (l *rotatedLog) rotate() bool {
	// There is none if the last attempt failed half-way.
	if err := os.Rename(l.path, l.path+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return false
	}
	fresh, err := os.OpenFile(l.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	l.file.Close()
	l.file, l.size = fresh, 0
	_ = os.Rename(l.path+timesSuffix, l.path+".1"+timesSuffix)
	l.openTimes()
	return true
}

// openTimes begins a new file for the times. If that fails, there are none.
func (l *rotatedLog) openTimes() {
	if l.times != nil {
		l.times.Close()
	}
	l.times, _ = os.OpenFile(l.path+timesSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	l.stamped, l.timesSize = time.Time{}, 0
}

// stampFor returns the line that is due now; empty for none.
func (l *rotatedLog) stampFor(now time.Time) string {
	if l.times == nil || now.Sub(l.stamped) < stampInterval {
		return ""
	}
	return fmt.Sprintf("%d %d\n", l.size, now.UnixMilli())
}

func (l *rotatedLog) stamp(line string, now time.Time) {
	if line != "" {
		n, _ := l.times.WriteString(line)
		l.timesSize += int64(n)
		l.stamped = now
	}
}
