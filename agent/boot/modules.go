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

// The initramfs lists its modules here in load order, one line each: "<file> <virtio device id or
// *>".
const moduleList = "/modules/order"

// LoadModules loads the kernel modules that this machine's devices need. The list also names
// modules for other VMMs' devices; each costs boot time, so they are skipped. A kernel with
// everything built in has no list.
func LoadModules() error {
	list, err := os.Open(moduleList)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the list of modules: %w", err)
	}
	defer list.Close()
	present := map[string]bool{"*": true}
	for lines := bufio.NewScanner(list); lines.Scan(); {
		file, device, _ := strings.Cut(lines.Text(), " ")
		if !present[device] {
			present = virtioDevices()
		}
		if !present[device] {
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
