package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// exitRecord is how the VMM ended, in the file and as the last line on every control connection.
type exitRecord struct {
	Version  int       `json:"version"`
	Run      int64     `json:"run"`              // of the machine
	ExitCode int       `json:"exit_code"`        // if no signal ended it
	Signal   string    `json:"signal,omitempty"` // name of the signal that ended it
	Killed   bool      `json:"killed"`           // by the shim
	Reason   string    `json:"reason,omitempty"` // why; empty if the control plane requested it
	EndedAt  time.Time `json:"ended_at"`
}

func newExitRecord(run int64) exitRecord {
	return exitRecord{Version: formatVersion, Run: run, EndedAt: time.Now().UTC()}
}

// write replaces the file atomically: readers see all of it or nothing.
func (r exitRecord) write(path string) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return fmt.Errorf("record the VMM's exit: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("record the VMM's exit: %w", err)
	}
	return nil
}

// greeting is the first line on every control connection.
type greeting struct {
	Version int `json:"version"`
	identity
}

// killOrder is the control plane's only line.
const killOrder = "kill"

// control serves the control plane, one JSON object per line: first a greeting, then, when the VMM
// has ended, its exitRecord.
type control struct {
	listener    *net.UnixListener
	kill        func(reason string)
	mutex       sync.Mutex
	connections map[net.Conn]bool
	ended       bool
}

func openControl(path string, kill func(reason string)) (*control, error) {
	file, err := listen(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return &control{listener: listener.(*net.UnixListener), kill: kill, connections: map[net.Conn]bool{}}, nil
}

func (c *control) serve(identity identity) {
	go func() {
		for {
			connection, err := c.listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // for example too many open files
				time.Sleep(acceptPause)
				continue
			}
			go c.converse(connection, identity)
		}
	}()
}

func (c *control) converse(connection net.Conn, identity identity) {
	c.mutex.Lock()
	if c.ended {
		c.mutex.Unlock()
		connection.Close()
		return
	}
	c.connections[connection] = true
	_ = json.NewEncoder(connection).Encode(greeting{formatVersion, identity}) // a broken connection is detected below
	c.mutex.Unlock()
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		if lines.Text() == killOrder {
			c.kill("")
		}
	}
	c.mutex.Lock()
	delete(c.connections, connection)
	c.mutex.Unlock()
	connection.Close()
}

func (c *control) end(record exitRecord) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.ended = true
	c.listener.Close()
	for connection := range c.connections {
		_ = connection.SetWriteDeadline(time.Now().Add(time.Second))
		_ = json.NewEncoder(connection).Encode(record) // it is also in the file
		connection.Close()
	}
}
