package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzReadSpec: the control plane writes the launch file, and a crash of the host may leave any
// part of it.
func FuzzReadSpec(f *testing.F) {
	whole := `{"version":1,"run":1,"confinement":"jail","command":["/bin/true","x"],"sockets":["/a","/b"],"limits":{"address_space":1},"network":{"inherit":true},` +
		`"jail":{"uid":900000},"cgroup":{"settings":{"cpu.max":"1"}},"relays":{"port":1024},"halt_words":["x"]}`
	f.Add([]byte(whole))
	f.Add([]byte(whole[:60]))
	f.Add([]byte(`{"version":1,"command":[]}`))
	f.Add([]byte(`{"version":1,"command":"x","sockets":7}`))
	f.Add([]byte(strings.Repeat("[", 20_000)))
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "launch.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSpec(folder)
		if err == nil && len(s.Command) == 0 {
			t.Errorf("%q has no command, and was taken", content)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("the error is not one line: %q", err)
		}
	})
}

// FuzzHandshake: the VMM answers for its vsock device, and may be compromised.
func FuzzHandshake(f *testing.F) {
	f.Add([]byte("OK 1073741824\n"))
	f.Add([]byte("OK 1\nrest"))
	f.Add([]byte("OK"))
	f.Add([]byte("\n"))
	f.Add([]byte(strings.Repeat("OK ", 1000)))
	f.Fuzz(func(t *testing.T, answer []byte) {
		server, vmm := net.Pipe()
		go func() {
			request := make([]byte, len("CONNECT 1024\n"))
			_, _ = vmm.Read(request)
			_, _ = vmm.Write(answer)
			if !bytes.Contains(answer, []byte("\n")) {
				vmm.Close() // otherwise it would be waited for
			}
		}()
		err := handshake(server, 1024)
		server.Close()
		vmm.Close()
		line, _, ended := strings.Cut(string(answer), "\n")
		isOK := ended && strings.HasPrefix(line+"\n", "OK ") && len(line) < 64
		if isOK != (err == nil) {
			t.Errorf("%q: %v", answer, err)
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}

// FuzzHaltWatch: the guest controls the console.
func FuzzHaltWatch(f *testing.F) {
	f.Add([]byte("reboot: Power down\n"), []byte{3})
	f.Add([]byte("reboot: Pow\nreboot: Power down"), []byte{1, 20})
	f.Fuzz(func(t *testing.T, console, sizes []byte) {
		const word = "reboot: Power down"
		var written strings.Builder
		halted := 0
		watch := &haltWatch{Writer: &written, words: []string{word}, halted: func() { halted++ }}
		rest := console
		for n := 0; len(rest) > 0; n++ {
			size := len(rest)
			if len(sizes) > 0 {
				size = min(size, 1+int(sizes[n%len(sizes)]))
			}
			if _, err := watch.Write(rest[:size]); err != nil {
				t.Fatal(err)
			}
			rest = rest[size:]
		}
		if written.String() != string(console) {
			t.Errorf("%q was written as %q", console, written.String())
		}
		if said := strings.Contains(string(console), word); said != (halted > 0) {
			t.Errorf("%q in pieces of %v: halted %d times", console, sizes, halted)
		}
	})
}
