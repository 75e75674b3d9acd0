// Package channel is the byte stream between the agent and the control plane, as a net.Listener. It
// uses a virtio-serial port or a vsock device, whichever the guest has.
//
// A virtio-serial port is one stream for the whole life of the machine, across control planes: one
// that was killed in the middle of a frame, then its successor. So a session begins with a line
// that the control plane sends and the agent repeats:
//
//	hyperfleet-session-1 <32 hexadecimal digits>\n
//
// Both sides drop the bytes before that line, which belong to an earlier session. The line ends a
// session that is still open, whether or not the port reported that it was closed.
package channel

import (
	"bytes"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	greeting       = guestv1.SessionGreeting
	greetingLength = len(greeting) + guestv1.SessionNonceDigits + 1
)

// greetingScanner finds a greeting in a stream that arrives in pieces.
type greetingScanner struct {
	tail []byte // the last bytes seen, fewer than a greeting
}

// scan looks for the last greeting that ends in piece. It returns the greeting and what follows it.
func (s *greetingScanner) scan(piece []byte) (found, rest []byte) {
	window := append(s.tail, piece...)
	for from := 0; ; {
		at := bytes.Index(window[from:], []byte(greeting))
		if at < 0 || from+at+greetingLength > len(window) {
			break
		}
		from += at
		if line := window[from : from+greetingLength]; isGreeting(line) {
			found, rest = bytes.Clone(line), bytes.Clone(window[from+greetingLength:])
		}
		from++
	}
	keep := min(len(window), greetingLength-1)
	s.tail = bytes.Clone(window[len(window)-keep:])
	return found, rest
}

func isGreeting(line []byte) bool {
	for _, c := range line[len(greeting) : greetingLength-1] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return line[greetingLength-1] == '\n'
}
