package process

import (
	"slices"
	"sync"
	"sync/atomic"
)

const (
	logLimit   = 4 << 20
	leastLimit = 64 << 10
)

// budget bounds the total size of all logs: the guest may be small, and its processes many. A log
// of a running process may keep its share; those of ended ones are dropped first. Safe for
// concurrent use.
type budget struct {
	limit int64
	total atomic.Int64 // bytes that are kept
	mutex sync.Mutex
	live  []*outputLog
	ended []*outputLog // oldest first
}

// perLog returns how many bytes a log may keep now.
func (b *budget) perLog() int {
	b.mutex.Lock()
	live := len(b.live)
	b.mutex.Unlock()
	return int(min(logLimit, max(leastLimit, b.limit/int64(max(1, live)))))
}

func (b *budget) open(l *outputLog) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.live = append(b.live, l)
}

// close marks that a log's process has ended.
func (b *budget) close(l *outputLog) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.live = without(b.live, l)
	b.ended = append(b.ended, l)
}

// forget drops a log that can no longer be read.
func (b *budget) forget(l *outputLog) {
	b.mutex.Lock()
	b.ended = without(b.ended, l)
	b.mutex.Unlock()
	l.shrink(0)
}

func without(logs []*outputLog, one *outputLog) []*outputLog {
	return slices.DeleteFunc(logs, func(l *outputLog) bool { return l == one })
}

// keep frees space when all logs together exceed the budget.
func (b *budget) keep() {
	if b.total.Load() <= b.limit {
		return
	}
	b.mutex.Lock()
	ended, live := slices.Clone(b.ended), slices.Clone(b.live)
	b.mutex.Unlock()
	for _, l := range ended {
		if b.total.Load() <= b.limit {
			return
		}
		l.shrink(0)
	}
	share := b.perLog()
	for _, l := range live {
		l.shrink(share)
	}
}
