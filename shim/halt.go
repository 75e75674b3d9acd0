package main

import (
	"bytes"
	"io"
)

// haltWatch looks for the kernel's last message in a console's output. A VMM without a power button
// (Firecracker) keeps running after its guest has powered itself off, and there is no other
// notification. A guest that fakes the message ends only itself.
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
