package main

import (
	"bytes"
	"io"
)

// haltWatch looks in a console's output for the kernel's last words. A VMM without a power button for
// the guest to press (Firecracker) runs on with a guest that has powered itself off, and nothing else
// tells of it. A guest that says so falsely ends only itself.
type haltWatch struct {
	io.Writer
	words  []string // any of them
	halted func()
	tail   []byte
}

func (w *haltWatch) Write(b []byte) (int, error) {
	window := append(w.tail, b...)
	longest := 0
	for _, words := range w.words {
		if bytes.Contains(window, []byte(words)) {
			w.halted()
		}
		longest = max(longest, len(words))
	}
	keep := min(len(window), longest-1)
	w.tail = bytes.Clone(window[len(window)-keep:])
	return w.Writer.Write(b)
}
