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
	words  []byte
	halted func()
	tail   []byte
}

func (w *haltWatch) Write(b []byte) (int, error) {
	window := append(w.tail, b...)
	if bytes.Contains(window, w.words) {
		w.halted()
	}
	keep := min(len(window), len(w.words)-1)
	w.tail = bytes.Clone(window[len(window)-keep:])
	return w.Writer.Write(b)
}
