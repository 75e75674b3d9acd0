package boot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/sys/unix"
)

// Only virtio disks: no other device can become the root, whatever the command line says.
var twoDisks = regexp.MustCompile(`^(vd[a-z]),(vd[a-z])$`)

// rootDisks splits "vda,vdb" into the disk with the shared root file system, which is never
// written, and the machine's own, which is laid over it. A control plane that names none attaches
// them in this order.
func rootDisks(parameter string) (base, layer string, err error) {
	if parameter == "" {
		return "vda", "vdb", nil
	}
	names := twoDisks.FindStringSubmatch(parameter)
	if names == nil {
		return "", "", fmt.Errorf("hyperfleet.root=%s does not name two disks, like vda,vdb; this agent is older than its control plane", parameter)
	}
	return names[1], names[2], nil
}

type mount struct {
	source, target, fstype string
	flags                  uintptr
	data                   string
}

func (m mount) perform() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return fmt.Errorf("create mount point: %w", err)
	}
	err := unix.Mount(m.source, m.target, m.fstype, m.flags, m.data)
	if err != nil && !errors.Is(err, unix.EBUSY) { // EBUSY: the kernel has mounted /dev by itself
		return fmt.Errorf("mount %s on %s: %w", m.source, m.target, err)
	}
	return nil
}

func perform(mounts ...mount) error {
	for _, m := range mounts {
		if err := m.perform(); err != nil {
			return err
		}
	}
	return nil
}

// MountKernelFileSystems gives the initramfs /dev, /proc and /sys.
func MountKernelFileSystems() error {
	const flags = unix.MS_NOSUID | unix.MS_NOEXEC
	return perform(
		mount{"dev", "/dev", "devtmpfs", unix.MS_NOSUID, "mode=0755"},
		mount{"proc", "/proc", "proc", flags | unix.MS_NODEV, ""},
		mount{"sys", "/sys", "sysfs", flags | unix.MS_NODEV, ""})
}

// baseFileSystem returns the type of the file system on the base, whose driver is loaded then. The
// first bytes of a squashfs are "hsqs"; ext4 leaves its first kilobyte to boot loaders.
func baseFileSystem(device string) (string, error) {
	file, err := os.Open(device)
	if err != nil {
		return "", fmt.Errorf("open the root's disk: %w", err)
	}
	defer file.Close()
	var magic [4]byte
	if _, err := io.ReadFull(file, magic[:]); err != nil {
		return "", fmt.Errorf("read the root's disk: %w", err)
	}
	if string(magic[:]) == "hsqs" {
		return "squashfs", loadFileSystem("squashfs")
	}
	return "ext4", nil
}

// EnterRoot mounts the machine's own disk over the shared base and makes that the root of this
// process and of its children. The agent keeps running from the initramfs' memory, so nothing has
// to be installed in the root file system.
func EnterRoot(parameters Parameters) error {
	base, layer, err := rootDisks(parameters.Root)
	if err != nil {
		return err
	}
	fstype, err := baseFileSystem("/dev/" + base)
	if err != nil {
		return err
	}
	if err := perform(
		mount{"/dev/" + base, "/base", fstype, unix.MS_RDONLY, ""},
		mount{"/dev/" + layer, "/scratch", "ext4", unix.MS_NOATIME, ""}); err != nil {
		return err
	}
	for _, directory := range []string{"/scratch/upper", "/scratch/work"} {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return fmt.Errorf("prepare the machine's disk: %w", err)
		}
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV
	if err := perform(
		mount{"overlay", "/root", "overlay", 0, "lowerdir=/base,upperdir=/scratch/upper,workdir=/scratch/work"},
		mount{"/dev", "/root/dev", "", unix.MS_MOVE, ""},
		mount{"/proc", "/root/proc", "", unix.MS_MOVE, ""},
		mount{"/sys", "/root/sys", "", unix.MS_MOVE, ""},
		mount{"devpts", "/root/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666"},
		mount{"shm", "/root/dev/shm", "tmpfs", flags, "mode=1777,size=40%"},
		mount{"run", "/root/run", "tmpfs", flags, "mode=0755,size=20%"},
		mount{"cgroup", "/root/sys/fs/cgroup", "cgroup2", flags | unix.MS_NOEXEC, ""}); err != nil {
		return err
	}
	if err := os.Chdir("/root"); err != nil {
		return fmt.Errorf("enter the root file system: %w", err)
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the root file system: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("enter the root file system: %w", err)
	}
	return errors.Join(
		linkDevices("/dev"),
		perhaps(mount{"mqueue", "/dev/mqueue", "mqueue", flags | unix.MS_NOEXEC, ""}),
		shareFolder("/run/lock"),
		shareFolder("/tmp"),
		setHostname(parameters.Hostname))
}

func setHostname(name string) error {
	if name == "" {
		return nil
	}
	if err := unix.Sethostname([]byte(name)); err != nil {
		return fmt.Errorf("set hostname %q: %w", name, err)
	}
	return errors.Join(
		writeFile("/etc/hostname", name+"\n"),
		writeFile("/etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\t"+name+"\n::1\tlocalhost ip6-localhost ip6-loopback\n"))
}

// writeFile gives a file of the root file system this content. A link must not redirect the write,
// so anything but a file with one name is replaced.
func writeFile(path, content string) error {
	var state unix.Stat_t
	if err := unix.Lstat(path, &state); err == nil && state.Mode&unix.S_IFMT == unix.S_IFREG && state.Nlink == 1 {
		return overwrite(path, content)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // an image may have no /etc
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// overwrite is faster than to create a file, by tens of milliseconds under emulation.
func overwrite(path, content string) error {
	file, err := unix.Open(path, unix.O_WRONLY|unix.O_TRUNC|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("overwrite %s: %w", path, err)
	}
	_, err = unix.Write(file, []byte(content))
	if err := errors.Join(err, unix.Close(file)); err != nil {
		return fmt.Errorf("overwrite %s: %w", path, err)
	}
	return nil
}
