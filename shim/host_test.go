package main

import (
	"errors"
	"fmt"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const testGroups = "/sys/fs/cgroup/hyperfleet-shim-test"

// needsHost skips the test on a developer's machine: it creates network interfaces, packet filters
// and control groups.
func needsHost(t *testing.T) {
	t.Helper()
	if os.Getenv("TESTHOST") == "" {
		t.Skip("creates network interfaces and control groups: only runs on the test host")
	}
}

// confined is a machine with every kind of confinement, whose VMM does nothing.
func confined(t *testing.T, number int) *fixture {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, self, "act-as-vmm", "open-api")
	in := func(name string) string { return filepath.Join(f.folder, name) }
	root := in("jail/vmm/root")
	f.spec.Command = append(f.spec.Command, root)
	f.spec.Sockets, f.spec.Confinement = nil, inJail
	if err := os.WriteFile(in("disk"), []byte("disk"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.spec.Jail = &jail{Folder: in("jail"), Root: root, UID: 700_000 + number, Files: []jailedFile{
		{Source: "/etc/hostname", Name: "kernel"}, {Source: in("disk"), Name: "disk", Writable: true},
	}}
	f.spec.Cgroup = &cgroup{
		Path:     filepath.Join(testGroups, fmt.Sprintf("m%d", number)),
		Settings: map[string]string{"memory.max": "100000000", "pids.max": "64", "cpu.max": "100000 100000"},
		Wishes:   map[string]string{"io.weight": "100", "no.such.file": "1"},
	}
	f.spec.Relays = &relays{
		Folder: root, API: "vmm.sock", APIListen: in("vmm.sock"), Vsock: "agent.sock", Port: 1024,
		AgentListen: in("agent.sock"), Log: "vmm.log",
	}
	f.spec.Network = &network{
		Pair:    &pair{Device: fmt.Sprintf("hf-test%d", number), HostAddress: "10.99.0.1", Address: fmt.Sprintf("10.99.1.%d", number)},
		Gateway: "172.16.0.1/30", Guest: "172.16.0.2", GuestMAC: "AA:FC:00:00:00:01", Owner: uint32(700_000 + number),
		Rules: "table inet hyperfleet { chain forward { type filter hook forward priority filter; policy drop;\n }\n }",
	}
	return f
}

// openAPI is the VMM of confined machines.
func openAPI(root string) {
	socket, err := listen(filepath.Join(root, "vmm.sock"))
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.FileListener(socket)
	for err == nil {
		_, err = listener.Accept()
	}
	fmt.Println(err)
}

func TestFiftyMachinesThatAreKilledAtRandomLeaveNothingOnTheHost(t *testing.T) {
	needsHost(t)
	before := networkNamespaces(t)
	random := rand.New(rand.NewSource(1))
	var machines []*fixture
	for number := 1; number <= 50; number++ {
		machines = append(machines, confined(t, number).launch().hold())
	}
	if links := cards(t); len(links) != 50 {
		t.Errorf("%d cards on the host, want 50: %v", len(links), links)
	}
	if now := networkNamespaces(t); now != before+50 {
		t.Errorf("%d network namespaces, there were %d", now, before)
	}
	var ends sync.WaitGroup
	for _, index := range random.Perm(len(machines)) {
		f, how := machines[index], random.Intn(3)
		ends.Add(1)
		go func() {
			defer ends.Done()
			switch how {
			case 0: // its VMM
				_ = unix.PidfdSendSignal(f.vmm, unix.SIGKILL, nil, 0)
			case 1: // its supervisor
				_ = unix.PidfdSendSignal(f.shim, unix.SIGKILL, nil, 0)
			default: // the normal case
				if connection, err := net.Dial("unix", f.spec.Control); err == nil {
					fmt.Fprintln(connection, "kill")
					connection.Close()
				}
			}
		}()
	}
	ends.Wait()
	for _, f := range machines {
		f.awaitEnd(f.vmm)
		f.awaitEnd(f.shim)
		if _, err := os.Stat(f.spec.ExitRecord); errors.Is(err, os.ErrNotExist) {
			if err := reap(f.folder); err != nil {
				t.Errorf("reap: %v", err)
			}
		}
		f.nothingIsLeftButFiles()
		for _, path := range []string{f.spec.Jail.Folder, f.spec.Cgroup.Path, f.spec.Relays.APIListen, f.spec.Relays.AgentListen} {
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left: %v", path, err)
			}
		}
	}
	if links := cards(t); len(links) != 0 {
		t.Errorf("cards are left: %v", links)
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range routes {
		if route.Dst != nil && strings.HasPrefix(route.Dst.String(), "10.99.") {
			t.Errorf("a route is left: %v", route)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || strings.Contains(string(mounts), "/jail/") {
		t.Errorf("a mount is left (%v):\n%s", err, mounts)
	}
	if now := networkNamespaces(t); now != before {
		t.Errorf("%d network namespaces, there were %d", now, before)
	}
	if err := os.Remove(testGroups); err != nil {
		t.Error(err)
	}
}

func TestAConfinedVMMIsInItsGroupWithItsFilesAndItsDiskIsTheMachinesOwn(t *testing.T) {
	needsHost(t)
	f := confined(t, 77).launch().hold()
	t.Cleanup(func() { os.Remove(testGroups) })
	processes, err := os.ReadFile(filepath.Join(f.spec.Cgroup.Path, "cgroup.procs"))
	if err != nil || strings.TrimSpace(string(processes)) != fmt.Sprint(f.identity.PID) {
		t.Errorf("in the group: %q (%v), want %d", processes, err, f.identity.PID)
	}
	limit, err := os.ReadFile(filepath.Join(f.spec.Cgroup.Path, "pids.max"))
	if err != nil || string(limit) != "64\n" {
		t.Errorf("pids.max is %q (%v)", limit, err)
	}
	inside := filepath.Join("/proc", fmt.Sprint(f.identity.PID), "root", f.spec.Jail.Root)
	hostname, _ := os.ReadFile("/etc/hostname")
	if bound, err := os.ReadFile(filepath.Join(inside, "kernel")); err != nil || string(bound) != string(hostname) {
		t.Errorf("the VMM sees %q (%v), want the host's file", bound, err)
	}
	if err := os.WriteFile(filepath.Join(inside, "kernel"), nil, 0); !errors.Is(err, unix.EROFS) {
		t.Errorf("writing what is to be read alone: %v, want a read-only file system", err)
	}
	outside, err := os.ReadFile(filepath.Join(f.spec.Jail.Root, "kernel"))
	if err != nil || len(outside) != 0 {
		t.Errorf("the host sees %q in the jail (%v), want an empty file", outside, err)
	}
	var state unix.Stat_t
	if err := unix.Stat(filepath.Join(f.folder, "disk"), &state); err != nil || state.Uid != 700_077 || state.Mode&0o777 != 0o600 {
		t.Errorf("the disk is user %d's, mode %o (%v)", state.Uid, state.Mode&0o777, err)
	}
	connection, lines := f.connect()
	fmt.Fprintln(connection, "kill")
	f.awaitRecord(lines)
}

func cards(t *testing.T) []string {
	t.Helper()
	links, err := netlink.LinkList()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, link := range links {
		if strings.HasPrefix(link.Attrs().Name, "hf-test") {
			names = append(names, link.Attrs().Name)
		}
	}
	return names
}

// networkNamespaces counts those of all processes.
func networkNamespaces(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/task/*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	namespaces := map[string]bool{}
	for _, file := range files {
		if name, err := os.Readlink(file); err == nil { // it may have ended meanwhile
			namespaces[name] = true
		}
	}
	return len(namespaces)
}

// newNamespace creates a network namespace, which ends with the test.
func newNamespace(t *testing.T) int {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	host, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Close() })
	if err := unix.Setns(int(host.Fd()), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	return int(own.Fd())
}

func TestAnAddressThatAnotherHomesMachineHasIsRefusedInWordsThatHelp(t *testing.T) {
	needsHost(t)
	theirs := pair{Device: "hf-theirs", HostAddress: "10.99.0.1", Address: "10.99.2.2"}
	ours := pair{Device: "hf-ours", HostAddress: "10.99.0.1", Address: "10.99.2.2"}
	for _, each := range []pair{theirs, ours} {
		t.Cleanup(func() {
			if err := each.remove(); err != nil {
				t.Error(err)
			}
		})
	}
	if err := theirs.setUpHost(newNamespace(t)); err != nil {
		t.Fatal(err)
	}
	err := ours.setUpHost(newNamespace(t))
	if err == nil || !strings.Contains(err.Error(), "HYPERFLEET_NETWORK_POOL") {
		t.Fatalf("two machines have one address: %v", err)
	}
}
