package main

import (
	"fmt"
	"os"
	"sync"
)

// rotatedLog is a file that a hostile guest cannot grow: at half of the limit it becomes the one
// predecessor (….1), and a new one begins. What cannot be written (a full disk) is dropped, so that
// the VMM does not stop at a full pipe. Safe for concurrent use.
type rotatedLog struct {
	mutex sync.Mutex
	path  string
	limit int64
	file  *os.File
	size  int64
}

func openRotatedLog(path string, limit int64) (*rotatedLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return &rotatedLog{path: path, limit: limit, file: file}, nil
}

// Write never fails: see above.
func (l *rotatedLog) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.size > 0 && l.size+int64(len(b)) > l.limit/2 {
		l.rotate()
	}
	n, _ := l.file.Write(b)
	l.size += int64(n)
	return len(b), nil
}

func (l *rotatedLog) rotate() {
	if os.Rename(l.path, l.path+".1") != nil {
		return
	}
	if fresh, err := os.OpenFile(l.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err == nil {
		l.file.Close()
		l.file, l.size = fresh, 0
	}
}
