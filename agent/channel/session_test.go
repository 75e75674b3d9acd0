package channel

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

const (
	one = "hyperfleet-session-1 0123456789abcdef0123456789abcdef\n"
	two = "hyperfleet-session-1 fedcba9876543210fedcba9876543210\n"
)

func TestAGreetingIsFoundWhereverItIs(t *testing.T) {
	cases := []struct{ name, stream, found, rest string }{
		{"alone", one, one, ""},
		{"with what follows", one + "rest", one, "rest"},
		{"after garbage", "\x00garbage\n" + one + "rest", one, "rest"},
		{"after a part of itself", one[:40] + one, one, ""},
		{"after its own beginning", "hyperfleet-session-1 hyperfleet-session-1 " + one, one, ""},
		{"the last of several", one + "first" + two + "second", two, "second"},
		{"the last, although a malformed one follows", one + one[:30] + "\n", one, one[:30] + "\n"},
		{"no greeting", "hello", "", ""},
		{"nothing", "", "", ""},
		{"capital digits", strings.ToUpper(one), "", ""},
		{"a digit too few", one[:len(one)-2] + "\n", "", ""},
		{"a digit too many", one[:len(one)-1] + "0\n", "", ""},
		{"no digit", strings.Replace(one, "abcdef", "abcdeg", 1), "", ""},
		{"another version", strings.Replace(one, "-1 ", "-2 ", 1), "", ""},
		{"no end of line", one[:len(one)-1], "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, 20, 21, 53, 54, 55, 1000} { // of the pieces
				if found, rest := scanAll([]byte(c.stream), func() int { return size }); string(found) != c.found || string(rest) != c.rest {
					t.Errorf("in pieces of %d: found %q and then %q, want %q and then %q", size, found, rest, c.found, c.rest)
				}
			}
		})
	}
}

func TestWhatWasFoundStaysAsItWasWhenTheBufferIsUsedAgain(t *testing.T) {
	var scanner greetingScanner
	piece := []byte(one + "rest")
	found, rest := scanner.scan(piece)
	copy(piece, strings.Repeat("x", len(piece)))
	scanner.scan(piece)
	if string(found) != one || string(rest) != "rest" {
		t.Errorf("it is now %q and %q", found, rest)
	}
}

func TestAScannerKeepsLessThanAGreeting(t *testing.T) {
	var scanner greetingScanner
	for range 100 {
		scanner.scan(make([]byte, 32*1024))
		if len(scanner.tail) >= greetingLength {
			t.Fatalf("it keeps %d bytes", len(scanner.tail))
		}
	}
}

// FuzzGreetingScanner compares the scanner, which sees the stream in pieces, with a regular
// expression, which sees all of it.
func FuzzGreetingScanner(f *testing.F) {
	f.Add([]byte(one), []byte{1})
	f.Add([]byte("garbage"+one[:33]+one+"rest"+two), []byte{20, 1, 54})
	f.Add([]byte(one+two[:53]+"\r\n"), []byte{53, 255})
	f.Add([]byte(strings.Repeat("hyperfleet-session-1 ", 5)+one), []byte{})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		next := 0
		found, rest := scanAll(stream, func() int {
			if len(sizes) == 0 {
				return len(stream)
			}
			next++
			return 1 + int(sizes[next%len(sizes)])
		})
		var wantFound, wantRest []byte
		if all := regexp.MustCompile("hyperfleet-session-1 [0-9a-f]{32}\n").FindAllIndex(stream, -1); all != nil {
			last := all[len(all)-1]
			wantFound, wantRest = stream[last[0]:last[1]], stream[last[1]:]
		}
		if !bytes.Equal(found, wantFound) || !bytes.Equal(rest, wantRest) {
			t.Errorf("found %q and then %q, want %q and then %q", found, rest, wantFound, wantRest)
		}
	})
}

// scanAll scans the stream in pieces, and returns the last greeting and all that came after it.
func scanAll(stream []byte, size func() int) (found, rest []byte) {
	var scanner greetingScanner
	for len(stream) > 0 {
		piece := stream[:min(len(stream), size())]
		stream = stream[len(piece):]
		switch greeting, after := scanner.scan(piece); {
		case greeting != nil:
			found, rest = greeting, after
		case found != nil:
			rest = append(rest, piece...)
		}
	}
	return found, rest
}
