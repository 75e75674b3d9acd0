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
	mostRunning = 1000
	mostEnded   = 100
	mostBudget  = 64 << 20
)

// Table is all processes that were started and are still known: those that run, and the last that have
// ended. Safe for concurrent use.
type Table struct {
	reaper   *Reaper
	groups   groups
	budget   *budget
	patience patience
	starting sync.Mutex // held while a process is started

	mutex     sync.Mutex
	processes []*Process // oldest first
	running   int
	awake     int           // of those that run, how many are not in the background
	turned    chan struct{} // closed when there are some of these, or none any more
	leftovers []*group      // of ended processes, with something in it that runs on
}

// patience is for how long a process that wants to be attached to may be left alone.
type patience struct {
	attach time.Duration // until it is hung up
	hangUp time.Duration // from then on until it is killed
}

// NewTable returns a table whose processes are reaped by reaper. Control groups of version 2 are mounted at
// controlGroups; empty: it does without.
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

// outputBudget is what all processes' output may take: an eighth of the guest's memory.
func outputBudget() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return leastLimit
	}
	return min(mostBudget, int64(info.Totalram)*int64(info.Unit)/8)
}

// Start starts a command. BusyError: not now.
func (t *Table) Start(c Command) (*Process, error) {
	t.mutex.Lock()
	full := t.running >= mostRunning
	if !full {
		t.count(c, 1)
	}
	t.mutex.Unlock()
	if full {
		return nil, &BusyError{"1000 processes run already: end some"}
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

// startIfRoom lets one start after the other look at the memory that is left.
func (t *Table) startIfRoom(id string, c Command) (*Process, error) {
	t.starting.Lock()
	defer t.starting.Unlock()
	if err := requireMemory("/proc/meminfo"); err != nil {
		return nil, err
	}
	return t.start(id, c)
}

// ended is told of each process that has ended.
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

// count adds to the numbers of those that run. The mutex is held.
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

// Busy returns whether processes run that are not in the background, and a channel that is closed when that
// changes.
func (t *Table) Busy() (bool, <-chan struct{}) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.awake > 0, t.turned
}

// forgetOldest forgets what has ended long ago; those in the background, such as health checks, first: they must
// not take the room of those that somebody may ask for.
func (t *Table) forgetOldest() {
	hasEnded := func(p *Process) bool { return p.State().Ending != nil }
	for excess := len(t.processes) - t.running - mostEnded; excess > 0; excess-- {
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

// Get finds a process. os.ErrNotExist: there is none of this id.
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

// Running returns how many run.
func (t *Table) Running() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.running
}
