package boot

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// The initramfs lists its modules here in load order, one line each: "<file> <condition>". The
// condition is a virtio device's id, "*", or "fs-" and the name of a file system.
const moduleList = "/modules/order"

// LoadModules loads the kernel modules that this machine's devices need. The list also names
// modules for other VMMs' devices; each costs boot time, so they are skipped. A kernel with
// everything built in has no list.
func LoadModules() error {
	present := map[string]bool{"*": true}
	return loadListed(func(condition string) bool {
		if !present[condition] {
			present = virtioDevices()
		}
		return present[condition]
	})
}

// loadFileSystem loads the modules of a file system, if they are not built into the kernel.
func loadFileSystem(name string) error {
	return loadListed(func(condition string) bool { return condition == "fs-"+name })
}

func loadListed(wanted func(condition string) bool) error {
	list, err := os.Open(moduleList)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the list of modules: %w", err)
	}
	defer list.Close()
	for lines := bufio.NewScanner(list); lines.Scan(); {
		file, condition, _ := strings.Cut(lines.Text(), " ")
		if !wanted(condition) {
			continue
		}
		if err := loadModule(filepath.Join("/modules", file)); err != nil {
			return err
		}
	}
	return nil
}

// virtioDevices returns the ids of the virtio devices on the bus, as sysfs prints them (0x0001 is a
// network card). They appear once the transport's module is loaded.
func virtioDevices() map[string]bool {
	present := map[string]bool{"*": true}
	files, _ := filepath.Glob("/sys/bus/virtio/devices/*/device")
	for _, file := range files {
		if id, err := os.ReadFile(file); err == nil {
			present[strings.TrimSpace(string(id))] = true
		}
	}
	return present
}

func loadModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open module: %w", err)
	}
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("load module %s: %w", path, err)
	}
	return nil
}
