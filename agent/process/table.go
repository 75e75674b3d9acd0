package process

import (
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxRunning = 1000
	maxEnded   = 100
	maxBudget  = 64 << 20
)

// Table holds all known processes: the running ones, and the last ended ones. Safe for concurrent
// use.
type Table struct {
	reaper   *Reaper
	groups   groups
	budget   *budget
	patience patience
	starting sync.Mutex // held while a process is started

	mutex     sync.Mutex
	processes []*Process // oldest first
	running   int
	awake     int           // number of running ones that are not in the background
	turned    chan struct{} // closed when that number becomes non-zero, or zero
	leftovers []*group      // of ended processes, with descendants that still run
}

// patience is how long a process that needs an attached client may be without one.
type patience struct {
	attach time.Duration // until it gets SIGHUP
	hangUp time.Duration // from then until it is killed
}

// NewTable returns a table whose processes are reaped by reaper. Control groups of version 2 are
// mounted at controlGroups; empty: there are none.
func NewTable(reaper *Reaper, controlGroups string) *Table {
	output := outputBudget()
	limitAgent(output)
	return &Table{
		turned:   make(chan struct{}),
		reaper:   reaper,
		groups:   makeGroups(controlGroups),
		budget:   &budget{limit: output},
		patience: patience{attach: 30 * time.Second, hangUp: 10 * time.Second},
	}
}

// outputBudget is the limit for all processes' output: an eighth of the guest's memory.
func outputBudget() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return leastLimit
	}
	return min(maxBudget, int64(info.Totalram)*int64(info.Unit)/8)
}

// Start starts a command. BusyError: not now.
func (t *Table) Start(c Command) (*Process, error) {
	t.mutex.Lock()
	full := t.running >= maxRunning
	if !full {
		t.count(c, 1)
	}
	t.mutex.Unlock()
	if full {
		return nil, &BusyError{"1000 processes are running already: end some"}
	}
	p, err := t.startIfRoom(strings.ToLower(rand.Text()[:12]), c)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if err != nil {
		t.count(c, -1)
		return nil, err
	}
	t.processes = append(t.processes, p)
	t.forgetOldest()
	return p, nil
}

// startIfRoom serialises starts, so that each checks the remaining memory.
func (t *Table) startIfRoom(id string, c Command) (*Process, error) {
	t.starting.Lock()
	defer t.starting.Unlock()
	if err := requireMemory("/proc/meminfo"); err != nil {
		return nil, err
	}
	return t.start(id, c)
}

// ended is called for each process that has ended.
func (t *Table) ended(p *Process) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.count(p.Command, -1)
	t.leftovers = slices.DeleteFunc(t.leftovers, (*group).remove)
	if p.group != nil && !p.group.remove() {
		t.leftovers = append(t.leftovers, p.group)
	}
	t.forgetOldest()
}

// count updates the numbers of running processes. The mutex must be held.
func (t *Table) count(c Command, change int) {
	t.running += change
	if c.Background {
		return
	}
	was := t.awake > 0
	t.awake += change
	if is := t.awake > 0; is != was {
		close(t.turned)
		t.turned = make(chan struct{})
	}
}

// Busy returns whether processes run that are not in the background, and a channel that is closed
// when that changes.
func (t *Table) Busy() (bool, <-chan struct{}) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.awake > 0, t.turned
}

// forgetOldest drops processes that ended long ago; background ones, such as health checks, first:
// they must not displace those that may be queried.
func (t *Table) forgetOldest() {
	hasEnded := func(p *Process) bool { return p.State().Ending != nil }
	for excess := len(t.processes) - t.running - maxEnded; excess > 0; excess-- {
		oldest := slices.IndexFunc(t.processes, func(p *Process) bool { return p.Command.Background && hasEnded(p) })
		if oldest < 0 {
			oldest = slices.IndexFunc(t.processes, hasEnded)
		}
		if oldest < 0 {
			return
		}
		t.budget.forget(t.processes[oldest].log)
		t.processes = slices.Delete(t.processes, oldest, oldest+1)
	}
}

// Get finds a process. os.ErrNotExist: there is none with this id.
func (t *Table) Get(id string) (*Process, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, p := range t.processes {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, &os.PathError{Op: "find", Path: id, Err: os.ErrNotExist}
}

// List returns all, newest first.
func (t *Table) List() []*Process {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	all := slices.Clone(t.processes)
	slices.Reverse(all)
	return all
}

// Running returns the number of running processes.
func (t *Table) Running() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.running
}
